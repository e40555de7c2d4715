// The evaluator: lazy branches, NULLs, selections, folding, shared sub-expressions, filters.
#include "function/evaluator.h"

#include <gtest/gtest.h>

#include "function/testing.h"

namespace millstream::function {
namespace {

using namespace testing;
using column::Batch;
using column::Type;
using column::Value;

Value n(int64_t v) { return Value(v); }

Batch batch_of(std::vector<std::pair<Type, std::vector<Value>>> columns) {
  Batch batch;
  batch.length = columns[0].second.size();
  for (const auto& [type, values] : columns) batch.columns.push_back(make_vector(type, values));
  return batch;
}

struct Outcome {
  std::vector<Value> values;
  std::vector<RowError> errors;
};

Outcome evaluate(const ExpressionPtr& expression, const Batch& batch) {
  Outcome outcome;
  EvaluationContext context;
  context.errors = &outcome.errors;
  Evaluator evaluator(expression);
  const auto vector = evaluator.evaluate(batch, batch.rows(), context);
  EXPECT_EQ(vector->length(), batch.length);
  batch.rows().for_each([&](size_t i) { outcome.values.push_back(value_at(*vector, i)); });
  return outcome;
}

std::vector<uint32_t> filter(const ExpressionPtr& expression, const Batch& batch,
                             std::vector<RowError>* errors = nullptr) {
  std::vector<RowError> own;
  EvaluationContext context;
  context.errors = errors != nullptr ? errors : &own;
  Evaluator evaluator(expression);
  std::vector<uint32_t> kept;
  evaluator.filter(batch, batch.rows(), context, kept);
  return kept;
}

ExpressionPtr logic(Logic::Kind kind, std::vector<ExpressionPtr> operands) {
  return std::make_shared<const Expression>(Expression{Type::boolean(), Logic{kind, std::move(operands)}, {}});
}

const auto a = column_reference(0, Type::integer());
const auto b = column_reference(1, Type::integer());

TEST(Evaluator, CaseReachesOnlyItsRows) {
  const Batch batch =
      batch_of({{Type::integer(), {n(10), n(20), Value(), n(7)}}, {Type::integer(), {n(0), n(5), n(1), Value()}}});
  const auto safe = std::make_shared<const Expression>(
      Expression{Type::integer(), Case{{{call("<>", {b, number(0)}), call("/", {a, b})}}, number(-1)}, {}});
  const Outcome outcome = evaluate(safe, batch);
  EXPECT_EQ(outcome.values, (std::vector<Value>{n(-1), n(4), Value(), n(-1)}));
  EXPECT_TRUE(outcome.errors.empty());
}

TEST(Evaluator, RefusedRowsAreNullAndReported) {
  const Batch batch = batch_of({{Type::integer(), {n(10), n(20), n(30)}}, {Type::integer(), {n(0), n(5), n(0)}}});
  const Outcome outcome = evaluate(call("/", {a, b}), batch);
  EXPECT_EQ(outcome.values, (std::vector<Value>{Value(), n(4), Value()}));
  ASSERT_EQ(outcome.errors.size(), 2u);
  EXPECT_EQ(outcome.errors[1].position, 2u);
  EXPECT_EQ(outcome.errors[1].message, "/ by zero");
}

TEST(Evaluator, ErrorsOfConstantsReachEveryRowButNotUnselectedOnes) {
  Batch batch = batch_of({{Type::integer(), {n(1), n(2), n(3)}}});
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0, 2});
  const Outcome outcome = evaluate(call("+", {a, cast(text("x"), Type::integer())}), batch);
  ASSERT_EQ(outcome.errors.size(), 2u);
  EXPECT_EQ(outcome.errors[0].position, 0u);
  EXPECT_EQ(outcome.errors[1].position, 2u);
}

TEST(Evaluator, AndOrAreThreeValuedAndLazy) {
  const Batch batch =
      batch_of({{Type::integer(), {n(1), n(1), n(1), n(1)}}, {Type::integer(), {n(0), n(1), n(2), Value()}}});
  const auto divides = call("=", {call("/", {a, b}), number(1)});
  const auto guarded = logic(Logic::Kind::kAnd, {call("<>", {b, number(0)}), divides});
  const Outcome both = evaluate(guarded, batch);
  EXPECT_EQ(both.values, (std::vector<Value>{Value(false), Value(true), Value(false), Value()}));
  EXPECT_TRUE(both.errors.empty());
  const auto either = logic(Logic::Kind::kOr, {call("=", {b, number(0)}), divides});
  const Outcome any = evaluate(either, batch);
  EXPECT_EQ(any.values, (std::vector<Value>{Value(true), Value(true), Value(false), Value()}));
  EXPECT_TRUE(any.errors.empty());
}

TEST(Evaluator, NullAndFalseIsFalse) {
  const auto unknown = null(Type::boolean());
  EXPECT_EQ(run(logic(Logic::Kind::kAnd, {unknown, boolean(false)})), "FALSE");
  EXPECT_EQ(run(logic(Logic::Kind::kAnd, {unknown, boolean(true)})), "NULL");
  EXPECT_EQ(run(logic(Logic::Kind::kOr, {unknown, boolean(true)})), "TRUE");
  EXPECT_EQ(run(logic(Logic::Kind::kOr, {unknown, boolean(false)})), "NULL");
  EXPECT_EQ(run(call("NOT", {unknown})), "NULL");
}

TEST(Evaluator, CoalesceIsLazy) {
  const Batch batch = batch_of({{Type::integer(), {n(1), Value(), n(3)}}, {Type::integer(), {n(0), n(2), n(0)}}});
  const auto expression =
      std::make_shared<const Expression>(Expression{Type::integer(), Coalesce{{a, call("/", {number(10), b})}}, {}});
  const Outcome outcome = evaluate(expression, batch);
  EXPECT_EQ(outcome.values, (std::vector<Value>{n(1), n(5), n(3)}));
  EXPECT_TRUE(outcome.errors.empty());
}

TEST(Evaluator, MergesStringsAndNestedTypes) {
  const Type row = Type::row({{"s", Type::string(), ""}});
  const Value first(Value::List{Value(std::string("a text of more than twelve bytes"))});
  const Value second(Value::List{Value()});
  const Batch batch = batch_of({{row, {first, Value(), second}}, {Type::integer(), {n(1), n(2), n(3)}}});
  const auto choose = std::make_shared<const Expression>(
      Expression{row, Case{{{call("=", {b, number(3)}), literal(row, first)}}, column_reference(0, row)}, {}});
  EXPECT_EQ(evaluate(choose, batch).values, (std::vector<Value>{first, Value(), first}));
  const auto field =
      std::make_shared<const Expression>(Expression{Type::string(), FieldAccess{column_reference(0, row), 0}, {}});
  EXPECT_EQ(evaluate(field, batch).values, (std::vector<Value>{first.as_list()[0], Value(), Value()}));
}

TEST(Evaluator, SharedSubExpressionsReportOnce) {
  const Batch batch = batch_of({{Type::integer(), {n(1), n(2)}}, {Type::integer(), {n(0), n(1)}}});
  const auto quotient = call("/", {a, b});
  EXPECT_EQ(evaluate(call("+", {quotient, quotient}), batch).errors.size(), 1u);
}

TEST(Evaluator, ConstantResultHasTheBatchsLength) {
  const Batch batch = batch_of({{Type::integer(), std::vector<Value>(100, n(1))}});
  EXPECT_EQ(evaluate(call("+", {number(1), number(2)}), batch).values[99], n(3));
  Evaluator evaluator(call("+", {number(1), number(2)}));
  std::vector<RowError> errors;
  EvaluationContext context;
  context.errors = &errors;
  for (const size_t length : {1, 50, 7}) {
    Batch other;
    other.length = length;
    EXPECT_EQ(evaluator.evaluate(other, other.rows(), context)->length(), length);
  }
}

TEST(Evaluator, FilterKeepsTrueOnly) {
  Batch batch = batch_of(
      {{Type::integer(), {n(1), Value(), n(3), n(4), n(5)}}, {Type::integer(), {n(0), n(0), n(1), n(2), Value()}}});
  EXPECT_EQ(filter(call(">", {a, number(2)}), batch), (std::vector<uint32_t>{2, 3, 4}));
  std::vector<RowError> errors;
  const auto both = logic(Logic::Kind::kAnd, {call("<>", {b, number(0)}), call(">", {call("/", {a, b}), number(1)})});
  EXPECT_EQ(filter(both, batch, &errors), (std::vector<uint32_t>{2, 3}));
  EXPECT_TRUE(errors.empty());
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0, 3});
  EXPECT_EQ(filter(call(">", {a, number(0)}), batch), (std::vector<uint32_t>{0, 3}));
  EXPECT_EQ(filter(boolean(true), batch), (std::vector<uint32_t>{0, 3}));
  EXPECT_TRUE(filter(null(Type::boolean()), batch).empty());
}

TEST(Expression, TextColumnsAndSubstitution) {
  const auto sum = call("+", {a, call("*", {b, number(2)})});
  EXPECT_EQ(sum->to_text(), "($0 + ($1 * 2))");
  EXPECT_EQ(referenced_columns(*sum), (std::vector<int>{0, 1}));
  EXPECT_EQ(remap_columns(sum, {3, 4})->to_text(), "($3 + ($4 * 2))");
  EXPECT_EQ(substitute_columns(sum, {number(7), a})->to_text(), "(7 + ($0 * 2))");
  EXPECT_TRUE(call("+", {number(1), number(2)})->is_constant());
  EXPECT_FALSE(sum->is_constant());
}

}  // namespace
}  // namespace millstream::function
