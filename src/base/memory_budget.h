// A tree of memory budgets (process → job → operator, process → connection) that is charged before allocating.
//
// Any thread. A charge walks to the root and is refused, with nothing charged, if any level would go over its limit.
#pragma once

#include <atomic>
#include <string>

#include "base/error.h"
#include "base/ids.h"

namespace millstream {

class MemoryBudget {
 public:
  // A child lives no longer than its parent.
  MemoryBudget(std::string name, Bytes limit, MemoryBudget* parent = nullptr);
  ~MemoryBudget();  // gives back to the parents what is still charged
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // kOutOfMemory names the level that is full.
  [[nodiscard]] Status charge(Bytes size);
  // For what cannot be refused any more (a page already being written); shows in used(), may pass the limit.
  void charge_unchecked(Bytes size);
  void release(Bytes size);

  [[nodiscard]] Bytes used() const { return Bytes(used_.load(std::memory_order_relaxed)); }
  [[nodiscard]] Bytes peak() const { return Bytes(peak_.load(std::memory_order_relaxed)); }
  [[nodiscard]] Bytes limit() const { return limit_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  bool try_add(int64_t size);
  void raise_peak(int64_t used);

  std::string name_;
  Bytes limit_;
  MemoryBudget* parent_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
};

// Holds a charge and gives it back when destroyed. Move only.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  static Result<MemoryCharge> take(MemoryBudget& budget, Bytes size) {
    MS_TRY(budget.charge(size));
    return MemoryCharge(budget, size);
  }
  MemoryCharge(MemoryCharge&& other) noexcept { *this = std::move(other); }
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    if (this != &other) {
      reset();
      budget_ = std::exchange(other.budget_, nullptr);
      size_ = std::exchange(other.size_, Bytes(0));
    }
    return *this;
  }
  ~MemoryCharge() { reset(); }
  void reset() {
    if (budget_ != nullptr) std::exchange(budget_, nullptr)->release(size_);
  }
  [[nodiscard]] Bytes size() const { return budget_ ? size_ : Bytes(0); }

 private:
  MemoryCharge(MemoryBudget& budget, Bytes size) : budget_(&budget), size_(size) {}
  MemoryBudget* budget_ = nullptr;
  Bytes size_{0};
};

}  // namespace millstream
