// An error with the line it happened in and a caret below it, for terminals and log files.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace millstream::sql {

// Lines: message; "line 3, column 8"; the source line; carets under the span; the hint. No trailing newline. Tabs
// keep the caret aligned, wide characters count as two, and a long line is cut around the position.
[[nodiscard]] std::string render_error(std::string_view text, const Error& error);

}  // namespace millstream::sql
