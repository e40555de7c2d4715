// SQL functions as tables of definitions: a scalar or aggregate function is one entry with its types, text and kernel.
//
// Explicit tables (function/internal/*.cc), no static registration. The example of every entry is run as a test and
// printed in docs/functions.md.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "column/batch.h"
#include "function/evaluator.h"
#include "function/expression.h"

namespace millstream::function {

// The outcome of type inference for one call.
struct Signature {
  column::Type result;
  std::vector<column::Type> arguments;  // what each argument must be cast to (implicitly) before the kernel sees it
  bool null_on_failure = false;         // an argument that cannot be cast is NULL, not a refused row
};

// What inference knows of an argument: its type and, for literals, its value. Words that are not values (DAY, LEADING)
// are passed as CHAR literals in upper case, in the order of sql::CallSyntax: EXTRACT(unit, source), TRIM(side,
// characters, source), FLOOR(source, unit), TIMESTAMPADD(unit, count, source).
struct Argument {
  column::Type type;
  const column::Value* constant = nullptr;
};

// One call per batch. Writes out[position] for each of `rows`; reports refused rows to context.errors.
struct KernelCall {
  EvaluationContext& context;
  std::span<const column::VectorPtr> arguments;
  column::Rows rows;
  column::Vector& out;
  void* state;  // what ScalarFunction::prepare returned, or null
  SourcePosition source;

  // The row's result is NULL, and the job's policy is told why.
  void refuse(size_t position, std::string message);
};
using Kernel = void (*)(KernelCall& call);

// How a call is evaluated: kCall by its kernel; the others only evaluate the arguments that rows reach.
// kNullIf is never evaluated: the binder makes CASE WHEN a = b THEN NULL ELSE a END of it.
enum class CallForm : uint8_t { kCall, kIf, kCoalesce, kNullIf };

struct ScalarFunction {
  std::string_view name;  // upper case, as in SQL; operators by their sign: "+", "LIKE"
  std::vector<std::string_view> aliases;
  std::string_view category;  // heading in the docs: "arithmetic", "string", …
  std::string_view syntax;    // "SUBSTRING(string, from [, length])"
  std::string_view sentence;
  std::string_view example;  // an expression, and what it gives as a test cell: "UPPER('ab') → AB"
  // The types of a call, or an error in Flink's words ("Cannot apply 'SUM' to arguments of type …").
  Result<Signature> (*infer)(std::span<const Argument> arguments) = nullptr;
  // The kernel for these types; called once per Evaluator. Null where `form` is not kCall.
  Kernel (*bind)(const Signature& signature) = nullptr;
  // Work done once per Evaluator from constant arguments (compiled patterns); may be null.
  std::shared_ptr<void> (*prepare)(std::span<const Argument> arguments) = nullptr;
  bool null_if_any_null = true;  // the evaluator handles NULL arguments; the kernel sees only rows without
  bool deterministic = true;
  bool depends_on_time = false;         // NOW() and its kin: one value for all rows of a batch
  bool time_without_arguments = false;  // UNIX_TIMESTAMP: depends on time only when called without arguments
  bool total = false;                   // never refuses a row and is cheap: may also run on NULL and unselected rows
  CallForm form = CallForm::kCall;
};

// Whether a call with so many arguments depends on the current time.
[[nodiscard]] constexpr bool depends_on_time(const ScalarFunction& function, size_t arguments) {
  return function.depends_on_time || (function.time_without_arguments && arguments == 0);
}

// By name or alias, any case; null if there is none.
[[nodiscard]] const ScalarFunction* find_scalar_function(std::string_view name);
[[nodiscard]] std::span<const ScalarFunction> all_scalar_functions();

// Aggregates keep fixed-size slots inside a state row and are updated by (slot pointers, value vector).
struct AggregateKernel {
  uint32_t slot_bytes = 0;  // multiple of 8
  void (*initialise)(std::byte* slot) = nullptr;
  // slots[i] belongs to rows[i]; `sign` +1 accumulates, -1 retracts. NULL arguments are skipped inside, as SQL says.
  void (*update)(std::span<std::byte* const> slots, const column::Vector* argument, column::Rows rows,
                 int sign) = nullptr;
  void (*merge)(std::byte* into, const std::byte* from) = nullptr;
  // out[positions[i]] = result of slots[i].
  void (*result)(std::span<const std::byte* const> slots, std::span<const uint32_t> positions,
                 column::Vector& out) = nullptr;
  bool order_matters = false;  // adding x and taking it back may leave something behind (rounding, overflow)
};

// What the operator keeps beside the row where a slot cannot hold the state: AggregateKernel's pointers are null then.
// Kept values are compared with column::compare_at; NULL arguments are never kept (ARRAY_AGG keeps them).
enum class Keeps : uint8_t {
  kNothing,  // a slot holds it all
  kLeast,    // the multiset of values; the result is the least
  kGreatest,
  kEarliest,  // the values in order of arrival; the result is the first
  kLatest,
  kAll,  // the values in order of arrival; the result is made by `combine`
};

struct AggregateFunction {
  std::string_view name;
  std::string_view category, syntax, sentence, example;
  Result<Signature> (*infer)(std::span<const Argument> arguments) = nullptr;
  // `retracting`: the input may carry -U and -D. Null pointers and no slot where the operator keeps values beside the
  // row, as `keeps` says: MIN and MAX over a retracting input or of a type without a fixed size (strings, nested),
  // FIRST_VALUE and LAST_VALUE likewise, LISTAGG and ARRAY_AGG always. DISTINCT is the operator's own.
  AggregateKernel (*bind)(const Signature& signature, bool retracting) = nullptr;
  // The kernel where the plan takes AVG apart into a sum and a count (plan::AggregateCall::split); null: as `bind`. SUM
  // of DECIMAL is NULL from an overflow on instead of beginning anew, AVG has a sum of its argument's type.
  AggregateKernel (*bind_split)(const Signature& signature, bool retracting) = nullptr;
  bool needs_values_to_retract = false;  // MIN, MAX
  Keeps keeps = Keeps::kNothing;         // where bind() returns null pointers
  // kAll: out[positions[i]] from values[groups[i]]. `constants`: the arguments behind the first (LISTAGG's separator).
  void (*combine)(const column::Vector& values, std::span<const column::Slice> groups,
                  std::span<const uint32_t> positions, std::span<const column::Value> constants,
                  column::Vector& out) = nullptr;
};

[[nodiscard]] const AggregateFunction* find_aggregate_function(std::string_view name);
[[nodiscard]] std::span<const AggregateFunction> all_aggregate_functions();

// Every name that can be called, for "did you mean".
[[nodiscard]] std::vector<std::string> all_function_names();

// The implicit conversions that the binder inserts; Calcite's and Flink's rules, which differ by what the types are for.
enum class CommonTypeOf : uint8_t {
  kResults,     // CASE, IF, ARRAY, UNION, VALUES: the first of FLOAT and DOUBLE; a DATE goes with no TIMESTAMP
  kArguments,   // COALESCE, GREATEST: DECIMAL before FLOAT is FLOAT; a DATE with a TIMESTAMP is a DATE
  kComparison,  // =, IN: what keeps every digit
};
[[nodiscard]] Result<column::Type> common_type(std::span<const column::Type> types,
                                               CommonTypeOf purpose = CommonTypeOf::kResults);
[[nodiscard]] bool can_cast_implicitly(const column::Type& from, const column::Type& to);
[[nodiscard]] bool can_cast(const column::Type& from, const column::Type& to);

}  // namespace millstream::function
