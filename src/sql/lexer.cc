// The tokenizer: one pass over the bytes, no allocation but the token list.
#include "sql/lexer.h"

#include <optional>

#include "base/utf8.h"

namespace millstream::sql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Every byte of a multi-byte UTF-8 character counts as a letter.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::optional<int> hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    tokens_.reserve(text_.size() / 6 + 2);
    while (skip_blank()) scan();
    tokens_.push_back({TokenKind::kEnd, false, {static_cast<uint32_t>(text_.size()), 0}});
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts(std::string_view mark) const { return text_.substr(at_).starts_with(mark); }

  void add(TokenKind kind, size_t from, bool reserved = false) {
    tokens_.push_back({kind, reserved, {static_cast<uint32_t>(from), static_cast<uint32_t>(at_ - from)}});
  }

  // Leaves at_ at the next token. False at the end of the text.
  bool skip_blank() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (starts("--") || starts("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (starts("/*") && !starts("/*+")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return true;  // scan() makes it an invalid token
        at_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  void scan() {
    const size_t from = at_;
    const char c = peek();
    if (starts("/*+")) {
      at_ += 3;
      in_hint_ = true;
      return add(TokenKind::kHintStart, from);
    }
    if (starts("/*")) {
      at_ = text_.size();
      return add(TokenKind::kInvalid, from);
    }
    if (in_hint_ && starts("*/")) {
      at_ += 2;
      in_hint_ = false;
      return add(TokenKind::kHintEnd, from);
    }
    if (c == '\'') return scan_quoted(TokenKind::kString, from, 1);
    if (c == '`') return scan_quoted(TokenKind::kQuotedName, from, 1);
    if ((c == 'x' || c == 'X') && peek(1) == '\'') return scan_quoted(TokenKind::kBinaryString, from, 2);
    if ((c == 'u' || c == 'U') && peek(1) == '&' && peek(2) == '\'') {
      return scan_quoted(TokenKind::kUnicodeString, from, 3);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return scan_number(from);
    if (is_letter(c)) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      return add(TokenKind::kWord, from, is_reserved(text_.substr(from, at_ - from)));
    }
    scan_symbol(from);
  }

  // From the opening mark, `prefix` bytes with it, to the closing one; a doubled mark is part of the value.
  void scan_quoted(TokenKind kind, size_t from, size_t prefix) {
    const char mark = text_[from + prefix - 1];
    at_ = from + prefix;
    while (at_ < text_.size()) {
      at_ = std::min(text_.find(mark, at_), text_.size());
      if (at_ == text_.size()) break;
      ++at_;
      if (peek() != mark) return add(kind, from);
      ++at_;
    }
    add(TokenKind::kInvalid, from);
  }

  void scan_number(size_t from) {
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && peek(1) != '.') {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    add(TokenKind::kNumber, from);
  }

  void scan_symbol(size_t from) {
    static constexpr std::string_view kLong[] = {"<=", ">=", "<>", "!=", "||", "=>", "::", "->"};
    for (std::string_view symbol : kLong) {
      if (starts(symbol)) {
        at_ += symbol.size();
        return add(TokenKind::kSymbol, from);
      }
    }
    static constexpr std::string_view kShort = "()[]{},;.=<>+-*/%?:|";
    ++at_;
    add(kShort.find(text_[from]) != std::string_view::npos ? TokenKind::kSymbol : TokenKind::kInvalid, from);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool in_hint_ = false;
};

std::string_view between_quotes(std::string_view token_text) {
  const size_t open = token_text.find_first_of("'`");
  return token_text.substr(open + 1, token_text.size() - open - 2);
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Scanner(text).run(); }

std::string explain_invalid(std::string_view token_text) {
  if (token_text.starts_with("/*")) return "the comment that begins here has no end";
  if (token_text.starts_with('`')) return "the quoted name that begins here has no closing back-quote";
  if (is_unterminated(token_text)) return "the text literal that begins here has no closing quote";
  if (token_text == "\"") return "Encountered \"\\\"\"";
  return "Encountered \"" + std::string(token_text) + "\", a character that SQL does not know";
}

bool is_unterminated(std::string_view token_text) {
  return token_text.starts_with("/*") || token_text.find_first_of("'`") != std::string_view::npos;
}

std::string unquote(std::string_view token_text) {
  const char mark = token_text[token_text.find_first_of("'`")];
  const std::string_view inside = between_quotes(token_text);
  std::string value;
  value.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    value += inside[i];
    if (inside[i] == mark) ++i;  // the second of a doubled mark
  }
  return value;
}

Result<std::string> decode_unicode_string(std::string_view token_text, char escape) {
  const std::string raw = unquote(token_text);
  std::string value;
  uint32_t high = 0;  // the first half of a surrogate pair, until its second half comes
  for (size_t i = 0; i < raw.size();) {
    if (raw[i] != escape || (i + 1 < raw.size() && raw[i + 1] == escape)) {
      if (high != 0) return fail(ErrorCode::kParse, "a surrogate in the Unicode literal has no partner");
      i += raw[i] == escape ? 1 : 0;
      value += raw[i++];
      continue;
    }
    uint32_t code = 0;
    for (size_t k = 1; k <= 4; ++k) {
      const auto digit = i + k < raw.size() ? hex_value(raw[i + k]) : std::nullopt;
      if (!digit) {
        return fail(ErrorCode::kParse, "a Unicode escape is not followed by four hexadecimal digits",
                    "write \\00e9 for one character, and the escape character twice for itself");
      }
      code = code << 4 | static_cast<uint32_t>(*digit);
    }
    i += 5;
    const bool is_low = code >= 0xDC00 && code < 0xE000;
    if (is_low != (high != 0)) return fail(ErrorCode::kParse, "a surrogate in the Unicode literal has no partner");
    if (code >= 0xD800 && code < 0xDC00) {
      high = code;
    } else if (is_low) {
      append_code_point(value, 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00));
      high = 0;
    } else {
      append_code_point(value, code);
    }
  }
  if (high != 0) return fail(ErrorCode::kParse, "a surrogate in the Unicode literal has no partner");
  return value;
}

Result<std::string> decode_binary_string(std::string_view token_text) {
  const std::string_view digits = between_quotes(token_text);
  if (digits.size() % 2 != 0) {
    return fail(ErrorCode::kParse, "a binary literal needs an even number of hexadecimal digits");
  }
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_value(digits[i]);
    const auto low = hex_value(digits[i + 1]);
    if (!high || !low)
      return fail(ErrorCode::kParse, "a binary literal holds a character that is no hexadecimal digit");
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

}  // namespace millstream::sql
