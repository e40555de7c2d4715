// Function calls: the plain form with its suffixes, and the functions with a grammar of their own.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {
namespace {

struct UnitName {
  std::string_view word;
  TimeUnit unit;
};
constexpr auto kUnits = std::to_array<UnitName>({
    {"NANOSECOND", TimeUnit::kNanosecond},
    {"MICROSECOND", TimeUnit::kMicrosecond},
    {"MILLISECOND", TimeUnit::kMillisecond},
    {"SECOND", TimeUnit::kSecond},
    {"MINUTE", TimeUnit::kMinute},
    {"HOUR", TimeUnit::kHour},
    {"DAY", TimeUnit::kDay},
    {"WEEK", TimeUnit::kWeek},
    {"MONTH", TimeUnit::kMonth},
    {"QUARTER", TimeUnit::kQuarter},
    {"YEAR", TimeUnit::kYear},
    {"DECADE", TimeUnit::kDecade},
    {"CENTURY", TimeUnit::kCentury},
    {"MILLENNIUM", TimeUnit::kMillennium},
    {"DOW", TimeUnit::kDayOfWeek},
    {"ISODOW", TimeUnit::kIsoDayOfWeek},
    {"DOY", TimeUnit::kDayOfYear},
    {"ISOYEAR", TimeUnit::kIsoYear},
    {"EPOCH", TimeUnit::kEpoch},
});

Argument positional(Expression value) { return {std::nullopt, std::move(value)}; }
Argument keyword(std::string text, SourceSpan span) { return {std::nullopt, {span, Keyword{std::move(text)}}}; }

}  // namespace

std::optional<TimeUnit> time_unit_named(std::string_view word) {
  std::string upper = to_upper(word);
  if (upper.starts_with("SQL_TSI_")) upper.erase(0, 8);
  for (const UnitName& row : kUnits) {
    if (upper == row.word) return row.unit;
  }
  return std::nullopt;
}

Result<Expression> Parser::time_unit_keyword() {
  const Token& token = stream_.current();
  if (token.kind != TokenKind::kWord) {
    for (const UnitName& row : kUnits) stream_.note_expected(row.word);
    return stream_.fail_here();
  }
  const std::string_view word = stream_.text_of(token);
  const auto unit = time_unit_named(word);
  if (!unit) {
    std::vector<std::string> names;
    for (const UnitName& row : kUnits) names.emplace_back(row.word);
    const auto near = nearest(word, names);
    return stream_.fail_at(
        token.span, ErrorCode::kParse, "'" + std::string(word) + "' is not a valid time frame",
        near ? "did you mean " + *near + "?" : "units are YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, ...");
  }
  stream_.advance();
  return Expression{token.span, Keyword{std::string(name_of(*unit))}};
}

// Behind the name, at the opening parenthesis.
Result<Expression> Parser::call(Name function, size_t from) {
  Call node;
  node.function = std::move(function);
  MS_TRY(stream_.expect("("));
  if (stream_.accept("DISTINCT")) {
    node.quantifier = SetQuantifier::kDistinct;
  } else if (stream_.accept("ALL")) {
    node.quantifier = SetQuantifier::kAll;
  }
  if (stream_.is("*", 0) && node.quantifier == SetQuantifier::kNone) {
    const SourceSpan span = stream_.current().span;
    stream_.advance();
    node.arguments.push_back(positional({span, Star{}}));
  } else if (!stream_.is(")", 0) || node.quantifier != SetQuantifier::kNone) {
    do {
      MS_ASSIGN(Argument one, argument());
      node.arguments.push_back(std::move(one));
    } while (stream_.accept(","));
    if (stream_.accept_all({"ORDER", "BY"})) {
      MS_ASSIGN(node.argument_order, order_items());
    }
  }
  return finish_call(std::move(node), from);
}

Result<Argument> Parser::argument() {
  if (stream_.current().kind == TokenKind::kWord || stream_.current().kind == TokenKind::kQuotedName) {
    if (stream_.is("=>", 1)) {
      MS_ASSIGN(Identifier name, stream_.identifier());
      stream_.advance();
      MS_ASSIGN(Expression value, argument_value());
      return Argument{std::move(name), std::move(value)};
    }
  }
  MS_ASSIGN(Expression value, argument_value());
  return positional(std::move(value));
}

Result<Expression> Parser::argument_value() {
  const size_t from = stream_.position();
  if (stream_.is("DEFAULT", 0)) {
    stream_.advance();
    return make(Default{}, from);
  }
  const bool table = stream_.is("TABLE", 0);
  if (!table && !at_query_start()) {
    MS_ASSIGN(Expression value, expression());
    // A query in parentheses may be a table with a partitioning of its own.
    auto* subquery = std::get_if<ScalarSubquery>(&value.node);
    if (!subquery || (!stream_.is("PARTITION", 0) && !stream_.is("ORDER", 0))) return value;
    TableArgument node{std::move(subquery->query), {}, {}};
    MS_TRY(table_argument_clauses(node));
    return make(std::move(node), from);
  }
  if (!table) {
    MS_ASSIGN(QueryOwner inner, query());
    return make(ScalarSubquery{QueryBox(std::move(inner))}, from);
  }
  stream_.advance();
  MS_ASSIGN(Name name, stream_.name());
  TableArgument node{std::move(name), {}, {}};
  MS_TRY(table_argument_clauses(node));
  return make(std::move(node), from);
}

// [PARTITION BY a | (a, b)] [ORDER BY a | (a, b)]: without parentheses one, because a comma begins the next argument.
Status Parser::table_argument_clauses(TableArgument& argument) {
  if (stream_.accept_all({"PARTITION", "BY"})) {
    if (stream_.accept("(")) {
      MS_ASSIGN(argument.partition_by, expressions());
      MS_TRY(stream_.expect(")"));
    } else {
      MS_ASSIGN(Expression column, expression());
      argument.partition_by.push_back(std::move(column));
    }
  }
  if (!stream_.accept_all({"ORDER", "BY"})) return {};
  if (stream_.accept("(")) {
    MS_ASSIGN(argument.order_by, order_items());
    return stream_.expect(")");
  }
  OrderItem item;
  MS_ASSIGN(item.value, expression());
  if (stream_.accept("DESC")) {
    item.direction = SortDirection::kDescending;
  } else if (stream_.accept("ASC")) {
    item.direction = SortDirection::kAscending;
  }
  argument.order_by.push_back(std::move(item));
  return {};
}

Result<Expression> Parser::finish_call(Call node, size_t from) {
  MS_TRY(stream_.expect(")"));
  MS_TRY(call_suffixes(node));
  return make(std::move(node), from);
}

Result<std::optional<ExpressionBox>> Parser::filter_clause() {
  if (!stream_.accept_all({"FILTER", "("})) return std::nullopt;
  MS_TRY(stream_.expect("WHERE"));
  MS_ASSIGN(Expression condition, expression());
  MS_TRY(stream_.expect(")"));
  return ExpressionBox(std::move(condition));
}

Status Parser::call_suffixes(Call& node) {
  if (stream_.accept_all({"IGNORE", "NULLS"})) {
    node.null_treatment = NullTreatment::kIgnoreNulls;
  } else if (stream_.accept_all({"RESPECT", "NULLS"})) {
    node.null_treatment = NullTreatment::kRespectNulls;
  }
  if (stream_.accept_all({"WITHIN", "GROUP"})) {
    MS_TRY(stream_.expect_all({"(", "ORDER", "BY"}));
    MS_ASSIGN(node.within_group, order_items());
    MS_TRY(stream_.expect(")"));
  }
  MS_ASSIGN(node.filter, filter_clause());
  if (!stream_.accept("OVER")) return {};
  if (stream_.is("(", 0)) {
    MS_ASSIGN(WindowSpecification window, window_specification());
    node.over.emplace<Box<WindowSpecification>>(std::move(window));
  } else {
    MS_ASSIGN(Identifier window, stream_.identifier());
    node.over = std::move(window);
  }
  return {};
}

Result<Expression> Parser::special_call(std::string_view function, size_t from) {
  const std::string name = to_upper(function);
  if (name == "JSON_EXISTS") return json_access(JsonAccessKind::kExists);
  if (name == "JSON_VALUE") return json_access(JsonAccessKind::kValue);
  if (name == "JSON_QUERY") return json_access(JsonAccessKind::kQuery);
  if (name == "JSON_OBJECT" || name == "JSON_OBJECTAGG") return json_object(name == "JSON_OBJECTAGG");
  if (name == "JSON_ARRAY" || name == "JSON_ARRAYAGG") return json_array(name == "JSON_ARRAYAGG");
  const SourceSpan span = stream_.current().span;
  stream_.advance();
  if (name == "DESCRIPTOR") {
    MS_ASSIGN(std::vector<Identifier> columns, stream_.identifiers_in_parentheses());
    return make(Descriptor{std::move(columns)}, from);
  }
  stream_.advance();
  Call node;
  node.function = {span, {{span, std::string(function)}}};
  if (name == "EXTRACT") return extract_call(std::move(node), from);
  if (name == "TRIM") return trim_call(std::move(node), from);
  if (name == "SUBSTRING") return substring_call(std::move(node), from);
  if (name == "OVERLAY") return overlay_call(std::move(node), from);
  if (name == "POSITION") return position_call(std::move(node), from);
  if (name == "TIMESTAMPADD" || name == "TIMESTAMPDIFF") return timestamp_unit_call(std::move(node), from);
  return round_call(std::move(node), from);
}

Result<Expression> Parser::extract_call(Call node, size_t from) {
  node.syntax = CallSyntax::kExtract;
  MS_ASSIGN(Expression unit, time_unit_keyword());
  MS_TRY(stream_.expect("FROM"));
  MS_ASSIGN(Expression source, expression());
  node.arguments.push_back(positional(std::move(unit)));
  node.arguments.push_back(positional(std::move(source)));
  return finish_call(std::move(node), from);
}

// TRIM(a) | TRIM([side] [chars] FROM a)
Result<Expression> Parser::trim_call(Call node, size_t from) {
  node.syntax = CallSyntax::kTrim;
  std::string side = "BOTH";
  SourceSpan side_span = stream_.current().span;
  bool side_given = true;
  if (stream_.accept("LEADING")) {
    side = "LEADING";
  } else if (stream_.accept("TRAILING")) {
    side = "TRAILING";
  } else if (!stream_.accept("BOTH")) {
    side_given = false;
    side_span.length = 0;
  }
  Expression characters{side_span, StringLiteral{" "}};
  Expression source;
  if (side_given && stream_.accept("FROM")) {
    MS_ASSIGN(source, expression());
  } else {
    MS_ASSIGN(source, expression());
    if (side_given || stream_.is("FROM", 0)) {
      MS_TRY(stream_.expect("FROM"));
      characters = std::move(source);
      MS_ASSIGN(source, expression());
    }
  }
  node.arguments.push_back(keyword(side, side_span));
  node.arguments.push_back(positional(std::move(characters)));
  node.arguments.push_back(positional(std::move(source)));
  return finish_call(std::move(node), from);
}

// SUBSTRING(a FROM b [FOR c]) | SUBSTRING(a, b[, c])
Result<Expression> Parser::substring_call(Call node, size_t from) {
  node.syntax = CallSyntax::kSubstring;
  MS_ASSIGN(Expression source, expression());
  node.arguments.push_back(positional(std::move(source)));
  const bool words = stream_.accept("FROM");
  if (!words) MS_TRY(stream_.expect(","));
  MS_ASSIGN(Expression start, expression());
  node.arguments.push_back(positional(std::move(start)));
  if (stream_.accept(words ? "FOR" : ",")) {
    MS_ASSIGN(Expression length, expression());
    node.arguments.push_back(positional(std::move(length)));
  }
  return finish_call(std::move(node), from);
}

Result<Expression> Parser::overlay_call(Call node, size_t from) {
  node.syntax = CallSyntax::kOverlay;
  for (std::string_view word : {"", "PLACING", "FROM", "FOR"}) {
    if (word == "FOR" && !stream_.accept("FOR")) break;
    if (!word.empty() && word != "FOR") MS_TRY(stream_.expect(word));
    MS_ASSIGN(Expression value, expression());
    node.arguments.push_back(positional(std::move(value)));
  }
  return finish_call(std::move(node), from);
}

Result<Expression> Parser::position_call(Call node, size_t from) {
  node.syntax = CallSyntax::kPosition;
  // The operand of IN here is not the IN of a list.
  MS_ASSIGN(Expression wanted, expression(Precedence::kAdditive));
  MS_TRY(stream_.expect("IN"));
  MS_ASSIGN(Expression source, expression());
  node.arguments.push_back(positional(std::move(wanted)));
  node.arguments.push_back(positional(std::move(source)));
  if (stream_.accept("FROM")) {
    MS_ASSIGN(Expression start, expression());
    node.arguments.push_back(positional(std::move(start)));
  }
  return finish_call(std::move(node), from);
}

// CEIL(a) | CEIL(a TO unit)
Result<Expression> Parser::round_call(Call node, size_t from) {
  MS_ASSIGN(Expression source, expression());
  node.arguments.push_back(positional(std::move(source)));
  if (stream_.accept("TO")) {
    node.syntax = CallSyntax::kRoundTo;
    MS_ASSIGN(Expression unit, time_unit_keyword());
    node.arguments.push_back(positional(std::move(unit)));
  } else {
    while (stream_.accept(",")) {
      MS_ASSIGN(Expression more, expression());
      node.arguments.push_back(positional(std::move(more)));
    }
  }
  return finish_call(std::move(node), from);
}

Result<Expression> Parser::timestamp_unit_call(Call node, size_t from) {
  MS_ASSIGN(Expression unit, time_unit_keyword());
  node.arguments.push_back(positional(std::move(unit)));
  for (int i = 0; i < 2; ++i) {
    MS_TRY(stream_.expect(","));
    MS_ASSIGN(Expression value, expression());
    node.arguments.push_back(positional(std::move(value)));
  }
  return finish_call(std::move(node), from);
}

}  // namespace millstream::sql::internal
