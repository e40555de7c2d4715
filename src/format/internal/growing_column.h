// A vector under construction whose length is not known beforehand: the elements of arrays and maps, and what contains
// them.
//
// One thread. Every position is NULL until it is set, so what a record leaves out costs nothing. Positions are written
// in any order for fixed lengths and appended for elements. A NULL row's fields are NULL too. A column that nobody
// reads takes values like the others, all of them into one place, and is NULL in the end.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "column/vector.h"

namespace millstream::format {

// Which parts of a column are kept.
struct Stored {
  bool values = true;
  std::map<int, Stored> fields;  // of a ROW: those of which not all is kept
};

class GrowingColumn {
 public:
  // `length` positions can be written at once; more after append_position(). Null: all is kept.
  GrowingColumn(const column::Type& type, size_t length, const Stored* stored = nullptr);

  [[nodiscard]] const column::Type& type() const { return type_; }
  [[nodiscard]] column::PhysicalKind physical() const { return physical_; }
  template <typename T>
  void set(size_t position, T value) {
    vector_->mutable_values<T>()[position & place_mask_] = value;
    set_valid(position);
  }
  // For rows, whose values are their fields.
  void set_valid(size_t position) {
    position &= place_mask_;
    valid_[position >> 6] |= uint64_t{1} << (position & 63);
  }
  // Takes back what was set; of a row's fields too.
  void set_null(size_t position) {
    if (is_valid(position)) clear(position);
  }
  [[nodiscard]] bool is_valid(size_t position) const {
    position &= place_mask_;
    return ((valid_[position >> 6] >> (position & 63)) & 1) != 0;
  }
  void set_string_copy(size_t position, std::string_view text) { set(position, vector_->add_string(text)); }
  void keep_alive(
      const std::shared_ptr<const void>& owner);  // for strings that point into something other than finish()'s owner
  [[nodiscard]] std::string_view string_at(size_t position) const {
    return vector_->values<column::StringRef>()[position & place_mask_].view();
  }
  [[nodiscard]] std::vector<GrowingColumn>& children() { return children_; }
  // The storage itself, until the next append_position() or finish(): values of the physical type, and one bit per
  // position, 1 = not NULL. For writers that know the type beforehand. A position's place is `position & place_mask()`.
  [[nodiscard]] std::byte* raw_values() { return vector_->raw_values(); }
  [[nodiscard]] uint64_t* raw_validity() { return valid_.data(); }
  [[nodiscard]] size_t place_mask() const { return place_mask_; }
  // For elements: the next free position, made if needed. Rows grow their fields with them.
  size_t append_position();
  [[nodiscard]] size_t size() const { return size_; }
  // Gives back elements appended last, when their array turned out to be broken.
  void shrink_to(size_t size);

  // The vector of `length` positions; `owner` keeps the bytes that strings point into. The column is empty afterwards.
  column::VectorPtr finish(size_t length, const std::shared_ptr<const void>& owner);

 private:
  void clear(size_t position);
  void grow(size_t capacity);

  column::Type type_;
  column::PhysicalKind physical_;
  size_t place_mask_ = ~size_t{0};  // 0: nobody reads it
  std::shared_ptr<column::Vector> vector_;
  std::vector<uint64_t> valid_;  // of capacity_ positions
  size_t capacity_ = 0;
  size_t size_ = 0;
  std::vector<GrowingColumn> children_;
};

}  // namespace millstream::format
