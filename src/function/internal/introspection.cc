// Functions about an expression instead of its value: TYPEOF.
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;

Result<Signature> infer_typeof(std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count("TYPEOF", "1");
  return as_given(Type::string(), arguments);
}

// The declared type: that of a vector may have lost its NOT NULL.
std::shared_ptr<void> prepare_typeof(std::span<const Argument> arguments) {
  return std::make_shared<std::string>(arguments[0].type.to_sql());
}

void typeof_kernel(KernelCall& call) {
  const auto& name = *static_cast<const std::string*>(call.state);
  const StringRef text = call.out.add_string(name);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.rows.for_each([&](size_t i) { out[i] = text; });
}

Kernel bind_typeof(const Signature&) { return typeof_kernel; }

const ScalarFunction kFunctions[] = {
    {.name = "TYPEOF",
     .category = "types",
     .syntax = "TYPEOF(a)",
     .sentence = "The type of an expression.",
     .example = "TYPEOF(1.50) → \"DECIMAL(3, 2) NOT NULL\"",
     .infer = infer_typeof,
     .bind = bind_typeof,
     .prepare = prepare_typeof,
     .null_if_any_null = false},
};

}  // namespace

std::span<const ScalarFunction> introspection_functions() { return kFunctions; }

}  // namespace millstream::function::internal
