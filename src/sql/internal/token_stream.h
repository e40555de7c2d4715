// The parser's view of the text: the current token, what was tried there, and errors made from both.
//
// Whatever the parser asks for at a position is remembered for the furthest position reached; that set is the
// "expected" of error messages and the answer to completion.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sql/identifier.h"
#include "sql/token.h"

namespace millstream::sql::internal {

// What expectations other than keywords and symbols are called; completion knows kAnyName.
inline constexpr std::string_view kAnyName = "a name";
inline constexpr std::string_view kAnyExpression = "an expression";
inline constexpr std::string_view kAnyText = "a 'text'";
inline constexpr std::string_view kAnyNumber = "a whole number";
inline constexpr std::string_view kAnyType = "a type";

class TokenStream {
 public:
  // `tokens` ends with a kEnd; both must outlive the stream.
  TokenStream(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(tokens) {}

  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  [[nodiscard]] const Token& ahead(size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  [[nodiscard]] std::string_view text_of(const Token& token) const { return token.span.in(text_); }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] size_t position() const { return at_; }
  [[nodiscard]] bool at_end() const { return current().kind == TokenKind::kEnd; }
  // From the start of the token at `from` to the end of the last one consumed.
  [[nodiscard]] SourceSpan span_since(size_t from) const;
  void advance() { at_ += at_ + 1 < tokens_.size() ? 1 : 0; }

  // Is the current token this keyword (upper case) or symbol? Remembers that it was expected.
  bool at(std::string_view expected);
  // The same for tokens behind it, without remembering.
  [[nodiscard]] bool is(std::string_view word, size_t count) const { return matches(ahead(count), word); }
  // Do these keywords follow each other here? Only the first is remembered as expected.
  bool at_all(std::initializer_list<std::string_view> words);
  bool accept(std::string_view expected);
  bool accept_all(std::initializer_list<std::string_view> words);
  Status expect(std::string_view expected);
  Status expect_all(std::initializer_list<std::string_view> words);

  // A word that is not reserved, or a quoted name.
  bool at_identifier();
  Result<Identifier> identifier();
  Result<Name> name();
  Result<std::vector<Identifier>> identifiers_in_parentheses();
  Result<TextLiteral> text_literal();
  Result<uint32_t> whole_number();

  // Remembers `what` as expected here.
  void note_expected(std::string_view what);
  // A name was taken as an alias without AS: if the next token is an error, it was perhaps a misspelt keyword.
  void note_bare_alias();

  // Encountered "x", with what was expected, the nearest word, and the place.
  [[nodiscard]] Error unexpected() const;
  [[nodiscard]] Error error_at(SourceSpan span, ErrorCode code, std::string message, std::string hint = {}) const;
  [[nodiscard]] std::unexpected<Error> fail_here() const { return std::unexpected(unexpected()); }
  [[nodiscard]] std::unexpected<Error> fail_at(SourceSpan span, ErrorCode code, std::string message,
                                               std::string hint = {}) const {
    return std::unexpected(error_at(span, code, std::move(message), std::move(hint)));
  }
  [[nodiscard]] std::unexpected<Error> unsupported(SourceSpan span, std::string message, std::string hint = {}) const {
    return fail_at(span, ErrorCode::kUnsupported, std::move(message), std::move(hint));
  }

  [[nodiscard]] const std::vector<std::string_view>& expected_at_furthest() const { return expected_; }
  [[nodiscard]] size_t expected_position() const { return expected_at_; }

 private:
  [[nodiscard]] bool matches(const Token& token, std::string_view word) const;
  [[nodiscard]] std::string suggestion() const;

  std::string_view text_;
  const std::vector<Token>& tokens_;
  size_t at_ = 0;
  size_t expected_at_ = 0;
  std::vector<std::string_view> expected_;  // views of string constants
  size_t bare_alias_at_ = 0;
  std::vector<std::string_view> expected_instead_of_alias_;
};

}  // namespace millstream::sql::internal
