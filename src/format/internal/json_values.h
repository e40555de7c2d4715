// Texts of JSON scalars as values of SQL types, by the rules of Flink's JSON converters (which are Java's parsers').
//
// Source of the rules: Flink's JsonParserToRowDataConverters and TimeFormats, and what a running Flink answers. Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "column/calendar.h"
#include "format/json_options.h"

namespace millstream::format {

// String.trim(): everything up to U+0020 at both ends.
[[nodiscard]] std::string_view java_trim(std::string_view text);

// Long.parseLong and its kin after trim(): a sign and digits, within [low, high].
[[nodiscard]] std::optional<int64_t> parse_java_integer(std::string_view text, int64_t low, int64_t high);

// A JSON number token, split. Up to 19 significant digits are in `mantissa`; value = mantissa * 10^exponent.
struct JsonNumber {
  bool valid = false;  // follows JSON's grammar
  bool negative = false;
  bool is_float = false;  // has a point or an exponent
  bool exact = false;     // `mantissa` and `exponent` hold all digits
  uint64_t mantissa = 0;
  int32_t exponent = 0;
  const char* end = nullptr;  // behind the last character
};
// Reads from `begin`; `limit` is the end of the record.
[[nodiscard]] JsonNumber scan_json_number(const char* begin, const char* limit);
// The double nearest to the number; overflow is infinite, as Double.parseDouble gives it.
[[nodiscard]] double json_number_to_double(const JsonNumber& number, std::string_view text);

// ISO_LOCAL_DATE, strict: "2024-05-01". Days since 1970.
[[nodiscard]] std::optional<int32_t> parse_json_date(std::string_view text);
// "HH:mm:ss" with up to nine digits of a fraction. Milliseconds of the day.
[[nodiscard]] std::optional<int32_t> parse_json_time(std::string_view text);
// By the standard; `zoned` (TIMESTAMP_LTZ) wants a trailing Z.
[[nodiscard]] std::optional<column::ParsedTime> parse_json_timestamp(std::string_view text, TimestampStandard standard,
                                                                     bool zoned);

// RFC 4648 base64 as Jackson reads it: groups of four, the padded one too, with white space between groups only;
// appends to `out`. False if it is none.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace millstream::format
