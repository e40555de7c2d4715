// Conversion of single JSON values; one switch over the column's type.
#include "format/internal/json_converter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "column/decimal.h"
#include "column/number_text.h"
#include "format/internal/json_values.h"

namespace millstream::format {

using column::TypeKind;

namespace {

// (int) and (long) of a double as Java does after Jackson's range check.
std::optional<int64_t> truncated(double value, int64_t low, int64_t high) {
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high))) return std::nullopt;
  if (value >= 9223372036854775807.0) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(value);
}

struct IntegerRange {
  int64_t low, high;
};
IntegerRange range_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
      return {-128, 127};
    case TypeKind::kSmallint:
      return {-32768, 32767};
    case TypeKind::kInteger:
    case TypeKind::kIntervalYearMonth:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

void set_integer(GrowingColumn& into, size_t position, int64_t value) {
  switch (into.physical()) {
    case column::PhysicalKind::kInt8:
      into.set(position, static_cast<int8_t>(value));
      break;
    case column::PhysicalKind::kInt16:
      into.set(position, static_cast<int16_t>(value));
      break;
    case column::PhysicalKind::kInt32:
      into.set(position, static_cast<int32_t>(value));
      break;
    default:
      into.set(position, value);
  }
}

bool equals_true(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  return text.size() == 4 &&
         std::equal(text.begin(), text.end(), kTrue.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

bool JsonConverter::complain(std::string_view what, std::string_view text) {
  complaint_.assign(what);
  complaint_ += '"';
  complaint_ += text.substr(0, 100);
  if (text.size() > 100) complaint_ += "…";
  complaint_ += '"';
  return false;
}

// getText(): a string's text, or the token as it is written. `copied` if it lies in scratch_.
bool JsonConverter::text_value(const JsonTokens& tokens, uint32_t token, std::string_view& text, bool& copied) {
  copied = false;
  if (tokens.first(token) != '"') {
    text = tokens.scalar(token);
    return true;
  }
  std::string_view inside;
  if (!tokens.string(token, inside)) return false;
  if (!has_escape(inside)) {
    text = inside;
    return true;
  }
  scratch_.clear();
  if (!append_unescaped(scratch_, inside)) return false;
  text = scratch_;
  copied = true;
  return true;
}

JsonConverter::Outcome JsonConverter::convert(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into,
                                              size_t position) {
  const char first = tokens.first(token);
  if (first == 'n') {
    if (tokens.scalar(token) != "null") return Outcome::kSyntax;
    into.set_null(position);
    ++token;
    return Outcome::kValue;
  }
  const TypeKind kind = into.type().kind();
  Outcome outcome = Outcome::kValue;
  const uint32_t start = token;
  if (kind == TypeKind::kRow) {
    outcome = row(tokens, token, into, position);
  } else if (kind == TypeKind::kArray) {
    outcome = array(tokens, token, into, position);
  } else if (kind == TypeKind::kMap || kind == TypeKind::kMultiset) {
    outcome = map(tokens, token, into, position);
  } else if (first == '{' || first == '[') {
    if (into.type().is_character()) {
      scratch_.clear();
      if (tokens.skip(token) == 0) return Outcome::kSyntax;
      token = append_json_tree(scratch_, tokens, token, exact_trees_);
      if (token == 0) return Outcome::kSyntax;
      into.set_string_copy(position, scratch_);
      return Outcome::kValue;
    }
    outcome = Outcome::kField;
    complaint_ = first == '{' ? "an object cannot be read as " : "an array cannot be read as ";
    complaint_ += into.type().to_sql();
  } else {
    // The token's own form first: what is no JSON at all is the record's problem, not the field's.
    if (first != '"') {
      const std::string_view text = tokens.scalar(token);
      const bool literal = text == "true" || text == "false";
      if (!literal) {
        const JsonNumber number = scan_json_number(text.data(), text.data() + text.size());
        if (!number.valid || number.end != text.data() + text.size()) return Outcome::kSyntax;
      }
    } else {
      std::string_view inside;
      if (!tokens.string(token, inside)) return Outcome::kSyntax;
    }
    bool nulled = false;
    if (scalar(tokens, token, into, position, nulled)) {
      if (nulled) {
        into.set_null(position);
        outcome = Outcome::kNulled;
      }
      ++token;
      return outcome;
    }
    outcome = Outcome::kField;
  }
  if (outcome == Outcome::kField) {
    token = tokens.skip(start);
    if (token == 0) return Outcome::kSyntax;
    into.set_null(position);
    if (options_.ignore_parse_errors) outcome = Outcome::kNulled;
  }
  return outcome;
}

bool JsonConverter::scalar(const JsonTokens& tokens, uint32_t token, GrowingColumn& into, size_t position,
                           bool& nulled) {
  const TypeKind kind = into.type().kind();
  const bool quoted = tokens.first(token) == '"';
  if (!quoted && kind != TypeKind::kChar && kind != TypeKind::kVarchar && kind != TypeKind::kBoolean) {
    if (into.type().is_integer() || kind == TypeKind::kDouble || kind == TypeKind::kFloat ||
        kind == TypeKind::kIntervalYearMonth || kind == TypeKind::kIntervalDayTime) {
      return number(tokens, token, into, position);
    }
  }
  std::string_view text;
  bool copied = false;
  if (!text_value(tokens, token, text, copied)) return complain("not a JSON string: ", tokens.scalar(token));
  switch (kind) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      if (copied)
        into.set_string_copy(position, text);
      else
        into.set(position, column::StringRef(text));
      return true;
    case TypeKind::kBoolean:
      into.set(position, static_cast<uint8_t>(equals_true(java_trim(text))));
      return true;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime: {
      const IntegerRange range = range_of(kind);
      const auto value = parse_java_integer(text, range.low, range.high);
      if (!value) return complain("For input string: ", text);
      set_integer(into, position, *value);
      return true;
    }
    case TypeKind::kDouble: {
      const auto value = column::parse_double(text);
      if (!value) return complain("For input string: ", text);
      into.set(position, *value);
      return true;
    }
    case TypeKind::kFloat: {
      const auto value = column::parse_float(text);
      if (!value) return complain("For input string: ", text);
      into.set(position, *value);
      return true;
    }
    case TypeKind::kDecimal:
      return decimal(text, into, position, nulled);
    case TypeKind::kDate: {
      const auto days = parse_json_date(text);
      if (!days) return complain("not a date (yyyy-MM-dd): ", text);
      into.set(position, *days);
      return true;
    }
    case TypeKind::kTime: {
      const auto millis = parse_json_time(text);
      if (!millis) return complain("not a time (HH:mm:ss): ", text);
      into.set(position, *millis);
      return true;
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return timestamp(text, into, position);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string bytes;
      if (!quoted || !decode_base64(text, bytes)) return complain("not base64: ", text);
      into.set_string_copy(position, bytes);
      return true;
    }
    default:
      into.set_null(position);
      return true;
  }
}

bool JsonConverter::number(const JsonTokens& tokens, uint32_t token, GrowingColumn& into, size_t position) {
  const std::string_view text = tokens.scalar(token);
  const TypeKind kind = into.type().kind();
  const JsonNumber number = scan_json_number(text.data(), text.data() + text.size());
  if (!number.valid) return complain("For input string: ", text);  // true, false
  if (kind == TypeKind::kDouble) {
    into.set(position, json_number_to_double(number, text));
    return true;
  }
  if (kind == TypeKind::kFloat) {
    into.set(position, column::parse_float(text).value_or(NAN));
    return true;
  }
  const IntegerRange range = range_of(kind);
  std::optional<int64_t> value;
  if (!number.is_float) {
    if (number.exact && number.mantissa <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      const auto magnitude = static_cast<int64_t>(number.mantissa);
      value = number.negative ? -magnitude : magnitude;
      if (*value < range.low || *value > range.high) value.reset();
    } else {
      value = parse_java_integer(text, range.low, range.high);
    }
    if (!value) {
      complain("Numeric value out of range of ", text);
      complaint_ += " " + into.type().to_sql();
      return false;
    }
  } else if (kind == TypeKind::kTinyint || kind == TypeKind::kSmallint) {
    return complain("For input string: ", text);
  } else {
    value = truncated(json_number_to_double(number, text), range.low, range.high);
    if (!value) return complain("Numeric value out of range: ", text);
  }
  set_integer(into, position, *value);
  return true;
}

bool JsonConverter::decimal(std::string_view text, GrowingColumn& into, size_t position, bool& nulled) {
  const column::DecimalShape shape{into.type().precision(), into.type().scale()};
  // Most amounts: few digits, no exponent, no rounding. 19 digits times 10^19 stay below 2^127.
  const JsonNumber number = scan_json_number(text.data(), text.data() + text.size());
  const int raise = shape.scale + number.exponent;
  column::Int128 value = 0;
  if (number.valid && number.exact && number.end == text.data() + text.size() && number.exponent <= 0 && raise >= 0 &&
      raise <= 19) {
    value = static_cast<column::Int128>(number.mantissa) * column::power_of_ten(raise);
    if (number.negative) value = -value;
    nulled = !column::fits_precision(value, shape.precision);
  } else {
    switch (column::parse_decimal(text, shape, value)) {
      case column::DecimalParse::kOk:
        break;
      case column::DecimalParse::kMalformed:
        return complain("not a number: ", text);
      case column::DecimalParse::kOverflow:
        nulled = true;
        break;
    }
  }
  if (nulled) {
    complain("does not fit ", text);
    complaint_ += " into " + into.type().to_sql();
    return true;
  }
  if (into.physical() == column::PhysicalKind::kInt64)
    into.set(position, static_cast<int64_t>(value));
  else
    into.set(position, value);
  return true;
}

bool JsonConverter::timestamp(std::string_view text, GrowingColumn& into, size_t position) {
  const bool zoned = into.type().kind() == TypeKind::kTimestampLtz;
  const auto parsed = parse_json_timestamp(text, options_.timestamps, zoned);
  if (!parsed) {
    complain("Text could not be parsed as a timestamp: ", text);
    complaint_ += options_.timestamps == TimestampStandard::kSql
                      ? " (json.timestamp-format.standard is SQL: 'yyyy-MM-dd HH:mm:ss"
                      : " (json.timestamp-format.standard is ISO-8601: 'yyyy-MM-ddTHH:mm:ss";
    complaint_ += zoned ? "Z')" : "')";
    return false;
  }
  if (into.physical() == column::PhysicalKind::kTimestamp) {
    into.set(position, column::WideTimestamp{parsed->micros, parsed->nanos, 0});
  } else {
    into.set(position, parsed->micros);
  }
  return true;
}

// A value inside a container: nulled ones are counted, refused ones refuse the container.
JsonConverter::Outcome JsonConverter::element(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into,
                                              size_t position, std::string_view name) {
  const Outcome outcome = convert(tokens, token, into, position);
  if (outcome == Outcome::kNulled) {
    ++nested_nulls_;
    return Outcome::kValue;
  }
  if (outcome == Outcome::kField && !name.empty()) complaint_.insert(0, std::string(name) + ": ");
  return outcome;
}

JsonConverter::Outcome JsonConverter::array(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into,
                                            size_t position) {
  if (tokens.first(token) != '[') {
    complaint_ = "Illegal JSON array data...";
    return Outcome::kField;
  }
  GrowingColumn& elements = into.children()[0];
  const size_t start = elements.size();
  ++token;
  if (tokens.first(token) == ']') {
    ++token;
  } else {
    while (true) {
      const size_t at = elements.append_position();
      const Outcome outcome = element(tokens, token, elements, at, {});
      if (outcome != Outcome::kValue) {
        elements.shrink_to(start);
        return outcome;
      }
      const char next = tokens.first(token++);
      if (next == ']') break;
      if (next != ',') return Outcome::kSyntax;
    }
  }
  into.set(position, column::Slice{static_cast<uint32_t>(start), static_cast<uint32_t>(elements.size() - start)});
  return Outcome::kValue;
}

JsonConverter::Outcome JsonConverter::map(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into,
                                          size_t position) {
  if (tokens.first(token) != '{') {
    complaint_ = "Illegal JSON map data...";
    return Outcome::kField;
  }
  GrowingColumn& keys = into.children()[0];
  GrowingColumn& values = into.children()[1];
  const size_t start = keys.size();
  ++token;
  if (tokens.first(token) == '}') {
    ++token;
    into.set(position, column::Slice{static_cast<uint32_t>(start), 0});
    return Outcome::kValue;
  }
  while (true) {
    std::string_view key;
    bool copied = false;
    if (tokens.first(token) != '"' || !text_value(tokens, token, key, copied)) return Outcome::kSyntax;
    if (tokens.first(++token) != ':') return Outcome::kSyntax;
    ++token;
    // A repeated key takes the last value, as in a Java map. Records that repeat keys in large maps are rare enough to
    // scan.
    size_t at = start;
    while (at < keys.size() && keys.string_at(at) != key) ++at;
    if (at == keys.size()) {
      keys.append_position();
      values.append_position();
      if (copied)
        keys.set_string_copy(at, key);
      else
        keys.set(at, column::StringRef(key));
    }
    const Outcome outcome = element(tokens, token, values, at, {});
    if (outcome != Outcome::kValue) {
      keys.shrink_to(start);
      values.shrink_to(start);
      return outcome;
    }
    const char next = tokens.first(token++);
    if (next == '}') break;
    if (next != ',') return Outcome::kSyntax;
  }
  into.set(position, column::Slice{static_cast<uint32_t>(start), static_cast<uint32_t>(keys.size() - start)});
  return Outcome::kValue;
}

JsonConverter::Outcome JsonConverter::row(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into,
                                          size_t position) {
  if (tokens.first(token) != '{') {
    complaint_ = "Illegal JSON object data...";
    return Outcome::kField;
  }
  const auto& fields = into.type().fields();
  into.set_null(position);  // a repeated name's first value
  into.set_valid(position);
  size_t matched = 0;
  ++token;
  bool first = true;
  while (tokens.first(token) != '}' || !first) {
    std::string_view name;
    if (tokens.first(token) != '"' || !tokens.string(token, name)) return Outcome::kSyntax;
    std::string unescaped;
    if (has_escape(name)) {
      if (!append_unescaped(unescaped, name)) return Outcome::kSyntax;
      name = unescaped;
    }
    if (tokens.first(++token) != ':') return Outcome::kSyntax;
    ++token;
    size_t index = fields.size();
    if (matched < fields.size()) {
      index = static_cast<size_t>(
          std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; }) - fields.begin());
    }
    if (index < fields.size()) {
      GrowingColumn& child = into.children()[index];
      const Outcome outcome = element(tokens, token, child, position, fields[index].name);
      if (outcome != Outcome::kValue) return outcome;
      ++matched;
    } else {
      token = tokens.skip(token);
      if (token == 0) return Outcome::kSyntax;
    }
    first = false;
    if (tokens.first(token) == ',') {
      ++token;
      continue;
    }
    if (tokens.first(token) != '}') return Outcome::kSyntax;
    break;
  }
  ++token;
  if (matched < fields.size() && options_.fail_on_missing_field) {
    complaint_ = "Some field is missing in the JSON data.";
    return Outcome::kField;
  }
  return Outcome::kValue;
}

}  // namespace millstream::format
