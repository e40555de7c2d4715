// JSON strings and trees as text: escapes resolved, and values printed again as Jackson prints them.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/json_escape.h"
#include "base/utf8.h"
#include "column/number_text.h"
#include "format/internal/json_scanner.h"
#include "format/internal/json_values.h"

namespace millstream::format {
namespace {

std::optional<uint32_t> hex4(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    uint32_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
    value = value << 4 | digit;
  }
  return value;
}

void append_unit_escape(std::string& out, uint32_t unit) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[unit >> shift & 15]);
}

// As two halves of UTF-16.
void append_pair_escape(std::string& out, std::string_view character) {
  uint32_t code_point = static_cast<unsigned char>(character[0]) & 7;
  for (size_t i = 1; i < character.size(); ++i) {
    code_point = code_point << 6 | (static_cast<unsigned char>(character[i]) & 63);
  }
  append_unit_escape(out, 0xd800 + ((code_point - 0x10000) >> 10));
  append_unit_escape(out, 0xdc00 + (code_point & 0x3ff));
}

bool append_tree_number(std::string& out, std::string_view text, bool exact) {
  const JsonNumber number = scan_json_number(text.data(), text.data() + text.size());
  if (!number.valid || number.end != text.data() + text.size()) return false;
  if (!number.is_float) {
    out += text == "-0" ? "0" : text;
    return true;
  }
  if (!exact) {
    std::array<char, column::kMaxNumberText> buffer;
    const double value = json_number_to_double(number, text);
    const std::string_view quote = std::isfinite(value) ? "" : "\"";
    out += quote;
    out.append(buffer.data(), column::write_double(buffer.data(), value));
    out += quote;
    return true;
  }
  std::string digits;
  int64_t scale = 0;
  bool fraction = false;
  size_t i = number.negative ? 1 : 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    digits.push_back(text[i]);
    scale += fraction ? 1 : 0;
  }
  if (i < text.size()) {
    const auto exponent = parse_java_integer(text.substr(i + 1), -100'000, 100'000);
    if (!exponent) return false;
    scale -= *exponent;
  }
  append_big_decimal(out, number.negative, digits, scale);
  return true;
}

}  // namespace

bool append_unescaped(std::string& out, std::string_view inside) {
  size_t i = 0;
  while (i < inside.size()) {
    const size_t next = std::min(inside.find('\\', i), inside.size());
    out.append(inside.substr(i, next - i));
    i = next;
    if (i == inside.size()) break;
    if (i + 1 >= inside.size()) return false;
    const char c = inside[i + 1];
    i += 2;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out.push_back(c);
        break;
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'u': {
        const auto high = hex4(inside, i);
        if (!high) return false;
        i += 4;
        if (*high < 0xd800 || *high > 0xdfff) {
          append_code_point(out, *high);
          break;
        }
        std::optional<uint32_t> low;
        if (*high < 0xdc00 && inside.substr(i, 2) == "\\u") low = hex4(inside, i + 2);
        if (low && *low >= 0xdc00 && *low <= 0xdfff) {
          append_code_point(out, 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
          i += 6;
        } else {
          out.push_back('?');
        }
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

std::string escape_control_characters(std::string_view record) {
  std::string out;
  out.reserve(record.size() + 32);
  bool in_string = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (in_string && static_cast<unsigned char>(c) < 0x20) {
      append_unit_escape(out, static_cast<unsigned char>(c));
      continue;
    }
    out.push_back(c);
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < record.size()) out.push_back(record[++i]);
  }
  return out;
}

void append_jackson_string(std::string& out, std::string_view text, PairEscapes pairs) {
  out.push_back('"');
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0xf0 && pairs == PairEscapes::kYes && utf8_sequence(text.substr(i)) == 4) {
      out.append(text.substr(plain, i - plain));
      append_pair_escape(out, text.substr(i, 4));
      i += 3;
      plain = i + 1;
      continue;
    }
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (const std::string_view escape = short_json_escape(text[i]); !escape.empty())
      out += escape;
    else
      append_unit_escape(out, c);
  }
  out.append(text.substr(plain));
  out.push_back('"');
}

void append_big_decimal(std::string& out, bool negative, std::string_view digits, int64_t scale) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  if (digits == "0") {
    out.push_back('0');
    return;
  }
  while (digits.size() > 1 && digits.back() == '0') {
    digits.remove_suffix(1);
    --scale;
  }
  if (negative) out.push_back('-');
  const auto count = static_cast<int64_t>(digits.size());
  const int64_t adjusted = count - 1 - scale;
  if (scale >= 0 && adjusted >= -6) {
    if (scale == 0) {
      out.append(digits);
    } else if (count > scale) {
      out.append(digits.substr(0, static_cast<size_t>(count - scale)));
      out.push_back('.');
      out.append(digits.substr(static_cast<size_t>(count - scale)));
    } else {
      out += "0.";
      out.append(static_cast<size_t>(scale - count), '0');
      out.append(digits);
    }
    return;
  }
  out.push_back(digits[0]);
  if (count > 1) {
    out.push_back('.');
    out.append(digits.substr(1));
  }
  if (adjusted != 0) {
    out.push_back('E');
    if (adjusted > 0) out.push_back('+');
    out += std::to_string(adjusted);
  }
}

uint32_t append_json_tree(std::string& out, const JsonTokens& tokens, uint32_t token, bool exact) {
  const char c = tokens.first(token);
  if (c == '"') {
    std::string_view inside;
    std::string text;
    if (!tokens.string(token, inside) || !append_unescaped(text, inside)) return 0;
    append_jackson_string(out, text, PairEscapes::kNo);
    return token + 1;
  }
  if (c != '{' && c != '[') {
    const std::string_view text = tokens.scalar(token);
    if (tokens.is_literal(token))
      out.append(text);
    else if (!append_tree_number(out, text, exact))
      return 0;
    return token + 1;
  }
  // The caller has skipped over the value once, so its depth is bounded.
  const bool object = c == '{';
  const char end = object ? '}' : ']';
  std::vector<std::pair<std::string, std::string>> members;  // a repeated name keeps its place and takes the last value
  ++token;
  bool first = true;
  while (tokens.first(token) != end || !first) {
    std::string name;
    if (object) {
      std::string_view inside;
      if (tokens.first(token) != '"' || !tokens.string(token, inside) || !append_unescaped(name, inside)) return 0;
      if (tokens.first(++token) != ':') return 0;
      ++token;
    }
    std::string value;
    token = append_json_tree(value, tokens, token, exact);
    if (token == 0) return 0;
    const auto same = object
                          ? std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == name; })
                          : members.end();
    if (same != members.end())
      same->second = std::move(value);
    else
      members.emplace_back(std::move(name), std::move(value));
    first = false;
    if (tokens.first(token) == ',') {
      ++token;
      continue;
    }
    if (tokens.first(token) != end) return 0;
    break;
  }
  out.push_back(c);
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (object) {
      append_jackson_string(out, members[i].first, PairEscapes::kNo);
      out.push_back(':');
    }
    out += members[i].second;
  }
  out.push_back(end);
  return token + 1;
}

}  // namespace millstream::format
