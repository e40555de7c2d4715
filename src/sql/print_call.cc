// Calls and the SQL/JSON functions as text.
#include <algorithm>

#include "base/text.h"
#include "sql/internal/text_printer.h"

namespace millstream::sql::internal {
namespace {

// Does the function's name stand without back-quotes although it is a reserved word or begins a special form? Only
// where the parser would take the word back in the same way.
bool written_as_word(const Call& call) {
  if (call.syntax != CallSyntax::kPlain) return true;
  if (call.function.parts.size() != 1) return false;
  const std::string& word = call.function.parts[0].text;
  if (is_callable_word(word)) return true;
  const auto is = [&](std::string_view one) { return equals_ignoring_case(word, one); };
  if (is("TIMESTAMPADD") || is("TIMESTAMPDIFF")) {
    return !call.arguments.empty() && call.arguments[0].value.as<Keyword>() != nullptr;
  }
  if (!is("CEIL") && !is("CEILING") && !is("FLOOR")) return false;
  const bool simple = call.arguments.size() == 1 && !call.arguments[0].name &&
                      call.quantifier == SetQuantifier::kNone && call.argument_order.empty();
  if (!simple) return false;
  const Expression& argument = call.arguments[0].value;
  return !argument.as<Star>() && !argument.as<Default>() && !argument.as<TableArgument>();
}

}  // namespace

void TextPrinter::call_arguments(const Call& value) {
  const auto& arguments = value.arguments;
  const auto argument = [&](size_t index) { expression(arguments[index].value); };
  const auto optional = [&](std::string_view word, size_t index) {
    if (arguments.size() <= index) return;
    text(word);
    argument(index);
  };
  switch (value.syntax) {
    case CallSyntax::kBare:
      return;
    case CallSyntax::kExtract:
      argument(0);
      text(" FROM ");
      return argument(1);
    case CallSyntax::kTrim:
      argument(0);
      text(" ");
      argument(1);
      text(" FROM ");
      return argument(2);
    case CallSyntax::kSubstring:
      argument(0);
      optional(" FROM ", 1);
      return optional(" FOR ", 2);
    case CallSyntax::kOverlay:
      argument(0);
      optional(" PLACING ", 1);
      optional(" FROM ", 2);
      return optional(" FOR ", 3);
    case CallSyntax::kPosition:
      expression(arguments[0].value, Precedence::kAdditive);
      text(" IN ");
      argument(1);
      return optional(" FROM ", 2);
    case CallSyntax::kRoundTo:
      argument(0);
      text(" TO ");
      return argument(1);
    case CallSyntax::kPlain:
      break;
  }
  flag(value.quantifier == SetQuantifier::kDistinct, "DISTINCT ");
  flag(value.quantifier == SetQuantifier::kAll, "ALL ");
  list(arguments, [&](const Argument& one) {
    if (one.name) {
      identifier(*one.name);
      text(" => ");
    }
    expression(one.value);
  });
  if (!value.argument_order.empty()) {
    text(" ORDER BY ");
    order_items(value.argument_order);
  }
}

void TextPrinter::node(const Call& value) {
  const bool bare = value.syntax == CallSyntax::kBare;
  if (written_as_word(value)) {
    text(value.function.parts[0].text);
  } else {
    name(value.function);
  }
  if (!bare) {
    text("(");
    call_arguments(value);
    text(")");
  }
  call_suffixes(value);
}

void TextPrinter::filter(const std::optional<ExpressionBox>& condition) {
  if (!condition) return;
  text(" FILTER (WHERE ");
  expression(**condition);
  text(")");
}

void TextPrinter::call_suffixes(const Call& value) {
  flag(value.null_treatment == NullTreatment::kIgnoreNulls, " IGNORE NULLS");
  flag(value.null_treatment == NullTreatment::kRespectNulls, " RESPECT NULLS");
  if (!value.within_group.empty()) {
    text(" WITHIN GROUP (ORDER BY ");
    order_items(value.within_group);
    text(")");
  }
  filter(value.filter);
  if (const auto* named = std::get_if<Identifier>(&value.over)) {
    text(" OVER ");
    identifier(*named);
  } else if (const auto* specified = std::get_if<Box<WindowSpecification>>(&value.over)) {
    text(" OVER ");
    window(**specified);
  }
}

void TextPrinter::node(const TableArgument& value) {
  const bool named = std::holds_alternative<Name>(value.table);
  if (named) {
    text("TABLE ");
    name(std::get<Name>(value.table));
  } else {
    query_in_parentheses(*std::get<QueryBox>(value.table));
  }
  if (!value.partition_by.empty()) {
    text(" PARTITION BY (");
    expressions(value.partition_by);
    text(")");
  }
  if (!value.order_by.empty()) {
    text(" ORDER BY (");
    order_items(value.order_by);
    text(")");
  }
}

void TextPrinter::json_handler(const JsonHandler& handler, std::string_view when) {
  static constexpr std::string_view kWords[] = {"",     "NULL",  "ERROR",  "DEFAULT ", "EMPTY ARRAY", "EMPTY OBJECT",
                                                "TRUE", "FALSE", "UNKNOWN"};
  if (handler.behavior == JsonBehavior::kUnspecified) return;
  text(" ");
  text(kWords[static_cast<size_t>(handler.behavior)]);
  if (handler.value) expression(**handler.value);
  text(" ON ");
  text(when);
}

void TextPrinter::node(const JsonAccess& value) {
  text(value.kind == JsonAccessKind::kExists  ? "JSON_EXISTS("
       : value.kind == JsonAccessKind::kValue ? "JSON_VALUE("
                                              : "JSON_QUERY(");
  expression(*value.input);
  text(", ");
  expression(*value.path);
  if (value.returning) {
    text(" RETURNING ");
    type(*value.returning);
  }
  flag(value.wrapper == JsonWrapper::kWithout, " WITHOUT ARRAY WRAPPER");
  flag(value.wrapper == JsonWrapper::kConditional, " WITH CONDITIONAL ARRAY WRAPPER");
  flag(value.wrapper == JsonWrapper::kUnconditional, " WITH UNCONDITIONAL ARRAY WRAPPER");
  json_handler(value.on_empty, "EMPTY");
  json_handler(value.on_error, "ERROR");
  text(")");
}

void TextPrinter::json_nulls(JsonNulls nulls, bool space) {
  if (nulls == JsonNulls::kUnspecified) return;
  if (space) text(" ");
  text(nulls == JsonNulls::kNull ? "NULL ON NULL" : "ABSENT ON NULL");
}

void TextPrinter::node(const JsonObject& value) {
  text(value.aggregate ? "JSON_OBJECTAGG(" : "JSON_OBJECT(");
  for (size_t i = 0; i + 1 < value.keys_and_values.size(); i += 2) {
    text(i > 0 ? ", KEY " : "KEY ");
    expression(value.keys_and_values[i]);
    text(" VALUE ");
    expression(value.keys_and_values[i + 1]);
  }
  json_nulls(value.nulls, !value.keys_and_values.empty());
  text(")");
  filter(value.filter);
}

void TextPrinter::node(const JsonArray& value) {
  text(value.aggregate ? "JSON_ARRAYAGG(" : "JSON_ARRAY(");
  expressions(value.elements);
  json_nulls(value.nulls, !value.elements.empty());
  text(")");
  filter(value.filter);
}

}  // namespace millstream::sql::internal
