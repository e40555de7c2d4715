// Names of columns as EXPLAIN and messages list them.
#pragma once

#include <string>
#include <vector>

#include "column/type.h"

namespace millstream::plan {

// "who, at"; ? for a column that is none.
[[nodiscard]] inline std::string names_of(const std::vector<int>& columns, const column::Schema& schema) {
  std::string text;
  for (const int column : columns) {
    if (!text.empty()) text += ", ";
    const bool is_there = column >= 0 && static_cast<size_t>(column) < schema.size();
    text += is_there ? schema.fields[static_cast<size_t>(column)].name : "?";
  }
  return text;
}

}  // namespace millstream::plan
