// Growth and completion of vectors under construction.
#include "format/internal/growing_column.h"

#include <algorithm>

#include "column/value.h"

namespace millstream::format {

using column::PhysicalKind;
using column::Type;

GrowingColumn::GrowingColumn(const Type& type, size_t length, const Stored* stored)
    : type_(type),
      physical_(type.physical()),
      place_mask_(stored == nullptr || stored->values ? ~size_t{0} : 0),
      capacity_(place_mask_ == 0 ? 1 : length) {
  vector_ = column::Vector::make(type, capacity_);
  valid_.resize((capacity_ + 63) / 64, 0);
  if (physical_ == PhysicalKind::kRow) {
    children_.reserve(type.fields().size());
    for (const Type::Field& field : type.fields()) {
      const Stored* part = place_mask_ == 0 ? stored : nullptr;  // nothing of what nobody reads is kept
      if (stored != nullptr && part == nullptr) {
        const auto listed = stored->fields.find(static_cast<int>(children_.size()));
        if (listed != stored->fields.end()) part = &listed->second;
      }
      children_.emplace_back(field.type, length, part);
    }
  } else if (physical_ == PhysicalKind::kArray) {
    children_.emplace_back(type.element(), 0);
  } else if (physical_ == PhysicalKind::kMap) {
    const bool multiset = type.kind() == column::TypeKind::kMultiset;
    children_.emplace_back(multiset ? type.element() : type.key(), 0);
    children_.emplace_back(multiset ? Type::integer() : type.value(), 0);
  }
}

void GrowingColumn::grow(size_t capacity) {
  auto larger = column::Vector::make(type_, capacity);
  const size_t width = column::value_size_of(physical_);
  const size_t kept = std::min(capacity, capacity_);
  if (width > 0 && kept > 0) std::memcpy(larger->raw_values(), vector_->raw_values(), kept * width);
  larger->share_bytes_of(*vector_);
  vector_ = std::move(larger);
  valid_.resize((capacity + 63) / 64, 0);
  capacity_ = capacity;
}

void GrowingColumn::clear(size_t position) {
  const size_t place = position & place_mask_;
  valid_[place >> 6] &= ~(uint64_t{1} << (place & 63));
  if (physical_ != PhysicalKind::kRow) return;
  for (GrowingColumn& child : children_) child.set_null(position);
}

size_t GrowingColumn::append_position() {
  if (size_ == capacity_) grow(std::max<size_t>(64, capacity_ * 2));
  if (physical_ == PhysicalKind::kRow) {
    for (GrowingColumn& child : children_) child.append_position();
  }
  valid_[size_ >> 6] &= ~(uint64_t{1} << (size_ & 63));  // it may have been given back before
  return size_++;
}

void GrowingColumn::shrink_to(size_t size) {
  if (physical_ == PhysicalKind::kRow) {
    for (GrowingColumn& child : children_) child.shrink_to(size);
  }
  size_ = size;
}

void GrowingColumn::keep_alive(const std::shared_ptr<const void>& owner) {
  if (physical_ == PhysicalKind::kString) vector_->keep_alive(owner);
  for (GrowingColumn& child : children_) child.keep_alive(owner);
}

column::VectorPtr GrowingColumn::finish(size_t length, const std::shared_ptr<const void>& owner) {
  if (place_mask_ == 0) return column::make_constant_vector(type_, column::Value(), length);
  if (length != capacity_) grow(length);
  if (length % 64 != 0) valid_.back() |= ~uint64_t{0} << (length % 64);
  // A vector without validity is one whose readers need not look for NULLs.
  if (std::ranges::any_of(valid_, [](uint64_t word) { return word != ~uint64_t{0}; }))
    std::ranges::copy(valid_, vector_->mutable_validity());
  if (physical_ == PhysicalKind::kString && owner) vector_->keep_alive(owner);
  for (size_t i = 0; i < children_.size(); ++i) {
    vector_->set_child(i, children_[i].finish(physical_ == PhysicalKind::kRow ? length : children_[i].size(), owner));
  }
  return std::move(vector_);
}

}  // namespace millstream::format
