// Fills any message with random values for one version: the third user of fields(io), for tests and fuzz seeds only.
#pragma once

#include <deque>
#include <string>

#include "wire/kafka/message.h"

namespace millstream::wire::kafka::testing {

// Owns the texts and bytes that the filled messages point to.
class RandomFiller {
 public:
  RandomFiller(uint64_t seed, int16_t version) : state_(seed * 2 + 1), version_(version) {}

  template <typename T>
  void operator()(T& value, Versions versions = {}) {
    if (versions.contain(version_)) fill(value, version_ >= versions.first_nullable);
  }
  template <typename T>
  void tag(uint32_t, T& value, Versions versions = {}, const T& = T{}) {
    if (versions.contain(version_) && next(2) == 0) fill(value, true);
  }
  template <typename T>
  void structure(T& value) {
    value.fields(*this);
    if constexpr (internal::kHasTaggedFields<T, RandomFiller&>) value.tagged_fields(*this);
  }

 private:
  uint64_t next(uint64_t below) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % below;
  }
  // Small, large and extreme numbers alike.
  uint64_t number() {
    switch (next(4)) {
      case 0:
        return next(10);
      case 1:
        return ~uint64_t{0};
      case 2:
        return next(1'000'000);
      default:
        return next(~uint64_t{0});
    }
  }
  std::string& text() {
    std::string& value = texts_.emplace_back();
    const uint64_t size = next(20) == 0 ? 100 + next(400) : next(12);
    for (uint64_t i = 0; i < size; ++i) value.push_back(static_cast<char>('a' + next(26)));
    return value;
  }

  template <WireScalar T>
  void fill(T& value, bool) {
    if constexpr (std::is_same_v<T, bool>)
      value = next(2) == 1;
    else
      value = static_cast<T>(number());
  }
  void fill(Uuid& id, bool) { id = {number(), number()}; }
  void fill(std::string_view& value, bool) { value = text(); }
  void fill(ByteSpan& value, bool) { value = as_bytes(text()); }
  void fill(Records& records, bool) { fill(records.bytes, true); }
  template <typename T>
  void fill(std::vector<T>& elements, bool) {
    elements.resize(next(4));
    for (T& element : elements) {
      if constexpr (std::is_same_v<T, bool>)
        element = next(2) == 1;
      else
        fill(element, false);
    }
  }
  template <typename T>
  void fill(std::optional<T>& value, bool nullable) {
    if (nullable && next(3) == 0)
      value.reset();
    else
      fill(value.emplace(T{}), false);
  }
  template <typename T>
    requires std::is_class_v<T>
  void fill(T& value, bool) {
    structure(value);
  }

  uint64_t state_;
  int16_t version_;
  std::deque<std::string> texts_;
};

}  // namespace millstream::wire::kafka::testing
