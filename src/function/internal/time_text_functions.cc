// Times from text and back: TO_TIMESTAMP, TO_DATE, DATE_FORMAT, UNIX_TIMESTAMP, FROM_UNIXTIME, CONVERT_TZ.
#include <cmath>
#include <map>

#include "function/internal/inference.h"
#include "function/internal/tables.h"
#include "function/internal/time_parts.h"
#include "function/internal/time_pattern.h"
#include "function/internal/time_simple_pattern.h"

namespace millstream::function::internal {
namespace {

using column::ParsedTime;
using column::Type;
using column::TypeKind;

// Patterns compiled once each; a constant pattern is looked up once per batch.
template <typename Pattern>
struct Patterns {
  std::map<std::string, Result<Pattern>, std::less<>> patterns;

  const Result<Pattern>& get(std::string_view text) {
    auto found = patterns.find(text);
    if (found == patterns.end()) found = patterns.emplace(std::string(text), Pattern::compile(text)).first;
    return found->second;
  }
};
struct PatternCache : Patterns<TimePattern>, Patterns<SimplePattern> {};

std::shared_ptr<void> prepare_patterns(std::span<const Argument>) { return std::make_shared<PatternCache>(); }

// f(row, pattern) for each row; rows with an illegal pattern are refused.
template <typename Pattern, typename F>
void with_pattern(KernelCall& call, size_t index, F f) {
  Patterns<Pattern>& cache = *static_cast<PatternCache*>(call.state);
  const Reader<StringRef> texts = argument<StringRef>(call, index);
  const bool constant = call.arguments[index]->is_constant();
  const Result<Pattern>* pattern = nullptr;
  call.rows.for_each([&](size_t i) {
    if (pattern == nullptr || !constant) pattern = &cache.get(texts[i].view());
    if (*pattern)
      f(i, **pattern);
    else
      call.refuse(i, pattern->error().message);
  });
}

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

template <typename Pattern>
const Pattern& default_pattern() {
  static const Pattern pattern = *Pattern::compile(kDefaultPattern);
  return pattern;
}

int64_t this_year(const KernelCall& call) {
  constexpr int64_t kMillisPerDay = column::kMicrosPerDay / 1000;
  return column::civil_of(column::floor_divide(call.context.now.value, kMillisPerDay)).year;
}

// --- From text ------------------------------------------------------------------------------------------------------

void store_or_null(KernelCall& call, const TimeWriter& out, size_t i, const std::optional<ParsedTime>& time) {
  if (time)
    out.store(i, *time);
  else
    call.out.set_null(i);
}

void to_timestamp_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const TimeWriter out(call.out);
  size_t index;
  call.rows.for_each([&](size_t i) { store_or_null(call, out, i, parse_timestamp_strictly(in[i].view(), index)); });
}

void to_timestamp_pattern_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const TimeWriter out(call.out);
  with_pattern<TimePattern>(call, 1, [&](size_t i, const TimePattern& pattern) {
    store_or_null(call, out, i, parse_by_pattern(pattern, in[i].view()));
  });
}

Kernel bind_to_timestamp(const Signature& signature) {
  return signature.arguments.size() == 1 ? to_timestamp_kernel : to_timestamp_pattern_kernel;
}

Result<Signature> infer_to_timestamp(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature,
            infer_by_pattern({"TO_TIMESTAMP",
                              "s?s",
                              Type::timestamp(3),
                              {"TO_TIMESTAMP(<CHARACTER>)", "TO_TIMESTAMP(<CHARACTER>, <CHARACTER>)"}},
                             arguments));
  signature.result = Type::timestamp(3);
  return signature;
}

void to_date_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    const auto days = parse_date_loosely(in[i].view());
    if (days)
      out[i] = *days;
    else
      call.out.set_null(i);
  });
}

void to_date_pattern_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const TimeWriter out(call.out);
  with_pattern<SimplePattern>(call, 1, [&](size_t i, const SimplePattern& pattern) {
    const auto read = pattern.parse(in[i].view(), this_year(call));
    if (read)
      out.store(i, {(read->millis - read->offset_millis.value_or(0)) * 1000, 0});
    else
      call.out.set_null(i);
  });
}

Kernel bind_to_date(const Signature& signature) {
  return signature.arguments.size() == 1 ? to_date_kernel : to_date_pattern_kernel;
}

Result<Signature> infer_to_date(std::span<const Argument> arguments) {
  MS_ASSIGN(
      Signature signature,
      infer_by_pattern({"TO_DATE", "s?s", Type::date(), {"TO_DATE(<CHARACTER>)", "TO_DATE(<CHARACTER>, <CHARACTER>)"}},
                       arguments));
  signature.result = Type::date();
  return signature;
}

// TO_TIMESTAMP_LTZ knows the years 0 to 9999; other numbers are NULL.
constexpr int64_t kLeastLtz = column::days_of(0, 1, 1) * column::kMicrosPerDay;
constexpr int64_t kBeyondLtz = column::days_of(10'000, 1, 1) * column::kMicrosPerDay;

// Numbers: seconds (precision 0) or milliseconds (3, the default) since 1970.
void ltz_from_number_kernel(KernelCall& call) {
  const Reader<int64_t> in = argument<int64_t>(call, 0);
  const bool has_precision = call.arguments.size() == 2;
  const TimeWriter out(call.out);
  call.rows.for_each([&](size_t i) {
    const int32_t precision = has_precision ? Reader<int32_t>(*call.arguments[1])[i] : 3;
    if (precision != 0 && precision != 3) {
      call.refuse(i, "The precision value '" + std::to_string(precision) +
                         "' for function TO_TIMESTAMP_LTZ(numeric, precision) is unsupported, the supported value is "
                         "'0' for second or '3' for millisecond.");
      return;
    }
    int64_t micros;
    if (__builtin_mul_overflow(in[i], precision == 0 ? int64_t{1'000'000} : int64_t{1000}, &micros) ||
        micros < kLeastLtz || micros >= kBeyondLtz)
      call.out.set_null(i);
    else
      out.store(i, {micros, 0});
  });
}

void ltz_from_double_kernel(KernelCall& call) {
  const Reader<double> in = argument<double>(call, 0);
  const bool has_precision = call.arguments.size() == 2;
  const TimeWriter out(call.out);
  call.rows.for_each([&](size_t i) {
    const int32_t precision = has_precision ? Reader<int32_t>(*call.arguments[1])[i] : 3;
    const double millis = std::floor(precision == 0 ? in[i] * 1000 : in[i]);
    if (millis >= kLeastLtz / 1000.0 && millis < kBeyondLtz / 1000.0)
      out.store(i, {static_cast<int64_t>(millis) * 1000, 0});
    else
      call.out.set_null(i);
  });
}

void ltz_from_text_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  Zone* zone = &Zone::get("UTC");
  const TimeWriter out(call.out);
  const auto store = [&](size_t i, const TimePattern& pattern) {
    Zone* own = zone;
    if (call.arguments.size() == 3) {
      const std::string_view name = argument<StringRef>(call, 2)[i].view();
      own = Zone::find(name);
      if (own == nullptr) {
        call.refuse(i, "Invalid timezone '" + std::string(name) + "'");
        return;
      }
    }
    auto time = parse_by_pattern(pattern, in[i].view());
    if (time) time->micros = own->to_utc(time->micros);
    store_or_null(call, out, i, time);
  };
  if (call.arguments.size() == 1) {
    call.rows.for_each([&](size_t i) { store(i, default_pattern<TimePattern>()); });
  } else {
    with_pattern<TimePattern>(call, 1, store);
  }
}

Kernel bind_to_timestamp_ltz(const Signature& signature) {
  if (signature.arguments[0].is_character()) return ltz_from_text_kernel;
  return signature.arguments[0].kind() == TypeKind::kDouble ? ltz_from_double_kernel : ltz_from_number_kernel;
}

Result<Signature> infer_to_timestamp_ltz(std::span<const Argument> arguments) {
  const std::initializer_list<std::string> forms = {"TO_TIMESTAMP_LTZ(<NUMERIC>[, <INTEGER>])",
                                                    "TO_TIMESTAMP_LTZ(<CHARACTER>[, <CHARACTER>[, <CHARACTER>]])"};
  if (arguments.empty() || arguments.size() > 3) return wrong_count("TO_TIMESTAMP_LTZ", "1 to 3");
  std::string_view letters = "s?ss";
  if (arguments[0].type.is_integer())
    letters = "l?i";
  else if (arguments[0].type.is_numeric())
    letters = "n?i";
  MS_ASSIGN(Signature signature,
            infer_by_pattern({"TO_TIMESTAMP_LTZ", letters, Type::timestamp_ltz(3), forms}, arguments));
  // The fraction of a DECIMAL is cut off, that of a DOUBLE counts.
  if (arguments[0].type.kind() == TypeKind::kDecimal)
    signature.arguments[0] = Type::bigint().as_nullable(arguments[0].type.nullable());
  signature.result = Type::timestamp_ltz(3);
  return signature;
}

// Flink's answer where the text is no time.
constexpr int64_t kNoUnixTime = INT64_MIN;

void unix_now_kernel(KernelCall& call) {
  int64_t* out = call.out.mutable_values<int64_t>();
  const int64_t seconds = column::floor_divide(call.context.now.value, 1000);
  call.rows.for_each([&](size_t i) { out[i] = seconds; });
}

void unix_text_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  int64_t* out = call.out.mutable_values<int64_t>();
  Zone& zone = Zone::get(call.context.time_zone);
  const int64_t year = this_year(call);
  const auto store = [&](size_t i, const SimplePattern& pattern) {
    const auto read = pattern.parse(in[i].view(), year);
    if (!read)
      out[i] = kNoUnixTime;
    else if (read->offset_millis)
      out[i] = (read->millis - *read->offset_millis) / 1000;
    else
      out[i] = zone.to_utc(read->millis * 1000) / column::kMicrosPerSecond;
  };
  if (call.arguments.size() == 1)
    call.rows.for_each([&](size_t i) { store(i, default_pattern<SimplePattern>()); });
  else
    with_pattern<SimplePattern>(call, 1, store);
}

Kernel bind_unix(const Signature& signature) {
  return signature.arguments.empty() ? unix_now_kernel : unix_text_kernel;
}

Result<Signature> infer_unix(std::span<const Argument> arguments) {
  return infer_by_pattern(
      {"UNIX_TIMESTAMP",
       "?ss",
       Type::bigint(),
       {"UNIX_TIMESTAMP()", "UNIX_TIMESTAMP(<CHARACTER>)", "UNIX_TIMESTAMP(<CHARACTER>, <CHARACTER>)"}},
      arguments);
}

// --- To text --------------------------------------------------------------------------------------------------------

void from_unixtime_kernel(KernelCall& call) {
  const Reader<int64_t> in = argument<int64_t>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  Zone& zone = Zone::get(call.context.time_zone);
  std::string text;
  const auto store = [&](size_t i, const SimplePattern& pattern) {
    int64_t micros;
    if (__builtin_mul_overflow(in[i], column::kMicrosPerSecond, &micros)) {
      call.out.set_null(i);
      return;
    }
    text.clear();
    pattern.format(column::floor_divide(zone.to_local(micros), 1000), call.context.time_zone, zone.offset_at(micros),
                   text);
    out[i] = call.out.add_string(text);
  };
  if (call.arguments.size() == 1)
    call.rows.for_each([&](size_t i) { store(i, default_pattern<SimplePattern>()); });
  else
    with_pattern<SimplePattern>(call, 1, store);
}

Kernel bind_from_unixtime(const Signature&) { return from_unixtime_kernel; }

Result<Signature> infer_from_unixtime(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature,
            infer_by_pattern({"FROM_UNIXTIME",
                              "l?s",
                              Type::string(),
                              {"FROM_UNIXTIME(<INTEGER>)", "FROM_UNIXTIME(<INTEGER>, <CHARACTER>)"}},
                             arguments));
  signature.result = Type::string();
  return signature;
}

void date_format_kernel(KernelCall& call) {
  const Vector& source = *call.arguments[0];
  const bool ltz = source.type().kind() == TypeKind::kTimestampLtz;
  Zone& zone = Zone::get(call.context.time_zone);
  const TimeReader in(source);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  with_pattern<TimePattern>(call, 1, [&](size_t i, const TimePattern& pattern) {
    ParsedTime time = in[i];
    const int64_t offset = ltz ? zone.offset_at(time.micros) : 0;
    time.micros += offset;
    text.clear();
    pattern.format(time, call.context.time_zone, offset, text);
    out[i] = call.out.add_string(text);
  });
}

// A text is read by the default pattern first.
void date_format_text_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  const int64_t year = this_year(call);
  with_pattern<SimplePattern>(call, 1, [&](size_t i, const SimplePattern& pattern) {
    const auto read = default_pattern<SimplePattern>().parse(in[i].view(), year);
    if (!read) {
      call.out.set_null(i);
      return;
    }
    text.clear();
    pattern.format(read->millis, call.context.time_zone, 0, text);
    out[i] = call.out.add_string(text);
  });
}

Kernel bind_date_format(const Signature& signature) {
  return signature.arguments[0].is_character() ? date_format_text_kernel : date_format_kernel;
}

Result<Signature> infer_date_format(std::span<const Argument> arguments) {
  const bool text = !arguments.empty() && arguments[0].type.is_character();
  const bool time = !arguments.empty() && arguments[0].type.is_timestamp();
  const std::initializer_list<std::string> forms = {"DATE_FORMAT(<TIMESTAMP>, <CHARACTER>)",
                                                    "DATE_FORMAT(<CHARACTER>, <CHARACTER>)"};
  if (arguments.size() == 2 && !text && !time && !is_null_literal(arguments[0]))
    return cannot_apply("DATE_FORMAT", arguments, forms);
  MS_ASSIGN(Signature signature,
            infer_by_pattern({"DATE_FORMAT", text ? "ss" : "ts", Type::string(), forms}, arguments));
  signature.result = Type::string();
  return signature;
}

void convert_tz_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<StringRef> from = argument<StringRef>(call, 1);
  const Reader<StringRef> to = argument<StringRef>(call, 2);
  const SimplePattern& pattern = default_pattern<SimplePattern>();
  const int64_t year = this_year(call);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  call.rows.for_each([&](size_t i) {
    const auto read = pattern.parse(in[i].view(), year);
    if (!read) {
      call.out.set_null(i);
      return;
    }
    const int64_t local = read->millis * 1000;
    // Java reads an unknown zone as GMT.
    Zone& source = Zone::get(from[i].view());
    Zone& target = Zone::get(to[i].view());
    // Of two instants with one local time the later, standard time, as java.util.TimeZone has it.
    int64_t utc = source.to_utc(local);
    const int64_t later = local - source.offset_at(utc + 3 * 3600 * column::kMicrosPerSecond);
    if (later > utc && source.to_local(later) == local) utc = later;
    text.clear();
    pattern.format(column::floor_divide(target.to_local(utc), 1000), to[i].view(), target.offset_at(utc), text);
    out[i] = call.out.add_string(text);
  });
}

Kernel bind_convert_tz(const Signature&) { return convert_tz_kernel; }

Result<Signature> infer_convert_tz(std::span<const Argument> arguments) {
  MS_ASSIGN(
      Signature signature,
      infer_by_pattern({"CONVERT_TZ", "sss", Type::string(), {"CONVERT_TZ(<CHARACTER>, <CHARACTER>, <CHARACTER>)"}},
                       arguments));
  signature.result = Type::string();
  return signature;
}

constexpr std::string_view kCategory = "dates and times as text";

const ScalarFunction kFunctions[] = {
    {.name = "TO_TIMESTAMP",
     .category = kCategory,
     .syntax = "TO_TIMESTAMP(text [, pattern])",
     .sentence =
         "A TIMESTAMP(3) from text; NULL if the text is none. The default is 'yyyy-MM-dd HH:mm:ss' with a fraction.",
     .example = "TO_TIMESTAMP('2024-01-02T03:04:05', 'yyyy-MM-dd''T''HH:mm:ss') → 2024-01-02T03:04:05",
     .infer = infer_to_timestamp,
     .bind = bind_to_timestamp,
     .prepare = prepare_patterns},
    {.name = "TO_TIMESTAMP_LTZ",
     .category = kCategory,
     .syntax = "TO_TIMESTAMP_LTZ(number [, 0 or 3]), TO_TIMESTAMP_LTZ(text [, pattern [, zone]])",
     .sentence =
         "A TIMESTAMP_LTZ(3) from seconds (0) or milliseconds (3) since 1970, or from text in UTC or the given zone.",
     .example = "TO_TIMESTAMP_LTZ(1500, 3) → 1970-01-01T00:00:01.5Z",
     .infer = infer_to_timestamp_ltz,
     .bind = bind_to_timestamp_ltz,
     .prepare = prepare_patterns},
    {.name = "TO_DATE",
     .category = kCategory,
     .syntax = "TO_DATE(text [, pattern])",
     .sentence = "A DATE from text; NULL if the text is none.",
     .example = "TO_DATE('02.01.2024', 'dd.MM.yyyy') → 2024-01-02",
     .infer = infer_to_date,
     .bind = bind_to_date,
     .prepare = prepare_patterns},
    {.name = "UNIX_TIMESTAMP",
     .category = kCategory,
     .syntax = "UNIX_TIMESTAMP([text [, pattern]])",
     .sentence = "Seconds since 1970 now, or of a text in the session's zone; the least BIGINT if the text is no time.",
     .example = "UNIX_TIMESTAMP('1970-01-01 00:00:10') → 10",
     .infer = infer_unix,
     .bind = bind_unix,
     .prepare = prepare_patterns,
     .time_without_arguments = true},
    {.name = "FROM_UNIXTIME",
     .category = kCategory,
     .syntax = "FROM_UNIXTIME(seconds [, pattern])",
     .sentence = "Seconds since 1970 as text in the session's zone.",
     .example = "FROM_UNIXTIME(10) → \"1970-01-01 00:00:10\"",
     .infer = infer_from_unixtime,
     .bind = bind_from_unixtime,
     .prepare = prepare_patterns},
    {.name = "DATE_FORMAT",
     .category = kCategory,
     .syntax = "DATE_FORMAT(time or text, pattern)",
     .sentence = "A time as text by a Java date pattern.",
     .example = "DATE_FORMAT(TIMESTAMP '2024-01-02 03:04:05', 'yyyyMMdd') → 20240102",
     .infer = infer_date_format,
     .bind = bind_date_format,
     .prepare = prepare_patterns},
    {.name = "CONVERT_TZ",
     .category = kCategory,
     .syntax = "CONVERT_TZ(text, from zone, to zone)",
     .sentence = "A time of one zone as text of another; unknown zones count as UTC.",
     .example = "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles') → \"1969-12-31 16:00:00\"",
     .infer = infer_convert_tz,
     .bind = bind_convert_tz},
};

}  // namespace

std::span<const ScalarFunction> time_text_functions() { return kFunctions; }

}  // namespace millstream::function::internal
