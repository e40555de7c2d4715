// Numeric functions: rounding, powers and logarithms, angles, chance. FLOOR and CEIL also round times to a unit.
#include <cmath>
#include <numbers>
#include <random>

#include "column/decimal.h"
#include "column/number_text.h"
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

template <template <typename> typename Make>
Kernel bind_number(const Type& type) {
  switch (type.physical()) {
    case PhysicalKind::kInt8:
      return Make<int8_t>::kernel;
    case PhysicalKind::kInt16:
      return Make<int16_t>::kernel;
    case PhysicalKind::kInt32:
      return Make<int32_t>::kernel;
    case PhysicalKind::kInt64:
      return Make<int64_t>::kernel;
    case PhysicalKind::kFloat:
      return Make<float>::kernel;
    case PhysicalKind::kDouble:
      return Make<double>::kernel;
    default:
      return Make<Int128>::kernel;
  }
}
template <typename T>
struct Abs {
  static void kernel(KernelCall& call) { abs_kernel<T>(call); }
};
template <typename T>
struct Sign {
  static void kernel(KernelCall& call) { sign_kernel<T>(call); }
};
Kernel bind_abs(const Signature& signature) { return bind_number<Abs>(signature.result); }
Kernel bind_sign(const Signature& signature) { return bind_number<Sign>(signature.result); }

enum class Rounding { kHalfUp, kDown, kFloor, kCeiling };

// At `places` digits behind the point (before it if negative), the scale stays.
template <Rounding rounding>
std::optional<Int128> rounded(Int128 value, int scale, int places) {
  if (places >= scale) return value;
  const int drop = scale - places;
  if (drop > 38) return Int128{0};
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

// Doubles round as BigDecimal.valueOf does: by the digits of their shortest text.
template <Rounding rounding>
double rounded_double(double value, int places) {
  if (!std::isfinite(value) || places > 30) return value;
  constexpr int kScale = 20;
  const auto exact = column::decimal_from_double(value, {38, kScale});
  if (!exact) {
    // Larger than 18 integer digits: nothing behind the point to round.
    return places >= 0 ? value : std::trunc(value / std::pow(10.0, -places)) * std::pow(10.0, -places);
  }
  const auto result = rounded<rounding>(*exact, kScale, places);
  return result ? column::decimal_to_double(*result, kScale) : value;
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
      // A FLOAT has its own shortest text.
      if constexpr (sizeof(A) == 4) {
        char text[column::kMaxNumberText];
        char* end = column::write_float(text, in[i]);
        const auto value = column::parse_double({text, static_cast<size_t>(end - text)});
        out[i] = static_cast<R>(rounded_double<rounding>(value.value_or(in[i]), places));
      } else {
        out[i] = rounded_double<rounding>(in[i], places);
      }
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

// --- Functions of doubles -------------------------------------------------------------------------------------------

template <double (*function)(double)>
void unary_kernel(KernelCall& call) {
  map<double, double>(call, [](double v) { return function(v); });
}
template <double (*function)(double, double)>
void binary_kernel(KernelCall& call) {
  map<double, double, double>(call, [](double a, double b) { return function(a, b); });
}

double square_root(double v) { return std::sqrt(v); }
double exponential(double v) { return std::exp(v); }
double natural_logarithm(double v) { return std::log(v); }
double decimal_logarithm(double v) { return std::log10(v); }
double binary_logarithm(double v) { return std::log(v) / std::log(2.0); }
double logarithm(double base, double v) { return std::log(v) / std::log(base); }
double power(double a, double b) { return std::pow(a, b); }
double sine(double v) { return std::sin(v); }
double cosine(double v) { return std::cos(v); }
double tangent(double v) { return std::tan(v); }
double cotangent(double v) { return 1.0 / std::tan(v); }
double arc_sine(double v) { return std::asin(v); }
double arc_cosine(double v) { return std::acos(v); }
double arc_tangent(double v) { return std::atan(v); }
double arc_tangent_of(double y, double x) { return std::atan2(y, x); }
double hyperbolic_sine(double v) { return std::sinh(v); }
double hyperbolic_cosine(double v) { return std::cosh(v); }
double hyperbolic_tangent(double v) { return std::tanh(v); }
double to_degrees(double v) { return v * (180.0 / std::numbers::pi); }
double to_radians(double v) { return v / 180.0 * std::numbers::pi; }

template <Kernel kernel>
Kernel bind(const Signature&) {
  return kernel;
}

const std::string_view kOneNumber = "n";

// The message needs the name, so each function of one number has its own instance.
template <const char* const& name>
Result<Signature> infer_number(std::span<const Argument> arguments) {
  return infer_by_pattern({name, kOneNumber, Type::double_precision(), {std::string(name) + "(<NUMERIC>)"}}, arguments);
}
template <const char* const& name>
Result<Signature> infer_two_numbers(std::span<const Argument> arguments) {
  return infer_by_pattern({name, "nn", Type::double_precision(), {std::string(name) + "(<NUMERIC>, <NUMERIC>)"}},
                          arguments);
}

Result<Signature> infer_log(std::span<const Argument> arguments) {
  return infer_by_pattern({"LOG", "n?n", Type::double_precision(), {"LOG(<NUMERIC>)", "LOG(<NUMERIC>, <NUMERIC>)"}},
                          arguments);
}
Kernel bind_log(const Signature& signature) {
  return signature.arguments.size() == 1 ? unary_kernel<natural_logarithm> : binary_kernel<logarithm>;
}

template <const double& value>
void constant_kernel(KernelCall& call) {
  double* out = call.out.mutable_values<double>();
  call.rows.for_each([&](size_t i) { out[i] = value; });
}
constexpr double kPi = std::numbers::pi;
constexpr double kE = std::numbers::e;
Result<Signature> infer_constant(std::span<const Argument> arguments) {
  if (!arguments.empty()) return wrong_count("PI", "0");
  return Signature{Type::double_precision().not_null(), {}};
}

// --- Chance ---------------------------------------------------------------------------------------------------------

// The generator that the documentation of java.util.Random specifies, so that seeds give Flink's numbers.
class JavaRandom {
 public:
  explicit JavaRandom(uint64_t seed) : state_((seed ^ kMultiplier) & kMask) {}
  int32_t next(int bits) {
    state_ = (state_ * kMultiplier + 0xb) & kMask;
    return static_cast<int32_t>(static_cast<int64_t>(state_ << 16) >> (64 - bits));
  }
  double next_double() {
    const int64_t high = int64_t{next(26)} & ((1 << 26) - 1);
    const int64_t low = int64_t{next(27)} & ((1 << 27) - 1);
    return static_cast<double>((high << 27) + low) * 0x1.0p-53;
  }
  int32_t next_below(int32_t bound) {
    const auto limit = static_cast<int64_t>(bound);
    while (true) {
      const int64_t bits = next(31) & 0x7fffffff;
      const int64_t value = bits % limit;
      if (bits - value + (limit - 1) <= INT32_MAX) return static_cast<int32_t>(value);
    }
  }

 private:
  static constexpr uint64_t kMultiplier = 0x5deece66d;
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  uint64_t state_;
};

uint64_t fresh_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// RAND([seed]) and RAND_INTEGER([seed,] bound): a literal seed makes the sequence repeatable.
template <size_t plain_arguments>
std::shared_ptr<void> prepare_random(std::span<const Argument> arguments) {
  const bool seeded =
      arguments.size() > plain_arguments && arguments[0].constant != nullptr && !arguments[0].constant->is_null();
  return std::make_shared<JavaRandom>(seeded ? static_cast<uint64_t>(arguments[0].constant->as_int()) : fresh_seed());
}

void random_kernel(KernelCall& call) {
  auto& random = *static_cast<JavaRandom*>(call.state);
  double* out = call.out.mutable_values<double>();
  call.rows.for_each([&](size_t i) { out[i] = random.next_double(); });
}

void random_integer_kernel(KernelCall& call) {
  auto& random = *static_cast<JavaRandom*>(call.state);
  const Reader<int32_t> bound = argument<int32_t>(call, call.arguments.size() - 1);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    if (bound[i] <= 0)
      call.refuse(i, "bound must be positive");
    else
      out[i] = random.next_below(bound[i]);
  });
}

Result<Signature> infer_random(std::span<const Argument> arguments) {
  return infer_by_pattern({"RAND", "?i", Type::double_precision(), {"RAND()", "RAND(<INTEGER>)"}}, arguments);
}
Result<Signature> infer_random_integer(std::span<const Argument> arguments) {
  return infer_by_pattern(
      {"RAND_INTEGER", "i?i", Type::integer(), {"RAND_INTEGER(<INTEGER>)", "RAND_INTEGER(<INTEGER>, <INTEGER>)"}},
      arguments);
}

// --- The table ------------------------------------------------------------------------------------------------------

constexpr const char* kSqrt = "SQRT";
constexpr const char* kExp = "EXP";
constexpr const char* kLn = "LN";
constexpr const char* kLog10 = "LOG10";
constexpr const char* kLog2 = "LOG2";
constexpr const char* kPower = "POWER";
constexpr const char* kSin = "SIN";
constexpr const char* kCos = "COS";
constexpr const char* kTan = "TAN";
constexpr const char* kCot = "COT";
constexpr const char* kAsin = "ASIN";
constexpr const char* kAcos = "ACOS";
constexpr const char* kAtan = "ATAN";
constexpr const char* kAtan2 = "ATAN2";
constexpr const char* kSinh = "SINH";
constexpr const char* kCosh = "COSH";
constexpr const char* kTanh = "TANH";
constexpr const char* kDegrees = "DEGREES";
constexpr const char* kRadians = "RADIANS";

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
    {.name = kPower,
     .category = kCategory,
     .syntax = "POWER(a, b)",
     .sentence = "a to the power of b.",
     .example = "POWER(2, 10) → 1024.0",
     .infer = infer_two_numbers<kPower>,
     .bind = bind<binary_kernel<power>>},
    {.name = kSqrt,
     .category = kCategory,
     .syntax = "SQRT(a)",
     .sentence = "Square root; NaN of negative numbers.",
     .example = "SQRT(16) → 4.0",
     .infer = infer_number<kSqrt>,
     .bind = bind<unary_kernel<square_root>>},
    {.name = kExp,
     .category = kCategory,
     .syntax = "EXP(a)",
     .sentence = "e to the power of a.",
     .example = "EXP(0) → 1.0",
     .infer = infer_number<kExp>,
     .bind = bind<unary_kernel<exponential>>},
    {.name = kLn,
     .category = kCategory,
     .syntax = "LN(a)",
     .sentence = "Natural logarithm.",
     .example = "LN(1) → 0.0",
     .infer = infer_number<kLn>,
     .bind = bind<unary_kernel<natural_logarithm>>},
    {.name = kLog10,
     .category = kCategory,
     .syntax = "LOG10(a)",
     .sentence = "Logarithm to base 10.",
     .example = "LOG10(1000) → 3.0",
     .infer = infer_number<kLog10>,
     .bind = bind<unary_kernel<decimal_logarithm>>},
    {.name = kLog2,
     .category = kCategory,
     .syntax = "LOG2(a)",
     .sentence = "Logarithm to base 2.",
     .example = "LOG2(8) → 3.0",
     .infer = infer_number<kLog2>,
     .bind = bind<unary_kernel<binary_logarithm>>},
    {.name = "LOG",
     .category = kCategory,
     .syntax = "LOG([base,] a)",
     .sentence = "Logarithm to a base, else natural.",
     .example = "LOG(2, 8) → 3.0",
     .infer = infer_log,
     .bind = bind_log},
    {.name = kSin,
     .category = kCategory,
     .syntax = "SIN(a)",
     .sentence = "Sine.",
     .example = "SIN(0) → 0.0",
     .infer = infer_number<kSin>,
     .bind = bind<unary_kernel<sine>>},
    {.name = kCos,
     .category = kCategory,
     .syntax = "COS(a)",
     .sentence = "Cosine.",
     .example = "COS(0) → 1.0",
     .infer = infer_number<kCos>,
     .bind = bind<unary_kernel<cosine>>},
    {.name = kTan,
     .category = kCategory,
     .syntax = "TAN(a)",
     .sentence = "Tangent.",
     .example = "TAN(0) → 0.0",
     .infer = infer_number<kTan>,
     .bind = bind<unary_kernel<tangent>>},
    {.name = kCot,
     .category = kCategory,
     .syntax = "COT(a)",
     .sentence = "Cotangent.",
     .example = "COT(1) → 0.6420926159343306",
     .infer = infer_number<kCot>,
     .bind = bind<unary_kernel<cotangent>>},
    {.name = kAsin,
     .category = kCategory,
     .syntax = "ASIN(a)",
     .sentence = "Arc sine.",
     .example = "ASIN(1) → 1.5707963267948966",
     .infer = infer_number<kAsin>,
     .bind = bind<unary_kernel<arc_sine>>},
    {.name = kAcos,
     .category = kCategory,
     .syntax = "ACOS(a)",
     .sentence = "Arc cosine.",
     .example = "ACOS(1) → 0.0",
     .infer = infer_number<kAcos>,
     .bind = bind<unary_kernel<arc_cosine>>},
    {.name = kAtan,
     .category = kCategory,
     .syntax = "ATAN(a)",
     .sentence = "Arc tangent.",
     .example = "ATAN(1) → 0.7853981633974483",
     .infer = infer_number<kAtan>,
     .bind = bind<unary_kernel<arc_tangent>>},
    {.name = kAtan2,
     .category = kCategory,
     .syntax = "ATAN2(y, x)",
     .sentence = "The angle of a point.",
     .example = "ATAN2(1, 1) → 0.7853981633974483",
     .infer = infer_two_numbers<kAtan2>,
     .bind = bind<binary_kernel<arc_tangent_of>>},
    {.name = kSinh,
     .category = kCategory,
     .syntax = "SINH(a)",
     .sentence = "Hyperbolic sine.",
     .example = "SINH(0) → 0.0",
     .infer = infer_number<kSinh>,
     .bind = bind<unary_kernel<hyperbolic_sine>>},
    {.name = kCosh,
     .category = kCategory,
     .syntax = "COSH(a)",
     .sentence = "Hyperbolic cosine.",
     .example = "COSH(0) → 1.0",
     .infer = infer_number<kCosh>,
     .bind = bind<unary_kernel<hyperbolic_cosine>>},
    {.name = kTanh,
     .category = kCategory,
     .syntax = "TANH(a)",
     .sentence = "Hyperbolic tangent.",
     .example = "TANH(0) → 0.0",
     .infer = infer_number<kTanh>,
     .bind = bind<unary_kernel<hyperbolic_tangent>>},
    {.name = kDegrees,
     .category = kCategory,
     .syntax = "DEGREES(a)",
     .sentence = "Radians as degrees.",
     .example = "DEGREES(PI()) → 180.0",
     .infer = infer_number<kDegrees>,
     .bind = bind<unary_kernel<to_degrees>>},
    {.name = kRadians,
     .category = kCategory,
     .syntax = "RADIANS(a)",
     .sentence = "Degrees as radians.",
     .example = "RADIANS(180) → 3.141592653589793",
     .infer = infer_number<kRadians>,
     .bind = bind<unary_kernel<to_radians>>},
    {.name = "PI",
     .category = kCategory,
     .syntax = "PI()",
     .sentence = "The number π.",
     .example = "PI() → 3.141592653589793",
     .infer = infer_constant,
     .bind = bind<constant_kernel<kPi>>},
    {.name = "E",
     .category = kCategory,
     .syntax = "E()",
     .sentence = "The number e.",
     .example = "E() → 2.718281828459045",
     .infer = infer_constant,
     .bind = bind<constant_kernel<kE>>},
    {.name = "RAND",
     .category = kCategory,
     .syntax = "RAND([seed])",
     .sentence = "A random number from 0 to below 1.",
     .example = "RAND() < 1 → true",
     .infer = infer_random,
     .bind = bind<random_kernel>,
     .prepare = prepare_random<0>,
     .deterministic = false},
    {.name = "RAND_INTEGER",
     .category = kCategory,
     .syntax = "RAND_INTEGER([seed,] bound)",
     .sentence = "A random integer from 0 to below the bound.",
     .example = "RAND_INTEGER(10) < 10 → true",
     .infer = infer_random_integer,
     .bind = bind<random_integer_kernel>,
     .prepare = prepare_random<1>,
     .deterministic = false},
};

}  // namespace

std::span<const ScalarFunction> numeric_functions() { return kFunctions; }

}  // namespace millstream::function::internal
