// Syntax tree expressions to bound ones: names resolved, types inferred by the function tables, casts inserted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "function/definition.h"
#include "function/expression.h"
#include "plan/internal/bind_context.h"
#include "plan/internal/scope.h"
#include "sql/expression.h"

namespace millstream::plan {

// One aggregate call found in a query block, over the block's input.
struct FoundAggregate {
  const function::AggregateFunction* function = nullptr;
  function::Signature signature;
  std::vector<function::ExpressionPtr> arguments;
  function::ExpressionPtr filter;  // null: none
  bool distinct = false;
  std::string text;  // as written, for names
};

// A reference to aggregate call n has column index kAggregateBase + n until the aggregate node exists.
inline constexpr int kAggregateBase = 1 << 24;

class ExpressionBinder {
 public:
  // `clause` is where aggregates are refused: "WHERE clause". Refers to both; use while they live.
  ExpressionBinder(BindContext& context, const Scope& scope, std::string clause = {})
      : context_(context), scope_(scope), clause_(std::move(clause)) {}
  // Aggregate calls are collected here instead of being refused.
  // Whether an aggregate call was met where aggregates are collected, also one that is wrong.
  [[nodiscard]] bool met_aggregate() const { return met_aggregate_; }
  void collect_aggregates(std::vector<FoundAggregate>* found) { aggregates_ = found; }
  Result<function::ExpressionPtr> bind(const sql::Expression& expression);
  // Then TRUE, FALSE or unknown: "WHERE clause must be a condition".
  Result<function::ExpressionPtr> bind_condition(const sql::Expression& expression, std::string_view clause);
  // Then not of the type of a bare NULL: "Illegal use of 'NULL'".
  Result<function::ExpressionPtr> bind_value(const sql::Expression& expression);

 private:
  using Bound = Result<function::ExpressionPtr>;
  using Arguments = std::vector<function::ExpressionPtr>;

  Bound bind_node(const sql::NullLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::BooleanLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::NumberLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::StringLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::BinaryLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::TemporalLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::IntervalLiteral&, const sql::Expression& whole);
  Bound bind_node(const sql::IntervalOf&, const sql::Expression& whole);
  Bound bind_node(const sql::ColumnReference&, const sql::Expression& whole);
  Bound bind_node(const sql::Star&, const sql::Expression& whole);
  Bound bind_node(const sql::FieldAccess&, const sql::Expression& whole);
  Bound bind_node(const sql::Subscript&, const sql::Expression& whole);
  Bound bind_node(const sql::Unary&, const sql::Expression& whole);
  Bound bind_node(const sql::Binary&, const sql::Expression& whole);
  Bound bind_node(const sql::Logical&, const sql::Expression& whole);
  Bound bind_node(const sql::IsTest&, const sql::Expression& whole);
  Bound bind_node(const sql::Between&, const sql::Expression& whole);
  Bound bind_node(const sql::InList&, const sql::Expression& whole);
  Bound bind_node(const sql::InSubquery&, const sql::Expression& whole);
  Bound bind_node(const sql::Like&, const sql::Expression& whole);
  Bound bind_node(const sql::Exists&, const sql::Expression& whole);
  Bound bind_node(const sql::ScalarSubquery&, const sql::Expression& whole);
  Bound bind_node(const sql::Quantified&, const sql::Expression& whole);
  Bound bind_node(const sql::Case&, const sql::Expression& whole);
  Bound bind_node(const sql::Cast&, const sql::Expression& whole);
  Bound bind_node(const sql::RowConstructor&, const sql::Expression& whole);
  Bound bind_node(const sql::ArrayConstructor&, const sql::Expression& whole);
  Bound bind_node(const sql::MapConstructor&, const sql::Expression& whole);
  Bound bind_node(const sql::MultisetConstructor&, const sql::Expression& whole);
  Bound bind_node(const sql::CollectionQuery&, const sql::Expression& whole);
  Bound bind_node(const sql::Call&, const sql::Expression& whole);
  Bound bind_node(const sql::Keyword&, const sql::Expression& whole);
  Bound bind_node(const sql::Default&, const sql::Expression& whole);
  Bound bind_node(const sql::TableArgument&, const sql::Expression& whole);
  Bound bind_node(const sql::Descriptor&, const sql::Expression& whole);
  Bound bind_node(const sql::JsonAccess&, const sql::Expression& whole);
  Bound bind_node(const sql::JsonObject&, const sql::Expression& whole);
  Bound bind_node(const sql::JsonArray&, const sql::Expression& whole);

  Result<Arguments> bind_all(const std::vector<sql::Expression>& expressions);
  // A call of a scalar function or operator of the tables.
  Bound call(std::string_view name, Arguments arguments, sql::SourceSpan span);
  Bound negate(Bound operand, sql::SourceSpan span);
  Bound logic(function::Logic::Kind kind, Arguments operands, sql::SourceSpan span);
  // CASE over bound parts; casts the results to their common type.
  Bound case_of(std::vector<std::pair<function::ExpressionPtr, function::ExpressionPtr>> branches,
                function::ExpressionPtr otherwise, sql::SourceSpan span);
  Bound equality(const function::ExpressionPtr& left, const function::ExpressionPtr& right, sql::SourceSpan span);
  Bound aggregate(const function::AggregateFunction& function, const sql::Call& call, const sql::Expression& whole);
  Bound collection(std::string_view name, const std::vector<sql::Expression>& elements, sql::SourceSpan span);

  BindContext& context_;
  const Scope& scope_;
  std::string clause_;
  std::vector<FoundAggregate>* aggregates_ = nullptr;
  bool inside_aggregate_ = false;
  bool met_aggregate_ = false;
};

// `expression` as `type`, its nullability kept; itself if it has that type. The cast must be possible.
[[nodiscard]] function::ExpressionPtr cast_to(function::ExpressionPtr expression, const column::Type& type);
// The bare word NULL.
[[nodiscard]] bool is_null_literal(const function::Expression& expression);
// Whether the expression is the stream's time: a time attribute column, or PROCTIME().
[[nodiscard]] TimeAttribute time_attribute_of(const function::Expression& expression,
                                              const std::vector<LogicalColumn>& input);
// Calls that give the present time (not PROCTIME as an attribute).
[[nodiscard]] bool looks_at_time(const function::Expression& expression);

}  // namespace millstream::plan
