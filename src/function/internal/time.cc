// Parts, rounding and differences of dates and times: EXTRACT, YEAR, FLOOR … TO, TIMESTAMPADD, TIMESTAMPDIFF.
#include "function/internal/time.h"

#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/tables.h"
#include "function/internal/time_parts.h"
#include "function/internal/time_units.h"

namespace millstream::function::internal {
namespace {

using column::ParsedTime;
using column::Type;
using column::TypeKind;

std::shared_ptr<void> unit_state(const Argument& argument) {
  if (argument.constant == nullptr || argument.constant->is_null()) return nullptr;
  const auto unit = find_unit(argument.constant->as_string());
  return unit ? std::make_shared<TimeUnit>(*unit) : nullptr;
}

std::shared_ptr<void> prepare_first_unit(std::span<const Argument> arguments) { return unit_state(arguments[0]); }
std::shared_ptr<void> prepare_second_unit(std::span<const Argument> arguments) { return unit_state(arguments[1]); }

Result<TimeUnit> unit_of(std::string_view name, const Argument& argument) {
  if (!argument.type.is_character() || argument.constant == nullptr || argument.constant->is_null()) {
    return fail(ErrorCode::kInvalidArgument, "'" + std::string(name) + "' needs a unit of time, such as DAY");
  }
  const auto unit = find_unit(argument.constant->as_string());
  if (!unit) {
    return fail(ErrorCode::kInvalidArgument, "'" + argument.constant->as_string() + "' is not a unit of time",
                "Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND and others");
  }
  return *unit;
}

// Local time of a TIMESTAMP_LTZ; others as they are.
class LocalTimeReader {
 public:
  LocalTimeReader(const Vector& vector, const EvaluationContext& context)
      : in_(vector), zone_(vector.type().kind() == TypeKind::kTimestampLtz ? &Zone::get(context.time_zone) : nullptr) {}
  ParsedTime operator[](size_t i) const {
    ParsedTime time = in_[i];
    if (zone_ != nullptr) time.micros = zone_->to_local(time.micros);
    return time;
  }
  [[nodiscard]] int64_t to_stored(int64_t micros) const { return zone_ != nullptr ? zone_->to_utc(micros) : micros; }

 private:
  TimeReader in_;
  Zone* zone_;
};

// --- EXTRACT --------------------------------------------------------------------------------------------------------

bool is_of_the_clock(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kHour:
    case TimeUnit::kMinute:
    case TimeUnit::kSecond:
    case TimeUnit::kMillisecond:
    case TimeUnit::kMicrosecond:
    case TimeUnit::kNanosecond:
    case TimeUnit::kEpoch:
      return true;
    default:
      return false;
  }
}

void extract(KernelCall& call, size_t source_index, TimeUnit unit) {
  const Vector& source = *call.arguments[source_index];
  int64_t* out = call.out.mutable_values<int64_t>();
  if (source.type().kind() == TypeKind::kIntervalYearMonth) {
    const Reader<int32_t> months(source);
    call.rows.for_each([&](size_t i) { out[i] = extract_from_months(unit, months[i]); });
  } else if (source.type().kind() == TypeKind::kIntervalDayTime) {
    const Reader<int64_t> millis(source);
    call.rows.for_each([&](size_t i) { out[i] = extract_from_millis(unit, millis[i]); });
  } else {
    const LocalTimeReader in(source, call.context);
    if (is_of_the_clock(unit)) {
      call.rows.for_each([&](size_t i) { out[i] = extract_unit(unit, in[i]); });
      return;
    }
    // Rows near each other are mostly of one day, and its answer is the same.
    int64_t midnight = 0;
    int64_t answer = extract_unit(unit, {});
    call.rows.for_each([&](size_t i) {
      const column::ParsedTime time = in[i];
      if (static_cast<uint64_t>(time.micros) - static_cast<uint64_t>(midnight) >= uint64_t{column::kMicrosPerDay}) {
        midnight = time.micros - column::floor_modulo(time.micros, column::kMicrosPerDay);
        answer = extract_unit(unit, time);
      }
      out[i] = answer;
    });
  }
}

void extract_kernel(KernelCall& call) { extract(call, 1, *static_cast<const TimeUnit*>(call.state)); }
template <TimeUnit unit>
void part_kernel(KernelCall& call) {
  extract(call, 0, unit);
}

// Flink's words for a TIME.
std::unexpected<Error> no_part(std::string_view unit, const Type& source) {
  const bool time = source.kind() == TypeKind::kTime;
  return fail(ErrorCode::kInvalidArgument, "unit " + std::string(unit) + " can not be applied to " +
                                               (time ? "time" : source.as_nullable().to_sql()) + " variable");
}

// Whether a value of the type has the unit: an interval of months has no hours, a time no weekday.
bool has_part(const Type& source, TimeUnit unit) {
  const bool whole_days = months_in(unit) != 0 || micros_in(unit) >= column::kMicrosPerDay;
  switch (unit) {
    case TimeUnit::kIsoYear:
    case TimeUnit::kWeek:
    case TimeUnit::kDayOfYear:
    case TimeUnit::kDayOfWeek:
    case TimeUnit::kIsoDayOfWeek:
      return source.kind() != TypeKind::kTime && !is_interval(source);
    case TimeUnit::kEpoch:
      return source.kind() != TypeKind::kTime && source.kind() != TypeKind::kIntervalYearMonth;
    default:
      if (source.kind() == TypeKind::kTime) return !whole_days;
      if (source.kind() == TypeKind::kIntervalYearMonth) return months_in(unit) != 0;
      return source.kind() != TypeKind::kIntervalDayTime || months_in(unit) == 0;
  }
}

Result<Signature> infer_extract(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("EXTRACT", "2");
  MS_ASSIGN(const TimeUnit unit, unit_of("EXTRACT", arguments[0]));
  const Type& source = arguments[1].type;
  if (!is_datetime(source) && !is_interval(source)) {
    return cannot_apply("EXTRACT", arguments,
                        {"EXTRACT(<UNIT> FROM <DATETIME>)", "EXTRACT(<UNIT> FROM <DATETIME_INTERVAL>)"});
  }
  if (!has_part(source, unit)) return no_part(arguments[0].constant->as_string(), source);
  return as_given(Type::bigint().as_nullable(source.nullable()), arguments);
}

Result<Signature> infer_part(std::string_view name, TimeUnit unit, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count(name, "1");
  const Type& source = arguments[0].type;
  if (!is_datetime(source) && !is_interval(source)) {
    return cannot_apply(name, arguments, {std::string(name) + "(<DATETIME>)"});
  }
  if (!has_part(source, unit)) return no_part(name, source);
  return as_given(Type::bigint().as_nullable(source.nullable()), arguments);
}
Result<Signature> infer_year(std::span<const Argument> a) { return infer_part("YEAR", TimeUnit::kYear, a); }
Result<Signature> infer_quarter(std::span<const Argument> a) { return infer_part("QUARTER", TimeUnit::kQuarter, a); }
Result<Signature> infer_month(std::span<const Argument> a) { return infer_part("MONTH", TimeUnit::kMonth, a); }
Result<Signature> infer_week(std::span<const Argument> a) { return infer_part("WEEK", TimeUnit::kWeek, a); }
Result<Signature> infer_dayofyear(std::span<const Argument> a) {
  return infer_part("DAYOFYEAR", TimeUnit::kDayOfYear, a);
}
Result<Signature> infer_dayofmonth(std::span<const Argument> a) { return infer_part("DAYOFMONTH", TimeUnit::kDay, a); }
Result<Signature> infer_dayofweek(std::span<const Argument> a) {
  return infer_part("DAYOFWEEK", TimeUnit::kDayOfWeek, a);
}
Result<Signature> infer_hour(std::span<const Argument> a) { return infer_part("HOUR", TimeUnit::kHour, a); }
Result<Signature> infer_minute(std::span<const Argument> a) { return infer_part("MINUTE", TimeUnit::kMinute, a); }
Result<Signature> infer_second(std::span<const Argument> a) { return infer_part("SECOND", TimeUnit::kSecond, a); }

// --- FLOOR and CEIL -------------------------------------------------------------------------------------------------

template <bool up>
void round_kernel(KernelCall& call) {
  const TimeUnit unit = *static_cast<const TimeUnit*>(call.state);
  const LocalTimeReader in(*call.arguments[0], call.context);
  const TimeWriter out(call.out);
  call.rows.for_each([&](size_t i) {
    ParsedTime time = in[i];
    if (unit == TimeUnit::kNanosecond) {
      out.store(i, {in.to_stored(time.micros), time.nanos});
      return;
    }
    // Coarse units do not see what lies beyond the millisecond.
    if (up && micros_in(unit) != 1) time = {column::floor_divide(time.micros, 1000) * 1000, 0};
    const int64_t micros =
        up ? ceil_to_unit(unit, time.micros + (time.nanos > 0 ? 1 : 0)) : floor_to_unit(unit, time.micros);
    out.store(i, {in.to_stored(micros), 0});
  });
}

// --- TIMESTAMPADD and TIMESTAMPDIFF ---------------------------------------------------------------------------------

void add_kernel(KernelCall& call) {
  const TimeUnit unit = *static_cast<const TimeUnit*>(call.state);
  const Reader<int64_t> count = argument<int64_t>(call, 1);
  const TimeReader in(*call.arguments[2]);
  const TimeWriter out(call.out);
  const int64_t months = months_in(unit);
  const int64_t micros = micros_in(unit);
  call.rows.for_each([&](size_t i) {
    ParsedTime time = in[i];
    if (months != 0)
      time.micros = add_months(time.micros,
                               static_cast<int64_t>(static_cast<uint64_t>(count[i]) * static_cast<uint64_t>(months)));
    else
      time.micros = static_cast<int64_t>(static_cast<uint64_t>(time.micros) +
                                         static_cast<uint64_t>(count[i]) * static_cast<uint64_t>(micros));
    out.store(i, time);
  });
}

Result<Signature> infer_add(std::span<const Argument> arguments) {
  if (arguments.size() != 3) return wrong_count("TIMESTAMPADD", "3");
  MS_ASSIGN(const TimeUnit unit, unit_of("TIMESTAMPADD", arguments[0]));
  if (months_in(unit) == 0 && micros_in(unit) == 0) {
    return fail(ErrorCode::kUnsupported, "TIMESTAMPADD cannot count in this unit", "Use YEAR to MICROSECOND");
  }
  const Type& time = arguments[2].type;
  if (!arguments[1].type.is_integer() || !is_datetime(time)) {
    return cannot_apply("TIMESTAMPADD", arguments, {"TIMESTAMPADD(<UNIT>, <INTEGER>, <DATETIME>)"});
  }
  // A date with hours becomes a timestamp.
  const bool clock = micros_in(unit) != 0 && micros_in(unit) < column::kMicrosPerDay;
  Type result = time.kind() == TypeKind::kDate && clock ? Type::timestamp(6) : time;
  Signature signature = as_given(nullable_as(result, arguments.subspan(1)), arguments);
  signature.arguments[1] = Type::bigint().as_nullable(arguments[1].type.nullable());
  return signature;
}

void difference_kernel(KernelCall& call) {
  const TimeUnit unit = *static_cast<const TimeUnit*>(call.state);
  const LocalTimeReader from(*call.arguments[1], call.context);
  const LocalTimeReader to(*call.arguments[2], call.context);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each(
      [&](size_t i) { out[i] = static_cast<int32_t>(difference_in_units(unit, from[i].micros, to[i].micros)); });
}

Result<Signature> infer_difference(std::span<const Argument> arguments) {
  if (arguments.size() != 3) return wrong_count("TIMESTAMPDIFF", "3");
  MS_ASSIGN(const TimeUnit unit, unit_of("TIMESTAMPDIFF", arguments[0]));
  if (months_in(unit) == 0 && micros_in(unit) == 0) {
    return fail(ErrorCode::kUnsupported, "TIMESTAMPDIFF cannot count in this unit", "Use YEAR to MICROSECOND");
  }
  if (!is_datetime(arguments[1].type) || !is_datetime(arguments[2].type)) {
    return cannot_apply("TIMESTAMPDIFF", arguments, {"TIMESTAMPDIFF(<UNIT>, <DATETIME>, <DATETIME>)"});
  }
  if ((arguments[1].type.kind() == TypeKind::kTimestampLtz) != (arguments[2].type.kind() == TypeKind::kTimestampLtz)) {
    return fail(ErrorCode::kInvalidArgument, "TIMESTAMP_LTZ only supports diff between the same type.",
                "CAST one of them");
  }
  return as_given(nullable_as(Type::integer(), arguments.subspan(1)), arguments);
}

constexpr std::string_view kCategory = "dates and times";

const ScalarFunction kFunctions[] = {
    {.name = "EXTRACT",
     .category = kCategory,
     .syntax = "EXTRACT(unit FROM a)",
     .sentence = "A part of a date, time or interval: YEAR to NANOSECOND, EPOCH, DOW (1 is Sunday), ISODOW, DOY, "
                 "ISOYEAR, WEEK (ISO).",
     .example = "EXTRACT(DOW FROM DATE '2024-05-06') → 2",
     .infer = infer_extract,
     .bind = bind<extract_kernel>,
     .prepare = prepare_first_unit},
    {.name = "YEAR",
     .category = kCategory,
     .syntax = "YEAR(a)",
     .sentence = "The year.",
     .example = "YEAR(DATE '2024-05-06') → 2024",
     .infer = infer_year,
     .bind = bind<part_kernel<TimeUnit::kYear>>},
    {.name = "QUARTER",
     .category = kCategory,
     .syntax = "QUARTER(a)",
     .sentence = "The quarter, 1 to 4.",
     .example = "QUARTER(DATE '2024-05-06') → 2",
     .infer = infer_quarter,
     .bind = bind<part_kernel<TimeUnit::kQuarter>>},
    {.name = "MONTH",
     .category = kCategory,
     .syntax = "MONTH(a)",
     .sentence = "The month, 1 to 12.",
     .example = "MONTH(DATE '2024-05-06') → 5",
     .infer = infer_month,
     .bind = bind<part_kernel<TimeUnit::kMonth>>},
    {.name = "WEEK",
     .category = kCategory,
     .syntax = "WEEK(a)",
     .sentence = "The ISO week, 1 to 53.",
     .example = "WEEK(DATE '2024-12-30') → 1",
     .infer = infer_week,
     .bind = bind<part_kernel<TimeUnit::kWeek>>},
    {.name = "DAYOFYEAR",
     .category = kCategory,
     .syntax = "DAYOFYEAR(a)",
     .sentence = "The day of the year, 1 to 366.",
     .example = "DAYOFYEAR(DATE '2024-05-06') → 127",
     .infer = infer_dayofyear,
     .bind = bind<part_kernel<TimeUnit::kDayOfYear>>},
    {.name = "DAYOFMONTH",
     .category = kCategory,
     .syntax = "DAYOFMONTH(a)",
     .sentence = "The day of the month, 1 to 31.",
     .example = "DAYOFMONTH(DATE '2024-05-06') → 6",
     .infer = infer_dayofmonth,
     .bind = bind<part_kernel<TimeUnit::kDay>>},
    {.name = "DAYOFWEEK",
     .category = kCategory,
     .syntax = "DAYOFWEEK(a)",
     .sentence = "The day of the week, 1 is Sunday.",
     .example = "DAYOFWEEK(DATE '2024-05-06') → 2",
     .infer = infer_dayofweek,
     .bind = bind<part_kernel<TimeUnit::kDayOfWeek>>},
    {.name = "HOUR",
     .category = kCategory,
     .syntax = "HOUR(a)",
     .sentence = "The hour, 0 to 23.",
     .example = "HOUR(TIMESTAMP '2024-05-06 07:08:09') → 7",
     .infer = infer_hour,
     .bind = bind<part_kernel<TimeUnit::kHour>>},
    {.name = "MINUTE",
     .category = kCategory,
     .syntax = "MINUTE(a)",
     .sentence = "The minute, 0 to 59.",
     .example = "MINUTE(TIMESTAMP '2024-05-06 07:08:09') → 8",
     .infer = infer_minute,
     .bind = bind<part_kernel<TimeUnit::kMinute>>},
    {.name = "SECOND",
     .category = kCategory,
     .syntax = "SECOND(a)",
     .sentence = "The second, 0 to 59.",
     .example = "SECOND(TIMESTAMP '2024-05-06 07:08:09') → 9",
     .infer = infer_second,
     .bind = bind<part_kernel<TimeUnit::kSecond>>},
    {.name = "TIMESTAMPADD",
     .category = kCategory,
     .syntax = "TIMESTAMPADD(unit, count, a)",
     .sentence = "a moved by so many units.",
     .example = "TIMESTAMPADD(MONTH, 1, DATE '2024-01-31') → 2024-02-29",
     .infer = infer_add,
     .bind = bind<add_kernel>,
     .prepare = prepare_first_unit},
    {.name = "TIMESTAMPDIFF",
     .category = kCategory,
     .syntax = "TIMESTAMPDIFF(unit, from, to)",
     .sentence = "Whole units between two times.",
     .example = "TIMESTAMPDIFF(DAY, DATE '2024-01-01', DATE '2024-02-01') → 31",
     .infer = infer_difference,
     .bind = bind<difference_kernel>,
     .prepare = prepare_first_unit},
};

}  // namespace

Result<Signature> infer_time_rounding(std::string_view name, std::span<const Argument> arguments) {
  MS_TRY(unit_of(name, arguments[1]));
  if (!is_datetime(arguments[0].type))
    return cannot_apply(name, arguments, {std::string(name) + "(<DATETIME> TO <UNIT>)"});
  return as_given(arguments[0].type, arguments);
}

Kernel time_rounding_kernel(bool up) { return up ? round_kernel<true> : round_kernel<false>; }
std::shared_ptr<void> prepare_time_rounding(std::span<const Argument> arguments) {
  return arguments.size() == 2 ? prepare_second_unit(arguments) : nullptr;
}

std::span<const ScalarFunction> time_functions() { return kFunctions; }

}  // namespace millstream::function::internal
