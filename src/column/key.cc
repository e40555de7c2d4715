// Key hashing a column at a time: the hash of the columns so far is the seed of the next one.
#include "column/key.h"

#include <algorithm>
#include <bit>
#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace millstream::column {
namespace {

// What is added to the seed where the value is NULL, which then hashes no bytes.
constexpr uint64_t kNullSeed = 0x9e3779b97f4a7c15u;

uint64_t hash_null(uint64_t seed) { return XXH3_64bits_withSeed(nullptr, 0, seed + kNullSeed); }
uint64_t hash_text(std::string_view text, uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

uint64_t hash_word(uint64_t word, uint64_t seed) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return XXH3_64bits_withSeed(&word, sizeof word, seed);
}

uint64_t normalised(double value) {
  if (std::isnan(value)) return 0x7ff8000000000000u;
  return std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
}

// Each type's frozen bytes: docs/format/key-hash.md.
uint64_t hash_one(uint8_t v, uint64_t seed) { return hash_word(v, seed); }
uint64_t hash_one(int8_t v, uint64_t seed) { return hash_word(static_cast<uint64_t>(int64_t{v}), seed); }
uint64_t hash_one(int16_t v, uint64_t seed) { return hash_word(static_cast<uint64_t>(int64_t{v}), seed); }
uint64_t hash_one(int32_t v, uint64_t seed) { return hash_word(static_cast<uint64_t>(int64_t{v}), seed); }
uint64_t hash_one(int64_t v, uint64_t seed) { return hash_word(static_cast<uint64_t>(v), seed); }
uint64_t hash_one(float v, uint64_t seed) { return hash_word(normalised(v), seed); }
uint64_t hash_one(double v, uint64_t seed) { return hash_word(normalised(v), seed); }
uint64_t hash_one(const StringRef& v, uint64_t seed) { return hash_text(v.view(), seed); }
uint64_t hash_one(Int128 v, uint64_t seed) {
  const uint64_t words[2] = {static_cast<uint64_t>(v), static_cast<uint64_t>(static_cast<unsigned __int128>(v) >> 64)};
  return hash_word(words[1], hash_word(words[0], seed));
}
uint64_t hash_one(const WideTimestamp& v, uint64_t seed) {
  return hash_word(static_cast<uint64_t>(int64_t{v.nanos}), hash_word(static_cast<uint64_t>(v.micros), seed));
}

template <typename T>
void hash_column(const Vector& key, Rows rows, std::span<uint64_t> hashes) {
  const Reader<T> values(key);
  if (!values.has_nulls()) {
    size_t i = 0;
    rows.for_each([&](size_t position) {
      hashes[i] = hash_one(values[position], hashes[i]);
      ++i;
    });
    return;
  }
  size_t i = 0;
  rows.for_each([&](size_t position) {
    hashes[i] = values.is_null(position) ? hash_null(hashes[i]) : hash_one(values[position], hashes[i]);
    ++i;
  });
}

template <typename T>
uint64_t hash_at(const Vector& vector, size_t position, uint64_t seed) {
  return hash_one(Reader<T>(vector)[position], seed);
}

uint64_t hash_value(const Vector& vector, size_t position, uint64_t seed) {
  if (vector.is_null(position)) return hash_null(seed);
  switch (vector.type().physical()) {
    case PhysicalKind::kBool:
      return hash_at<uint8_t>(vector, position, seed);
    case PhysicalKind::kInt8:
      return hash_at<int8_t>(vector, position, seed);
    case PhysicalKind::kInt16:
      return hash_at<int16_t>(vector, position, seed);
    case PhysicalKind::kInt32:
      return hash_at<int32_t>(vector, position, seed);
    case PhysicalKind::kInt64:
      return hash_at<int64_t>(vector, position, seed);
    case PhysicalKind::kFloat:
      return hash_at<float>(vector, position, seed);
    case PhysicalKind::kDouble:
      return hash_at<double>(vector, position, seed);
    case PhysicalKind::kInt128:
      return hash_at<Int128>(vector, position, seed);
    case PhysicalKind::kTimestamp:
      return hash_at<WideTimestamp>(vector, position, seed);
    case PhysicalKind::kString:
      return hash_at<StringRef>(vector, position, seed);
    case PhysicalKind::kRow:
      for (const VectorPtr& child : vector.children()) seed = hash_value(*child, position, seed);
      return seed;
    case PhysicalKind::kArray: {
      const Slice slice = Reader<Slice>(vector)[position];
      seed = hash_word(slice.size, seed);
      for (uint32_t e = 0; e < slice.size; ++e) seed = hash_value(*vector.children()[0], slice.start + e, seed);
      return seed;
    }
    case PhysicalKind::kMap: {
      // A sum, so that the order of the entries does not matter.
      const Slice slice = Reader<Slice>(vector)[position];
      uint64_t sum = 0;
      for (uint32_t e = 0; e < slice.size; ++e) {
        const uint64_t key_hash = hash_value(*vector.children()[0], slice.start + e, 0);
        sum += hash_value(*vector.children()[1], slice.start + e, key_hash);
      }
      return hash_word(sum, hash_word(slice.size, seed));
    }
  }
  return seed;
}

template <typename T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <typename T>
int compare_values(const Vector& a, size_t position_a, const Vector& b, size_t position_b) {
  return three_way(Reader<T>(a)[position_a], Reader<T>(b)[position_b]);
}

// -0.0 equals 0.0; NaN equals NaN and is greater than everything else.
template <typename T>
int compare_floating(const Vector& a, size_t position_a, const Vector& b, size_t position_b) {
  const T x = Reader<T>(a)[position_a];
  const T y = Reader<T>(b)[position_b];
  if (std::isnan(x) || std::isnan(y)) return three_way(std::isnan(x), std::isnan(y));
  return three_way(x, y);
}

// The entries of a map in the order of their keys.
std::vector<uint32_t> entries_by_key(const Vector& map, Slice slice) {
  std::vector<uint32_t> entries(slice.size);
  for (uint32_t e = 0; e < slice.size; ++e) entries[e] = slice.start + e;
  const Vector& keys = *map.children()[0];
  std::sort(entries.begin(), entries.end(), [&](uint32_t a, uint32_t b) { return compare_at(keys, a, keys, b) < 0; });
  return entries;
}

int compare_maps(const Vector& a, Slice slice_a, const Vector& b, Slice slice_b) {
  if (slice_a.size != slice_b.size) return three_way(slice_a.size, slice_b.size);
  const auto entries_a = entries_by_key(a, slice_a);
  const auto entries_b = entries_by_key(b, slice_b);
  for (const size_t child : {0, 1}) {
    for (size_t e = 0; e < entries_a.size(); ++e) {
      const int order = compare_at(*a.children()[child], entries_a[e], *b.children()[child], entries_b[e]);
      if (order != 0) return order;
    }
  }
  return 0;
}

}  // namespace

void hash_keys(std::span<const VectorPtr> keys, Rows rows, std::span<uint64_t> hashes) {
  CHECK(hashes.size() == rows.count);
  std::fill(hashes.begin(), hashes.end(), 0);
  for (const VectorPtr& key : keys) {
    switch (key->type().physical()) {
      case PhysicalKind::kBool:
        hash_column<uint8_t>(*key, rows, hashes);
        break;
      case PhysicalKind::kInt8:
        hash_column<int8_t>(*key, rows, hashes);
        break;
      case PhysicalKind::kInt16:
        hash_column<int16_t>(*key, rows, hashes);
        break;
      case PhysicalKind::kInt32:
        hash_column<int32_t>(*key, rows, hashes);
        break;
      case PhysicalKind::kInt64:
        hash_column<int64_t>(*key, rows, hashes);
        break;
      case PhysicalKind::kFloat:
        hash_column<float>(*key, rows, hashes);
        break;
      case PhysicalKind::kDouble:
        hash_column<double>(*key, rows, hashes);
        break;
      case PhysicalKind::kInt128:
        hash_column<Int128>(*key, rows, hashes);
        break;
      case PhysicalKind::kTimestamp:
        hash_column<WideTimestamp>(*key, rows, hashes);
        break;
      case PhysicalKind::kString:
        hash_column<StringRef>(*key, rows, hashes);
        break;
      case PhysicalKind::kRow:
      case PhysicalKind::kArray:
      case PhysicalKind::kMap: {
        size_t i = 0;
        rows.for_each([&](size_t position) {
          hashes[i] = hash_value(*key, position, hashes[i]);
          ++i;
        });
        break;
      }
    }
  }
}

bool equal_at(const Vector& a, size_t position_a, const Vector& b, size_t position_b) {
  if (a.type().physical() == PhysicalKind::kString && !a.is_null(position_a) && !b.is_null(position_b)) {
    return Reader<StringRef>(a)[position_a] == Reader<StringRef>(b)[position_b];
  }
  return compare_at(a, position_a, b, position_b) == 0;
}

int compare_at(const Vector& a, size_t position_a, const Vector& b, size_t position_b) {
  const bool null_a = a.is_null(position_a);
  const bool null_b = b.is_null(position_b);
  if (null_a || null_b) return three_way(!null_a, !null_b);
  DCHECK(a.type().physical() == b.type().physical());
  switch (a.type().physical()) {
    case PhysicalKind::kBool:
      return compare_values<uint8_t>(a, position_a, b, position_b);
    case PhysicalKind::kInt8:
      return compare_values<int8_t>(a, position_a, b, position_b);
    case PhysicalKind::kInt16:
      return compare_values<int16_t>(a, position_a, b, position_b);
    case PhysicalKind::kInt32:
      return compare_values<int32_t>(a, position_a, b, position_b);
    case PhysicalKind::kInt64:
      return compare_values<int64_t>(a, position_a, b, position_b);
    case PhysicalKind::kFloat:
      return compare_floating<float>(a, position_a, b, position_b);
    case PhysicalKind::kDouble:
      return compare_floating<double>(a, position_a, b, position_b);
    case PhysicalKind::kInt128:
      return compare_values<Int128>(a, position_a, b, position_b);
    case PhysicalKind::kTimestamp:
      return compare_values<WideTimestamp>(a, position_a, b, position_b);
    case PhysicalKind::kString:
      return Reader<StringRef>(a)[position_a].view().compare(Reader<StringRef>(b)[position_b].view());
    case PhysicalKind::kRow:
      for (size_t c = 0; c < a.children().size(); ++c) {
        const int order = compare_at(*a.children()[c], position_a, *b.children()[c], position_b);
        if (order != 0) return order;
      }
      return 0;
    case PhysicalKind::kArray: {
      const Slice slice_a = Reader<Slice>(a)[position_a];
      const Slice slice_b = Reader<Slice>(b)[position_b];
      for (uint32_t e = 0; e < std::min(slice_a.size, slice_b.size); ++e) {
        const int order = compare_at(*a.children()[0], slice_a.start + e, *b.children()[0], slice_b.start + e);
        if (order != 0) return order;
      }
      return three_way(slice_a.size, slice_b.size);
    }
    case PhysicalKind::kMap:
      return compare_maps(a, Reader<Slice>(a)[position_a], b, Reader<Slice>(b)[position_b]);
  }
  return 0;
}

}  // namespace millstream::column
