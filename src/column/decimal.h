// Exact DECIMAL arithmetic on unscaled 128-bit integers, with the precision and scale rules of Flink.
//
// A result that needs more digits than its type has is nothing (SQL: NULL). Rounding is half up, away from zero.
// Intermediate products and quotients are exact: 256 bits. Pure functions, any thread.
#pragma once

#include <optional>
#include <string_view>

#include "column/type.h"
#include "column/vector.h"

namespace millstream::column {

struct DecimalShape {
  int precision = 0;
  int scale = 0;
};

// 10^exponent, 0 <= exponent <= 38.
[[nodiscard]] Int128 power_of_ten(int exponent);
[[nodiscard]] inline bool fits_precision(Int128 value, int precision) {
  const Int128 limit = power_of_ten(precision);
  return value < limit && value > -limit;
}

// The types of results (Flink's LogicalTypeMerging; the rules are those of SQL Server and Hive).
[[nodiscard]] DecimalShape sum_shape(DecimalShape a, DecimalShape b);  // a + b, a - b
[[nodiscard]] DecimalShape product_shape(DecimalShape a, DecimalShape b);
[[nodiscard]] DecimalShape quotient_shape(DecimalShape a, DecimalShape b);
[[nodiscard]] DecimalShape remainder_shape(DecimalShape a, DecimalShape b);
[[nodiscard]] DecimalShape rounded_shape(DecimalShape a, int digits);  // ROUND(a, digits)
// The DECIMAL that holds every value of an integer type, or the type's own shape.
[[nodiscard]] DecimalShape shape_of(const Type& exact_numeric);

// `value` at another scale; rounds half up. Nothing if it does not fit 38 digits.
[[nodiscard]] std::optional<Int128> rescale(Int128 value, int from_scale, int to_scale);
// Cut towards zero instead.
[[nodiscard]] Int128 truncate_scale(Int128 value, int from_scale, int to_scale);

[[nodiscard]] std::optional<Int128> decimal_add(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result);
[[nodiscard]] std::optional<Int128> decimal_multiply(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result);
// b is not zero.
[[nodiscard]] std::optional<Int128> decimal_divide(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result);
[[nodiscard]] std::optional<Int128> decimal_remainder(Int128 a, int scale_a, Int128 b, int scale_b,
                                                      DecimalShape result);
[[nodiscard]] int decimal_compare(Int128 a, int scale_a, Int128 b, int scale_b);

// "-12.50"; at most kMaxDecimalText characters.
constexpr size_t kMaxDecimalText = 48;
char* write_decimal(char* out, Int128 unscaled, int scale);

enum class DecimalParse { kOk, kMalformed, kOverflow };
// As Java's BigDecimal(String), white space around allowed, then rounded to the shape.
DecimalParse parse_decimal(std::string_view text, DecimalShape shape, Int128& out);

[[nodiscard]] double decimal_to_double(Int128 unscaled, int scale);
// Through the number's shortest text, as BigDecimal.valueOf does. Nothing for NaN, infinities and overflow.
[[nodiscard]] std::optional<Int128> decimal_from_double(double value, DecimalShape shape);

}  // namespace millstream::column
