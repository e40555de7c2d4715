// The one pass: names by eight bytes at a time, strings by 32, digits and timestamps by eight.
//
// Digits eight at a time as Lemire and Muła describe it ("Quickly parsing eight digits", 2018); all loads assume that
// the least significant byte comes first, as on every machine this is built for. Loads may run up to 64 bytes past a
// record.
#include "format/internal/straight_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "column/decimal.h"
#include "column/number_text.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace millstream::format {

using column::TypeKind;

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kZeros = 0x3030303030303030;

uint64_t load8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
uint32_t load4(const char* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
constexpr uint64_t word_of(std::string_view text) {
  uint64_t word = 0;
  for (size_t i = 0; i < text.size(); ++i) word |= uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return word;
}
// What to add to a byte so that its highest bit says that it is none of `pattern`'s: '0' stands for any digit.
constexpr uint64_t limits_of(std::string_view pattern) {
  uint64_t word = 0;
  for (size_t i = 0; i < pattern.size(); ++i) word |= uint64_t{pattern[i] == '0' ? 0x76U : 0x7fU} << (8 * i);
  return word;
}
// `bytes` follow the pattern; they become digits and zeros.
template <size_t N>
bool follows(uint64_t& bytes, const char (&pattern)[N]) {
  bytes ^= word_of({pattern, N - 1});
  return ((bytes + limits_of({pattern, N - 1})) & kHighBits) == 0 && (bytes & kHighBits) == 0;
}
int two_digits(uint64_t digits, int at) {
  return static_cast<int>((digits >> (8 * at)) & 0xff) * 10 + static_cast<int>((digits >> (8 * at + 8)) & 0xff);
}

// How many of the eight bytes at `at` are digits before the first other one, and their value.
int leading_digits(const char* at, uint64_t& value) {
  uint64_t digits = load8(at) ^ kZeros;
  const uint64_t others = ((digits + 0x7676767676767676) | digits) & kHighBits;
  const int count = others == 0 ? 8 : std::countr_zero(others) >> 3;
  if (count == 0) return 0;
  digits <<= 64 - 8 * count;
  digits = digits * 10 + (digits >> 8);
  digits = ((digits & 0x000000ff000000ff) * (100 + (uint64_t{1000000} << 32)) +
            ((digits >> 16) & 0x000000ff000000ff) * (1 + (uint64_t{10000} << 32))) >>
           32;
  value = digits & 0xffffffff;
  return count;
}

constexpr std::array<uint32_t, 9> kPowers = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// StringRef(text), for text with twelve readable bytes: a short one is cut out of two words instead of copied byte by
// byte.
column::StringRef string_of(std::string_view text) {
  column::StringRef string;
  if (text.size() > column::StringRef::kInline) return column::StringRef(text);
  const auto size = static_cast<uint32_t>(text.size());
  const uint32_t front = size < 4 ? (uint32_t{1} << (8 * size)) - 1 : ~uint32_t{0};
  const uint64_t behind = size <= 4 ? 0 : ~uint64_t{0} >> (8 * (column::StringRef::kInline - size));
  const uint32_t prefix = load4(text.data()) & front;
  const uint64_t rest = load8(text.data() + 4) & behind;
  string.size = size;
  std::memcpy(string.prefix, &prefix, sizeof prefix);
  std::memcpy(string.rest, &rest, sizeof rest);
  return string;
}

bool is_exponent(char c) { return c == 'e' || c == 'E'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

StraightReader::StraightReader(const column::Schema& fields, const JsonOptions& options) : options_(options) {
  root_.form = Form::kRow;
  root_.type = column::Type::row(fields.fields);
  for (const column::Type::Field& field : fields.fields) root_.fields.push_back(node_of(field.type));
}

StraightReader::Node StraightReader::node_of(const column::Type& type) {
  Node node;
  node.type = type;
  switch (type.kind()) {
    case TypeKind::kTinyint:
      node.form = Form::kInt8;
      break;
    case TypeKind::kSmallint:
      node.form = Form::kInt16;
      break;
    case TypeKind::kInteger:
      node.form = Form::kInt32;
      break;
    case TypeKind::kBigint:
      node.form = Form::kInt64;
      break;
    case TypeKind::kDouble:
      node.form = Form::kDouble;
      break;
    case TypeKind::kFloat:
      node.form = Form::kFloat;
      break;
    case TypeKind::kBoolean:
      node.form = Form::kBoolean;
      break;
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      node.form = Form::kText;
      break;
    case TypeKind::kDecimal:
      node.form = Form::kDecimal;
      break;
    case TypeKind::kDate:
      node.form = Form::kDate;
      break;
    case TypeKind::kTime:
      node.form = Form::kTime;
      break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      node.form = Form::kTimestamp;
      node.zoned = type.kind() == TypeKind::kTimestampLtz;
      break;
    case TypeKind::kRow:
      node.form = Form::kRow;
      for (const column::Type::Field& field : type.fields()) node.fields.push_back(node_of(field.type));
      break;
    default:
      break;
  }
  return node;
}

void StraightReader::bind_node(Node& node, GrowingColumn& column) {
  node.values = column.raw_values();
  node.valid = column.raw_validity();
  node.place_mask = column.place_mask();
  for (size_t i = 0; i < node.fields.size(); ++i) bind_node(node.fields[i], column.children()[i]);
}

void StraightReader::bind(std::span<GrowingColumn> columns) {
  columns_ = columns;
  for (size_t i = 0; i < columns.size(); ++i) bind_node(root_.fields[i], columns[i]);
}

bool StraightReader::read(std::string_view record, size_t position) {
  end_ = record.data() + record.size();
  const char* at = past_space(record.data());
  if (at < end_ && *at == '{') {
    at = object(root_, at + 1, position);
    if (at != nullptr && at <= end_ && past_space(at) == end_) {
      rest_ -= rest_ > 0;
      return true;
    }
  }
  for (GrowingColumn& column : columns_) column.set_null(position);
  constexpr uint32_t kLongestRest = 255;
  rest_ = std::min(rest_ * 2 + 1, kLongestRest);
  resting_ = rest_ - 1;
  return false;
}

const char* StraightReader::past_space(const char* at) const {
  while (at < end_ && is_space(*at)) ++at;
  return at;
}

bool StraightReader::is_name(const Name& name, const char* at) {
  uint32_t i = 0;
  for (; i + 8 <= name.size; i += 8) {
    if (load8(at + i) != load8(name.text.data() + i)) return false;
  }
  return ((load8(at + i) ^ load8(name.text.data() + i)) & name.last_mask) == 0;
}

const char* StraightReader::object(const Node& node, const char* at, size_t position) {
  const Name* name = node.names.data();
  const Name* const last = name + node.names.size();
  size_t matched = 0;
  at = past_space(at);
  if (*at != '}') {
    while (true) {
      if (at >= end_ || *at != '"') return nullptr;
      ++at;
      while (name != last && !is_name(*name, at)) ++name;
      if (name == last) return nullptr;
      at = past_space(at + name->size);
      if (at >= end_) return nullptr;
      if (name->field == kSkipped) {
        at = skip(at);
      } else {
        ++matched;
        at = value(node.fields[static_cast<size_t>(name->field)], at, position);
      }
      if (at == nullptr) return nullptr;
      ++name;
      at = past_space(at);
      if (*at != ',') break;
      at = past_space(at + 1);
    }
  }
  if (at >= end_ || *at != '}') return nullptr;
  if (options_.fail_on_missing_field && matched < node.fields.size()) return nullptr;
  return at + 1;
}

const char* StraightReader::value(const Node& node, const char* at, size_t position) {
  if (*at == 'n') return load4(at) == word_of("null") ? at + 4 : nullptr;
  const size_t place = position & node.place_mask;
  const auto set = [&](auto value) { reinterpret_cast<decltype(value)*>(node.values)[place] = value; };
  switch (node.form) {
    case Form::kInt8:
    case Form::kInt16:
    case Form::kInt32:
    case Form::kInt64:
      at = integer(node, at, place);
      break;
    case Form::kTimestamp:
      at = timestamp(node, at, place);
      break;
    case Form::kDecimal:
      at = decimal(node, at, place);
      break;
    case Form::kText: {
      std::string_view inside;
      if (*at != '"' || (at = text(at, inside)) == nullptr) return nullptr;
      set(string_of(inside));
      break;
    }
    case Form::kRow:
      if (*at != '{') return nullptr;
      // Before its fields, so that a failure among them takes all of them back.
      node.valid[place >> 6] |= uint64_t{1} << (place & 63);
      return object(node, at + 1, position);
    case Form::kDouble:
    case Form::kFloat: {
      if (*at == '"') return nullptr;
      const JsonNumber number = this->number(at);
      if (!number.valid) return nullptr;
      const std::string_view digits(at, static_cast<size_t>(number.end - at));
      if (node.form == Form::kDouble) {
        set(json_number_to_double(number, digits));
      } else {
        const auto value = column::parse_float(digits);
        if (!value) return nullptr;
        set(*value);
      }
      at = number.end;
      break;
    }
    case Form::kBoolean: {
      const bool is_true = load4(at) == word_of("true");
      if (!is_true && (*at != 'f' || load4(at + 1) != word_of("alse"))) return nullptr;
      set(static_cast<uint8_t>(is_true));
      at += is_true ? 4 : 5;
      break;
    }
    case Form::kDate:
    case Form::kTime: {
      std::string_view inside;
      if (*at != '"' || (at = text(at, inside)) == nullptr) return nullptr;
      const auto value = node.form == Form::kDate ? parse_json_date(inside) : parse_json_time(inside);
      if (!value) return nullptr;
      set(*value);
      break;
    }
    case Form::kOther:
      return nullptr;
  }
  if (at != nullptr) node.valid[place >> 6] |= uint64_t{1} << (place & 63);
  return at;
}

const char* StraightReader::integer(const Node& node, const char* at, size_t place) {
  const char* const start = at;
  const bool negative = *at == '-';
  at += negative;
  uint64_t magnitude = 0;
  int count = leading_digits(at, magnitude);
  if (count == 0 || (*at == '0' && count > 1)) return nullptr;
  at += count;
  if (count == 8) {
    uint64_t more = 0;
    count = leading_digits(at, more);
    magnitude = magnitude * kPowers[static_cast<size_t>(count)] + more;
    at += count;
    if (count == 8) {
      const JsonNumber number = scan_json_number(start, end_);
      if (!number.valid || number.is_float || !number.exact) return nullptr;
      magnitude = number.mantissa;
      at = number.end;
    }
  }
  if (magnitude > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return nullptr;
  const auto value = negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  const auto set = [&]<typename T>(T) {
    if (value != static_cast<T>(value)) return false;
    reinterpret_cast<T*>(node.values)[place] = static_cast<T>(value);
    return true;
  };
  bool fits = false;
  switch (node.form) {
    case Form::kInt8:
      fits = set(int8_t{});
      break;
    case Form::kInt16:
      fits = set(int16_t{});
      break;
    case Form::kInt32:
      fits = set(int32_t{});
      break;
    default:
      fits = set(int64_t{});
      break;
  }
  return fits ? at : nullptr;
}

// As scan_json_number(); amounts with up to seven digits on each side of the point without a loop.
JsonNumber StraightReader::number(const char* at) const {
  JsonNumber number;
  number.negative = *at == '-';
  const char* const first = at + number.negative;
  const int whole = leading_digits(first, number.mantissa);
  if (whole == 0 || whole == 8 || (*first == '0' && whole > 1)) return scan_json_number(at, end_);
  number.end = first + whole;
  if (*number.end == '.') {
    uint64_t fraction = 0;
    const int digits = leading_digits(number.end + 1, fraction);
    if (digits == 0 || digits == 8) return scan_json_number(at, end_);
    number.end += 1 + digits;
    number.mantissa = number.mantissa * kPowers[static_cast<size_t>(digits)] + fraction;
    number.exponent = -digits;
    number.is_float = true;
  }
  if (is_exponent(*number.end)) return scan_json_number(at, end_);
  number.valid = number.exact = true;
  return number;
}

const char* StraightReader::decimal(const Node& node, const char* at, size_t place) {
  const bool quoted = *at == '"';
  const JsonNumber number = this->number(at + quoted);
  const int raise = node.type.scale() + number.exponent;
  // 19 digits times 10^19 stay below 2^127.
  if (!number.valid || !number.exact || number.exponent > 0 || raise < 0 || raise > 19) return nullptr;
  if (quoted && *number.end != '"') return nullptr;
  auto value = static_cast<column::Int128>(number.mantissa) * column::power_of_ten(raise);
  if (number.negative) value = -value;
  if (!column::fits_precision(value, node.type.precision())) return nullptr;
  if (node.type.physical() == column::PhysicalKind::kInt64) {
    reinterpret_cast<int64_t*>(node.values)[place] = static_cast<int64_t>(value);
  } else {
    reinterpret_cast<column::Int128*>(node.values)[place] = value;
  }
  return number.end + quoted;
}

const char* StraightReader::timestamp(const Node& node, const char* at, size_t place) {
  if (*at != '"') return nullptr;
  const char* const start = at + 1;
  column::ParsedTime parsed{};
  // "yyyy-MM-dd HH:mm:ss.SSS" and "yyyy-MM-dd HH:mm:ss" of times that exist; the rest as the full way reads it.
  const auto fixed = [&] {
    if (node.zoned) return false;
    uint64_t year_month = load8(start);
    uint64_t day_minute = load8(start + 8);
    uint64_t second = load8(start + 16);
    const uint64_t written = year_month;
    if (!follows(year_month, "0000-00-")) return false;
    if (options_.timestamps == TimestampStandard::kSql ? !follows(day_minute, "00 00:00")
                                                       : !follows(day_minute, "00T00:00"))
      return false;
    int64_t millis = 0;
    if (const uint64_t fraction = second; !follows(second, ":00.000\"")) {
      second = fraction & 0xffffffff;
      if (!follows(second, ":00\"")) return false;
      at = start + 20;
    } else {
      millis = static_cast<int64_t>((second >> 32 & 0xff) * 100 + (second >> 40 & 0xff) * 10 + (second >> 48 & 0xff));
      at = start + 24;
    }
    const int hours = two_digits(day_minute, 3), minutes = two_digits(day_minute, 6), seconds = two_digits(second, 1);
    if (hours > 23 || minutes > 59 || seconds > 59) return false;
    if (written != year_month_ || static_cast<uint16_t>(day_minute) != day_) {
      const int year = two_digits(year_month, 0) * 100 + two_digits(year_month, 2);
      const int month = two_digits(year_month, 5), day = two_digits(day_minute, 0);
      if (month < 1 || month > 12 || day < 1 || day > column::days_in_month(year, month)) return false;
      year_month_ = written;
      day_ = static_cast<uint16_t>(day_minute);
      midnight_ = column::days_of(year, month, day) * column::kMicrosPerDay;
    }
    parsed.micros = midnight_ + (((int64_t{hours} * 60 + minutes) * 60 + seconds) * 1000 + millis) * 1000;
    return true;
  };
  if (!fixed()) {
    std::string_view inside;
    at = text(start - 1, inside);
    if (at == nullptr) return nullptr;
    const auto read = parse_json_timestamp(inside, options_.timestamps, node.zoned);
    if (!read) return nullptr;
    parsed = *read;
  }
  if (node.type.physical() == column::PhysicalKind::kTimestamp) {
    reinterpret_cast<column::WideTimestamp*>(node.values)[place] = {parsed.micros, parsed.nanos, 0};
  } else {
    reinterpret_cast<int64_t*>(node.values)[place] = parsed.micros;
  }
  return at;
}

// The string whose opening quote is at `at`: printable, valid UTF-8, without escapes.
const char* StraightReader::text(const char* at, std::string_view& inside) const {
  const char* const start = ++at;
#ifdef __AVX2__
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i backslash = _mm256_set1_epi8('\\');
  const __m256i control = _mm256_set1_epi8(0x1f);
  uint32_t high = 0;
  for (; at < end_; at += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const auto quotes = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, quote)));
    const __m256i others =
        _mm256_or_si256(_mm256_cmpeq_epi8(bytes, backslash), _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, control), bytes));
    const auto refused = static_cast<uint32_t>(_mm256_movemask_epi8(others));
    const uint32_t before = quotes == 0 ? ~uint32_t{0} : _blsmsk_u32(quotes);  // up to and with the quote
    high |= static_cast<uint32_t>(_mm256_movemask_epi8(bytes)) & before;
    if ((refused & before) != 0) return nullptr;
    if (quotes != 0) {
      at += __builtin_ctz(quotes);
      break;
    }
  }
#else
  unsigned char high = 0;
  for (; at < end_ && *at != '"'; ++at) {
    if (*at == '\\' || static_cast<unsigned char>(*at) < 0x20) return nullptr;
    high |= static_cast<unsigned char>(*at) & 0x80;
  }
#endif
  if (at >= end_) return nullptr;
  inside = {start, static_cast<size_t>(at - start)};
  if (high != 0 && !simdjson::validate_utf8(start, inside.size())) return nullptr;
  return at + 1;
}

const char* StraightReader::skip(const char* at) const {
  const char c = *at;
  if (c == '"') {
    std::string_view inside;
    return text(at, inside);
  }
  if (c == 'n') return load4(at) == word_of("null") ? at + 4 : nullptr;
  if (c == 't') return load4(at) == word_of("true") ? at + 4 : nullptr;
  if (c == 'f') return load4(at + 1) == word_of("alse") ? at + 5 : nullptr;
  if (c == '{' || c == '[') return skip_nested(at);
  if (c != '-' && (c < '0' || c > '9')) return nullptr;
  ++at;
  while (at < end_ &&
         ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == 'E' || *at == '-' || *at == '+'))
    ++at;
  return at;
}

// Objects and arrays that nobody reads: their strings and brackets count, as in JsonTokens::skip().
const char* StraightReader::skip_nested(const char* at) const {
  uint64_t kinds = 0;  // 1 is an object
  int depth = 0;
  while (at < end_) {
    const char c = *at;
    if (c == '"') {
      std::string_view inside;
      at = text(at, inside);
      if (at == nullptr) return nullptr;
      continue;
    }
    ++at;
    if (c == '{' || c == '[') {
      if (++depth > 64) return nullptr;
      kinds = kinds << 1 | (c == '{');
    } else if (c == '}' || c == ']') {
      if ((kinds & 1) != (c == '}')) return nullptr;
      kinds >>= 1;
      if (--depth == 0) return at;
    } else if ((static_cast<unsigned char>(c) & 0x80) != 0) {
      return nullptr;
    }
  }
  return nullptr;
}

void StraightReader::learn(const JsonTokens& tokens) { learn_object(root_, tokens, 0); }

// A name that is known behind the ones before is passed; a new one is put in front of what was expected; one that comes
// too early makes the caller begin anew.
bool StraightReader::learn_name(Node& node, std::string_view name, size_t& next) {
  constexpr size_t kMostNames = 128;
  const std::string written = std::string(name) + "\":";
  const auto is_it = [&](const Name& known) { return std::string_view(known.text.data(), known.size) == written; };
  const auto found = std::ranges::find_if(node.names, is_it);
  if (found != node.names.end()) {
    const auto place = static_cast<size_t>(found - node.names.begin());
    if (place < next) return false;
    next = place + 1;
    return true;
  }
  if (node.names.size() >= kMostNames) return false;
  Name added;
  added.size = static_cast<uint32_t>(written.size());
  std::ranges::copy(written, added.text.begin());
  added.last_mask = (uint64_t{1} << (8 * (added.size % 8))) - 1;
  const auto& fields = node.type.fields();
  const auto field = std::ranges::find_if(fields, [&](const auto& f) { return f.name == name; });
  if (field != fields.end()) added.field = static_cast<int>(field - fields.begin());
  node.names.insert(node.names.begin() + static_cast<std::ptrdiff_t>(next), added);
  ++next;
  return true;
}

// The token behind the object, or 0 if it is not of the usual form.
uint32_t StraightReader::learn_object(Node& node, const JsonTokens& tokens, uint32_t token) {
  if (tokens.first(token) != '{') return 0;
  size_t next = 0;
  bool anew = false;
  for (++token; tokens.first(token) == '"';) {
    std::string_view name;
    if (!tokens.string(token, name) || has_escape(name) || name.size() > kLongestName) return 0;
    if (!learn_name(node, name, next)) {
      // Names of this record alone; one that comes twice has no place in an order.
      if (std::exchange(anew, true)) return 0;
      node.names.clear();
      next = 0;
      if (!learn_name(node, name, next)) return 0;
    }
    token += 2;
    if (tokens.first(token - 1) != ':') return 0;
    const int field = node.names[next - 1].field;
    const bool row =
        field != kSkipped && node.fields[static_cast<size_t>(field)].form == Form::kRow && tokens.first(token) == '{';
    token = row ? learn_object(node.fields[static_cast<size_t>(field)], tokens, token) : tokens.skip(token);
    if (token == 0 || tokens.first(token) != ',') break;
    ++token;
  }
  return tokens.first(token) == '}' ? token + 1 : 0;
}

}  // namespace millstream::format
