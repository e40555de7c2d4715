// Scatters fixed-size values into the result; nested values are collected and gathered at the end.
#include "function/internal/merge.h"

#include "function/internal/kernel.h"

namespace millstream::function::internal {

void VectorMerge::take(const column::VectorPtr& from, column::Rows rows) {
  if (type_.is_nested()) {
    positions_.resize(length_, column::kNoPosition);
    // A constant stands in the parts once, whatever its length.
    const bool constant = from->is_constant();
    rows.for_each([&](size_t position) {
      if (!from->is_null(position)) positions_[position] = offset_ + static_cast<uint32_t>(constant ? 0 : position);
    });
    parts_.push_back(constant ? column::Vector::constant_of(*from, 0, 1) : from);
    offset_ += static_cast<uint32_t>(parts_.back()->length());
    return;
  }
  if (!out_) out_ = column::Vector::make(type_, length_);
  with_type(type_.physical(), [&](auto zero) {
    using T = decltype(zero);
    const Reader<T> source(*from);
    T* out = out_->mutable_values<T>();
    rows.for_each([&](size_t position) { out[position] = source[position]; });
    if (source.has_nulls()) {
      rows.for_each([&](size_t position) {
        if (source.is_null(position)) out_->set_null(position);
      });
    }
  });
  if (type_.physical() == column::PhysicalKind::kString) out_->share_bytes_of(*from);
}

column::VectorPtr VectorMerge::finish() {
  if (!type_.is_nested()) return out_ ? out_ : column::Vector::make(type_, length_);
  positions_.resize(length_, column::kNoPosition);
  return gather(*concatenate(parts_), positions_);
}

}  // namespace millstream::function::internal
