// One loop per column and pass; the kind of a column is looked at once per batch.
#include "connector/postgres/internal/row_encoder.h"

#include <bit>

#include "base/check.h"

namespace millstream::connector::postgres {
namespace {

using column::Int128;
using column::PhysicalKind;
using column::Reader;
using column::Slice;
using column::StringRef;
using column::Vector;
using column::WideTimestamp;

constexpr int32_t kNull = -1;
// PostgreSQL counts from 2000-01-01.
constexpr int32_t kEpochDays = 10'957;
constexpr int64_t kEpochMicros = int64_t{kEpochDays} * 86'400'000'000;

// The smallest number means -infinity, so what lies before PostgreSQL's range becomes the one above: it is refused.
int64_t shifted_micros(int64_t micros) {
  int64_t out;
  if (__builtin_sub_overflow(micros, kEpochMicros, &out)) return INT64_MIN + 1;
  return std::max(out, INT64_MIN + 1);
}
int32_t shifted_days(int32_t days) {
  int32_t out;
  if (__builtin_sub_overflow(days, kEpochDays, &out)) return INT32_MIN + 1;
  return std::max(out, INT32_MIN + 1);
}

// Fixed-size values: kSize bytes from a Source.
struct BoolCodec {
  using Source = uint8_t;
  static constexpr int32_t kSize = 1;
  static void put(std::byte* out, uint8_t value) { *out = std::byte{value}; }
};
template <typename From, typename To>
struct IntegerCodec {
  using Source = From;
  static constexpr int32_t kSize = sizeof(To);
  static void put(std::byte* out, From value) { store_big_endian(out, static_cast<To>(value)); }
};
template <typename From, typename To>
struct FloatCodec {
  using Source = From;
  static constexpr int32_t kSize = sizeof(To);
  static void put(std::byte* out, From value) {
    using Bits = std::conditional_t<sizeof(To) == 4, uint32_t, uint64_t>;
    store_big_endian(out, std::bit_cast<Bits>(static_cast<To>(value)));
  }
};
// -0.0 and 0.0 are one key in PostgreSQL: they must be one in the epoch too.
template <typename From, typename To>
struct FloatKeyCodec : FloatCodec<From, To> {
  static void put(std::byte* out, From value) { FloatCodec<From, To>::put(out, value + From{0}); }
};
struct DateCodec {
  using Source = int32_t;
  static constexpr int32_t kSize = 4;
  static void put(std::byte* out, int32_t days) { store_big_endian(out, shifted_days(days)); }
};
struct TimeCodec {
  using Source = int32_t;
  static constexpr int32_t kSize = 8;
  static void put(std::byte* out, int32_t millis) { store_big_endian(out, int64_t{millis} * 1000); }
};
struct TimestampCodec {
  using Source = int64_t;
  static constexpr int32_t kSize = 8;
  static void put(std::byte* out, int64_t micros) { store_big_endian(out, shifted_micros(micros)); }
};
struct WideTimestampCodec {
  using Source = WideTimestamp;
  static constexpr int32_t kSize = 8;
  // Rounded as PostgreSQL rounds the text of a timestamp.
  static void put(std::byte* out, const WideTimestamp& value) {
    store_big_endian(out, shifted_micros(value.micros + (value.nanos >= 500 ? 1 : 0)));
  }
};

template <typename To, typename F>
void with_integer(PhysicalKind physical, F&& f) {
  switch (physical) {
    case PhysicalKind::kInt8:
      return f(IntegerCodec<int8_t, To>{});
    case PhysicalKind::kInt16:
      return f(IntegerCodec<int16_t, To>{});
    case PhysicalKind::kInt32:
      return f(IntegerCodec<int32_t, To>{});
    default:
      return f(IntegerCodec<int64_t, To>{});
  }
}

// Calls f with the codec of a fixed-size kind; false for the others.
template <typename F>
bool with_fixed(WireKind kind, PhysicalKind physical, bool is_key, F&& f) {
  switch (kind) {
    case WireKind::kBool:
      f(BoolCodec{});
      return true;
    case WireKind::kInt2:
      with_integer<int16_t>(physical, f);
      return true;
    case WireKind::kInt4:
      with_integer<int32_t>(physical, f);
      return true;
    case WireKind::kInt8:
      with_integer<int64_t>(physical, f);
      return true;
    case WireKind::kFloat4:
      if (is_key)
        f(FloatKeyCodec<float, float>{});
      else
        f(FloatCodec<float, float>{});
      return true;
    case WireKind::kFloat8:
      if (physical == PhysicalKind::kFloat) {
        if (is_key)
          f(FloatKeyCodec<float, double>{});
        else
          f(FloatCodec<float, double>{});
      } else {
        if (is_key)
          f(FloatKeyCodec<double, double>{});
        else
          f(FloatCodec<double, double>{});
      }
      return true;
    case WireKind::kDate:
      f(DateCodec{});
      return true;
    case WireKind::kTime:
      f(TimeCodec{});
      return true;
    case WireKind::kTimestamp:
    case WireKind::kTimestampTz:
      if (physical == PhysicalKind::kTimestamp)
        f(WideTimestampCodec{});
      else
        f(TimestampCodec{});
      return true;
    case WireKind::kNumeric:
    case WireKind::kText:
    case WireKind::kBytea:
      return false;
  }
  return false;
}

std::byte* grow(ByteBuffer& buffer, size_t size) {
  const size_t at = buffer.size();
  buffer.resize(at + size);
  return buffer.data() + at;
}

template <typename Source>
void append_numeric(ByteBuffer& out, Source unscaled, int scale, bool with_size) {
  std::byte digits[kMaxNumericBytes];
  const auto size = static_cast<int32_t>(write_numeric(digits, unscaled, scale) - digits);
  std::byte* to = grow(out, static_cast<size_t>(size) + (with_size ? 4 : 0));
  if (with_size) {
    store_big_endian(to, size);
    to += 4;
  }
  std::memcpy(to, digits, static_cast<size_t>(size));
}

// The elements [slice) of an array's child, each with its size in front.
void append_elements(ByteBuffer& out, const Vector& child, WireKind kind, Slice slice) {
  const PhysicalKind physical = child.type().physical();
  const auto each = [&](auto&& put) {
    for (uint32_t i = slice.start; i < slice.start + slice.size; ++i) {
      if (child.is_null(i))
        store_big_endian(grow(out, 4), kNull);
      else
        put(i);
    }
  };
  const bool fixed = with_fixed(kind, physical, false, [&]<typename Codec>(Codec) {
    const Reader<typename Codec::Source> values(child);
    each([&](uint32_t i) {
      std::byte* to = grow(out, 4 + Codec::kSize);
      store_big_endian(to, int32_t{Codec::kSize});
      Codec::put(to + 4, values[i]);
    });
  });
  if (fixed) return;
  if (kind == WireKind::kNumeric) {
    const int scale = child.type().scale();
    if (physical == PhysicalKind::kInt128) {
      const Reader<Int128> values(child);
      each([&](uint32_t i) { append_numeric(out, values[i], scale, true); });
    } else {
      const Reader<int64_t> values(child);
      each([&](uint32_t i) { append_numeric(out, Int128{values[i]}, scale, true); });
    }
    return;
  }
  const Reader<StringRef> values(child);
  each([&](uint32_t i) {
    const StringRef& text = values[i];
    std::byte* to = grow(out, 4 + size_t{text.size});
    store_big_endian(to, static_cast<int32_t>(text.size));
    if (text.size > 0) std::memcpy(to + 4, text.data(), text.size);
  });
}

// Binary arrays: dimensions, whether there are NULLs, element type; size and lower bound; elements (array_recv).
void append_array(ByteBuffer& out, const Vector& vector, WireKind kind, size_t position) {
  const Reader<Slice> slices(vector);
  const Slice slice = slices[position];
  const Vector& child = *vector.children()[0];
  int32_t has_null = 0;
  for (uint32_t i = slice.start; i < slice.start + slice.size; ++i) has_null |= child.is_null(i) ? 1 : 0;
  std::byte* to = grow(out, slice.size == 0 ? 12 : 20);
  store_big_endian(to, int32_t{slice.size == 0 ? 0 : 1});
  store_big_endian(to + 4, has_null);
  store_big_endian(to + 8, element_oid_of(kind));
  if (slice.size == 0) return;
  store_big_endian(to + 12, static_cast<int32_t>(slice.size));
  store_big_endian(to + 16, int32_t{1});
  append_elements(out, child, kind, slice);
}

bool is_prepared(const WireColumn& column) { return column.type.is_array || column.type.kind == WireKind::kNumeric; }

// Base 10000 digits of what is left of `value`, lowest first.
template <typename Unsigned>
int split_digits(Unsigned value, int count, int16_t* digits) {
  while (value != 0) {
    digits[count++] = static_cast<int16_t>(value % 10'000);
    value /= 10'000;
  }
  return count;
}

}  // namespace

std::byte* write_numeric(std::byte* out, Int128 unscaled, int scale) {
  constexpr int kPowers[] = {1, 10, 100, 1000};
  const bool negative = unscaled < 0;
  auto value = static_cast<unsigned __int128>(unscaled);
  if (negative) value = -value;
  int16_t digits[16];
  int count = 0;
  int fraction_digits = scale / 4;
  // The lowest group may be only partly behind the point.
  if (const int rest = scale % 4; rest != 0) {
    const auto group = static_cast<int>(value % static_cast<unsigned>(kPowers[rest]));
    value /= static_cast<unsigned>(kPowers[rest]);
    digits[count++] = static_cast<int16_t>(group * kPowers[4 - rest]);
    ++fraction_digits;
  }
  if (value <= UINT64_MAX) {
    count = split_digits(static_cast<uint64_t>(value), count, digits);
  } else {
    count = split_digits(value, count, digits);
  }
  while (count > 0 && digits[count - 1] == 0) --count;
  int first = 0;
  while (first < count && digits[first] == 0) ++first;
  const int used = count - first;
  store_big_endian(out, static_cast<int16_t>(used));
  store_big_endian(out + 2, static_cast<int16_t>(used == 0 ? 0 : count - 1 - fraction_digits));
  store_big_endian(out + 4, static_cast<uint16_t>(negative && used > 0 ? 0x4000 : 0));
  store_big_endian(out + 6, static_cast<int16_t>(scale));
  out += 8;
  for (int i = count - 1; i >= first; --i, out += 2) store_big_endian(out, digits[i]);
  return out;
}

RowEncoder::RowEncoder(std::vector<WireColumn> columns, std::vector<int> inputs)
    : columns_(std::move(columns)), inputs_(std::move(inputs)), prepared_(columns_.size()) {
  CHECK(columns_.size() == inputs_.size());
}

void RowEncoder::encode(const column::Batch& batch, std::span<const uint32_t> positions, ByteBuffer& out) {
  sizes_.assign(positions.size(), static_cast<uint32_t>(2 + 4 * columns_.size()));
  for (size_t c = 0; c < columns_.size(); ++c) measure(c, *batch.columns[static_cast<size_t>(inputs_[c])], positions);
  cursors_.resize(positions.size());
  uint32_t total = 0;
  for (size_t i = 0; i < positions.size(); ++i) {
    cursors_[i] = total;
    total += sizes_[i];
  }
  std::byte* start = grow(out, total);
  for (uint32_t& cursor : cursors_) {
    store_big_endian(start + cursor, static_cast<int16_t>(columns_.size()));
    cursor += 2;
  }
  for (size_t c = 0; c < columns_.size(); ++c)
    write(c, *batch.columns[static_cast<size_t>(inputs_[c])], positions, start);
}

void RowEncoder::measure(size_t index, const Vector& vector, std::span<const uint32_t> positions) {
  const WireColumn& column = columns_[index];
  const bool has_nulls = vector.validity() != nullptr;
  if (is_prepared(column)) {
    Prepared& prepared = prepared_[index];
    prepared.bytes.clear();
    prepared.ends.clear();
    const auto each = [&](auto&& append) {
      uint32_t before = 0;
      for (size_t i = 0; i < positions.size(); ++i) {
        if (!vector.is_null(positions[i])) append(positions[i]);
        const auto end = static_cast<uint32_t>(prepared.bytes.size());
        prepared.ends.push_back(end);
        sizes_[i] += end - std::exchange(before, end);
      }
    };
    const int scale = column.type.is_array ? 0 : vector.type().scale();
    if (column.type.is_array) {
      each([&](size_t position) { append_array(prepared.bytes, vector, column.type.kind, position); });
    } else if (vector.type().physical() == PhysicalKind::kInt128) {
      const Reader<Int128> values(vector);
      each([&](size_t position) { append_numeric(prepared.bytes, values[position], scale, false); });
    } else {
      const Reader<int64_t> values(vector);
      each([&](size_t position) { append_numeric(prepared.bytes, Int128{values[position]}, scale, false); });
    }
    return;
  }
  const bool fixed = with_fixed(column.type.kind, vector.type().physical(), column.is_key, [&]<typename Codec>(Codec) {
    const Reader<typename Codec::Source> values(vector);
    if (!has_nulls) {
      for (uint32_t& size : sizes_) size += Codec::kSize;
    } else {
      for (size_t i = 0; i < positions.size(); ++i) sizes_[i] += values.is_null(positions[i]) ? 0 : Codec::kSize;
    }
  });
  if (fixed) return;
  const Reader<StringRef> values(vector);
  for (size_t i = 0; i < positions.size(); ++i) {
    if (!values.is_null(positions[i])) sizes_[i] += values[positions[i]].size;
  }
}

void RowEncoder::write(size_t index, const Vector& vector, std::span<const uint32_t> positions, std::byte* out) {
  const WireColumn& column = columns_[index];
  if (is_prepared(column)) {
    const Prepared& prepared = prepared_[index];
    uint32_t before = 0;
    for (size_t i = 0; i < positions.size(); ++i) {
      const uint32_t size = prepared.ends[i] - before;
      std::byte* to = out + cursors_[i];
      const bool is_null = vector.is_null(positions[i]);
      store_big_endian(to, is_null ? kNull : static_cast<int32_t>(size));
      std::memcpy(to + 4, prepared.bytes.data() + before, size);
      cursors_[i] += 4 + size;
      before = prepared.ends[i];
    }
    return;
  }
  const bool fixed = with_fixed(column.type.kind, vector.type().physical(), column.is_key, [&]<typename Codec>(Codec) {
    const Reader<typename Codec::Source> values(vector);
    for (size_t i = 0; i < positions.size(); ++i) {
      std::byte* to = out + cursors_[i];
      if (values.is_null(positions[i])) {
        store_big_endian(to, kNull);
        cursors_[i] += 4;
      } else {
        store_big_endian(to, int32_t{Codec::kSize});
        Codec::put(to + 4, values[positions[i]]);
        cursors_[i] += 4 + Codec::kSize;
      }
    }
  });
  if (fixed) return;
  const Reader<StringRef> values(vector);
  for (size_t i = 0; i < positions.size(); ++i) {
    std::byte* to = out + cursors_[i];
    if (values.is_null(positions[i])) {
      store_big_endian(to, kNull);
      cursors_[i] += 4;
      continue;
    }
    const StringRef& text = values[positions[i]];
    store_big_endian(to, static_cast<int32_t>(text.size));
    if (text.size > 0) std::memcpy(to + 4, text.data(), text.size);
    cursors_[i] += 4 + text.size;
  }
}

}  // namespace millstream::connector::postgres
