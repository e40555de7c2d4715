// The tables of functions, by subject; definition.cc joins them into one index.
#pragma once

#include <span>

#include "function/definition.h"

namespace millstream::function::internal {

std::span<const ScalarFunction> arithmetic_functions();
std::span<const ScalarFunction> comparison_functions();
std::span<const ScalarFunction> logic_functions();
std::span<const ScalarFunction> rounding_functions();
std::span<const ScalarFunction> numeric_functions();
std::span<const ScalarFunction> random_functions();
std::span<const ScalarFunction> text_functions();
std::span<const ScalarFunction> text_part_functions();
std::span<const ScalarFunction> text_search_functions();
std::span<const ScalarFunction> text_character_functions();
std::span<const ScalarFunction> pattern_functions();
std::span<const ScalarFunction> encoding_functions();
std::span<const ScalarFunction> collection_functions();
std::span<const ScalarFunction> introspection_functions();
std::span<const ScalarFunction> clock_functions();
std::span<const ScalarFunction> time_functions();
std::span<const ScalarFunction> time_text_functions();
std::span<const AggregateFunction> aggregate_functions();

}  // namespace millstream::function::internal
