// CRC-32C and varints.
#include "base/bytes.h"

#include <array>
#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace millstream {
namespace {

#if defined(__SSE4_2__)
uint64_t step8(uint64_t crc, uint64_t word) { return _mm_crc32_u64(crc, word); }
uint32_t step1(uint32_t crc, uint8_t byte) { return _mm_crc32_u8(crc, byte); }
#elif defined(__ARM_FEATURE_CRC32)
uint64_t step8(uint64_t crc, uint64_t word) { return __crc32cd(static_cast<uint32_t>(crc), word); }
uint32_t step1(uint32_t crc, uint8_t byte) { return __crc32cb(crc, byte); }
#else
constexpr std::array<uint32_t, 256> kTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}();
uint32_t step1(uint32_t crc, uint8_t byte) { return kTable[(crc ^ byte) & 0xff] ^ (crc >> 8); }
uint64_t step8(uint64_t crc, uint64_t word) {
  for (int i = 0; i < 8; ++i) crc = step1(static_cast<uint32_t>(crc), static_cast<uint8_t>(word >> (8 * i)));
  return crc;
}
#endif

}  // namespace

uint32_t crc32c(ByteSpan bytes, uint32_t seed) {
  const std::byte* p = bytes.data();
  size_t left = bytes.size();
  uint64_t crc = ~seed;
  for (; left >= 8; left -= 8, p += 8) crc = step8(crc, load_little_endian<uint64_t>(p));
  auto tail = static_cast<uint32_t>(crc);
  for (; left > 0; --left, ++p) tail = step1(tail, static_cast<uint8_t>(*p));
  return ~tail;
}

void ByteWriter::varint(uint64_t value) {
  while (value >= 0x80) {
    buffer_.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  buffer_.push_back(static_cast<std::byte>(value));
}

uint64_t ByteReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (!need(1)) return 0;
    const auto byte = static_cast<uint64_t>(bytes_[position_++]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  ok_ = false;  // more than ten bytes
  return 0;
}

}  // namespace millstream
