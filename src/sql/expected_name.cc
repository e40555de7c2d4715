// Reads tokens rather than a tree, because a statement with a cursor in it is seldom whole.
#include "sql/internal/expected_name.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/lexer.h"

namespace millstream::sql::internal {
namespace {

using Tokens = std::span<const Token>;

bool is_word(std::string_view text, const Token& token, std::string_view word) {
  return token.kind == TokenKind::kWord && equals_ignoring_case(token.span.in(text), word);
}

template <size_t kSize>
bool is_one_of(std::string_view text, const Token& token, const std::array<std::string_view, kSize>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(text, token, word); });
}

bool has_word(std::string_view text, Tokens tokens, std::string_view word) {
  return std::ranges::any_of(tokens, [&](const Token& token) { return is_word(text, token, word); });
}

bool is_identifier(const Token& token) {
  return token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kWord && !token.reserved);
}

std::string identifier(std::string_view text, const Token& token) {
  const std::string_view written = token.span.in(text);
  return token.kind == TokenKind::kQuotedName ? unquote(written) : std::string(written);
}

// Behind a comma: the innermost list is that of a FROM, not one in parentheses.
bool in_from_list(std::string_view text, Tokens tokens) {
  int depth = 0;
  for (size_t i = tokens.size(); i-- > 0;) {
    if (is_symbol(text, tokens[i], ')')) ++depth;
    if (is_symbol(text, tokens[i], '(') && depth-- == 0) return false;
    if (depth > 0) continue;
    if (is_word(text, tokens[i], "FROM")) return true;
    if (is_word(text, tokens[i], "SELECT")) return false;
  }
  return false;
}

// Is a table that exists what these tokens lead to?
bool leads_to_table(std::string_view text, Tokens tokens) {
  const Token& last = tokens.back();
  const Tokens before = tokens.first(tokens.size() - 1);
  if (is_one_of(text, last,
                std::to_array<std::string_view>({"FROM", "JOIN", "INTO", "OVERWRITE", "DESCRIBE", "DESC", "LIKE"})))
    return true;
  if (is_symbol(text, last, ',')) return in_from_list(text, before);
  // DROP TABLE names one that is there, CREATE TABLE one that is not; TUMBLE(TABLE …) stands in either.
  const bool creates = !before.empty() && is_word(text, before.front(), "CREATE") &&
                       std::ranges::none_of(before, [&](const Token& token) { return is_symbol(text, token, '('); });
  if (creates) return false;
  if (is_one_of(text, last, std::to_array<std::string_view>({"TABLE", "VIEW"}))) return true;
  return is_word(text, last, "EXISTS") && (has_word(text, before, "TABLE") || has_word(text, before, "VIEW"));
}

// The dotted name at `at`, which moves behind it; empty if there is none.
std::vector<std::string> read_name(std::string_view text, Tokens tokens, size_t& at) {
  std::vector<std::string> parts;
  while (at < tokens.size() && is_identifier(tokens[at])) {
    parts.push_back(identifier(text, tokens[at++]));
    if (at >= tokens.size() || !is_symbol(text, tokens[at], '.')) break;
    ++at;
  }
  return parts;
}

// Behind the parenthesis that closes the one at `open`; 0 if none does.
size_t behind_parentheses(std::string_view text, Tokens tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    if (is_symbol(text, tokens[i], '(')) ++depth;
    if (is_symbol(text, tokens[i], ')')) --depth;
    if (depth == 0) return i > open ? i + 1 : 0;
  }
  return 0;
}

// Behind `name [(columns)] AS (query)` at `at`; 0 if that is not what stands there.
size_t behind_common_table(std::string_view text, Tokens tokens, size_t at) {
  if (at >= tokens.size() || !is_identifier(tokens[at])) return 0;
  ++at;
  if (at < tokens.size() && is_symbol(text, tokens[at], '(')) {
    at = behind_parentheses(text, tokens, at);
    if (at == 0) return 0;
  }
  return at < tokens.size() && is_word(text, tokens[at], "AS") ? behind_parentheses(text, tokens, at + 1) : 0;
}

// Takes what WITH defined before the cursor out of `tokens`. A definition around the cursor stays: there, the tables
// that it names count.
std::vector<CommonTableText> take_common_tables(std::string_view text, size_t cursor, std::vector<Token>& tokens) {
  std::vector<CommonTableText> taken;
  std::vector<Token> rest;
  bool in_list = false;
  for (size_t at = 0; at < tokens.size();) {
    const bool leads = is_word(text, tokens[at], "WITH") || (in_list && is_symbol(text, tokens[at], ','));
    const size_t end = leads ? behind_common_table(text, tokens, at + 1) : 0;
    in_list = end > 0 && tokens[end - 1].span.end() <= cursor;
    if (!in_list) {
      rest.push_back(tokens[at++]);
      continue;
    }
    const size_t from = tokens[at + 1].span.offset;
    taken.push_back(
        {identifier(text, tokens[at + 1]), std::string(text.substr(from, tokens[end - 1].span.end() - from))});
    at = end;
  }
  tokens = std::move(rest);
  return taken;
}

std::vector<TableInScope> tables_in_scope(std::string_view text, Tokens tokens) {
  constexpr auto kLeading = std::to_array<std::string_view>({"FROM", "JOIN", "INTO", "OVERWRITE", "TABLE"});
  std::vector<TableInScope> tables;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!is_one_of(text, tokens[i], kLeading)) continue;
    const bool is_from = is_word(text, tokens[i], "FROM");
    size_t at = i + 1;
    while (true) {
      TableInScope table{read_name(text, tokens, at), ""};
      if (table.name.empty()) break;
      if (at < tokens.size() && is_word(text, tokens[at], "AS")) ++at;
      if (at < tokens.size() && is_identifier(tokens[at])) table.alias = identifier(text, tokens[at++]);
      tables.push_back(std::move(table));
      if (!is_from || at >= tokens.size() || !is_symbol(text, tokens[at], ',')) break;
      ++at;
    }
  }
  return tables;
}

}  // namespace

void find_expected_name(std::string_view text, std::span<const Token> tokens, bool any_name, bool any_expression,
                        Completion& completion) {
  while (tokens.size() >= 2 && is_symbol(text, tokens.back(), '.') && is_identifier(tokens[tokens.size() - 2])) {
    completion.qualifier.insert(completion.qualifier.begin(), identifier(text, tokens[tokens.size() - 2]));
    tokens = tokens.first(tokens.size() - 2);
  }
  if (any_expression) {
    completion.expected_name = ExpectedName::kExpression;
  } else if (any_name && !tokens.empty()) {
    const bool in_list = is_symbol(text, tokens.back(), ',') || is_symbol(text, tokens.back(), '(');
    if (leads_to_table(text, tokens))
      completion.expected_name = ExpectedName::kTable;
    else if (in_list || !completion.qualifier.empty())
      completion.expected_name = ExpectedName::kColumn;
  }
}

void find_tables(std::string_view text, std::span<const Token> tokens, size_t cursor, Completion& completion) {
  std::vector<Token> rest(tokens.begin(), tokens.end());
  completion.common_tables = take_common_tables(text, cursor, rest);
  if (completion.expected_name != ExpectedName::kTable) completion.tables = tables_in_scope(text, rest);
}

}  // namespace millstream::sql::internal
