// Characters as bytes of UTF-8.
#pragma once

#include <cstdint>
#include <string>

namespace millstream {

// Appends a code point; U+FFFD for what is none.
void append_code_point(std::string& out, uint32_t code_point);

}  // namespace millstream
