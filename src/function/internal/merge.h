// One vector put together from the rows of several: what CASE and COALESCE do.
#pragma once

#include <vector>

#include "column/vector.h"

namespace millstream::function::internal {

// Every row is taken at most once; rows that nobody took are NULL only for nested types and unspecified otherwise.
class VectorMerge {
 public:
  VectorMerge(column::Type type, size_t length) : type_(std::move(type)), length_(length) {}

  void take(const column::VectorPtr& from, column::Rows rows);
  [[nodiscard]] column::VectorPtr finish();

 private:
  column::Type type_;
  size_t length_;
  std::shared_ptr<column::Vector> out_;   // of types without children
  std::vector<column::VectorPtr> parts_;  // of nested types
  std::vector<uint32_t> positions_;       // in the parts behind each other
  uint32_t offset_ = 0;
};

}  // namespace millstream::function::internal
