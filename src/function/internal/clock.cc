// Functions of the current time: one value for all rows of a batch.
#include "function/internal/inference.h"
#include "function/internal/tables.h"
#include "function/internal/time_parts.h"

namespace millstream::function::internal {
namespace {

using column::Type;

template <int precision>
Result<Signature> infer_clock(std::string_view name, std::span<const Argument> arguments, Type (*type)(int)) {
  if (arguments.size() > 1) return wrong_count(name, "0 to 1");
  return as_given(type(precision).not_null(), arguments);
}

Result<Signature> infer_now(std::span<const Argument> a) { return infer_clock<3>("NOW", a, &Type::timestamp_ltz); }
Result<Signature> infer_local(std::span<const Argument> a) {
  return infer_clock<3>("LOCALTIMESTAMP", a, &Type::timestamp);
}
Result<Signature> infer_time(std::span<const Argument> a) { return infer_clock<0>("CURRENT_TIME", a, &Type::time); }
Result<Signature> infer_date(std::span<const Argument> arguments) {
  if (!arguments.empty()) return wrong_count("CURRENT_DATE", "0");
  return Signature{Type::date().not_null(), {}};
}

// LTZ counts from UTC; every other type is what the clock on the wall shows.
void now_kernel(KernelCall& call) {
  column::ParsedTime now{call.context.now.value * 1000, 0};
  if (call.out.type().kind() != column::TypeKind::kTimestampLtz)
    now.micros = Zone::get(call.context.time_zone).to_local(now.micros);
  const TimeWriter out(call.out);
  call.rows.for_each([&](size_t i) { out.store(i, now); });
}

Kernel bind_now(const Signature&) { return now_kernel; }

constexpr std::string_view kCategory = "current time";

const ScalarFunction kFunctions[] = {
    {.name = "CURRENT_TIMESTAMP",
     .aliases = {"NOW", "CURRENT_ROW_TIMESTAMP"},
     .category = kCategory,
     .syntax = "CURRENT_TIMESTAMP, NOW(), CURRENT_ROW_TIMESTAMP()",
     .sentence = "The current time, to the millisecond.",
     .example = "CURRENT_TIMESTAMP = NOW() → true",
     .infer = infer_now,
     .bind = bind_now,
     .null_if_any_null = false,
     .depends_on_time = true},
    {.name = "PROCTIME",
     .category = kCategory,
     .syntax = "PROCTIME()",
     .sentence = "The current time, to the millisecond; as a column, the table's processing time.",
     .example = "PROCTIME() = NOW() → true",
     .infer = infer_now,
     .bind = bind_now,
     .null_if_any_null = false,
     .depends_on_time = true},
    {.name = "LOCALTIMESTAMP",
     .category = kCategory,
     .syntax = "LOCALTIMESTAMP",
     .sentence = "The current date and time in the session's zone, to the millisecond.",
     .example = "LOCALTIMESTAMP = CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3)) → true",
     .infer = infer_local,
     .bind = bind_now,
     .null_if_any_null = false,
     .depends_on_time = true},
    {.name = "CURRENT_DATE",
     .category = kCategory,
     .syntax = "CURRENT_DATE",
     .sentence = "Today in the session's zone.",
     .example = "CURRENT_DATE = CAST(LOCALTIMESTAMP AS DATE) → true",
     .infer = infer_date,
     .bind = bind_now,
     .null_if_any_null = false,
     .depends_on_time = true},
    {.name = "CURRENT_TIME",
     .aliases = {"LOCALTIME"},
     .category = kCategory,
     .syntax = "CURRENT_TIME, LOCALTIME",
     .sentence = "The time of day in the session's zone, in whole seconds.",
     .example = "CURRENT_TIME = LOCALTIME → true",
     .infer = infer_time,
     .bind = bind_now,
     .null_if_any_null = false,
     .depends_on_time = true},
};

}  // namespace

std::span<const ScalarFunction> clock_functions() { return kFunctions; }

}  // namespace millstream::function::internal
