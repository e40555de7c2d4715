// Bytes as text: RFC 4648 base64 with padding. How lenient a reader is, its format decides; writers are all alike.
#pragma once

#include <string>
#include <string_view>

namespace millstream {

void append_base64(std::string& out, std::string_view bytes);

}  // namespace millstream
