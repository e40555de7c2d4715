// Results of aggregates whose type is not their slot's.
#include "function/internal/aggregate_slots.h"

#include <limits>

#include "function/internal/cast.h"

namespace millstream::function::internal {
namespace {

void store_decimal(Vector& out, size_t position, std::optional<Int128> value) {
  if (!value)
    out.set_null(position);
  else if (out.type().precision() <= 18)
    out.mutable_values<int64_t>()[position] = static_cast<int64_t>(*value);
  else
    out.mutable_values<Int128>()[position] = *value;
}

}  // namespace

void decimal_sum_result(ConstSlots slots, std::span<const uint32_t> positions, Vector& out) {
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto& slot = slot_at<DecimalSum>(slots[i]);
    store_decimal(out, positions[i], slot.empty() ? std::nullopt : std::optional(slot.sum()));
  }
}

void decimal_mean_result(ConstSlots slots, std::span<const uint32_t> positions, Vector& out) {
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto& slot = slot_at<DecimalSum>(slots[i]);
    if (slot.empty()) {
      out.set_null(positions[i]);
      continue;
    }
    store_decimal(out, positions[i],
                  column::decimal_divide(slot.sum(), slot.scale, slot.count, 0, {38, out.type().scale()}));
  }
}

// Java's conversion: beyond the range the nearest, NaN is 0.
template <typename T>
T saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

void write_deviation(Vector& out, size_t position, double value) {
  switch (out.type().physical()) {
    case column::PhysicalKind::kInt8:
      out.mutable_values<int8_t>()[position] = static_cast<int8_t>(saturated<int32_t>(value));
      break;
    case column::PhysicalKind::kInt16:
      out.mutable_values<int16_t>()[position] = static_cast<int16_t>(saturated<int32_t>(value));
      break;
    case column::PhysicalKind::kInt32:
      out.mutable_values<int32_t>()[position] = saturated<int32_t>(value);
      break;
    case column::PhysicalKind::kFloat:
      out.mutable_values<float>()[position] = static_cast<float>(value);
      break;
    case column::PhysicalKind::kDouble:
      out.mutable_values<double>()[position] = value;
      break;
    case column::PhysicalKind::kInt64:
      out.mutable_values<int64_t>()[position] = saturated<int64_t>(value);
      break;
    default:
      store_decimal(out, position, column::decimal_from_double(value, {out.type().precision(), out.type().scale()}));
      break;
  }
}

}  // namespace millstream::function::internal
