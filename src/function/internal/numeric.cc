// Functions of doubles: powers, logarithms and angles.
#include <cmath>
#include <numbers>

#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;

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
};

}  // namespace

std::span<const ScalarFunction> numeric_functions() { return kFunctions; }

}  // namespace millstream::function::internal
