// Fixed-size aggregate states and the loops that update, merge and read them.
//
// A zeroed slot is the empty state of each. Slots are aligned to 8 bytes, so 16-byte values are kept in two words.
// kOrderMatters: 1 + x - x need not be 1 (rounding, overflow).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "column/decimal.h"
#include "function/definition.h"
#include "function/internal/kernel.h"

namespace millstream::function::internal {

template <typename Slot>
Slot& slot_at(std::byte* slot) {
  return *reinterpret_cast<Slot*>(slot);
}
template <typename Slot>
const Slot& slot_at(const std::byte* slot) {
  return *reinterpret_cast<const Slot*>(slot);
}

// --- States ---------------------------------------------------------------------------------------------------------

struct CountSlot {
  static constexpr bool kOrderMatters = false;
  int64_t count = 0;
  [[nodiscard]] int64_t value() const { return count; }
  [[nodiscard]] bool empty() const { return false; }
  void merge(const CountSlot& other) { count += other.count; }
};

struct IntegerSum {
  static constexpr bool kOrderMatters = false;
  int64_t sum = 0;
  int64_t count = 0;
  template <typename T>
  void add(T value, int sign) {
    const auto v = static_cast<uint64_t>(int64_t{value});
    sum = static_cast<int64_t>(sign > 0 ? static_cast<uint64_t>(sum) + v : static_cast<uint64_t>(sum) - v);
    count += sign;
  }
  [[nodiscard]] int64_t value() const { return sum; }
  [[nodiscard]] bool empty() const { return count == 0; }
  void merge(const IntegerSum& other) {
    sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(other.sum));
    count += other.count;
  }
};

struct DoubleSum {
  static constexpr bool kOrderMatters = true;
  double sum = 0;
  int64_t count = 0;
  template <typename T>
  void add(T value, int sign) {
    sum += sign > 0 ? double{value} : -double{value};
    count += sign;
  }
  [[nodiscard]] double value() const { return sum; }
  [[nodiscard]] bool empty() const { return count == 0; }
  void merge(const DoubleSum& other) {
    sum += other.sum;
    count += other.count;
  }
};

// SUM of FLOAT rounds after each value, as Flink's does.
struct FloatSum {
  static constexpr bool kOrderMatters = true;
  float sum = 0;
  float unused = 0;
  int64_t count = 0;
  void add(float value, int sign) {
    sum += sign > 0 ? value : -value;
    count += sign;
  }
  [[nodiscard]] float value() const { return sum; }
  [[nodiscard]] bool empty() const { return count == 0; }
  void merge(const FloatSum& other) {
    sum += other.sum;
    count += other.count;
  }
};

// NULL from an overflow of 38 digits on.
struct DecimalSum {
  static constexpr bool kOrderMatters = true;
  uint64_t words[2] = {};
  int64_t count = 0;
  int32_t overflowed = 0;
  int32_t scale = 0;  // of the sum: AVG's result has another one

  [[nodiscard]] Int128 sum() const {
    Int128 value;
    std::memcpy(&value, words, sizeof value);
    return value;
  }
  void add_to_sum(Int128 by) {
    Int128 next;
    if (__builtin_add_overflow(sum(), by, &next) || !column::fits_precision(next, column::kMaxDecimalPrecision)) {
      overflowed = 1;
      return;
    }
    std::memcpy(words, &next, sizeof next);
  }
  template <typename T>
  void add(T value, int sign) {
    add_to_sum(sign > 0 ? static_cast<Int128>(value) : -static_cast<Int128>(value));
    count += sign;
  }
  [[nodiscard]] bool empty() const { return count == 0 || overflowed != 0; }
  void merge(const DecimalSum& other) {
    add_to_sum(other.sum());
    count += other.count;
    overflowed |= other.overflowed;
    scale = std::max(scale, other.scale);
  }
};

// NULL after an overflow until the next value, which it begins anew with: as Flink's SUM does.
struct RestartingDecimalSum : DecimalSum {
  template <typename T>
  void add(T value, int sign) {
    if (overflowed != 0) begin_anew();
    DecimalSum::add(value, sign);
  }
  void merge(const RestartingDecimalSum& other) {
    if (overflowed != 0 && other.count != 0) begin_anew();
    if (other.overflowed == 0) add_to_sum(other.sum());
    count += other.count;
    scale = std::max(scale, other.scale);
  }

 private:
  void begin_anew() {
    overflowed = 0;
    words[0] = words[1] = 0;
  }
};

// Welford's algorithm (B. P. Welford, Technometrics 1962); merging by Chan, Golub and LeVeque.
struct Moments {
  static constexpr bool kOrderMatters = true;
  int64_t count = 0;
  double mean = 0;
  double m2 = 0;
  template <typename T>
  void add(T given, int sign) {
    const auto value = static_cast<double>(given);
    count += sign;
    if (count <= 0) {
      if (count == 0) mean = m2 = 0;
      return;
    }
    const double delta = value - mean;
    mean += sign * delta / static_cast<double>(count);
    m2 += sign * delta * (value - mean);
  }
  void merge(const Moments& other) {
    if (other.count == 0) return;
    const int64_t total = count + other.count;
    if (total == 0) {
      *this = {};
      return;
    }
    const double delta = other.mean - mean;
    m2 += other.m2 +
          delta * delta * static_cast<double>(count) * static_cast<double>(other.count) / static_cast<double>(total);
    mean += delta * static_cast<double>(other.count) / static_cast<double>(total);
    count = total;
  }
};

// One value and whether there is one; 16-byte values are copied in and out.
template <typename T>
struct Chosen {
  static constexpr bool kOrderMatters = false;  // nothing is taken back
  static constexpr size_t kWords = (sizeof(T) + 7) / 8;
  uint64_t words[kWords] = {};
  uint64_t present = 0;

  [[nodiscard]] T value() const {
    T v;
    std::memcpy(&v, words, sizeof v);
    return v;
  }
  [[nodiscard]] bool empty() const { return present == 0; }
  void set(const T& v) {
    std::memcpy(words, &v, sizeof v);
    present = 1;
  }
};
template <typename T>
struct Least : Chosen<T> {
  void add(const T& v, int) {
    if (this->empty() || v < this->value()) this->set(v);
  }
  void merge(const Least& other) {
    if (!other.empty()) add(other.value(), 1);
  }
};
template <typename T>
struct Greatest : Chosen<T> {
  void add(const T& v, int) {
    if (this->empty() || v > this->value()) this->set(v);
  }
  void merge(const Greatest& other) {
    if (!other.empty()) add(other.value(), 1);
  }
};
template <typename T>
struct First : Chosen<T> {
  void add(const T& v, int) {
    if (this->empty()) this->set(v);
  }
  void merge(const First& other) {
    if (!other.empty()) add(other.value(), 1);
  }
};
template <typename T>
struct Last : Chosen<T> {
  void add(const T& v, int) { this->set(v); }
  void merge(const Last& other) {
    if (!other.empty()) add(other.value(), 1);
  }
};

// --- Loops ----------------------------------------------------------------------------------------------------------

using Slots = std::span<std::byte* const>;
using ConstSlots = std::span<const std::byte* const>;

template <typename Slot, typename T>
void update_with(Slots slots, const Vector* argument, column::Rows rows, int sign) {
  const Reader<T> in(*argument);
  size_t n = 0;
  if (!in.has_nulls()) {
    rows.for_each([&](size_t position) { slot_at<Slot>(slots[n++]).add(in[position], sign); });
    return;
  }
  rows.for_each([&](size_t position) {
    std::byte* slot = slots[n++];
    if (!in.is_null(position)) slot_at<Slot>(slot).add(in[position], sign);
  });
}

inline void count_rows(Slots slots, const Vector*, column::Rows, int sign) {
  for (std::byte* slot : slots) slot_at<CountSlot>(slot).count += sign;
}

inline void count_values(Slots slots, const Vector* argument, column::Rows rows, int sign) {
  size_t n = 0;
  rows.for_each([&](size_t position) {
    std::byte* slot = slots[n++];
    slot_at<CountSlot>(slot).count += argument->is_null(position) ? 0 : sign;
  });
}

template <typename Slot, typename T>
void update_decimal_sum(Slots slots, const Vector* argument, column::Rows rows, int sign) {
  const Reader<T> in(*argument);
  const int scale = argument->type().scale();
  size_t n = 0;
  rows.for_each([&](size_t position) {
    std::byte* slot = slots[n++];
    if (in.is_null(position)) return;
    slot_at<Slot>(slot).scale = scale;
    slot_at<Slot>(slot).add(in[position], sign);
  });
}

template <typename T>
void update_decimal_moments(Slots slots, const Vector* argument, column::Rows rows, int sign) {
  const Reader<T> in(*argument);
  const int scale = argument->type().scale();
  size_t n = 0;
  rows.for_each([&](size_t position) {
    std::byte* slot = slots[n++];
    if (!in.is_null(position)) slot_at<Moments>(slot).add(column::decimal_to_double(in[position], scale), sign);
  });
}

template <typename Slot, typename R>
void result_of(ConstSlots slots, std::span<const uint32_t> positions, Vector& out) {
  R* values = out.mutable_values<R>();
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slot_at<Slot>(slots[i]);
    if (slot.empty())
      out.set_null(positions[i]);
    else
      values[positions[i]] = static_cast<R>(slot.value());
  }
}

// Sum: the type in which Flink keeps the sum. A narrower one than the slot's may have wrapped around.
template <typename Slot, typename R, typename Sum = decltype(Slot::sum)>
void mean_of(ConstSlots slots, std::span<const uint32_t> positions, Vector& out) {
  R* values = out.mutable_values<R>();
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slot_at<Slot>(slots[i]);
    if (slot.empty()) {
      out.set_null(positions[i]);
    } else if constexpr (std::is_integral_v<R>) {
      values[positions[i]] = static_cast<R>(static_cast<Sum>(slot.sum) / slot.count);
    } else {
      values[positions[i]] = static_cast<R>(slot.sum / static_cast<double>(slot.count));
    }
  }
}

void decimal_sum_result(ConstSlots slots, std::span<const uint32_t> positions, Vector& out);
void decimal_mean_result(ConstSlots slots, std::span<const uint32_t> positions, Vector& out);

enum class Deviation { kStddevPop, kStddevSamp, kVarPop, kVarSamp };
void write_deviation(Vector& out, size_t position, double value);

template <Deviation deviation>
void moments_result(ConstSlots slots, std::span<const uint32_t> positions, Vector& out) {
  constexpr bool kSample = deviation == Deviation::kStddevSamp || deviation == Deviation::kVarSamp;
  constexpr bool kRoot = deviation == Deviation::kStddevPop || deviation == Deviation::kStddevSamp;
  for (size_t i = 0; i < slots.size(); ++i) {
    const Moments& slot = slot_at<Moments>(slots[i]);
    const int64_t divisor = kSample ? slot.count - 1 : slot.count;
    // Retraction leaves what rounding made of the values taken back: less than nothing is NULL, as in Flink.
    if (divisor <= 0 || slot.m2 < 0) {
      out.set_null(positions[i]);
      continue;
    }
    const double variance = slot.m2 / static_cast<double>(divisor);
    write_deviation(out, positions[i], kRoot ? std::sqrt(variance) : variance);
  }
}

// --- Kernels --------------------------------------------------------------------------------------------------------

template <typename Slot>
AggregateKernel kernel_of(void (*update)(Slots, const Vector*, column::Rows, int),
                          void (*result)(ConstSlots, std::span<const uint32_t>, Vector&)) {
  static_assert(sizeof(Slot) % 8 == 0 && alignof(Slot) <= 8);
  return {.slot_bytes = sizeof(Slot),
          .initialise = [](std::byte* slot) { std::memset(slot, 0, sizeof(Slot)); },
          .update = update,
          .merge = [](std::byte* into, const std::byte* from) { slot_at<Slot>(into).merge(slot_at<Slot>(from)); },
          .result = result,
          .order_matters = Slot::kOrderMatters};
}

template <typename Slot, typename T>
AggregateKernel chosen_kernel() {
  return kernel_of<Slot>(update_with<Slot, T>, result_of<Slot, T>);
}

inline AggregateKernel count_rows_kernel() { return kernel_of<CountSlot>(count_rows, result_of<CountSlot, int64_t>); }

}  // namespace millstream::function::internal
