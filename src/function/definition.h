// SQL functions as tables of definitions: a scalar or aggregate function is one entry with its types, text and kernel.
//
// Explicit tables (function/internal/*.cc), no static registration. The example of every entry is run as a test and
// printed in docs/functions.md.
#pragma once

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
};

// What inference knows of an argument: its type and, for literals, its value.
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
  void* state;             // what ScalarFunction::prepare returned, or null
  SourcePosition source;
};
using Kernel = void (*)(KernelCall& call);

struct ScalarFunction {
  std::string_view name;                   // upper case, as in SQL; operators by their sign: "+", "LIKE"
  std::vector<std::string_view> aliases;
  std::string_view category;               // heading in the docs: "arithmetic", "string", …
  std::string_view syntax;                 // "SUBSTRING(string, from [, length])"
  std::string_view sentence;
  std::string_view example;                // an expression, and what it gives as a test cell: "UPPER('ab') → AB"
  // The types of a call, or an error in Flink's words ("Cannot apply 'SUM' to arguments of type …").
  Result<Signature> (*infer)(std::span<const Argument> arguments) = nullptr;
  // The kernel for these types; called once per Evaluator.
  Kernel (*bind)(const Signature& signature) = nullptr;
  // Work done once per Evaluator from constant arguments (compiled patterns); may be null.
  std::shared_ptr<void> (*prepare)(std::span<const Argument> arguments) = nullptr;
  bool null_if_any_null = true;            // the evaluator handles NULL arguments; the kernel sees only rows without
  bool deterministic = true;
  bool depends_on_time = false;            // NOW() and its kin
};

// By name or alias, any case; null if there is none.
[[nodiscard]] const ScalarFunction* find_scalar_function(std::string_view name);
[[nodiscard]] std::span<const ScalarFunction> all_scalar_functions();

// Aggregates keep fixed-size slots inside a state row and are updated by (slot pointers, value vector).
struct AggregateKernel {
  uint32_t slot_bytes = 0;                                   // multiple of 8
  void (*initialise)(std::byte* slot) = nullptr;
  // slots[i] belongs to rows[i]; `sign` +1 accumulates, -1 retracts. NULL arguments are skipped inside, as SQL says.
  void (*update)(std::span<std::byte* const> slots, const column::Vector* argument, column::Rows rows, int sign) = nullptr;
  void (*merge)(std::byte* into, const std::byte* from) = nullptr;
  // out[positions[i]] = result of slots[i].
  void (*result)(std::span<const std::byte* const> slots, std::span<const uint32_t> positions, column::Vector& out) = nullptr;
};

struct AggregateFunction {
  std::string_view name;
  std::string_view category, syntax, sentence, example;
  Result<Signature> (*infer)(std::span<const Argument> arguments) = nullptr;
  // `retracting`: the input may carry -U and -D. Null kernel fields where the operator keeps values beside the row
  // (MIN and MAX over a retracting input, DISTINCT).
  AggregateKernel (*bind)(const Signature& signature, bool retracting) = nullptr;
  bool needs_values_to_retract = false;                      // MIN, MAX
};

[[nodiscard]] const AggregateFunction* find_aggregate_function(std::string_view name);
[[nodiscard]] std::span<const AggregateFunction> all_aggregate_functions();

// Every name that can be called, for "did you mean".
[[nodiscard]] std::vector<std::string> all_function_names();

// The implicit conversions that the binder inserts; Calcite's and Flink's rules.
[[nodiscard]] Result<column::Type> common_type(std::span<const column::Type> types);
[[nodiscard]] bool can_cast_implicitly(const column::Type& from, const column::Type& to);
[[nodiscard]] bool can_cast(const column::Type& from, const column::Type& to);

}  // namespace millstream::function
