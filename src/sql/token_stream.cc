// Matching tokens, remembering what was expected, and the texts of syntax errors.
#include "sql/internal/token_stream.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "sql/lexer.h"

namespace millstream::sql::internal {
namespace {

bool is_keyword(std::string_view expected) { return expected[0] >= 'A' && expected[0] <= 'Z'; }

std::string shortened(std::string_view text) {
  constexpr size_t kShown = 40;
  if (text.size() <= kShown) return std::string(text);
  size_t cut = kShown;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

std::string list_of(const std::vector<std::string_view>& expected) {
  constexpr size_t kShown = 6;
  std::string list;
  for (size_t i = 0; i < std::min(expected.size(), kShown); ++i) {
    if (i > 0) list += i + 1 == expected.size() ? " or " : ", ";
    list += is_keyword(expected[i]) || expected[i].find(' ') != std::string_view::npos
                ? std::string(expected[i])
                : "\"" + std::string(expected[i]) + "\"";
  }
  return expected.size() > kShown ? list + ", ..." : list;
}

std::vector<std::string> keywords_of(const std::vector<std::string_view>& expected) {
  std::vector<std::string> words;
  for (std::string_view one : expected) {
    if (is_keyword(one)) words.emplace_back(one);
  }
  return words;
}

}  // namespace

SourceSpan TokenStream::span_since(size_t from) const {
  const SourceSpan first = tokens_[from].span;
  return at_ > from ? covering(first, tokens_[at_ - 1].span) : SourceSpan{first.offset, 0};
}

bool TokenStream::matches(const Token& token, std::string_view word) const {
  if (token.span.length != word.size()) return false;
  if (is_keyword(word)) return token.kind == TokenKind::kWord && equals_ignoring_case(text_of(token), word);
  return (token.kind == TokenKind::kSymbol || token.kind == TokenKind::kHintStart ||
          token.kind == TokenKind::kHintEnd) &&
         text_of(token) == word;
}

void TokenStream::note_expected(std::string_view what) {
  if (at_ > expected_at_) {
    expected_at_ = at_;
    expected_.clear();
  }
  if (at_ == expected_at_ && std::ranges::find(expected_, what) == expected_.end()) expected_.push_back(what);
}

void TokenStream::note_bare_alias() {
  bare_alias_at_ = at_;
  if (expected_at_ == at_) expected_instead_of_alias_ = expected_;
}

bool TokenStream::at(std::string_view expected) {
  if (matches(current(), expected)) return true;
  note_expected(expected);
  return false;
}

bool TokenStream::at_all(std::initializer_list<std::string_view> words) {
  if (!at(*words.begin())) return false;
  size_t count = 0;
  return std::ranges::all_of(words, [&](std::string_view word) { return is(word, count++); });
}

bool TokenStream::accept(std::string_view expected) {
  if (!at(expected)) return false;
  advance();
  return true;
}

bool TokenStream::accept_all(std::initializer_list<std::string_view> words) {
  if (!at_all(words)) return false;
  for (size_t i = 0; i < words.size(); ++i) advance();
  return true;
}

Status TokenStream::expect(std::string_view expected) {
  if (!accept(expected)) return fail_here();
  return {};
}

Status TokenStream::expect_all(std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) MS_TRY(expect(word));
  return {};
}

bool TokenStream::at_identifier() {
  const Token& token = current();
  if (token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kWord && !token.reserved)) return true;
  note_expected(kAnyName);
  return false;
}

Result<Identifier> TokenStream::identifier() {
  if (!at_identifier()) return fail_here();
  const Token& token = current();
  Identifier result{token.span,
                    token.kind == TokenKind::kQuotedName ? unquote(text_of(token)) : std::string(text_of(token))};
  if (result.text.empty())
    return fail_at(token.span, ErrorCode::kParse, "Encountered \"``\": a quoted name cannot be empty");
  advance();
  return result;
}

Result<Name> TokenStream::name() {
  const size_t from = at_;
  Name result;
  do {
    MS_ASSIGN(Identifier part, identifier());
    result.parts.push_back(std::move(part));
  } while (accept("."));
  result.span = span_since(from);
  return result;
}

Result<std::vector<Identifier>> TokenStream::identifiers_in_parentheses() {
  std::vector<Identifier> result;
  MS_TRY(expect("("));
  do {
    MS_ASSIGN(Identifier one, identifier());
    result.push_back(std::move(one));
  } while (accept(","));
  MS_TRY(expect(")"));
  return result;
}

Result<TextLiteral> TokenStream::text_literal() {
  if (current().kind != TokenKind::kString) {
    note_expected(kAnyText);
    return fail_here();
  }
  TextLiteral result{current().span, unquote(text_of(current()))};
  advance();
  return result;
}

Result<uint32_t> TokenStream::whole_number() {
  const std::string_view digits = text_of(current());
  uint32_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (current().kind != TokenKind::kNumber || end != digits.data() + digits.size() || problem != std::errc()) {
    note_expected(kAnyNumber);
    return fail_here();
  }
  advance();
  return value;
}

std::string TokenStream::suggestion() const {
  const auto did_you_mean = [](const std::string& word) { return "did you mean " + word + "?"; };
  if (bare_alias_at_ > 0 && bare_alias_at_ + 1 == at_) {
    // SELECT a FORM t: FORM was taken as the alias of a, and t is where it broke.
    const auto word = nearest(text_of(tokens_[bare_alias_at_]), keywords_of(expected_instead_of_alias_));
    if (word) return did_you_mean(*word) + " (instead of " + std::string(text_of(tokens_[bare_alias_at_])) + ")";
  }
  if (expected_at_ != at_ || current().kind != TokenKind::kWord) return {};
  if (const auto word = nearest(text_of(current()), keywords_of(expected_))) return did_you_mean(*word);
  return {};
}

Error TokenStream::unexpected() const {
  const Token& token = current();
  const std::string_view written = text_of(token);
  if (token.kind == TokenKind::kInvalid) return error_at(token.span, ErrorCode::kParse, explain_invalid(written));
  if (token.kind == TokenKind::kSymbol && written == "!=") {
    return error_at(token.span, ErrorCode::kParse, "Encountered \"!=\", which Flink does not allow", "write <>");
  }
  std::string message = "Encountered \"" + (token.kind == TokenKind::kEnd ? "<EOF>" : shortened(written)) + "\"";
  std::string hint = suggestion();
  if (expected_at_ == at_ && !expected_.empty()) {
    if (token.reserved && std::ranges::find(expected_, kAnyName) != expected_.end()) {
      message += ", a reserved word";
      if (hint.empty()) hint = "to use it as a name, write it in back-quotes: `" + std::string(written) + "`";
    }
    message += "; expected " + list_of(expected_);
  }
  return error_at(token.span, ErrorCode::kParse, std::move(message), std::move(hint));
}

Error TokenStream::error_at(SourceSpan span, ErrorCode code, std::string message, std::string hint) const {
  return {code, std::move(message), std::move(hint), locate(text_, span)};
}

}  // namespace millstream::sql::internal
