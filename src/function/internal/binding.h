// Entries of function tables: signatures that follow a pattern, and kernels chosen by one type or by none.
#pragma once

#include "function/internal/inference.h"

namespace millstream::function::internal {

template <const Pattern& pattern>
Result<Signature> infer(std::span<const Argument> arguments) {
  return infer_by_pattern(pattern, arguments);
}

// The result may be NULL whatever the arguments are.
template <const Pattern& pattern>
Result<Signature> infer_nullable(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature, infer_by_pattern(pattern, arguments));
  signature.result = signature.result.as_nullable();
  return signature;
}

template <Kernel kernel>
Kernel bind(const Signature&) {
  return kernel;
}

// choose.operator()<T>() for the T in which values of a number or interval type are kept.
template <typename Choose>
Kernel bind_number(const column::Type& type, Choose choose) {
  switch (type.physical()) {
    case column::PhysicalKind::kInt8:
      return choose.template operator()<int8_t>();
    case column::PhysicalKind::kInt16:
      return choose.template operator()<int16_t>();
    case column::PhysicalKind::kInt32:
      return choose.template operator()<int32_t>();
    case column::PhysicalKind::kInt64:
      return choose.template operator()<int64_t>();
    case column::PhysicalKind::kFloat:
      return choose.template operator()<float>();
    case column::PhysicalKind::kDouble:
      return choose.template operator()<double>();
    default:
      return choose.template operator()<column::Int128>();
  }
}

}  // namespace millstream::function::internal
