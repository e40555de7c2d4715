// 128-bit identities of topics and processes, with Kafka's text form (URL-safe base64 without padding).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace millstream::wire::kafka {

struct Uuid {
  uint64_t high = 0;
  uint64_t low = 0;

  constexpr auto operator<=>(const Uuid&) const = default;
  [[nodiscard]] constexpr bool is_zero() const { return high == 0 && low == 0; }  // "no topic id" in messages

  // A version 4 uuid of two random numbers, never one whose text starts with '-' (command lines would take it for a
  // flag).
  [[nodiscard]] static Uuid from_random(uint64_t a, uint64_t b);
  static Result<Uuid> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;  // 22 characters
};

}  // namespace millstream::wire::kafka

template <>
struct std::hash<millstream::wire::kafka::Uuid> {
  size_t operator()(const millstream::wire::kafka::Uuid& id) const noexcept {
    return static_cast<size_t>((id.high ^ (id.low >> 29)) * 0x9E3779B97F4A7C15ULL ^ id.low);
  }
};
