// Java's layout around the shortest digits.
#include "column/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "base/check.h"

namespace millstream::column {
namespace {

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <typename T>
char* write_floating(char* out, T value) {
  if (std::isnan(value)) return append(out, "NaN");
  if (std::signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (std::isinf(value)) return append(out, "Infinity");
  if (value == 0) return append(out, "0.0");

  // Shortest digits as d.ddde±x.
  char text[kMaxNumberText];
  char* text_end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  char* mark = std::find(text, text_end, 'e');
  if (mark - text == 1) {
    // Java wants two digits, and of those the nearest; it differs from d.0 only next to zero.
    text_end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1).ptr;
    mark = std::find(text, text_end, 'e');
  }
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, text_end, exponent);
  char digits[kMaxNumberText];
  int count = 0;
  for (const char* p = text; p < mark; ++p) {
    if (*p != '.') digits[count++] = *p;
  }
  DCHECK(count > 0);
  while (count > 1 && digits[count - 1] == '0') --count;

  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) {
      out = append(out, "0.");
      for (int i = -1; i > exponent; --i) *out++ = '0';
      return append(out, {digits, static_cast<size_t>(count)});
    }
    for (int i = 0; i <= exponent; ++i) *out++ = i < count ? digits[i] : '0';
    *out++ = '.';
    if (count <= exponent + 1) *out++ = '0';
    for (int i = exponent + 1; i < count; ++i) *out++ = digits[i];
    return out;
  }
  *out++ = digits[0];
  *out++ = '.';
  if (count == 1) *out++ = '0';
  out = append(out, {digits + 1, static_cast<size_t>(count - 1)});
  *out++ = 'E';
  return std::to_chars(out, out + 5, exponent).ptr;
}

// Java trims characters up to and including the space.
std::string_view java_trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

template <typename T>
std::optional<T> parse_floating(std::string_view text) {
  text = java_trim(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  const auto signed_as = [negative](T value) { return negative ? -value : value; };
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Infinity") return signed_as(std::numeric_limits<T>::infinity());
  // from_chars also takes "inf" and "nan", which Java does not.
  if (!(text[0] == '.' || (text[0] >= '0' && text[0] <= '9'))) return std::nullopt;
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (stop == text.data() || stop == nullptr) return std::nullopt;
  if (code == std::errc::result_out_of_range) {
    // Too large or too small; only the exponent's sign tells which. strtod saturates as Java does.
    const std::string copy(text);
    value = static_cast<T>(std::strtod(copy.c_str(), nullptr));
  }
  const std::string_view rest(stop, static_cast<size_t>(end - stop));
  if (!rest.empty() && !(rest.size() == 1 && std::string_view("fFdD").find(rest[0]) != std::string_view::npos)) {
    return std::nullopt;
  }
  return signed_as(value);
}

}  // namespace

char* write_double(char* out, double value) { return write_floating(out, value); }
char* write_float(char* out, float value) { return write_floating(out, value); }
std::optional<double> parse_double(std::string_view text) { return parse_floating<double>(text); }
std::optional<float> parse_float(std::string_view text) { return parse_floating<float>(text); }

}  // namespace millstream::column
