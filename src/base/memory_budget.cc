// A charge is one compare-and-swap per level of the tree; a refusal takes back what the lower levels took.
#include "base/memory_budget.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace millstream {

MemoryBudget::MemoryBudget(std::string name, Bytes limit, MemoryBudget* parent)
    : name_(std::move(name)), limit_(limit), parent_(parent) {}

MemoryBudget::~MemoryBudget() {
  const Bytes left = used();
  if (parent_ != nullptr && left > Bytes(0)) parent_->release(left);
}

bool MemoryBudget::try_add(int64_t size) {
  int64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (size > limit_.value - used) return false;
  } while (!used_.compare_exchange_weak(used, used + size, std::memory_order_relaxed));
  raise_peak(used + size);
  return true;
}

void MemoryBudget::raise_peak(int64_t used) {
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
  }
}

Status MemoryBudget::charge(Bytes size) {
  CHECK(size.value >= 0);
  for (MemoryBudget* level = this; level != nullptr; level = level->parent_) {
    if (level->try_add(size.value)) continue;
    for (MemoryBudget* taken = this; taken != level; taken = taken->parent_)
      taken->used_.fetch_sub(size.value, std::memory_order_relaxed);
    return fail(ErrorCode::kOutOfMemory,
                fmt::format("no memory left in '{}': {} more on top of {} passes its limit of {}", level->name_,
                            format_size(size), format_size(level->used()), format_size(level->limit_)));
  }
  return {};
}

void MemoryBudget::charge_unchecked(Bytes size) {
  CHECK(size.value >= 0);
  for (MemoryBudget* level = this; level != nullptr; level = level->parent_) {
    level->raise_peak(level->used_.fetch_add(size.value, std::memory_order_relaxed) + size.value);
  }
}

void MemoryBudget::release(Bytes size) {
  for (MemoryBudget* level = this; level != nullptr; level = level->parent_) {
    const int64_t before = level->used_.fetch_sub(size.value, std::memory_order_relaxed);
    CHECK(size.value >= 0 && before >= size.value);
  }
}

}  // namespace millstream
