// The characters that JSON's strings escape with a letter (RFC 8259, section 7); writers differ in the others.
#pragma once

#include <string_view>

namespace millstream {

// A backslash and the letter, as a line feed has n; empty for what has no such escape.
[[nodiscard]] constexpr std::string_view short_json_escape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return {};
  }
}

}  // namespace millstream
