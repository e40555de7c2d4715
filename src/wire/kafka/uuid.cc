// The text form of uuids.
#include "wire/kafka/uuid.h"

#include <fmt/format.h>

#include <array>

namespace millstream::wire::kafka {

namespace {
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}  // namespace

Uuid Uuid::from_random(uint64_t a, uint64_t b) {
  Uuid id{(a & ~0xF000ULL) | 0x4000ULL, (b & ~(3ULL << 62)) | (1ULL << 63)};
  // '-' is 62: the first six bits.
  if ((id.high >> 58) == 62) id.high ^= 1ULL << 63;
  return id;
}

std::string Uuid::to_string() const {
  // 128 bits are 21 characters and two bits; the last character holds those two, followed by four zero bits.
  std::string text(22, 'A');
  auto bit_group = [&](int from) {  // six bits from bit `from`, counted from the top
    uint32_t value = 0;
    for (int i = from; i < from + 6; ++i) {
      const uint64_t word = i < 64 ? high : low;
      const uint32_t bit = i < 128 ? static_cast<uint32_t>(word >> (63 - i % 64)) & 1U : 0U;
      value = (value << 1) | bit;
    }
    return value;
  };
  for (int i = 0; i < 22; ++i) text[static_cast<size_t>(i)] = kAlphabet[bit_group(i * 6)];
  return text;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 22)
    return fail(millstream::ErrorCode::kInvalidArgument, fmt::format("'{}' is not a topic id of 22 characters", text));
  Uuid id;
  for (int i = 0; i < 22; ++i) {
    const size_t value = kAlphabet.find(text[static_cast<size_t>(i)]);
    if (value == std::string_view::npos)
      return fail(millstream::ErrorCode::kInvalidArgument, fmt::format("'{}' is not a topic id", text));
    for (int bit = 0; bit < 6; ++bit) {
      const int at = i * 6 + bit;
      if (at >= 128) break;
      const uint64_t set = (value >> (5 - bit)) & 1U;
      (at < 64 ? id.high : id.low) |= set << (63 - at % 64);
    }
  }
  return id;
}

}  // namespace millstream::wire::kafka
