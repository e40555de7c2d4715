// Reading and writing integers in byte buffers, and CRC-32C. Readers never read past their end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millstream {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;
using ByteBuffer = std::vector<std::byte>;

inline ByteSpan as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <typename Int>
constexpr Int byte_swap(Int value) {
  if constexpr (sizeof(Int) == 1)
    return value;
  else if constexpr (sizeof(Int) == 2)
    return static_cast<Int>(__builtin_bswap16(static_cast<uint16_t>(value)));
  else if constexpr (sizeof(Int) == 4)
    return static_cast<Int>(__builtin_bswap32(static_cast<uint32_t>(value)));
  else
    return static_cast<Int>(__builtin_bswap64(static_cast<uint64_t>(value)));
}

// Unaligned loads and stores; the caller has checked the length.
template <typename Int>
Int load_big_endian(const std::byte* p) {
  Int value;
  std::memcpy(&value, p, sizeof value);
  return std::endian::native == std::endian::little ? byte_swap(value) : value;
}
template <typename Int>
void store_big_endian(std::byte* p, Int value) {
  if constexpr (std::endian::native == std::endian::little) value = byte_swap(value);
  std::memcpy(p, &value, sizeof value);
}
template <typename Int>
Int load_little_endian(const std::byte* p) {
  Int value;
  std::memcpy(&value, p, sizeof value);
  return std::endian::native == std::endian::big ? byte_swap(value) : value;
}
template <typename Int>
void store_little_endian(std::byte* p, Int value) {
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  std::memcpy(p, &value, sizeof value);
}

// CRC-32C (Castagnoli), as in Kafka's record batches; hardware instruction where there is one.
[[nodiscard]] uint32_t crc32c(ByteSpan bytes, uint32_t seed = 0);

// Our own formats are little-endian with LEB128 varints. Writer appends to a buffer it owns.
class ByteWriter {
 public:
  template <typename Int>
  void fixed(Int value) {
    const size_t at = buffer_.size();
    buffer_.resize(at + sizeof value);
    store_little_endian(buffer_.data() + at, value);
  }
  void varint(uint64_t value);
  void signed_varint(int64_t value) {
    varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void raw(ByteSpan bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }
  void bytes(ByteSpan value) {
    varint(value.size());
    raw(value);
  }
  void text(std::string_view value) { bytes(as_bytes(value)); }

  [[nodiscard]] size_t size() const { return buffer_.size(); }
  [[nodiscard]] ByteSpan view() const { return buffer_; }
  [[nodiscard]] std::byte* at(size_t position) { return buffer_.data() + position; }
  [[nodiscard]] ByteBuffer take() { return std::move(buffer_); }

 private:
  ByteBuffer buffer_;
};

// Reads what ByteWriter wrote. After a short read ok() is false for good and every value is zero or empty, so callers
// may read a whole struct and check once. Views point into the given bytes.
class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : bytes_(bytes) {}

  template <typename Int>
  Int fixed() {
    if (!need(sizeof(Int))) return Int{};
    Int value = load_little_endian<Int>(bytes_.data() + position_);
    position_ += sizeof(Int);
    return value;
  }
  uint64_t varint();
  int64_t signed_varint() {
    const uint64_t raw = varint();
    return static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  }
  ByteSpan raw(size_t size) {
    if (!need(size)) return {};
    position_ += size;
    return bytes_.subspan(position_ - size, size);
  }
  ByteSpan bytes() { return raw(varint()); }
  std::string_view text() { return as_text(bytes()); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && position_ == bytes_.size(); }
  [[nodiscard]] size_t remaining() const { return ok_ ? bytes_.size() - position_ : 0; }
  [[nodiscard]] size_t position() const { return position_; }

 private:
  bool need(size_t size) {
    if (!ok_ || size > bytes_.size() - position_) ok_ = false;
    return ok_;
  }

  ByteSpan bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace millstream
