// Characters as bytes of UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millstream {

// Appends a code point; U+FFFD for what is none.
void append_code_point(std::string& out, uint32_t code_point);

// The length of the well-formed character at the start of `text`, which is not empty (RFC 3629); 0: there is none.
[[nodiscard]] size_t utf8_sequence(std::string_view text);
// Does `text` consist of well-formed characters?
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace millstream
