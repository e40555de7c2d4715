// The four lengths of RFC 3629.
#include "base/utf8.h"

namespace millstream {

void append_code_point(std::string& out, uint32_t code_point) {
  const auto add = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto add_rest = [&](int shift) { add(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) code_point = 0xfffd;
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add_rest(0);
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add_rest(6);
    add_rest(0);
  } else {
    add(0xf0 | code_point >> 18);
    add_rest(12);
    add_rest(6);
    add_rest(0);
  }
}

}  // namespace millstream
