// Box<T>: an owned, never-null child of a tree node, compared by what it holds.
#pragma once

#include <memory>
#include <utility>

namespace millstream::sql {

// Like unique_ptr, but the way down is const and == looks inside. Only a moved-from Box is empty.
template <typename T>
class Box {
 public:
  explicit Box(T value) : held_(std::make_unique<const T>(std::move(value))) {}
  explicit Box(std::unique_ptr<T> value) : held_(std::move(value)) {}  // not null
  Box(Box&&) noexcept = default;
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  const T& operator*() const { return *held_; }
  const T* operator->() const { return held_.get(); }
  [[nodiscard]] const T* get() const { return held_.get(); }

  friend bool operator==(const Box& a, const Box& b) { return *a.held_ == *b.held_; }

 private:
  std::unique_ptr<const T> held_;
};

}  // namespace millstream::sql
