// Expressions as text, with the parentheses that precedence needs and no others.
#include "sql/internal/text_printer.h"

namespace millstream::sql {

std::string print(const Expression& expression) {
  internal::TextPrinter printer(false);
  printer.expression(expression);
  return printer.take();
}

namespace internal {
namespace {

// How tightly the node's own operator binds; kPostfix for what needs no parentheses anywhere.
Precedence precedence_of(const ExpressionNode& node) {
  return std::visit(
      Overloaded{
          [](const Unary& value) { return value.op == UnaryOperator::kNot ? Precedence::kNot : Precedence::kUnary; },
          [](const Binary& value) { return internal::precedence_of(value.op); },
          [](const Logical& value) { return value.op == LogicalOperator::kAnd ? Precedence::kAnd : Precedence::kOr; },
          [](const IsTest&) { return Precedence::kIs; },
          [](const Between&) { return Precedence::kRange; },
          [](const InList&) { return Precedence::kRange; },
          [](const InSubquery&) { return Precedence::kRange; },
          [](const Like&) { return Precedence::kRange; },
          [](const Quantified& value) { return internal::precedence_of(value.comparison); },
          [](const auto&) { return Precedence::kPostfix; },
      },
      node);
}

// What a dot can follow without being read as part of a name: parentheses make a.b a value whose field c is taken.
bool needs_parentheses_before_dot(const ExpressionNode& node) {
  return std::holds_alternative<ColumnReference>(node) || std::holds_alternative<NumberLiteral>(node);
}

}  // namespace

void TextPrinter::expression(const Expression& value, Precedence loosest) {
  const bool wrap = precedence_of(value.node) < loosest;
  if (wrap) text("(");
  std::visit(
      Overloaded{
          [&](const NullLiteral&) { text("NULL"); },
          [&](const BooleanLiteral& it) {
            text(!it.value ? "UNKNOWN" : *it.value ? "TRUE" : "FALSE");
          },
          [&](const NumberLiteral& it) { text(it.text); },
          [&](const StringLiteral& it) { quoted(it.value); },
          [&](const IntervalLiteral& it) {
            text(it.negative ? "INTERVAL -" : "INTERVAL ");
            quoted(it.text);
            text(" ");
            interval(it.qualifier);
          },
          [&](const IntervalOf& it) {
            text("INTERVAL (");
            expression(*it.amount);
            text(") ");
            interval(it.qualifier);
          },
          [&](const ColumnReference& it) { name(it.name); },
          [&](const Star& it) {
            for (const Identifier& part : it.qualifier) {
              identifier(part);
              text(".");
            }
            text("*");
          },
          [&](const FieldAccess& it) {
            const bool inner = needs_parentheses_before_dot(it.operand->node);
            if (inner) text("(");
            expression(*it.operand, inner ? Precedence::kLowest : Precedence::kPostfix);
            if (inner) text(")");
            text(".");
            identifier(it.field);
          },
          [&](const Subscript& it) {
            expression(*it.operand, Precedence::kPostfix);
            text("[");
            expression(*it.index);
            text("]");
          },
          [&](const Unary& it) {
            if (it.op == UnaryOperator::kNot) {
              text("NOT ");
              return expression(*it.operand, Precedence::kNot);
            }
            text(it.op == UnaryOperator::kMinus ? "-" : "+");
            // Two signs in a row would begin a comment.
            if (it.operand->as<Unary>()) text(" ");
            expression(*it.operand, Precedence::kUnary);
          },
          [&](const Binary& it) {
            const Precedence own = internal::precedence_of(it.op);
            expression(*it.left, own);
            text(" ");
            text(spelling_of(it.op));
            text(" ");
            expression(*it.right, tighter_than(own));
          },
          [&](const InList& it) {
            expression(*it.operand, Precedence::kRange);
            text(it.negated ? " NOT IN (" : " IN (");
            expressions(it.elements);
            text(")");
          },
          [&](const InSubquery& it) {
            expression(*it.operand, Precedence::kRange);
            text(it.negated ? " NOT IN " : " IN ");
            query_in_parentheses(*it.query);
          },
          [&](const Exists& it) {
            text("EXISTS ");
            query_in_parentheses(*it.query);
          },
          [&](const ScalarSubquery& it) { query_in_parentheses(*it.query); },
          [&](const Cast& it) {
            text(it.null_on_failure ? "TRY_CAST(" : "CAST(");
            expression(*it.operand);
            text(" AS ");
            type(it.type);
            text(")");
          },
          [&](const RowConstructor& it) {
            text("ROW(");
            expressions(it.elements);
            text(")");
          },
          [&](const ArrayConstructor& it) {
            text("ARRAY[");
            expressions(it.elements);
            text("]");
          },
          [&](const MapConstructor& it) {
            text("MAP[");
            expressions(it.keys_and_values);
            text("]");
          },
          [&](const MultisetConstructor& it) {
            text("MULTISET[");
            expressions(it.elements);
            text("]");
          },
          [&](const CollectionQuery& it) {
            text(it.kind == CollectionKind::kArray ? "ARRAY" : it.kind == CollectionKind::kMap ? "MAP" : "MULTISET");
            query_in_parentheses(*it.query);
          },
          [&](const Keyword& it) { text(it.text); },
          [&](const Default&) { text("DEFAULT"); },
          [&](const Descriptor& it) {
            text("DESCRIPTOR");
            identifiers(it.columns);
          },
          [&](const auto& it) { node(it); },
      },
      value.node);
  if (wrap) text(")");
}

void TextPrinter::node(const BinaryLiteral& value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  text("X'");
  for (char c : value.bytes) {
    out_ += kDigits[static_cast<unsigned char>(c) >> 4];
    out_ += kDigits[static_cast<unsigned char>(c) & 15];
  }
  text("'");
}

void TextPrinter::node(const TemporalLiteral& value) {
  static constexpr std::string_view kWords[] = {"DATE ", "TIME ", "TIMESTAMP ", "TIMESTAMP WITH LOCAL TIME ZONE "};
  text(kWords[static_cast<size_t>(value.kind)]);
  quoted(value.text);
}

void TextPrinter::node(const Logical& value) {
  const bool conjunction = value.op == LogicalOperator::kAnd;
  const Precedence inner = tighter_than(conjunction ? Precedence::kAnd : Precedence::kOr);
  list(value.operands, [&](const Expression& one) { expression(one, inner); }, conjunction ? " AND " : " OR ");
}

void TextPrinter::node(const IsTest& value) {
  static constexpr std::string_view kWords[] = {"NULL",       "TRUE",        "FALSE",      "UNKNOWN",
                                                "JSON VALUE", "JSON OBJECT", "JSON ARRAY", "JSON SCALAR"};
  expression(*value.operand, Precedence::kIs);
  text(value.negated ? " IS NOT " : " IS ");
  text(kWords[static_cast<size_t>(value.trait)]);
}

void TextPrinter::node(const Between& value) {
  const Precedence inner = tighter_than(Precedence::kRange);
  expression(*value.operand, Precedence::kRange);
  text(value.negated ? " NOT BETWEEN " : " BETWEEN ");
  flag(value.symmetric, "SYMMETRIC ");
  expression(*value.low, inner);
  text(" AND ");
  expression(*value.high, inner);
}

void TextPrinter::node(const Like& value) {
  const Precedence inner = tighter_than(Precedence::kRange);
  expression(*value.operand, Precedence::kRange);
  flag(value.negated, " NOT");
  text(value.kind == LikeKind::kLike ? " LIKE " : " SIMILAR TO ");
  expression(*value.pattern, inner);
  if (!value.escape) return;
  text(" ESCAPE ");
  expression(**value.escape, inner);
}

void TextPrinter::node(const Quantified& value) {
  expression(*value.operand, internal::precedence_of(value.comparison));
  text(" ");
  text(spelling_of(value.comparison));
  text(value.quantifier == Quantifier::kAny ? " ANY " : " ALL ");
  if (const auto* inner = std::get_if<QueryBox>(&value.right)) return query_in_parentheses(**inner);
  text("(");
  expressions(std::get<std::vector<Expression>>(value.right));
  text(")");
}

void TextPrinter::node(const Case& value) {
  text("CASE");
  if (value.operand) {
    text(" ");
    expression(**value.operand);
  }
  for (const CaseBranch& branch : value.branches) {
    text(" WHEN ");
    expressions(branch.conditions);
    text(" THEN ");
    expression(*branch.result);
  }
  if (value.otherwise) {
    text(" ELSE ");
    expression(**value.otherwise);
  }
  text(" END");
}

void TextPrinter::order_items(const std::vector<OrderItem>& items) {
  list(items, [&](const OrderItem& item) {
    expression(item.value);
    flag(item.direction == SortDirection::kAscending, " ASC");
    flag(item.direction == SortDirection::kDescending, " DESC");
    flag(item.nulls == NullOrder::kFirst, " NULLS FIRST");
    flag(item.nulls == NullOrder::kLast, " NULLS LAST");
  });
}

void TextPrinter::frame_bound(const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBoundKind::kCurrentRow:
      return text("CURRENT ROW");
    case FrameBoundKind::kUnboundedPreceding:
      return text("UNBOUNDED PRECEDING");
    case FrameBoundKind::kUnboundedFollowing:
      return text("UNBOUNDED FOLLOWING");
    case FrameBoundKind::kPreceding:
    case FrameBoundKind::kFollowing:
      break;
  }
  expression(**bound.distance, Precedence::kRange);
  text(bound.kind == FrameBoundKind::kPreceding ? " PRECEDING" : " FOLLOWING");
}

void TextPrinter::window(const WindowSpecification& value) {
  bool first = true;
  const auto space = [&] {
    if (!first) text(" ");
    first = false;
  };
  text("(");
  if (value.base) {
    space();
    identifier(*value.base);
  }
  if (!value.partition_by.empty()) {
    space();
    text("PARTITION BY ");
    expressions(value.partition_by);
  }
  if (!value.order_by.empty()) {
    space();
    text("ORDER BY ");
    order_items(value.order_by);
  }
  if (value.frame) {
    space();
    text(value.frame->unit == FrameUnit::kRows ? "ROWS " : "RANGE ");
    flag(value.frame->end.has_value(), "BETWEEN ");
    frame_bound(value.frame->start);
    if (value.frame->end) {
      text(" AND ");
      frame_bound(*value.frame->end);
    }
  }
  text(")");
}

}  // namespace internal
}  // namespace millstream::sql
