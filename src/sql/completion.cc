// Completion: parses up to the cursor and asks the parser what it would have taken there.
#include "sql/completion.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "sql/internal/expected_name.h"
#include "sql/internal/parser_state.h"
#include "sql/lexer.h"

namespace millstream::sql {
namespace {

// The tokens behind the last semicolon; those inside a statement set belong to it.
std::vector<Token> last_statement(std::string_view text, std::vector<Token> tokens) {
  size_t start = 0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!is_symbol(text, tokens[i], ';')) continue;
    std::string head;
    for (size_t k = start; k < std::min(start + 4, i); ++k) head += to_upper(tokens[k].span.in(text)) + " ";
    const bool in_set = head.starts_with("BEGIN STATEMENT SET") || head.starts_with("EXECUTE STATEMENT SET");
    const bool closed = i > 0 && equals_ignoring_case(tokens[i - 1].span.in(text), "END");
    if (!in_set || closed) start = i + 1;
  }
  tokens.erase(tokens.begin(), tokens.begin() + static_cast<ptrdiff_t>(start));
  return tokens;
}

// Whether the blanks and comments behind the last token end inside a comment.
bool in_comment(std::string_view blanks) {
  for (size_t at = 0; at < blanks.size();) {
    const std::string_view rest = blanks.substr(at);
    if (rest.starts_with("--") || rest.starts_with("//")) {
      const size_t line_break = rest.find('\n');
      if (line_break == std::string_view::npos) return true;
      at += line_break + 1;
    } else if (rest.starts_with("/*")) {
      const size_t end = rest.find("*/", 2);
      if (end == std::string_view::npos) return true;
      at += end + 2;
    } else {
      ++at;
    }
  }
  return false;
}

// What stands before the cursor. The beginning of a word or a number is one; that of anything else is not.
std::vector<Token> tokens_before(size_t cursor, std::span<const Token> all) {
  std::vector<Token> tokens;
  for (Token token : all) {
    if (token.kind == TokenKind::kEnd || token.span.offset >= cursor) break;
    if (token.span.end() > cursor) {
      token.span.length = static_cast<uint32_t>(cursor - token.span.offset);
      if (token.kind != TokenKind::kWord && token.kind != TokenKind::kNumber) token.kind = TokenKind::kInvalid;
    }
    tokens.push_back(token);
  }
  tokens.push_back({TokenKind::kEnd, false, {static_cast<uint32_t>(cursor), 0}});
  return tokens;
}

// The statement around the cursor, without a kEnd. Of a statement set it is one of the statements inside.
std::span<const Token> statement_around(std::string_view text, size_t cursor, std::span<const Token> all) {
  size_t first = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const bool ends = is_symbol(text, all[i], ';');
    if (all[i].kind == TokenKind::kEnd || (ends && all[i].span.offset >= cursor)) return all.subspan(first, i - first);
    if (ends) first = i + 1;
  }
  return all.subspan(first);
}

}  // namespace

Completion complete(std::string_view text, size_t cursor) {
  Completion result;
  cursor = std::min(cursor, text.size());
  result.replace_from = cursor;
  if (text.size() > kMaxTextBytes) return result;
  const std::vector<Token> all = tokenize(text);
  std::vector<Token> tokens = tokens_before(cursor, all);
  const size_t blanks_from = tokens.size() >= 2 ? tokens[tokens.size() - 2].span.end() : 0;
  if (in_comment(text.substr(blanks_from, cursor - blanks_from))) return result;
  tokens = last_statement(text, std::move(tokens));
  std::string_view word;
  if (tokens.size() >= 2) {
    const Token& last = tokens[tokens.size() - 2];
    if (last.kind == TokenKind::kInvalid) return result;  // inside a literal or a comment
    if (last.kind == TokenKind::kWord && last.span.end() == cursor) {
      word = last.span.in(text);
      result.replace_from = last.span.offset;
      tokens.erase(tokens.end() - 2);
    }
  }
  internal::Parser parser(text, tokens);
  // What is expected at the end does not depend on whether the text before it is a whole statement already.
  if (parser.statement()) parser.stream().note_expected(";");
  if (parser.stream().expected_position() + 1 != tokens.size()) return result;  // the error is further left
  bool any_name = false, any_expression = false;
  for (std::string_view expected : parser.stream().expected_at_furthest()) {
    any_name |= expected == internal::kAnyName;
    any_expression |= expected == internal::kAnyExpression;
    const bool keyword = expected[0] >= 'A' && expected[0] <= 'Z';
    if (keyword && expected.size() >= word.size() && equals_ignoring_case(expected.substr(0, word.size()), word)) {
      result.keywords.emplace_back(expected);
    }
  }
  std::ranges::sort(result.keywords);
  const auto repeated = std::ranges::unique(result.keywords);
  result.keywords.erase(repeated.begin(), repeated.end());
  internal::find_expected_name(text, std::span(tokens).first(tokens.size() - 1), any_name, any_expression, result);
  if (result.expected_name != ExpectedName::kNone)
    internal::find_tables(text, statement_around(text, cursor, all), cursor, result);
  return result;
}

bool can_be_called(std::string_view function) { return internal::begins_call(function); }

}  // namespace millstream::sql
