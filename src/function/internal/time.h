// FLOOR and CEIL of times to a unit, for the table of numeric functions, which share the names.
#pragma once

#include "function/definition.h"

namespace millstream::function::internal {

[[nodiscard]] Result<Signature> infer_time_rounding(std::string_view name, std::span<const Argument> arguments);
[[nodiscard]] Kernel time_rounding_kernel(bool up);
[[nodiscard]] std::shared_ptr<void> prepare_time_rounding(std::span<const Argument> arguments);

}  // namespace millstream::function::internal
