// Casts from text, with Flink's error messages, and to text of any length.
#include <charconv>

#include "base/text.h"
#include "column/decimal.h"
#include "column/number_text.h"
#include "column/value.h"
#include "function/internal/cast_parts.h"
#include "function/internal/characters.h"
#include "function/internal/time_parts.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// --- From text ------------------------------------------------------------------------------------------------------

enum class IntegerText { kOk, kEmpty, kMalformed, kOverflow };

// Digits with a sign, and perhaps a fraction of digits that is cut: "12.7" is 12, ".5" is 0.
IntegerText parse_integer_text(std::string_view text, int64_t least, int64_t most, int64_t& out) {
  text = trimmed(text);
  if (text.empty()) return IntegerText::kEmpty;
  size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  const bool negative = text[0] == '-';
  if (at == text.size()) return IntegerText::kMalformed;
  bool overflow = false;
  int64_t value = 0;  // negative, because that side is larger
  for (; at < text.size() && text[at] != '.'; ++at) {
    const char c = text[at];
    if (c < '0' || c > '9') return IntegerText::kMalformed;
    overflow = overflow || __builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, c - '0', &value);
  }
  for (size_t rest = at + 1; rest < text.size(); ++rest) {
    if (text[rest] < '0' || text[rest] > '9') return IntegerText::kMalformed;
  }
  if (overflow || (!negative && value == INT64_MIN)) return IntegerText::kOverflow;
  out = negative ? value : -value;
  return out < least || out > most ? IntegerText::kOverflow : IntegerText::kOk;
}

std::string input_message(std::string_view text, std::string_view why) {
  return "For input string: '" + std::string(text) + "'." + std::string(why);
}

template <typename T>
void text_to_integer(CastParts& parts) {
  const Reader<StringRef> in(parts.from);
  T* out = parts.out.mutable_values<T>();
  parts.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    int64_t value = 0;
    switch (parse_integer_text(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), value)) {
      case IntegerText::kOk:
        out[i] = static_cast<T>(value);
        return;
      case IntegerText::kEmpty:
        parts.refuse(i, input_message(text, " Input is empty."));
        return;
      case IntegerText::kMalformed:
        parts.refuse(i, input_message(text, " Invalid character found."));
        return;
      case IntegerText::kOverflow:
        parts.refuse(i, input_message(text, " Overflow."));
        return;
    }
  });
}

template <typename T>
void text_to_floating(CastParts& parts) {
  const Reader<StringRef> in(parts.from);
  T* out = parts.out.mutable_values<T>();
  parts.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    std::optional<T> value;
    if constexpr (sizeof(T) == 4)
      value = column::parse_float(text);
    else
      value = column::parse_double(text);
    if (value) {
      out[i] = *value;
    } else {
      parts.refuse(i, trimmed(text).empty() ? "empty String" : "For input string: \"" + std::string(text) + "\"");
    }
  });
}

template <typename T>
void text_to_decimal(CastParts& parts) {
  const Reader<StringRef> in(parts.from);
  T* out = parts.out.mutable_values<T>();
  const column::DecimalShape shape{parts.to().precision(), parts.to().scale()};
  parts.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    Int128 value = 0;
    switch (column::parse_decimal(text, shape, value)) {
      case column::DecimalParse::kOk:
        out[i] = static_cast<T>(value);
        return;
      case column::DecimalParse::kMalformed:
        parts.refuse(i, input_message(text, " Invalid character found."));
        return;
      case column::DecimalParse::kOverflow:
        parts.refuse(i, input_message(text, " Overflow."));
        return;
    }
  });
}

void text_to_boolean(CastParts& parts) {
  const Reader<StringRef> in(parts.from);
  uint8_t* out = parts.out.mutable_values<uint8_t>();
  parts.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    for (const std::string_view word : {"true", "t", "yes", "y", "1"}) {
      if (equals_ignoring_case(text, word)) {
        out[i] = 1;
        return;
      }
    }
    for (const std::string_view word : {"false", "f", "no", "n", "0"}) {
      if (equals_ignoring_case(text, word)) {
        out[i] = 0;
        return;
      }
    }
    parts.refuse(i, "Cannot parse '" + std::string(text) + "' as BOOLEAN.");
  });
}

void text_to_time(CastParts& parts) {
  const Reader<StringRef> in(parts.from);
  const TypeKind kind = parts.to().kind();
  const TimeWriter out(parts.out);
  Zone* zone = kind == TypeKind::kTimestampLtz ? &Zone::get(parts.call.context.time_zone) : nullptr;
  parts.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    if (kind == TypeKind::kDate) {
      const auto days = parse_date_loosely(text);
      if (days)
        parts.out.mutable_values<int32_t>()[i] = *days;
      else
        parts.refuse(i, input_message(text, ""));
    } else if (kind == TypeKind::kTime) {
      const auto millis = parse_time_loosely(text);
      if (millis)
        out.store(i, {int64_t{*millis} * 1000, 0});
      else
        parts.refuse(i, "Invalid time format: '" + std::string(text) +
                            "'. Expected format: HH:mm:ss[.fff] where HH is 00-23, mm is 00-59, ss is 00-59");
    } else {
      size_t index = 0;
      auto time = parse_timestamp_strictly(text, index);
      if (!time) {
        parts.refuse(i, "Text '" + std::string(text) + "' could not be parsed at index " + std::to_string(index));
        return;
      }
      if (zone != nullptr) time->micros = zone->to_utc(time->micros);
      out.store(i, *time);
    }
  });
}

// --- To text --------------------------------------------------------------------------------------------------------

// Cuts and pads what was written to the target's length.
class TextWriter {
 public:
  explicit TextWriter(Vector& out)
      : out_(out),
        values_(out.mutable_values<StringRef>()),
        kind_(out.type().kind()),
        limit_(static_cast<size_t>(out.type().length())) {}

  void store(size_t i, std::string_view text) {
    const bool characters = kind_ == TypeKind::kChar || kind_ == TypeKind::kVarchar;
    if (limit_ != static_cast<size_t>(column::kMaxLength)) {
      const size_t length = characters ? count_characters(text) : text.size();
      if (length > limit_) text = text.substr(0, characters ? offset_of_character(text, limit_) : limit_);
      if (length < limit_ && (kind_ == TypeKind::kChar || kind_ == TypeKind::kBinary)) {
        std::string padded(text);
        padded.append(limit_ - length, kind_ == TypeKind::kChar ? ' ' : '\0');
        values_[i] = out_.add_string(padded);
        return;
      }
    }
    values_[i] = out_.add_string(text);
  }

 private:
  Vector& out_;
  StringRef* values_;
  TypeKind kind_;
  size_t limit_;
};

template <typename T, typename Write>
void write_each(CastParts& parts, Write write) {
  const Reader<T> in(parts.from);
  TextWriter out(parts.out);
  char buffer[64];
  parts.rows.for_each([&](size_t i) {
    char* end = write(buffer, in[i]);
    out.store(i, {buffer, static_cast<size_t>(end - buffer)});
  });
}

void times_to_text(CastParts& parts) {
  const TimeReader in(parts.from);
  TextWriter out(parts.out);
  const TypeKind kind = parts.from.type().kind();
  const int precision = parts.from.type().precision();
  Zone* zone = kind == TypeKind::kTimestampLtz ? &Zone::get(parts.call.context.time_zone) : nullptr;
  char buffer[64];
  parts.rows.for_each([&](size_t i) {
    column::ParsedTime time = in[i];
    if (zone != nullptr) time.micros = zone->to_local(time.micros);
    char* end = buffer;
    if (kind == TypeKind::kDate) {
      end = column::write_date(buffer, column::floor_divide(time.micros, column::kMicrosPerDay));
    } else if (kind == TypeKind::kTime) {
      end = column::write_time_shortly(buffer, static_cast<int32_t>(time.micros / 1000), precision);
    } else {
      end = column::write_timestamp(buffer, time.micros, time.nanos, precision);
    }
    out.store(i, {buffer, static_cast<size_t>(end - buffer)});
  });
}

void text_to_text(CastParts& parts) {
  if (parts.to().length() == column::kMaxLength) {
    // The same strings: nothing is copied but their references.
    const Reader<StringRef> in(parts.from);
    StringRef* out = parts.out.mutable_values<StringRef>();
    parts.rows.for_each([&](size_t i) { out[i] = in[i]; });
    parts.out.share_bytes_of(parts.from);
    return;
  }
  const Reader<StringRef> in(parts.from);
  TextWriter out(parts.out);
  parts.rows.for_each([&](size_t i) { out.store(i, in[i].view()); });
}

template <typename T>
void integer_to_text(CastParts& parts) {
  write_each<T>(parts, [](char* out, T value) { return std::to_chars(out, out + 24, value).ptr; });
}

}  // namespace

void cast_from_text(CastParts& parts) {
  switch (parts.to().kind()) {
    case TypeKind::kBoolean:
      text_to_boolean(parts);
      break;
    case TypeKind::kTinyint:
      text_to_integer<int8_t>(parts);
      break;
    case TypeKind::kSmallint:
      text_to_integer<int16_t>(parts);
      break;
    case TypeKind::kInteger:
      text_to_integer<int32_t>(parts);
      break;
    case TypeKind::kBigint:
      text_to_integer<int64_t>(parts);
      break;
    case TypeKind::kFloat:
      text_to_floating<float>(parts);
      break;
    case TypeKind::kDouble:
      text_to_floating<double>(parts);
      break;
    case TypeKind::kDecimal:
      if (parts.to().precision() <= 18)
        text_to_decimal<int64_t>(parts);
      else
        text_to_decimal<Int128>(parts);
      break;
    default:
      text_to_time(parts);
      break;
  }
}

void cast_to_text(CastParts& parts) {
  const Type& from = parts.from.type();
  switch (from.kind()) {
    case TypeKind::kBoolean: {
      const Reader<uint8_t> in(parts.from);
      TextWriter out(parts.out);
      parts.rows.for_each([&](size_t i) { out.store(i, in[i] != 0 ? "TRUE" : "FALSE"); });
      break;
    }
    case TypeKind::kTinyint:
      integer_to_text<int8_t>(parts);
      break;
    case TypeKind::kSmallint:
      integer_to_text<int16_t>(parts);
      break;
    case TypeKind::kInteger:
      integer_to_text<int32_t>(parts);
      break;
    case TypeKind::kBigint:
      integer_to_text<int64_t>(parts);
      break;
    case TypeKind::kFloat:
      write_each<float>(parts, column::write_float);
      break;
    case TypeKind::kDouble:
      write_each<double>(parts, column::write_double);
      break;
    case TypeKind::kDecimal: {
      const auto write = [scale = from.scale()](char* out, auto value) {
        return column::write_decimal(out, value, scale);
      };
      if (from.precision() <= 18)
        write_each<int64_t>(parts, write);
      else
        write_each<Int128>(parts, write);
      break;
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      text_to_text(parts);
      break;
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      times_to_text(parts);
      break;
    case TypeKind::kIntervalYearMonth:
      write_each<int32_t>(parts, column::write_year_month);
      break;
    case TypeKind::kIntervalDayTime:
      write_each<int64_t>(parts, column::write_day_time);
      break;
    case TypeKind::kNull:
      break;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: {
      TextWriter out(parts.out);
      parts.rows.for_each([&](size_t i) { out.store(i, to_text(from, value_at(parts.from, i))); });
      break;
    }
  }
}

}  // namespace millstream::function::internal
