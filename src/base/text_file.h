// A whole text file at once: scripts and configuration, which people name on the command line.
#pragma once

#include <string>

#include "base/error.h"

namespace millstream {

// Without a byte order mark at its beginning, which some editors write. An error says why the file cannot be read.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

// Drops a byte order mark at the beginning of `text`.
void drop_byte_order_mark(std::string& text);

}  // namespace millstream
