// UTF-8 text by characters (code points): counting, positions, decoding. Broken bytes count as one character each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millstream::function::internal {

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

inline size_t count_characters(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

inline bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

// The byte where the character number `index` (from 0) begins; the size if there are fewer.
inline size_t offset_of_character(std::string_view text, size_t index) {
  size_t at = 0;
  while (at < text.size() && index > 0) {
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
    --index;
  }
  return at;
}

// The character that begins at `at`, with its bytes.
inline std::string_view character_at(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace millstream::function::internal
