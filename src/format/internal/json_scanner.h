// Where the tokens of one JSON record lie: simdjson's first stage, and a cursor over what it found.
//
// Stage one (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", VLDB Journal 2019) checks UTF-8 and quotes
// and gives the position of every brace, bracket, colon, comma, opening quote and first byte of any other scalar. The
// cursor walks those positions; bytes between them are looked at only where a value is wanted. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millstream::format {

// How deep objects and arrays may nest: Jackson's limit, which Flink has.
inline constexpr int kMaxJsonDepth = 1000;

enum class JsonScan : uint8_t { kOk, kEmpty, kBadUtf8, kOpenString, kControlCharacter, kTooLarge };

class JsonTokens;

class JsonScanner {
 public:
  JsonScanner();
  ~JsonScanner();
  // `record` has kDecodePadding readable bytes behind it. `tokens` is valid until the next call.
  JsonScan scan(std::string_view record, JsonTokens& tokens);

 private:
  struct Stage;
  std::unique_ptr<Stage> stage_;
};

// Token numbers count from 0; token count() is the record's end, whose first byte reads as '\0'.
class JsonTokens {
 public:
  JsonTokens() = default;
  JsonTokens(std::string_view text, const uint32_t* at, uint32_t count)
      : text_(text.data()), size_(text.size()), at_(at), count_(count) {}

  [[nodiscard]] uint32_t count() const { return count_; }
  [[nodiscard]] char first(uint32_t token) const { return token < count_ ? text_[at_[token]] : '\0'; }
  [[nodiscard]] const char* begin(uint32_t token) const { return text_ + position(token); }
  [[nodiscard]] const char* limit() const { return text_ + size_; }
  // The scalar that starts here, without white space behind it.
  [[nodiscard]] std::string_view scalar(uint32_t token) const {
    const char* start = begin(token);
    const char* end = text_ + position(token + 1);
    while (end > start && is_space(end[-1])) --end;
    return {start, static_cast<size_t>(end - start)};
  }
  // What stands between the quotes of the string that starts here, escapes untouched. False: the string is not alone.
  [[nodiscard]] bool string(uint32_t token, std::string_view& inside) const {
    const std::string_view whole = scalar(token);
    if (whole.size() < 2 || whole.back() != '"') return false;
    inside = whole.substr(1, whole.size() - 2);
    return true;
  }
  // Whether `quoted` (a name and its closing quote) follows the opening quote of this token.
  [[nodiscard]] bool is_name(uint32_t token, std::string_view quoted) const {
    const char* start = begin(token) + 1;
    return start + quoted.size() <= limit() && __builtin_memcmp(start, quoted.data(), quoted.size()) == 0;
  }
  // The token behind the value that starts at `token`, or 0 if brackets do not match or a literal is misspelt.
  // Numbers and separators inside are not looked at.
  [[nodiscard]] uint32_t skip(uint32_t token) const {
    const char c = first(token);
    if (c == '{' || c == '[') return skip_nested(token);
    if (c == '"' || c == '-' || (c >= '0' && c <= '9')) return token + 1;
    return is_literal(token) ? token + 1 : 0;
  }
  [[nodiscard]] bool is_literal(uint32_t token) const {
    const std::string_view text = scalar(token);
    return text == "true" || text == "false" || text == "null";
  }
  [[nodiscard]] bool is_null(uint32_t token) const { return first(token) == 'n'; }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  [[nodiscard]] size_t position(uint32_t token) const { return token < count_ ? at_[token] : size_; }
  [[nodiscard]] uint32_t skip_nested(uint32_t token) const;

  const char* text_ = nullptr;
  size_t size_ = 0;
  const uint32_t* at_ = nullptr;
  uint32_t count_ = 0;
};

// Whether there is a backslash. Reads up to 32 bytes behind the end.
[[nodiscard]] bool has_escape(std::string_view inside);
// Appends the string with its escapes resolved; a lone surrogate becomes '?', as Java encodes it. False: no JSON
// escape.
bool append_unescaped(std::string& out, std::string_view inside);
// The record with control characters inside strings written as escapes, for the records that Flink reads although JSON
// forbids them.
[[nodiscard]] std::string escape_control_characters(std::string_view record);
// Appends the value at `token` as Jackson prints a tree: compact, names once, numbers normalised (`exact`: as
// BigDecimal, else as double). The token behind it, or 0 for broken JSON.
uint32_t append_json_tree(std::string& out, const JsonTokens& tokens, uint32_t token, bool exact);
// Whether characters beyond the Basic Multilingual Plane become two escapes: Jackson does so where it writes bytes, but
// not in the text of a tree.
enum class PairEscapes { kNo, kYes };
// A string with quotes and Jackson's escapes.
void append_jackson_string(std::string& out, std::string_view text, PairEscapes pairs);
// BigDecimal.toString() of `digits` (no sign, no leading zeros but "0") with `scale`, trailing zeros stripped.
void append_big_decimal(std::string& out, bool negative, std::string_view digits, int64_t scale);

}  // namespace millstream::format
