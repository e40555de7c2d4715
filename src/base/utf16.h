// Places in UTF-8 text as programs count them that keep text in UTF-16: Java, JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millstream {

// How many UTF-16 code units `text` takes. Bytes that begin no character count as one.
[[nodiscard]] size_t utf16_length(std::string_view text);
// The byte where code unit `units` begins; the end of the text if it is shorter, the start of the character inside of
// which the unit lies.
[[nodiscard]] size_t offset_of_utf16(std::string_view text, int64_t units);

}  // namespace millstream
