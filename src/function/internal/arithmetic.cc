// The operators + - * / % and the signs: numbers, intervals, and intervals with dates and times.
#include "column/calendar.h"
#include "column/decimal.h"
#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"
#include "function/internal/time_parts.h"

namespace millstream::function::internal {
namespace {

using column::DecimalShape;
using column::PhysicalKind;
using column::Type;
using column::TypeKind;

constexpr std::string_view kIntegerByZero = "/ by zero";
constexpr std::string_view kByZero = "Division by zero";

enum class Operation { kAdd, kSubtract, kMultiply, kDivide, kRemainder };

// --- Types ----------------------------------------------------------------------------------------------------------

DecimalShape shape_for(Operation operation, DecimalShape a, DecimalShape b) {
  switch (operation) {
    case Operation::kAdd:
    case Operation::kSubtract:
      return column::sum_shape(a, b);
    case Operation::kMultiply:
      return column::product_shape(a, b);
    case Operation::kDivide:
      return column::quotient_shape(a, b);
    case Operation::kRemainder:
      return column::remainder_shape(a, b);
  }
  return a;
}

Type as_decimal(const Type& type) {
  const DecimalShape shape = column::shape_of(type);
  return Type::decimal(shape.precision, shape.scale).as_nullable(type.nullable());
}

// Two numbers; an untyped NULL takes the other's type.
Signature number_signature(Operation operation, Type a, Type b) {
  if (a.kind() == TypeKind::kNull) a = b.as_nullable();
  if (b.kind() == TypeKind::kNull) b = a.as_nullable();
  const bool nullable = a.nullable() || b.nullable();
  const auto with = [&](const Type& result) {
    return Signature{result.as_nullable(nullable),
                     {result.as_nullable(a.nullable()), result.as_nullable(b.nullable())}};
  };
  if (a.is_integer() && b.is_integer()) {
    Signature signature = with(a.kind() > b.kind() ? a : b);
    // The remainder has the divisor's type.
    if (operation == Operation::kRemainder) signature.result = b.as_nullable(nullable);
    return signature;
  }
  if (a.is_exact_numeric() && b.is_exact_numeric()) {
    const DecimalShape shape = shape_for(operation, column::shape_of(a), column::shape_of(b));
    return {Type::decimal(shape.precision, shape.scale).as_nullable(nullable), {as_decimal(a), as_decimal(b)}};
  }
  if (a.kind() == TypeKind::kDecimal || b.kind() == TypeKind::kDecimal) return with(Type::double_precision());
  // Calcite keeps the first of two approximate types.
  return with(a.is_integer() ? b : a);
}

bool is_number_or_null(const Argument& argument) { return argument.type.is_numeric() || is_null_literal(argument); }

bool are_numbers(std::span<const Argument> arguments) {
  return is_number_or_null(arguments[0]) && is_number_or_null(arguments[1]) &&
         (arguments[0].type.is_numeric() || arguments[1].type.is_numeric());
}

Result<Signature> infer_sign(std::string_view name, std::span<const Argument> arguments) {
  if (!arguments[0].type.is_numeric() && !is_interval(arguments[0].type)) {
    return cannot_apply(name, arguments, {"-<NUMERIC>", "-<DATETIME_INTERVAL>"});
  }
  return as_given(arguments[0].type, arguments);
}

Result<Signature> infer_additive(std::string_view name, Operation operation, std::span<const Argument> arguments) {
  if (arguments.size() == 1) return infer_sign(name, arguments);
  if (arguments.size() != 2) return wrong_count(name, "1 to 2");
  if (are_numbers(arguments)) return number_signature(operation, arguments[0].type, arguments[1].type);
  const Type& a = arguments[0].type;
  const Type& b = arguments[1].type;
  if (is_interval(a) && a.kind() == b.kind()) return as_given(nullable_as(a, arguments), arguments);
  const auto takes = [](const Type& time, const Type& interval) {
    return is_datetime(time) && is_interval(interval) &&
           !(time.kind() == TypeKind::kTime && interval.kind() == TypeKind::kIntervalYearMonth);
  };
  if (takes(a, b)) return as_given(nullable_as(a, arguments), arguments);
  if (operation == Operation::kAdd && takes(b, a)) return as_given(nullable_as(b, arguments), arguments);
  if (operation == Operation::kAdd) {
    return cannot_apply(name, arguments,
                        {"<NUMERIC> + <NUMERIC>", "<DATETIME_INTERVAL> + <DATETIME_INTERVAL>",
                         "<DATETIME> + <DATETIME_INTERVAL>", "<DATETIME_INTERVAL> + <DATETIME>"});
  }
  return cannot_apply(
      name, arguments,
      {"<NUMERIC> - <NUMERIC>", "<DATETIME_INTERVAL> - <DATETIME_INTERVAL>", "<DATETIME> - <DATETIME_INTERVAL>"});
}

Result<Signature> infer_add(std::span<const Argument> arguments) {
  return infer_additive("+", Operation::kAdd, arguments);
}
Result<Signature> infer_subtract(std::span<const Argument> arguments) {
  return infer_additive("-", Operation::kSubtract, arguments);
}

Result<Signature> infer_multiply(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("*", "2");
  if (are_numbers(arguments)) return number_signature(Operation::kMultiply, arguments[0].type, arguments[1].type);
  for (const size_t interval : {size_t{0}, size_t{1}}) {
    const Type& other = arguments[1 - interval].type;
    if (!is_interval(arguments[interval].type) || !other.is_integer()) continue;
    Signature signature = as_given(nullable_as(arguments[interval].type, arguments), arguments);
    signature.arguments[1 - interval] = Type::bigint().as_nullable(other.nullable());
    return signature;
  }
  return cannot_apply("*", arguments,
                      {"<NUMERIC> * <NUMERIC>", "<DATETIME_INTERVAL> * <INTEGER>", "<INTEGER> * <DATETIME_INTERVAL>"});
}

bool is_literal_zero(const Argument& argument) {
  if (argument.constant == nullptr || argument.constant->is_null()) return false;
  switch (argument.type.physical()) {
    case PhysicalKind::kFloat:
    case PhysicalKind::kDouble:
      return argument.constant->as_double() == 0;
    default:
      return argument.constant->as_int128() == 0;
  }
}

Result<Signature> infer_divide(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("/", "2");
  if (!are_numbers(arguments)) return cannot_apply("/", arguments, {"<NUMERIC> / <NUMERIC>"});
  // Flink refuses a literal zero when it plans, whatever the type.
  if (arguments[1].type.is_numeric() && is_literal_zero(arguments[1])) {
    return fail(ErrorCode::kInvalidArgument, std::string(kByZero));
  }
  return number_signature(Operation::kDivide, arguments[0].type, arguments[1].type);
}

Result<Signature> infer_remainder(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("%", "2");
  const auto exact = [](const Argument& argument) {
    return argument.type.is_exact_numeric() || is_null_literal(argument);
  };
  if (!are_numbers(arguments) || !exact(arguments[0]) || !exact(arguments[1])) {
    return cannot_apply("%", arguments, {"<EXACT_NUMERIC> % <EXACT_NUMERIC>"});
  }
  return number_signature(Operation::kRemainder, arguments[0].type, arguments[1].type);
}

// --- Numbers --------------------------------------------------------------------------------------------------------

// Two's complement without undefined behaviour.
template <Operation op, typename T>
T wrapped(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if constexpr (op == Operation::kAdd)
      return a + b;
    else if constexpr (op == Operation::kSubtract)
      return a - b;
    else
      return a * b;
  } else {
    using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    const U x = static_cast<U>(+a), y = static_cast<U>(+b);
    if constexpr (op == Operation::kAdd)
      return static_cast<T>(x + y);
    else if constexpr (op == Operation::kSubtract)
      return static_cast<T>(x - y);
    else
      return static_cast<T>(x * y);
  }
}

template <Operation op, typename T>
void wrapping_kernel(KernelCall& call) {
  map<T, T, T>(call, [](T a, T b) { return wrapped<op, T>(a, b); });
}

template <Operation op, typename A, typename B, typename R>
void decimal_kernel(KernelCall& call) {
  const Reader<A> a = argument<A>(call, 0);
  const Reader<B> b = argument<B>(call, 1);
  R* out = call.out.mutable_values<R>();
  const int scale_a = call.arguments[0]->type().scale();
  const int scale_b = call.arguments[1]->type().scale();
  const DecimalShape shape{call.out.type().precision(), call.out.type().scale()};
  call.rows.for_each([&](size_t i) {
    std::optional<Int128> value;
    if constexpr (op == Operation::kAdd)
      value = column::decimal_add(a[i], scale_a, b[i], scale_b, shape);
    else if constexpr (op == Operation::kSubtract)
      value = column::decimal_add(a[i], scale_a, -static_cast<Int128>(b[i]), scale_b, shape);
    else if constexpr (op == Operation::kMultiply)
      value = column::decimal_multiply(a[i], scale_a, b[i], scale_b, shape);
    else {
      if (b[i] == 0) {
        call.refuse(i, std::string(kByZero));
        return;
      }
      if constexpr (op == Operation::kDivide)
        value = column::decimal_divide(a[i], scale_a, b[i], scale_b, shape);
      else
        value = column::decimal_remainder(a[i], scale_a, b[i], scale_b, shape);
    }
    if (value)
      out[i] = static_cast<R>(*value);
    else
      call.out.set_null(i);
  });
}

// Sums and differences of equal scale that fit 64 bits need no check: the result has a digit more than either side.
template <Operation op>
void small_decimal_sum_kernel(KernelCall& call) {
  if (call.arguments[0]->type().scale() == call.arguments[1]->type().scale()) {
    wrapping_kernel<op, int64_t>(call);
  } else {
    decimal_kernel<op, int64_t, int64_t, int64_t>(call);
  }
}

template <Operation op>
Kernel bind_decimal(const Signature& signature) {
  const auto wide = [](const Type& type) { return type.precision() > 18; };
  const bool a = wide(signature.arguments[0]), b = wide(signature.arguments[1]), r = wide(signature.result);
  if (!a && !b && !r) {
    if constexpr (op == Operation::kAdd || op == Operation::kSubtract) return small_decimal_sum_kernel<op>;
    return decimal_kernel<op, int64_t, int64_t, int64_t>;
  }
  if (!a && !b) return decimal_kernel<op, int64_t, int64_t, Int128>;
  if (!a) return r ? decimal_kernel<op, int64_t, Int128, Int128> : decimal_kernel<op, int64_t, Int128, int64_t>;
  if (!b) return r ? decimal_kernel<op, Int128, int64_t, Int128> : decimal_kernel<op, Int128, int64_t, int64_t>;
  return r ? decimal_kernel<op, Int128, Int128, Int128> : decimal_kernel<op, Int128, Int128, int64_t>;
}

template <Operation op>
Kernel bind_wrapping(const Signature& signature) {
  switch (signature.result.kind()) {
    case TypeKind::kTinyint:
      return wrapping_kernel<op, int8_t>;
    case TypeKind::kSmallint:
      return wrapping_kernel<op, int16_t>;
    case TypeKind::kInteger:
    case TypeKind::kIntervalYearMonth:
      return wrapping_kernel<op, int32_t>;
    case TypeKind::kBigint:
    case TypeKind::kIntervalDayTime:
      return wrapping_kernel<op, int64_t>;
    case TypeKind::kFloat:
      return wrapping_kernel<op, float>;
    case TypeKind::kDouble:
      return wrapping_kernel<op, double>;
    case TypeKind::kDecimal:
      return bind_decimal<op>(signature);
    default:
      return nullptr;
  }
}

// Java: MIN / -1 is MIN, MIN % -1 is 0.
template <typename T, bool remainder, typename R>
void integer_division_kernel(KernelCall& call) {
  const Reader<T> a = argument<T>(call, 0);
  const Reader<T> b = argument<T>(call, 1);
  R* out = call.out.mutable_values<R>();
  call.rows.for_each([&](size_t i) {
    const T divisor = b[i];
    if (divisor == 0) {
      call.refuse(i, std::string(kIntegerByZero));
    } else if (divisor == -1) {
      out[i] = remainder ? R{0} : static_cast<R>(wrapped<Operation::kSubtract, T>(0, a[i]));
    } else {
      out[i] = static_cast<R>(remainder ? a[i] % divisor : a[i] / divisor);
    }
  });
}

template <typename T>
void floating_division_kernel(KernelCall& call) {
  map<T, T, T>(call, [](T a, T b) __attribute__((no_sanitize("float-divide-by-zero"))) { return a / b; });
}

Kernel bind_divide(const Signature& signature) {
  switch (signature.result.kind()) {
    case TypeKind::kTinyint:
      return integer_division_kernel<int8_t, false, int8_t>;
    case TypeKind::kSmallint:
      return integer_division_kernel<int16_t, false, int16_t>;
    case TypeKind::kInteger:
      return integer_division_kernel<int32_t, false, int32_t>;
    case TypeKind::kBigint:
      return integer_division_kernel<int64_t, false, int64_t>;
    case TypeKind::kFloat:
      return floating_division_kernel<float>;
    case TypeKind::kDouble:
      return floating_division_kernel<double>;
    default:
      return bind_decimal<Operation::kDivide>(signature);
  }
}

template <typename T>
Kernel bind_integer_remainder(const Type& result) {
  switch (result.kind()) {
    case TypeKind::kTinyint:
      return integer_division_kernel<T, true, int8_t>;
    case TypeKind::kSmallint:
      return integer_division_kernel<T, true, int16_t>;
    case TypeKind::kInteger:
      return integer_division_kernel<T, true, int32_t>;
    default:
      return integer_division_kernel<T, true, int64_t>;
  }
}

Kernel bind_remainder(const Signature& signature) {
  switch (signature.arguments[0].kind()) {
    case TypeKind::kTinyint:
      return bind_integer_remainder<int8_t>(signature.result);
    case TypeKind::kSmallint:
      return bind_integer_remainder<int16_t>(signature.result);
    case TypeKind::kInteger:
      return bind_integer_remainder<int32_t>(signature.result);
    case TypeKind::kBigint:
      return bind_integer_remainder<int64_t>(signature.result);
    default:
      return bind_decimal<Operation::kRemainder>(signature);
  }
}

// --- Intervals and times --------------------------------------------------------------------------------------------

// A date, time or timestamp with an interval; the interval may stand first in a sum.
template <int sign>
void move_time_kernel(KernelCall& call) {
  const size_t time_index = is_interval(call.arguments[0]->type()) ? 1 : 0;
  const Vector& time = *call.arguments[time_index];
  const Vector& interval = *call.arguments[1 - time_index];
  const TimeReader in(time);
  const TimeWriter out(call.out);
  const bool date = time.type().kind() == TypeKind::kDate;
  if (interval.type().kind() == TypeKind::kIntervalYearMonth) {
    const Reader<int32_t> months(interval);
    call.rows.for_each([&](size_t i) {
      column::ParsedTime t = in[i];
      t.micros = add_months(t.micros, int64_t{sign} * months[i]);
      out.store(i, t);
    });
    return;
  }
  constexpr Operation kMove = sign == 1 ? Operation::kAdd : Operation::kSubtract;
  const Reader<int64_t> millis(interval);
  call.rows.for_each([&](size_t i) {
    column::ParsedTime t = in[i];
    int64_t by = millis[i];
    // A DATE moves by whole days: what is left of the interval is dropped, not rounded down.
    if (date) by = by / column::kMillisPerDay * column::kMillisPerDay;
    t.micros = wrapped<kMove, int64_t>(t.micros, wrapped<Operation::kMultiply, int64_t>(by, 1000));
    out.store(i, t);
  });
}

template <typename T>
void negate_kernel(KernelCall& call) {
  map<T, T>(call, [](T v) {
    if constexpr (std::is_same_v<T, Int128>)
      return -v;
    else if constexpr (std::is_floating_point_v<T>)
      return -v;
    else
      return wrapped<Operation::kSubtract, T>(0, v);
  });
}

template <typename T>
void identity_kernel(KernelCall& call) {
  map<T, T>(call, [](T v) { return v; });
}

// Interval times number, in either order.
template <typename T>
void scale_interval_kernel(KernelCall& call) {
  const size_t interval = is_interval(call.arguments[0]->type()) ? 0 : 1;
  const Reader<T> a = argument<T>(call, interval);
  const Reader<int64_t> b = argument<int64_t>(call, 1 - interval);
  T* out = call.out.mutable_values<T>();
  call.rows.for_each([&](size_t i) { out[i] = static_cast<T>(wrapped<Operation::kMultiply, int64_t>(a[i], b[i])); });
}

Kernel bind_add(const Signature& signature) {
  if (signature.arguments.size() == 1) {
    return bind_number(signature.result, []<typename T>() -> Kernel { return identity_kernel<T>; });
  }
  return is_datetime(signature.result) ? move_time_kernel<1> : bind_wrapping<Operation::kAdd>(signature);
}

Kernel bind_subtract(const Signature& signature) {
  if (signature.arguments.size() == 1) {
    return bind_number(signature.result, []<typename T>() -> Kernel { return negate_kernel<T>; });
  }
  return is_datetime(signature.result) ? move_time_kernel<-1> : bind_wrapping<Operation::kSubtract>(signature);
}

Kernel bind_multiply(const Signature& signature) {
  if (signature.result.kind() == TypeKind::kIntervalYearMonth) return scale_interval_kernel<int32_t>;
  if (signature.result.kind() == TypeKind::kIntervalDayTime) return scale_interval_kernel<int64_t>;
  return bind_wrapping<Operation::kMultiply>(signature);
}

const ScalarFunction kFunctions[] = {
    {.name = "+",
     .category = "arithmetic",
     .syntax = "a + b, +a",
     .sentence = "Sum of numbers or intervals, or a date or time moved by an interval; integers wrap around.",
     .example = "DATE '2020-01-31' + INTERVAL '1' MONTH → 2020-02-29",
     .infer = infer_add,
     .bind = bind_add,
     .total = true},
    {.name = "-",
     .category = "arithmetic",
     .syntax = "a - b, -a",
     .sentence = "Difference of numbers or intervals, or a date or time moved back by an interval.",
     .example = "1.5 - 2.25 → -0.75",
     .infer = infer_subtract,
     .bind = bind_subtract,
     .total = true},
    {.name = "*",
     .category = "arithmetic",
     .syntax = "a * b",
     .sentence = "Product of numbers, or of an interval and an integer.",
     .example = "1.23 * 4.567 → 5.61741",
     .infer = infer_multiply,
     .bind = bind_multiply,
     .total = true},
    {.name = "/",
     .category = "arithmetic",
     .syntax = "a / b",
     .sentence = "Quotient; integers are cut towards zero, and their division by zero refuses the row.",
     .example = "-7 / 2 → -3",
     .infer = infer_divide,
     .bind = bind_divide},
    {.name = "%",
     .aliases = {"MOD"},
     .category = "arithmetic",
     .syntax = "a % b, MOD(a, b)",
     .sentence = "Remainder of exact numbers, with the sign of the first.",
     .example = "MOD(-7, 3) → -1",
     .infer = infer_remainder,
     .bind = bind_remainder},
};

}  // namespace

std::span<const ScalarFunction> arithmetic_functions() { return kFunctions; }

}  // namespace millstream::function::internal
