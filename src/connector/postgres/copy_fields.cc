// Binary COPY fields of each SQL type.
#include "connector/postgres/copy_fields.h"

#include <array>

#include "column/calendar.h"

namespace millstream::connector::postgres {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;
using column::Vector;

constexpr int32_t kDaysTo2000 = 10957;
constexpr int64_t kMicrosTo2000 = int64_t{kDaysTo2000} * column::kMicrosPerDay;

template <typename Int>
void append_int(ByteBuffer& out, Int value) {
  const size_t at = out.size();
  out.resize(at + sizeof value);
  store_big_endian(out.data() + at, value);
}
template <typename Int>
void append_sized(ByteBuffer& out, Int value) {
  append_int(out, static_cast<int32_t>(sizeof value));
  append_int(out, value);
}

// Digits of base 10000 around the decimal point.
void append_numeric(ByteBuffer& out, column::Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  auto rest = static_cast<unsigned __int128>(negative ? -unscaled : unscaled);
  // Pad so that the point falls between two digits.
  const int padding = (4 - scale % 4) % 4;
  constexpr int kMaxDigits = 16;
  std::array<int16_t, kMaxDigits> digits{};
  int count = 0;
  constexpr std::array<unsigned, 4> kPowers = {1, 10, 100, 1000};
  if (padding > 0) {
    // The lowest digit has 4 - padding decimal places.
    const unsigned modulus = kPowers[static_cast<size_t>(4 - padding)];
    digits[static_cast<size_t>(count++)] = static_cast<int16_t>(static_cast<unsigned>(rest % modulus) * kPowers[static_cast<size_t>(padding)]);
    rest /= modulus;
  }
  while (rest > 0) {
    digits[static_cast<size_t>(count++)] = static_cast<int16_t>(static_cast<unsigned>(rest % 10000));
    rest /= 10000;
  }
  const int fraction_digits = (scale + 3) / 4;
  int weight = count - 1 - fraction_digits;
  int first = count - 1;
  while (first >= 0 && digits[static_cast<size_t>(first)] == 0) {
    --first;
    --weight;
  }
  int last = 0;
  while (last <= first && digits[static_cast<size_t>(last)] == 0) ++last;
  const int used = first - last + 1;
  append_int(out, static_cast<int32_t>(8 + used * 2));
  append_int(out, static_cast<int16_t>(used));
  append_int(out, static_cast<int16_t>(used > 0 ? weight : 0));
  append_int(out, static_cast<int16_t>(negative && used > 0 ? 0x4000 : 0));
  append_int(out, static_cast<int16_t>(scale));
  for (int i = first; i >= last; --i) append_int(out, digits[static_cast<size_t>(i)]);
}

uint32_t oid_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean: return 16;
    case TypeKind::kBinary: case TypeKind::kVarbinary: return 17;
    case TypeKind::kBigint: return 20;
    case TypeKind::kTinyint: case TypeKind::kSmallint: return 21;
    case TypeKind::kInteger: return 23;
    case TypeKind::kFloat: return 700;
    case TypeKind::kDouble: return 701;
    case TypeKind::kDate: return 1082;
    case TypeKind::kTime: return 1083;
    case TypeKind::kTimestamp: return 1114;
    case TypeKind::kTimestampLtz: return 1184;
    case TypeKind::kDecimal: return 1700;
    default: return 25;
  }
}

void append_array(ByteBuffer& out, const Vector& vector, size_t position) {
  const auto slice = vector.values<column::Slice>()[position];
  const Vector& elements = *vector.children()[0];
  const size_t size_at = out.size();
  append_int<int32_t>(out, 0);
  append_int<int32_t>(out, slice.size == 0 ? 0 : 1);
  bool any_null = false;
  for (uint32_t i = 0; i < slice.size; ++i) any_null |= elements.is_null(slice.start + i);
  append_int<int32_t>(out, any_null ? 1 : 0);
  append_int(out, oid_of(vector.type().element()));
  if (slice.size > 0) {
    append_int(out, static_cast<int32_t>(slice.size));
    append_int<int32_t>(out, 1);
    for (uint32_t i = 0; i < slice.size; ++i) append_field(out, elements, slice.start + i);
  }
  store_big_endian(out.data() + size_at, static_cast<int32_t>(out.size() - size_at - 4));
}

}  // namespace

void append_field(ByteBuffer& out, const Vector& vector, size_t position) {
  if (vector.is_null(position)) {
    append_int<int32_t>(out, -1);
    return;
  }
  if (vector.is_constant()) position = 0;
  const Type& type = vector.type();
  switch (type.kind()) {
    case TypeKind::kBoolean: append_sized(out, vector.values<uint8_t>()[position]); break;
    case TypeKind::kTinyint: append_sized(out, static_cast<int16_t>(vector.values<int8_t>()[position])); break;
    case TypeKind::kSmallint: append_sized(out, vector.values<int16_t>()[position]); break;
    case TypeKind::kInteger: append_sized(out, vector.values<int32_t>()[position]); break;
    case TypeKind::kBigint: append_sized(out, vector.values<int64_t>()[position]); break;
    case TypeKind::kFloat: append_sized(out, std::bit_cast<uint32_t>(vector.values<float>()[position])); break;
    case TypeKind::kDouble: append_sized(out, std::bit_cast<uint64_t>(vector.values<double>()[position])); break;
    case TypeKind::kDecimal:
      append_numeric(out, type.physical() == PhysicalKind::kInt64 ? column::Int128{vector.values<int64_t>()[position]} : vector.values<column::Int128>()[position],
                     type.scale());
      break;
    case TypeKind::kDate: append_sized(out, vector.values<int32_t>()[position] - kDaysTo2000); break;
    case TypeKind::kTime: append_sized(out, int64_t{vector.values<int32_t>()[position]} * 1000); break;
    case TypeKind::kTimestamp: case TypeKind::kTimestampLtz: {
      const int64_t micros = type.physical() == PhysicalKind::kTimestamp ? vector.values<column::WideTimestamp>()[position].micros
                                                                         : vector.values<int64_t>()[position];
      append_sized(out, micros - kMicrosTo2000);
      break;
    }
    case TypeKind::kArray: append_array(out, vector, position); break;
    default: {
      const ByteSpan bytes = as_bytes(vector.values<column::StringRef>()[position].view());
      append_int(out, static_cast<int32_t>(bytes.size()));
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  }
}

}  // namespace millstream::connector::postgres
