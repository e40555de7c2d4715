// A vector under construction whose length is not known beforehand: the elements of arrays and maps, and what contains them.
//
// One thread. Positions are written once, in any order for fixed lengths and appended for elements.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "column/vector.h"

namespace millstream::format {

class GrowingColumn {
 public:
  // `length` positions can be written at once; more after append_position().
  GrowingColumn(const column::Type& type, size_t length);

  [[nodiscard]] const column::Type& type() const { return type_; }
  [[nodiscard]] column::PhysicalKind physical() const { return physical_; }
  template <typename T>
  void set(size_t position, T value) { vector_->mutable_values<T>()[position] = value; }
  void set_null(size_t position) { vector_->set_null(position); }
  void set_valid(size_t position) { vector_->set_valid(position); }
  void set_string_copy(size_t position, std::string_view text) { set(position, vector_->add_string(text)); }
  void keep_alive(const std::shared_ptr<const void>& owner);  // for strings that point into something other than finish()'s owner
  [[nodiscard]] std::string_view string_at(size_t position) const { return vector_->values<column::StringRef>()[position].view(); }
  [[nodiscard]] std::vector<GrowingColumn>& children() { return children_; }
  // For elements: the next free position, made if needed. Rows grow their fields with them.
  size_t append_position();
  [[nodiscard]] size_t size() const { return size_; }
  // Gives back elements appended last, when their array turned out to be broken.
  void shrink_to(size_t size);

  // The vector of `length` positions; `owner` keeps the bytes that strings point into. The column is empty afterwards.
  column::VectorPtr finish(size_t length, const std::shared_ptr<const void>& owner);

 private:
  void grow(size_t capacity);

  column::Type type_;
  column::PhysicalKind physical_;
  std::shared_ptr<column::Vector> vector_;
  size_t capacity_ = 0;
  size_t size_ = 0;
  std::vector<GrowingColumn> children_;
};

}  // namespace millstream::format
