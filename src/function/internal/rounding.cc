// Numeric functions that keep their argument's type: signs and rounding. FLOOR and CEIL also round times to a unit.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "column/decimal.h"
#include "column/number_text.h"
#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"
#include "function/internal/time.h"

namespace millstream::function::internal {
namespace {

using column::DecimalShape;
using column::PhysicalKind;
using column::Type;
using column::TypeKind;

// --- Types ----------------------------------------------------------------------------------------------------------

Result<Signature> infer_same(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count(name, "1");
  if (!arguments[0].type.is_numeric()) return cannot_apply(name, arguments, {std::string(name) + "(<NUMERIC>)"});
  return as_given(arguments[0].type, arguments);
}

Result<Signature> infer_abs(std::span<const Argument> a) { return infer_same("ABS", a); }
Result<Signature> infer_sign(std::span<const Argument> a) { return infer_same("SIGN", a); }

Result<Signature> infer_whole(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() == 2) return infer_time_rounding(name, arguments);
  MS_ASSIGN(Signature signature, infer_same(name, arguments));
  if (signature.result.kind() == TypeKind::kDecimal) {
    signature.result = Type::decimal(signature.result.precision(), 0).as_nullable(signature.result.nullable());
  }
  return signature;
}

Result<Signature> infer_floor(std::span<const Argument> a) { return infer_whole("FLOOR", a); }
Result<Signature> infer_ceil(std::span<const Argument> a) { return infer_whole("CEIL", a); }

// ROUND and TRUNCATE: the digits of a DECIMAL follow a literal number of places.
Result<Signature> infer_places(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty() || arguments.size() > 2) return wrong_count(name, "1 to 2");
  const bool places = arguments.size() == 2;
  if (!arguments[0].type.is_numeric() ||
      (places && !arguments[1].type.is_integer() && !is_null_literal(arguments[1]))) {
    return cannot_apply(name, arguments,
                        {std::string(name) + "(<NUMERIC>)", std::string(name) + "(<NUMERIC>, <INTEGER>)"});
  }
  Signature signature = as_given(nullable_as(arguments[0].type, arguments), arguments);
  if (places) signature.arguments[1] = Type::integer().as_nullable(arguments[1].type.nullable());
  const bool literal = places && arguments[1].constant != nullptr && !arguments[1].constant->is_null();
  if (arguments[0].type.kind() == TypeKind::kDecimal && (!places || literal)) {
    const DecimalShape given{arguments[0].type.precision(), arguments[0].type.scale()};
    const DecimalShape shape =
        column::rounded_shape(given, places ? static_cast<int>(arguments[1].constant->as_int()) : 0);
    signature.result = Type::decimal(shape.precision, shape.scale).as_nullable(signature.result.nullable());
  }
  return signature;
}

Result<Signature> infer_round(std::span<const Argument> a) { return infer_places("ROUND", a); }
Result<Signature> infer_truncate(std::span<const Argument> a) { return infer_places("TRUNCATE", a); }

// --- Rounding -------------------------------------------------------------------------------------------------------

template <typename T>
void abs_kernel(KernelCall& call) {
  map<T, T>(call, [](T v) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(v);
    else if constexpr (sizeof(T) <= 8)
      return v < 0 ? static_cast<T>(~static_cast<uint64_t>(v) + 1) : v;
    else
      return v < 0 ? -v : v;
  });
}

template <typename T>
void sign_kernel(KernelCall& call) {
  // A DECIMAL's one has its scale.
  Int128 one = 1;
  if (call.out.type().kind() == TypeKind::kDecimal) one = column::power_of_ten(call.out.type().scale());
  const T unit = static_cast<T>(one);
  map<T, T>(call, [unit](T v) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(v)) return v;
    }
    return v > 0 ? unit : v < 0 ? static_cast<T>(-unit) : v;
  });
}

Kernel bind_abs(const Signature& signature) {
  return bind_number(signature.result, []<typename T>() -> Kernel { return abs_kernel<T>; });
}
Kernel bind_sign(const Signature& signature) {
  return bind_number(signature.result, []<typename T>() -> Kernel { return sign_kernel<T>; });
}

enum class Rounding { kHalfUp, kDown, kFloor, kCeiling };

// At `places` digits behind the point (before it if negative), the scale stays.
template <Rounding rounding>
std::optional<Int128> rounded(Int128 value, int scale, int64_t places) {
  if (places >= scale) return value;
  if (scale - places > 38) return Int128{0};
  const int drop = static_cast<int>(scale - places);
  const Int128 unit = column::power_of_ten(drop);
  const Int128 rest = value % unit;
  Int128 result = value - rest;
  const Int128 size = rest < 0 ? -rest : rest;
  bool away = false;
  if constexpr (rounding == Rounding::kHalfUp) away = size >= unit - size;
  if constexpr (rounding == Rounding::kFloor) away = rest < 0;
  if constexpr (rounding == Rounding::kCeiling) away = rest > 0;
  if (away && __builtin_add_overflow(result, value < 0 ? -unit : unit, &result)) return std::nullopt;
  return result;
}

// Doubles round as BigDecimal.valueOf does: by the digits of their shortest text, "-d.ddde-xx".
template <Rounding rounding>
double rounded_double(double value, int64_t places) {
  char text[column::kMaxNumberText];
  const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char* mark = std::find<const char*>(text, end, 'e');
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  int64_t digits = 0;
  for (const char* p = text; p < mark; ++p) {
    if (*p >= '0' && *p <= '9') digits = digits * 10 + (*p - '0');
  }
  const char* point = std::find<const char*>(text, mark, '.');
  if (point < mark) exponent -= static_cast<int>(mark - point) - 1;

  const Int128 result = *rounded<rounding>(std::signbit(value) ? -digits : digits, -exponent, places);
  char* out = std::to_chars(text, text + sizeof text, static_cast<int64_t>(result)).ptr;
  *out++ = 'e';
  out = std::to_chars(out, text + sizeof text, exponent).ptr;
  return *column::parse_double({text, static_cast<size_t>(out - text)});
}

template <Rounding rounding, typename A, typename R>
void places_kernel(KernelCall& call) {
  const Reader<A> in = argument<A>(call, 0);
  R* out = call.out.mutable_values<R>();
  const bool given = call.arguments.size() == 2;
  const int scale = call.arguments[0]->type().scale();
  const int out_scale = call.out.type().scale();
  call.rows.for_each([&](size_t i) {
    const int places = given ? argument<int32_t>(call, 1)[i] : 0;
    if constexpr (std::is_floating_point_v<A>) {
      if (!std::isfinite(in[i])) {
        call.refuse(
            i, "Character N is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.");
        return;
      }
      out[i] = static_cast<R>(rounded_double<rounding>(in[i], places));
    } else {
      const bool decimal = call.out.type().kind() == TypeKind::kDecimal;
      auto value = rounded<rounding>(in[i], decimal ? scale : 0, places);
      if (value && decimal) value = column::rescale(*value, scale, out_scale);
      if (!value || (decimal && !column::fits_precision(*value, call.out.type().precision())))
        call.out.set_null(i);
      else
        out[i] = static_cast<R>(*value);
    }
  });
}

template <Rounding rounding>
Kernel bind_places(const Signature& signature) {
  const Type& from = signature.arguments[0];
  switch (from.physical()) {
    case PhysicalKind::kInt8:
      return places_kernel<rounding, int8_t, int8_t>;
    case PhysicalKind::kInt16:
      return places_kernel<rounding, int16_t, int16_t>;
    case PhysicalKind::kInt32:
      return places_kernel<rounding, int32_t, int32_t>;
    case PhysicalKind::kInt64:
      return signature.result.physical() == PhysicalKind::kInt128 ? places_kernel<rounding, int64_t, Int128>
                                                                  : places_kernel<rounding, int64_t, int64_t>;
    case PhysicalKind::kFloat:
      return places_kernel<rounding, float, float>;
    case PhysicalKind::kDouble:
      return places_kernel<rounding, double, double>;
    default:
      return signature.result.physical() == PhysicalKind::kInt128 ? places_kernel<rounding, Int128, Int128>
                                                                  : places_kernel<rounding, Int128, int64_t>;
  }
}

template <typename T, bool up>
void whole_floating_kernel(KernelCall& call) {
  map<T, T>(call, [](T v) { return up ? std::ceil(v) : std::floor(v); });
}

template <bool up>
Kernel bind_whole(const Signature& signature) {
  if (signature.arguments.size() == 2) return time_rounding_kernel(up);
  switch (signature.result.kind()) {
    case TypeKind::kFloat:
      return whole_floating_kernel<float, up>;
    case TypeKind::kDouble:
      return whole_floating_kernel<double, up>;
    default:
      return bind_places<up ? Rounding::kCeiling : Rounding::kFloor>(signature);
  }
}

// --- The table ------------------------------------------------------------------------------------------------------

constexpr std::string_view kCategory = "numbers";

const ScalarFunction kFunctions[] = {
    {.name = "ABS",
     .category = kCategory,
     .syntax = "ABS(a)",
     .sentence = "Without its sign.",
     .example = "ABS(-1.50) → 1.50",
     .infer = infer_abs,
     .bind = bind_abs},
    {.name = "SIGN",
     .category = kCategory,
     .syntax = "SIGN(a)",
     .sentence = "-1, 0 or 1 in the argument's type.",
     .example = "SIGN(-2.50) → -1.00",
     .infer = infer_sign,
     .bind = bind_sign},
    {.name = "ROUND",
     .category = kCategory,
     .syntax = "ROUND(a [, places])",
     .sentence = "Rounded half up; places before the point are negative.",
     .example = "ROUND(1.255, 2) → 1.26",
     .infer = infer_round,
     .bind = bind_places<Rounding::kHalfUp>},
    {.name = "TRUNCATE",
     .category = kCategory,
     .syntax = "TRUNCATE(a [, places])",
     .sentence = "Cut towards zero.",
     .example = "TRUNCATE(-2.567, 1) → -2.5",
     .infer = infer_truncate,
     .bind = bind_places<Rounding::kDown>},
    {.name = "FLOOR",
     .category = kCategory,
     .syntax = "FLOOR(a), FLOOR(time TO unit)",
     .sentence = "The whole number below, or the start of the unit; weeks start on Sunday.",
     .example = "FLOOR(DATE '2024-05-16' TO MONTH) → 2024-05-01",
     .infer = infer_floor,
     .bind = bind_whole<false>,
     .prepare = prepare_time_rounding},
    {.name = "CEIL",
     .aliases = {"CEILING"},
     .category = kCategory,
     .syntax = "CEIL(a), CEIL(time TO unit)",
     .sentence = "The whole number above, or the start of the next unit.",
     .example = "CEIL(2.1) → 3",
     .infer = infer_ceil,
     .bind = bind_whole<true>,
     .prepare = prepare_time_rounding},
};

}  // namespace

std::span<const ScalarFunction> rounding_functions() { return kFunctions; }

}  // namespace millstream::function::internal
