// Operators: precedence climbing over the table of Flink's precedences.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {
namespace {

struct OperatorRow {
  BinaryOperator op;
  std::string_view spelling;
  Precedence precedence;
};

// In the order of the enum.
constexpr auto kOperators = std::to_array<OperatorRow>({
    {BinaryOperator::kMultiply, "*", Precedence::kMultiplicative},
    {BinaryOperator::kDivide, "/", Precedence::kMultiplicative},
    {BinaryOperator::kModulo, "%", Precedence::kMultiplicative},
    {BinaryOperator::kAdd, "+", Precedence::kAdditive},
    {BinaryOperator::kSubtract, "-", Precedence::kAdditive},
    {BinaryOperator::kConcat, "||", Precedence::kMultiplicative},
    {BinaryOperator::kEqual, "=", Precedence::kComparison},
    {BinaryOperator::kNotEqual, "<>", Precedence::kComparison},
    {BinaryOperator::kLess, "<", Precedence::kComparison},
    {BinaryOperator::kLessEqual, "<=", Precedence::kComparison},
    {BinaryOperator::kGreater, ">", Precedence::kComparison},
    {BinaryOperator::kGreaterEqual, ">=", Precedence::kComparison},
    {BinaryOperator::kIsDistinctFrom, "IS DISTINCT FROM", Precedence::kComparison},
    {BinaryOperator::kIsNotDistinctFrom, "IS NOT DISTINCT FROM", Precedence::kComparison},
    {BinaryOperator::kOverlaps, "OVERLAPS", Precedence::kComparison},
    {BinaryOperator::kContains, "CONTAINS", Precedence::kComparison},
    {BinaryOperator::kEquals, "EQUALS", Precedence::kComparison},
    {BinaryOperator::kPrecedes, "PRECEDES", Precedence::kComparison},
    {BinaryOperator::kSucceeds, "SUCCEEDS", Precedence::kComparison},
    {BinaryOperator::kImmediatelyPrecedes, "IMMEDIATELY PRECEDES", Precedence::kComparison},
    {BinaryOperator::kImmediatelySucceeds, "IMMEDIATELY SUCCEEDS", Precedence::kComparison},
});

bool takes_quantifier(BinaryOperator op) { return op >= BinaryOperator::kEqual && op <= BinaryOperator::kGreaterEqual; }

}  // namespace

Precedence precedence_of(BinaryOperator op) { return kOperators[static_cast<size_t>(op)].precedence; }
std::string_view spelling_of(BinaryOperator op) { return kOperators[static_cast<size_t>(op)].spelling; }

std::unexpected<Error> Parser::too_deep() const {
  return stream_.fail_at(stream_.current().span, ErrorCode::kLimit,
                         "the statement is nested more than " + std::to_string(kMaxNesting) +
                             " levels deep, or chains more than " + std::to_string(kMaxHeight) + " operators",
                         "split it with views or WITH");
}

Status Parser::grow() {
  if (++height_ > kMaxHeight) return too_deep();
  return {};
}

Expression Parser::make(ExpressionNode node, size_t from) {
  ++height_;
  return {stream_.span_since(from), std::move(node)};
}

Result<Expression> Parser::expression(Precedence loosest) {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  const size_t from = stream_.position();
  MS_ASSIGN(Expression left, prefix_expression());
  return continue_expression(std::move(left), loosest, from);
}

Result<std::vector<Expression>> Parser::expressions() {
  std::vector<Expression> result;
  do {
    MS_ASSIGN(Expression one, expression());
    result.push_back(std::move(one));
  } while (stream_.accept(","));
  return result;
}

Result<Expression> Parser::prefix_expression() {
  const size_t from = stream_.position();
  UnaryOperator op;
  Precedence operand_precedence = Precedence::kUnary;
  if (stream_.current().kind == TokenKind::kWord && stream_.is("NOT", 0)) {
    op = UnaryOperator::kNot;
    operand_precedence = Precedence::kNot;
  } else if (stream_.is("-", 0)) {
    op = UnaryOperator::kMinus;
  } else if (stream_.is("+", 0)) {
    op = UnaryOperator::kPlus;
  } else {
    return primary();
  }
  stream_.advance();
  MS_ASSIGN(Expression operand, expression(operand_precedence));
  return make(Unary{op, ExpressionBox(std::move(operand))}, from);
}

std::optional<BinaryOperator> Parser::at_binary_operator() {
  for (const OperatorRow& row : kOperators) {
    switch (row.op) {
      case BinaryOperator::kIsDistinctFrom:
        if (stream_.is("IS", 0) && stream_.is("DISTINCT", 1)) return row.op;
        break;
      case BinaryOperator::kIsNotDistinctFrom:
        if (stream_.is("IS", 0) && stream_.is("NOT", 1) && stream_.is("DISTINCT", 2)) return row.op;
        break;
      case BinaryOperator::kImmediatelyPrecedes:
        if (stream_.is("IMMEDIATELY", 0) && stream_.is("PRECEDES", 1)) return row.op;
        break;
      case BinaryOperator::kImmediatelySucceeds:
        if (stream_.is("IMMEDIATELY", 0) && stream_.is("SUCCEEDS", 1)) return row.op;
        break;
      default:
        if (stream_.is(row.spelling, 0)) return row.op;
    }
  }
  return std::nullopt;
}

void Parser::skip_operator(BinaryOperator op) {
  const std::string_view spelling = spelling_of(op);
  for (size_t words = 1 + static_cast<size_t>(std::ranges::count(spelling, ' ')); words > 0; --words) stream_.advance();
}

Result<Expression> Parser::continue_expression(Expression left, Precedence loosest, size_t from) {
  while (true) {
    if (height_ > kMaxHeight) return too_deep();
    if (const auto op = at_binary_operator()) {
      if (precedence_of(*op) < loosest) return left;
      skip_operator(*op);
      MS_ASSIGN(left, comparison_right_side(std::move(left), *op, from));
      continue;
    }
    const bool negated = stream_.is("NOT", 0);
    const auto at_range = [&](std::string_view word) { return stream_.is(word, negated ? 1 : 0); };
    if (at_range("BETWEEN") || at_range("IN") || at_range("LIKE") || at_range("SIMILAR") || at_range("ILIKE") ||
        at_range("RLIKE")) {
      if (Precedence::kRange < loosest) return left;
      MS_ASSIGN(left, after_range_operator(std::move(left), from));
      continue;
    }
    if (stream_.is("IS", 0)) {
      if (Precedence::kIs < loosest) return left;
      stream_.advance();
      MS_ASSIGN(left, after_is(std::move(left), from));
      continue;
    }
    if (at_range("MEMBER") || at_range("SUBMULTISET") || stream_.is("MULTISET", 0)) {
      return stream_.unsupported(stream_.current().span, "multiset operators are not supported",
                                 "Flink has none either; use arrays and ARRAY_UNION, ARRAY_CONTAINS");
    }
    const bool at_and = stream_.at("AND");
    if (!at_and && !stream_.at("OR")) return left;
    const Precedence precedence = at_and ? Precedence::kAnd : Precedence::kOr;
    if (precedence < loosest) return left;
    Logical chain{at_and ? LogicalOperator::kAnd : LogicalOperator::kOr, {}};
    chain.operands.push_back(std::move(left));
    while (stream_.accept(at_and ? "AND" : "OR")) {
      MS_ASSIGN(Expression operand, expression(tighter_than(precedence)));
      chain.operands.push_back(std::move(operand));
    }
    left = make(std::move(chain), from);
  }
}

Result<Expression> Parser::comparison_right_side(Expression left, BinaryOperator op, size_t from) {
  const bool all = stream_.is("ALL", 0);
  if (takes_quantifier(op) && (all || stream_.is("ANY", 0) || stream_.is("SOME", 0)) && stream_.is("(", 1)) {
    stream_.advance();
    MS_ASSIGN(ParenthesesContent content, parentheses_content());
    Quantified node{ExpressionBox(std::move(left)), op, all ? Quantifier::kAll : Quantifier::kAny,
                    std::vector<Expression>()};
    if (auto* query = std::get_if<QueryOwner>(&content)) {
      node.right.emplace<QueryBox>(std::move(*query));
    } else {
      node.right = std::move(std::get<std::vector<Expression>>(content));
    }
    return make(std::move(node), from);
  }
  MS_ASSIGN(Expression right, expression(tighter_than(precedence_of(op))));
  return make(Binary{op, ExpressionBox(std::move(left)), ExpressionBox(std::move(right))}, from);
}

// Behind IS, where DISTINCT FROM has been looked for already.
Result<Expression> Parser::after_is(Expression operand, size_t from) {
  const bool negated = stream_.accept("NOT");
  std::optional<Trait> trait;
  if (stream_.accept("NULL")) {
    trait = Trait::kNull;
  } else if (stream_.accept("TRUE")) {
    trait = Trait::kTrue;
  } else if (stream_.accept("FALSE")) {
    trait = Trait::kFalse;
  } else if (stream_.accept("UNKNOWN")) {
    trait = Trait::kUnknown;
  } else if (stream_.accept("JSON")) {
    trait = Trait::kJsonValue;
    if (stream_.accept("OBJECT")) {
      trait = Trait::kJsonObject;
    } else if (stream_.accept("ARRAY")) {
      trait = Trait::kJsonArray;
    } else if (stream_.accept("SCALAR")) {
      trait = Trait::kJsonScalar;
    } else {
      stream_.accept("VALUE");
    }
  } else if (stream_.is("A", 0) || stream_.is("EMPTY", 0) || stream_.is("NORMALIZED", 0)) {
    return stream_.unsupported(stream_.current().span,
                               "IS " + to_upper(stream_.text_of(stream_.current())) + " is not supported",
                               "supported are IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM and JSON");
  }
  if (!trait) {
    stream_.note_expected("DISTINCT FROM");
    return stream_.fail_here();
  }
  return make(IsTest{ExpressionBox(std::move(operand)), *trait, negated}, from);
}

Result<Expression> Parser::after_range_operator(Expression operand, size_t from) {
  const bool negated = stream_.accept("NOT");
  if (stream_.accept("BETWEEN")) {
    const bool symmetric = stream_.accept("SYMMETRIC");
    if (!symmetric) stream_.accept("ASYMMETRIC");
    MS_ASSIGN(Expression low, expression(tighter_than(Precedence::kRange)));
    MS_TRY(stream_.expect("AND"));
    MS_ASSIGN(Expression high, expression(tighter_than(Precedence::kRange)));
    return make(Between{ExpressionBox(std::move(operand)), ExpressionBox(std::move(low)),
                        ExpressionBox(std::move(high)), negated, symmetric},
                from);
  }
  if (stream_.accept("IN")) return in_right_side(std::move(operand), negated, from);
  if (stream_.is("ILIKE", 0) || stream_.is("RLIKE", 0)) {
    return stream_.unsupported(stream_.current().span,
                               to_upper(stream_.text_of(stream_.current())) + " is not supported in an expression",
                               "use LOWER(a) LIKE b, or REGEXP(a, b)");
  }
  LikeKind kind = LikeKind::kLike;
  if (stream_.accept("SIMILAR")) {
    MS_TRY(stream_.expect("TO"));
    kind = LikeKind::kSimilarTo;
  } else {
    MS_TRY(stream_.expect("LIKE"));
  }
  MS_ASSIGN(Expression pattern, expression(tighter_than(Precedence::kRange)));
  std::optional<ExpressionBox> escape;
  if (stream_.accept("ESCAPE")) {
    MS_ASSIGN(Expression character, expression(tighter_than(Precedence::kRange)));
    escape.emplace(std::move(character));
  }
  return make(
      Like{ExpressionBox(std::move(operand)), ExpressionBox(std::move(pattern)), std::move(escape), kind, negated},
      from);
}

Result<Expression> Parser::in_right_side(Expression operand, bool negated, size_t from) {
  MS_ASSIGN(ParenthesesContent content, parentheses_content());
  if (auto* query = std::get_if<QueryOwner>(&content)) {
    return make(InSubquery{ExpressionBox(std::move(operand)), QueryBox(std::move(*query)), negated}, from);
  }
  return make(InList{ExpressionBox(std::move(operand)), std::move(std::get<std::vector<Expression>>(content)), negated},
              from);
}

}  // namespace millstream::sql::internal
