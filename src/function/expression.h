// Bound expressions: names resolved, types known, casts explicit. Immutable; built by plan/, evaluated by Evaluator.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "column/type.h"
#include "column/value.h"

namespace millstream::function {

struct ScalarFunction;
struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

struct ColumnReference {
  int index = 0;
};  // of the input batch
struct Literal {
  column::Value value;
};
struct Call {  // arguments already have the types the kernel wants
  const ScalarFunction* function = nullptr;
  std::vector<ExpressionPtr> arguments;
};
struct Cast {  // to Expression::type
  ExpressionPtr input;
  bool null_on_failure = false;  // TRY_CAST
};
struct Logic {  // n-ary AND / OR, three-valued; later operands only for rows still open
  enum class Kind { kAnd, kOr } kind = Kind::kAnd;
  std::vector<ExpressionPtr> operands;
};
struct Case {  // WHEN c1 THEN r1 … ELSE r; each branch only for the rows that reach it
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  ExpressionPtr otherwise;  // never null: a literal NULL if there is no ELSE
};
struct Coalesce {
  std::vector<ExpressionPtr> operands;
};
struct FieldAccess {  // row.field; NULL if the row is NULL
  ExpressionPtr input;
  int field = 0;
};

struct Expression {
  column::Type type;
  std::variant<ColumnReference, Literal, Call, Cast, Logic, Case, Coalesce, FieldAccess> node;
  SourcePosition position;  // in the statement's text, for errors at run time

  // For EXPLAIN and operator ids: functional text with column indexes, "($2 * 0.908)". Stable across releases.
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] bool is_constant() const;  // no column and no function of time or chance
  [[nodiscard]] bool is_deterministic() const;
};

[[nodiscard]] ExpressionPtr column_reference(int index, column::Type type);
[[nodiscard]] ExpressionPtr literal(column::Type type, column::Value value);
// The indexes of all referenced columns, sorted, without repeats.
[[nodiscard]] std::vector<int> referenced_columns(const Expression& expression);
// The same expression over other column indexes: index i becomes mapping[i]. Broken invariant if that is negative.
[[nodiscard]] ExpressionPtr remap_columns(const ExpressionPtr& expression, const std::vector<int>& mapping);
// Each column reference replaced by the expression of that index: merges a projection into what stands above it.
[[nodiscard]] ExpressionPtr substitute_columns(const ExpressionPtr& expression, const std::vector<ExpressionPtr>& by);

}  // namespace millstream::function
