// Entries of function tables: signatures that follow a pattern, and kernels that do not depend on types.
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

}  // namespace millstream::function::internal
