// Casts among BOOLEAN, integers, FLOAT, DOUBLE and DECIMAL, as Java's conversions do them.
#include <cmath>
#include <limits>
#include <type_traits>

#include "column/decimal.h"
#include "function/internal/cast_parts.h"

namespace millstream::function::internal {
namespace {

using column::DecimalShape;
using column::Type;
using column::TypeKind;

// Java: NaN is 0, too large is the nearest limit; to TINYINT and SMALLINT by way of INT.
template <typename To, typename From>
To saturated(From value) {
  using Wide = std::conditional_t<sizeof(To) == 8, int64_t, int32_t>;
  if (std::isnan(value)) return 0;
  // The upper limit is not representable in floating point, but its successor is.
  if (value >= -static_cast<From>(std::numeric_limits<Wide>::min()))
    return static_cast<To>(std::numeric_limits<Wide>::max());
  if (value < static_cast<From>(std::numeric_limits<Wide>::min()))
    return static_cast<To>(std::numeric_limits<Wide>::min());
  return static_cast<To>(static_cast<Wide>(value));
}

template <typename From, typename To, typename F>
void convert(CastParts& parts, F f) {
  const Reader<From> in(parts.from);
  To* out = parts.out.mutable_values<To>();
  parts.rows.for_each([&](size_t i) { out[i] = f(in[i]); });
}

template <typename To>
void store_decimal(CastParts& parts, To* out, size_t i, std::optional<Int128> value) {
  if (value && column::fits_precision(*value, parts.to().precision())) {
    out[i] = static_cast<To>(*value);
  } else {
    parts.out.set_null(i);
  }
}

template <typename From, typename To>
void to_decimal(CastParts& parts, int from_scale) {
  const Reader<From> in(parts.from);
  To* out = parts.out.mutable_values<To>();
  const DecimalShape shape{parts.to().precision(), parts.to().scale()};
  parts.rows.for_each([&](size_t i) {
    if constexpr (std::is_floating_point_v<From>) {
      const auto value = static_cast<double>(in[i]);
      if (!std::isfinite(value)) {
        // BigDecimal's words for "NaN" and "Infinity".
        parts.refuse(i, std::string("Character ") + (std::isnan(value) ? "N" : "I") +
                            " is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.");
        return;
      }
      store_decimal(parts, out, i, column::decimal_from_double(value, shape));
    } else {
      store_decimal(parts, out, i, column::rescale(static_cast<Int128>(in[i]), from_scale, shape.scale));
    }
  });
}

template <typename From>
void from_number(CastParts& parts) {
  switch (parts.to().kind()) {
    case TypeKind::kBoolean:
      convert<From, uint8_t>(parts, [](From v) { return static_cast<uint8_t>(v != 0); });
      return;
    case TypeKind::kDecimal:
      if (parts.to().precision() <= 18)
        to_decimal<From, int64_t>(parts, 0);
      else
        to_decimal<From, Int128>(parts, 0);
      return;
    default:
      break;
  }
  with_type(parts.to().physical(), [&](auto zero) {
    using To = decltype(zero);
    if constexpr (std::is_arithmetic_v<To>) {
      if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        convert<From, To>(parts, [](From v) { return saturated<To>(v); });
      } else {
        convert<From, To>(parts, [](From v) { return static_cast<To>(v); });
      }
    }
  });
}

template <typename From>
void from_decimal(CastParts& parts) {
  const int scale = parts.from.type().scale();
  switch (parts.to().kind()) {
    case TypeKind::kBoolean:
      convert<From, uint8_t>(parts, [](From v) { return static_cast<uint8_t>(v != 0); });
      return;
    case TypeKind::kFloat:
      convert<From, float>(parts, [scale](From v) { return static_cast<float>(column::decimal_to_double(v, scale)); });
      return;
    case TypeKind::kDouble:
      convert<From, double>(parts, [scale](From v) { return column::decimal_to_double(v, scale); });
      return;
    case TypeKind::kDecimal:
      if (parts.to().precision() <= 18)
        to_decimal<From, int64_t>(parts, scale);
      else
        to_decimal<From, Int128>(parts, scale);
      return;
    default:
      break;
  }
  with_type(parts.to().physical(), [&](auto zero) {
    using To = decltype(zero);
    if constexpr (std::is_integral_v<To>) {
      convert<From, To>(parts, [scale](From v) { return static_cast<To>(column::truncate_scale(v, scale, 0)); });
    }
  });
}

}  // namespace

void cast_numbers(CastParts& parts) {
  const Type& from = parts.from.type();
  if (from.kind() == TypeKind::kDecimal) {
    if (from.precision() <= 18)
      from_decimal<int64_t>(parts);
    else
      from_decimal<Int128>(parts);
    return;
  }
  with_type(from.physical(), [&](auto zero) {
    using From = decltype(zero);
    if constexpr (std::is_arithmetic_v<From>) from_number<From>(parts);
  });
}

}  // namespace millstream::function::internal
