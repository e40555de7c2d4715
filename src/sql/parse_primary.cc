// Operands: names, calls, constructors, parentheses, CASE and CAST.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {
namespace {

// Reserved words that are functions all the same, and the ones that need no parentheses; as Flink answered.
constexpr auto kCallableWords = std::to_array<std::string_view>({
    "ABS",
    "AVG",
    "CARDINALITY",
    "CHAR",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "COALESCE",
    "COLLECT",
    "COUNT",
    "COVAR_POP",
    "COVAR_SAMP",
    "CUME_DIST",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATE",
    "DENSE_RANK",
    "ELEMENT",
    "EVERY",
    "EXP",
    "FIRST_VALUE",
    "FUSION",
    "GROUPING",
    "HOUR",
    "INTERSECTION",
    "LAG",
    "LAST_VALUE",
    "LEAD",
    "LEFT",
    "LN",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "LOWER",
    "MAX",
    "MIN",
    "MINUTE",
    "MOD",
    "MONTH",
    "NTH_VALUE",
    "NTILE",
    "NULLIF",
    "OCTET_LENGTH",
    "PERCENTILE_CONT",
    "PERCENTILE_DISC",
    "PERCENT_RANK",
    "POWER",
    "RANK",
    "REGR_COUNT",
    "REGR_SXX",
    "REGR_SYY",
    "RIGHT",
    "ROW_NUMBER",
    "SECOND",
    "SOME",
    "SQRT",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "SUM",
    "TIME",
    "TIMESTAMP",
    "TRANSLATE",
    "TRUNCATE",
    "UPPER",
    "VAR_POP",
    "VAR_SAMP",
    "YEAR",
});
constexpr auto kBareFunctions = std::to_array<std::string_view>({
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_DEFAULT_TRANSFORM_GROUP",
    "CURRENT_PATH",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "SESSION_USER",
    "SYSTEM_USER",
    "USER",
});
// Calls with a grammar of their own (parse_call.cc). The first ones are not reserved: only a parenthesis makes them
// one.
constexpr auto kSpecialCalls = std::to_array<std::string_view>({
    "TIMESTAMPADD",
    "TIMESTAMPDIFF",
    "DESCRIPTOR",
    "EXTRACT",
    "TRIM",
    "SUBSTRING",
    "OVERLAY",
    "POSITION",
    "CEIL",
    "CEILING",
    "FLOOR",
    "JSON_EXISTS",
    "JSON_VALUE",
    "JSON_QUERY",
    "JSON_OBJECT",
    "JSON_OBJECTAGG",
    "JSON_ARRAY",
    "JSON_ARRAYAGG",
});

template <size_t size>
bool contains(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::ranges::any_of(words, [&](std::string_view one) { return equals_ignoring_case(one, word); });
}

constexpr auto kFormWords = std::to_array<std::string_view>(
    {"MAP", "TIMESTAMPADD", "TIMESTAMPDIFF", "DESCRIPTOR", "IF", "CATALOG", "JOB", "MODEL", "UNBOUNDED"});

}  // namespace

bool is_callable_word(std::string_view word) {
  return contains(kCallableWords, word) || equals_ignoring_case(word, "IF");
}
bool begins_call(std::string_view word) {
  return !is_reserved(word) || is_callable_word(word) || contains(kSpecialCalls, word) ||
         contains(kBareFunctions, word);
}
bool begins_special_form(std::string_view word) { return contains(kFormWords, word); }

Result<Expression> Parser::primary() {
  const size_t from = stream_.position();
  if (stream_.is("(", 0)) {
    MS_ASSIGN(Expression operand, parenthesized());
    return postfix(std::move(operand), from);
  }
  MS_ASSIGN(std::optional<Expression> constant, literal());
  if (constant) return postfix(*std::move(constant), from);
  MS_ASSIGN(Expression operand, word_primary());
  return postfix(std::move(operand), from);
}

Result<Expression> Parser::postfix(Expression operand, size_t from) {
  while (true) {
    if (stream_.is("[", 0)) {
      stream_.advance();
      MS_ASSIGN(Expression index, expression());
      MS_TRY(stream_.expect("]"));
      operand = make(Subscript{ExpressionBox(std::move(operand)), ExpressionBox(std::move(index))}, from);
    } else if (stream_.is(".", 0)) {
      stream_.advance();
      MS_ASSIGN(Identifier field, stream_.identifier());
      operand = make(FieldAccess{ExpressionBox(std::move(operand)), std::move(field)}, from);
    } else {
      return operand;
    }
    if (height_ > kMaxHeight) return too_deep();
  }
}

Result<Expression> Parser::word_primary() {
  const Token& token = stream_.current();
  const std::string_view word = stream_.text_of(token);
  const bool open = stream_.is("(", 1);
  if (token.kind == TokenKind::kWord) {
    if (open && contains(kSpecialCalls, word)) return special_call(word, stream_.position());
    if (!token.reserved) {
      if (stream_.is("MAP", 0) && (stream_.is("[", 1) || open)) return collection(CollectionKind::kMap);
      return column_or_call();
    }
    if (stream_.is("CASE", 0)) return case_expression();
    if (stream_.is("CAST", 0)) return cast(false);
    if (stream_.is("TRY_CAST", 0)) return cast(true);
    if (stream_.is("ARRAY", 0) && stream_.is("[", 1)) return collection(CollectionKind::kArray);
    if (stream_.is("ARRAY", 0) && open) return collection(CollectionKind::kArray);
    if (stream_.is("MULTISET", 0)) return collection(CollectionKind::kMultiset);
    if (stream_.is("ROW", 0) || (stream_.is("PERIOD", 0) && open)) return row_constructor();
    if (stream_.is("EXISTS", 0)) {
      const size_t from = stream_.position();
      stream_.advance();
      MS_ASSIGN(QueryBox query, query_in_parentheses());
      return make(Exists{std::move(query)}, from);
    }
    if (open && contains(kCallableWords, word)) return column_or_call();
    if (contains(kBareFunctions, word)) {
      const size_t from = stream_.position();
      stream_.advance();
      return make(Call{.function = {token.span, {{token.span, std::string(word)}}}, .syntax = CallSyntax::kBare}, from);
    }
    if (open && (stream_.is("UNIQUE", 0) || stream_.is("SAFE_CAST", 0) || stream_.is("CONVERT", 0))) {
      return stream_.unsupported(token.span, to_upper(word) + " is not supported",
                                 stream_.is("SAFE_CAST", 0) ? "use TRY_CAST" : "");
    }
  } else if (token.kind == TokenKind::kQuotedName) {
    return column_or_call();
  }
  stream_.note_expected(kAnyExpression);
  if (token.reserved) stream_.note_expected(kAnyName);
  return stream_.fail_here();
}

// a | a.b.c | f(...) | catalog.database.f(...)
Result<Expression> Parser::column_or_call() {
  const size_t from = stream_.position();
  const Token first = stream_.current();
  Name name;
  if (first.reserved) {
    name.parts.push_back({first.span, std::string(stream_.text_of(first))});
    stream_.advance();
  } else {
    MS_ASSIGN(Identifier part, stream_.identifier());
    name.parts.push_back(std::move(part));
    while (stream_.is(".", 0)) {
      if (stream_.is("*", 1)) {
        stream_.advance();
        stream_.advance();
        return make(Star{std::move(name.parts)}, from);
      }
      stream_.advance();
      MS_ASSIGN(Identifier next, stream_.identifier());
      name.parts.push_back(std::move(next));
    }
  }
  name.span = stream_.span_since(from);
  if (stream_.is("(", 0)) return call(std::move(name), from);
  if (first.kind == TokenKind::kWord && stream_.current().kind == TokenKind::kString && name.parts.size() == 1 &&
      stream_.current().span.offset == first.span.end()) {
    // N'text' and _UTF8'text': a prefix that says how to read the literal behind it.
    const std::string prefix = to_upper(name.parts[0].text);
    if (prefix == "N" || prefix == "_UTF8" || prefix == "_UTF16") return string_literal();
    return stream_.unsupported(first.span, "the text literal prefix " + name.parts[0].text + " is not supported",
                               "write the characters as they are, or U&'\\00e9'");
  }
  return make(ColumnReference{std::move(name)}, from);
}

Result<Expression> Parser::case_expression() {
  const size_t from = stream_.position();
  Case node;
  stream_.advance();
  if (!stream_.at("WHEN")) {
    MS_ASSIGN(Expression operand, expression());
    node.operand.emplace(std::move(operand));
  }
  MS_TRY(stream_.expect("WHEN"));
  do {
    MS_ASSIGN(std::vector<Expression> conditions, expressions());
    if (conditions.size() > 1 && !node.operand) {
      return stream_.fail_at(conditions[1].span, ErrorCode::kParse,
                             "several conditions in one WHEN need a CASE with an operand",
                             "join the conditions with OR");
    }
    MS_TRY(stream_.expect("THEN"));
    MS_ASSIGN(Expression result, expression());
    node.branches.push_back({std::move(conditions), ExpressionBox(std::move(result))});
  } while (stream_.accept("WHEN"));
  if (stream_.accept("ELSE")) {
    MS_ASSIGN(Expression otherwise, expression());
    node.otherwise.emplace(std::move(otherwise));
  }
  MS_TRY(stream_.expect("END"));
  return make(std::move(node), from);
}

Result<Expression> Parser::cast(bool null_on_failure) {
  const size_t from = stream_.position();
  stream_.advance();
  MS_TRY(stream_.expect("("));
  MS_ASSIGN(Expression operand, expression());
  MS_TRY(stream_.expect("AS"));
  MS_ASSIGN(TypeName target, type_without_suffix());
  MS_TRY(stream_.expect(")"));
  return make(Cast{ExpressionBox(std::move(operand)), std::move(target), null_on_failure}, from);
}

// ARRAY[..] | ARRAY(query) | MAP[..] | MAP(query) | MULTISET[..] | MULTISET(query)
Result<Expression> Parser::collection(CollectionKind kind) {
  const size_t from = stream_.position();
  stream_.advance();
  if (stream_.is("(", 0)) {
    if (stream_.is(")", 1))
      return stream_.unsupported(stream_.span_since(from), "an empty collection has no type", "CAST(NULL AS ...)");
    MS_ASSIGN(ParenthesesContent content, parentheses_content());
    if (auto* query = std::get_if<QueryOwner>(&content))
      return make(CollectionQuery{kind, QueryBox(std::move(*query))}, from);
    return stream_.fail_at(stream_.span_since(from), ErrorCode::kParse, "a list of elements stands in square brackets",
                           "ARRAY[1, 2], MAP['a', 1]");
  }
  MS_TRY(stream_.expect("["));
  std::vector<Expression> elements;
  if (!stream_.is("]", 0)) {
    MS_ASSIGN(elements, expressions());
  }
  MS_TRY(stream_.expect("]"));
  switch (kind) {
    case CollectionKind::kArray:
      return make(ArrayConstructor{std::move(elements)}, from);
    case CollectionKind::kMultiset:
      return make(MultisetConstructor{std::move(elements)}, from);
    case CollectionKind::kMap:
      break;
  }
  if (elements.size() % 2 != 0) {
    return stream_.fail_at(stream_.span_since(from), ErrorCode::kParse, "Map requires an even number of arguments",
                           "write MAP[key, value, key, value]");
  }
  return make(MapConstructor{std::move(elements)}, from);
}

Result<Expression> Parser::row_constructor() {
  const size_t from = stream_.position();
  stream_.advance();
  MS_TRY(stream_.expect("("));
  MS_ASSIGN(std::vector<Expression> elements, expressions());
  MS_TRY(stream_.expect(")"));
  return make(RowConstructor{std::move(elements)}, from);
}

// (query) | (expression) | (a, b)
Result<Expression> Parser::parenthesized() {
  const size_t from = stream_.position();
  MS_ASSIGN(ParenthesesContent content, parentheses_content());
  if (auto* query = std::get_if<QueryOwner>(&content)) return make(ScalarSubquery{QueryBox(std::move(*query))}, from);
  auto& elements = std::get<std::vector<Expression>>(content);
  if (elements.size() > 1) return make(RowConstructor{std::move(elements)}, from);
  Expression single = std::move(elements.front());
  single.span = stream_.span_since(from);
  return single;
}

// Both parentheses and what is between them. Behind two of them, what begins as a query may go on as an operand:
// ((SELECT 1) + 1), and what looks like an operand may go on as a query: ((SELECT 1) UNION SELECT 2).
Result<Parser::ParenthesesContent> Parser::parentheses_content() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  MS_TRY(stream_.expect("("));
  const size_t from = stream_.position();
  if (at_query_start()) {
    MS_ASSIGN(QueryOwner inner, query());
    MS_TRY(stream_.expect(")"));
    return inner;
  }
  std::vector<Expression> elements;
  if (stream_.is("(", 0)) {
    MS_ASSIGN(ParenthesesContent inner, parentheses_content());
    Expression left;
    if (auto* query = std::get_if<QueryOwner>(&inner)) {
      if (at_rest_of_query()) {
        MS_ASSIGN(QueryOwner whole, rest_of_query(std::move(*query), from));
        return whole;
      }
      left = make(ScalarSubquery{QueryBox(std::move(*query))}, from);
    } else if (auto& list = std::get<std::vector<Expression>>(inner); list.size() > 1) {
      left = make(RowConstructor{std::move(list)}, from);
    } else {
      left = std::move(list.front());
      left.span = stream_.span_since(from);
    }
    MS_ASSIGN(left, postfix(std::move(left), from));
    MS_ASSIGN(left, continue_expression(std::move(left), Precedence::kLowest, from));
    elements.push_back(std::move(left));
    if (!stream_.accept(",")) {
      MS_TRY(stream_.expect(")"));
      return elements;
    }
  }
  MS_ASSIGN(std::vector<Expression> rest, expressions());
  std::ranges::move(rest, std::back_inserter(elements));
  MS_TRY(stream_.expect(")"));
  return elements;
}

}  // namespace millstream::sql::internal
