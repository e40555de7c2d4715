// A character of four bytes takes two code units, every other one.
#include "base/utf16.h"

namespace millstream {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
size_t units_of(char lead) { return static_cast<unsigned char>(lead) >= 0xf0 ? 2 : 1; }

}  // namespace

size_t utf16_length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) units += is_continuation(c) ? 0 : units_of(c);
  return units;
}

size_t offset_of_utf16(std::string_view text, int64_t units) {
  size_t at = 0;
  for (int64_t left = units; at < text.size(); ++at) {
    if (is_continuation(text[at])) continue;
    const auto size = static_cast<int64_t>(units_of(text[at]));
    if (left < size) break;
    left -= size;
  }
  return at;
}

}  // namespace millstream
