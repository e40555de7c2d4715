// The public entry points, and how a script is cut into statements.
#include "sql/parser.h"

#include <optional>
#include <string>

#include "sql/internal/parser_state.h"
#include "sql/lexer.h"

namespace millstream::sql {
namespace {

std::optional<Error> check_size(std::string_view text) {
  if (text.size() <= kMaxTextBytes) return std::nullopt;
  return Error{ErrorCode::kLimit,
               "the SQL text has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(kMaxTextBytes) +
                   " are read",
               "split the script",
               {}};
}

bool is_word(std::string_view text, const Token& token, std::string_view upper) {
  if (token.kind != TokenKind::kWord || token.span.length != upper.size()) return false;
  const std::string_view word = token.span.in(text);
  for (size_t i = 0; i < upper.size(); ++i) {
    if ((word[i] & ~0x20) != upper[i]) return false;
  }
  return true;
}

// The tokens [first, last) of one statement; `last` is its semicolon or the end of the text.
struct Cut {
  size_t first;
  size_t last;
  bool open_set;  // a statement set without its END
};

// Inside a statement set a semicolon ends an INSERT only; the set ends with the word END in front of a semicolon or
// the end of the text. (CASE .. END never stands there behind a semicolon.)
std::optional<Cut> next_cut(std::string_view text, const std::vector<Token>& tokens, size_t at) {
  while (is_symbol(text, tokens[at], ';')) ++at;
  if (tokens[at].kind == TokenKind::kEnd) return std::nullopt;
  const auto word = [&](size_t index, std::string_view upper) {
    return index < tokens.size() && is_word(text, tokens[index], upper);
  };
  size_t start = at;
  if (word(start, "EXPLAIN")) {
    ++start;
    while (start < tokens.size() && !word(start, "EXECUTE") && !word(start, "STATEMENT") &&
           !is_symbol(text, tokens[start], ';') && !word(start, "SELECT") && !word(start, "INSERT") &&
           !word(start, "CREATE") && tokens[start].kind != TokenKind::kEnd) {
      ++start;
    }
  }
  const bool begun = word(start, "BEGIN") && word(start + 1, "STATEMENT") && word(start + 2, "SET");
  if (word(start, "EXECUTE")) ++start;
  const bool in_set = begun || (word(start, "STATEMENT") && word(start + 1, "SET") && word(start + 2, "BEGIN"));
  size_t last = at;
  bool set_ended = false;
  for (; tokens[last].kind != TokenKind::kEnd; ++last) {
    if (!is_symbol(text, tokens[last], ';')) continue;
    if (!in_set) break;
    // The END that counts stands right behind a semicolon.
    if (is_word(text, tokens[last - 1], "END") && is_symbol(text, tokens[last - 2], ';')) {
      set_ended = true;
      break;
    }
  }
  if (in_set && !set_ended && tokens[last].kind == TokenKind::kEnd && last >= 2) {
    set_ended = is_word(text, tokens[last - 1], "END") && is_symbol(text, tokens[last - 2], ';');
  }
  return Cut{at, last, in_set && !set_ended};
}

// The statement's own tokens with an end right behind them.
std::vector<Token> tokens_of(const std::vector<Token>& tokens, const Cut& cut) {
  std::vector<Token> own(tokens.begin() + static_cast<ptrdiff_t>(cut.first),
                         tokens.begin() + static_cast<ptrdiff_t>(cut.last));
  const uint32_t end = cut.last < tokens.size() ? tokens[cut.last].span.offset : tokens.back().span.offset;
  own.push_back({TokenKind::kEnd, false, {end, 0}});
  return own;
}

template <typename T>
Result<T> parse_whole(std::string_view text, Result<T> (internal::Parser::*rule)()) {
  if (auto problem = check_size(text)) return std::unexpected(*std::move(problem));
  const std::vector<Token> tokens = tokenize(text);
  internal::Parser parser(text, tokens);
  MS_ASSIGN(T result, (parser.*rule)());
  MS_TRY(parser.expect_end());
  return result;
}

}  // namespace

Result<Statement> parse_statement(std::string_view text) {
  if (auto problem = check_size(text)) return std::unexpected(*std::move(problem));
  std::vector<Token> tokens = tokenize(text);
  // One semicolon may follow; a second statement may not.
  if (tokens.size() >= 2 && is_symbol(text, tokens[tokens.size() - 2], ';')) tokens.erase(tokens.end() - 2);
  internal::Parser parser(text, tokens);
  MS_ASSIGN(Statement result, parser.statement());
  MS_TRY(parser.expect_end());
  return result;
}

Result<Query> parse_query(std::string_view text) {
  MS_ASSIGN(internal::QueryOwner result, parse_whole(text, &internal::Parser::query));
  return std::move(*result);
}

Result<Expression> parse_expression(std::string_view text) {
  return parse_whole(text, &internal::Parser::whole_expression);
}
Result<TypeName> parse_type(std::string_view text) { return parse_whole(text, &internal::Parser::type); }

std::vector<ScriptItem> parse_script(std::string_view text) {
  std::vector<ScriptItem> items;
  if (auto problem = check_size(text)) {
    items.push_back({{}, std::unexpected(*std::move(problem))});
    return items;
  }
  const std::vector<Token> tokens = tokenize(text);
  size_t at = 0;
  while (const auto cut = next_cut(text, tokens, at)) {
    const std::vector<Token> own = tokens_of(tokens, *cut);
    internal::Parser parser(text, own);
    Result<Statement> statement = parser.statement();
    if (statement) {
      if (Status end = parser.expect_end(); !end) statement = std::unexpected(std::move(end).error());
    }
    items.push_back({covering(own.front().span, own[own.size() - 2].span), std::move(statement)});
    at = cut->last;
  }
  return items;
}

bool is_complete(std::string_view text) {
  if (text.size() > kMaxTextBytes) return true;
  const std::vector<Token> tokens = tokenize(text);
  if (tokens.size() >= 2) {
    const Token& last = tokens[tokens.size() - 2];
    if (last.kind == TokenKind::kInvalid && is_unterminated(last.span.in(text))) return false;
  }
  size_t at = 0;
  while (const auto cut = next_cut(text, tokens, at)) {
    if (cut->open_set || tokens[cut->last].kind == TokenKind::kEnd) return false;
    at = cut->last;
  }
  return true;
}

}  // namespace millstream::sql
