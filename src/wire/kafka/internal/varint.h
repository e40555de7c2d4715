// Zig-zag and plain LEB128 integers as records and flexible messages hold them; never reads past its end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace millstream::wire::kafka::internal {

// Advances `at`; false if the bytes end early or the value needs more than 64 (32) bits.
inline bool read_varint(const std::byte*& at, const std::byte* end, uint64_t& value) {
  if (at != end && (static_cast<uint8_t>(*at) & 0x80) == 0) {
    value = static_cast<uint8_t>(*at++);
    return true;
  }
  uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at == end) return false;
    const auto byte = static_cast<uint8_t>(*at++);
    if (shift == 63 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      value = result;
      return true;
    }
  }
  return false;
}

inline bool read_varint32(const std::byte*& at, const std::byte* end, uint32_t& value) {
  uint64_t wide;
  if (!read_varint(at, end, wide) || wide > UINT32_MAX) return false;
  value = static_cast<uint32_t>(wide);
  return true;
}

inline bool read_zigzag(const std::byte*& at, const std::byte* end, int64_t& value) {
  uint64_t raw;
  if (!read_varint(at, end, raw)) return false;
  value = static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  return true;
}

inline bool read_zigzag32(const std::byte*& at, const std::byte* end, int32_t& value) {
  uint32_t raw;
  if (!read_varint32(at, end, raw)) return false;
  value = static_cast<int32_t>((raw >> 1) ^ (~(raw & 1) + 1));
  return true;
}

constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

constexpr size_t varint_size(uint64_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}
constexpr size_t zigzag_size(int64_t value) { return varint_size(zigzag(value)); }

// Writes at `at`, which has room for ten bytes, and returns the position behind.
inline std::byte* write_varint(std::byte* at, uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::byte>(value);
  return at;
}
inline std::byte* write_zigzag(std::byte* at, int64_t value) { return write_varint(at, zigzag(value)); }

}  // namespace millstream::wire::kafka::internal
