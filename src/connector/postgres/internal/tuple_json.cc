// Reading back what row_encoder.cc writes.
#include "connector/postgres/internal/tuple_json.h"

#include <bit>
#include <cmath>

#include "base/base64.h"
#include "base/json.h"
#include "column/calendar.h"
#include "column/number_text.h"

namespace millstream::connector::postgres {
namespace {

constexpr int64_t kEpochDays = 10'957;

void append_quoted(std::string& out, const char* from, const char* to) {
  out += '"';
  out.append(from, to);
  out += '"';
}

void append_float(std::string& out, double value, bool is_single) {
  char text[column::kMaxNumberText];
  char* end = is_single ? column::write_float(text, static_cast<float>(value)) : column::write_double(text, value);
  if (std::isfinite(value))
    out.append(text, end);
  else
    append_quoted(out, text, end);
}

// Digits of base 10000, `weight` groups before the point less one, `scale` decimal digits behind it.
void append_numeric(std::string& out, ByteSpan value) {
  const auto count = load_big_endian<int16_t>(value.data());
  const auto weight = load_big_endian<int16_t>(value.data() + 2);
  const auto sign = load_big_endian<uint16_t>(value.data() + 4);
  const auto scale = load_big_endian<int16_t>(value.data() + 6);
  const auto group = [&](int index) {
    const int at = weight - index;  // index: power of 10000
    const int digit = at >= 0 && at < count ? load_big_endian<int16_t>(value.data() + 8 + ptrdiff_t{2} * at) : 0;
    std::string text = std::to_string(digit);
    return std::string(4 - text.size(), '0') + text;
  };
  std::string whole;
  for (int index = weight; index >= 0; --index) whole += group(index);
  whole.erase(0, whole.find_first_not_of('0'));
  std::string fraction;
  for (int index = -1; static_cast<int>(fraction.size()) < scale; --index) fraction += group(index);
  fraction.resize(static_cast<size_t>(scale));
  if (sign != 0) out += '-';
  out += whole.empty() ? "0" : whole;
  if (!fraction.empty()) out += "." + fraction;
}

void append_scalar(std::string& out, WireKind kind, ByteSpan value) {
  char text[column::kMaxTimestampText];
  switch (kind) {
    case WireKind::kBool:
      out += value[0] != std::byte{0} ? "true" : "false";
      break;
    case WireKind::kInt2:
      out += std::to_string(load_big_endian<int16_t>(value.data()));
      break;
    case WireKind::kInt4:
      out += std::to_string(load_big_endian<int32_t>(value.data()));
      break;
    case WireKind::kInt8:
      out += std::to_string(load_big_endian<int64_t>(value.data()));
      break;
    case WireKind::kFloat4:
      append_float(out, std::bit_cast<float>(load_big_endian<uint32_t>(value.data())), true);
      break;
    case WireKind::kFloat8:
      append_float(out, std::bit_cast<double>(load_big_endian<uint64_t>(value.data())), false);
      break;
    case WireKind::kNumeric:
      append_numeric(out, value);
      break;
    case WireKind::kText:
      append_json_string(out, as_text(value));
      break;
    case WireKind::kBytea:
      out += '"';
      append_base64(out, as_text(value));
      out += '"';
      break;
    case WireKind::kDate:
      append_quoted(out, text, column::write_date(text, load_big_endian<int32_t>(value.data()) + kEpochDays));
      break;
    case WireKind::kTime: {
      const auto micros = load_big_endian<int64_t>(value.data());
      append_quoted(out, text,
                    column::write_time(text, static_cast<int32_t>(micros / 1'000'000),
                                       static_cast<int32_t>(micros % 1'000'000 * 1000), 3));
      break;
    }
    case WireKind::kTimestamp:
    case WireKind::kTimestampTz: {
      // Far outside the calendar (that is why it was refused) the shift would overflow; the edge says enough.
      int64_t micros;
      if (__builtin_add_overflow(load_big_endian<int64_t>(value.data()), kEpochDays * column::kMicrosPerDay, &micros))
        micros = INT64_MAX;
      char* end = column::write_timestamp(text, micros, 0, 6);
      if (kind == WireKind::kTimestampTz) *end++ = 'Z';
      append_quoted(out, text, end);
      break;
    }
  }
}

void append_array(std::string& out, WireKind kind, ByteSpan value) {
  out += '[';
  if (load_big_endian<int32_t>(value.data()) == 1) {
    const auto count = load_big_endian<int32_t>(value.data() + 12);
    size_t at = 20;
    for (int32_t i = 0; i < count; ++i) {
      const auto size = load_big_endian<int32_t>(value.data() + at);
      at += 4;
      if (i > 0) out += ',';
      if (size < 0) {
        out += "null";
        continue;
      }
      append_scalar(out, kind, value.subspan(at, static_cast<size_t>(size)));
      at += static_cast<size_t>(size);
    }
  }
  out += ']';
}

}  // namespace

std::string tuple_to_json(std::span<const WireColumn> columns, ByteSpan tuple) {
  std::string out = "{";
  size_t at = 2;
  for (const WireColumn& column : columns) {
    if (out.size() > 1) out += ',';
    append_json_string(out, column.name);
    out += ':';
    const auto size = load_big_endian<int32_t>(tuple.data() + at);
    at += 4;
    if (size < 0) {
      out += "null";
      continue;
    }
    const ByteSpan value = tuple.subspan(at, static_cast<size_t>(size));
    if (column.type.is_array)
      append_array(out, column.type.kind, value);
    else
      append_scalar(out, column.type.kind, value);
    at += static_cast<size_t>(size);
  }
  return out + "}";
}

}  // namespace millstream::connector::postgres
