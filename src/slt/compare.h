// Compares the changes of a stream with the expected ones: in order, in any order, or as the table they leave.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "slt/cells.h"

namespace millstream::slt {

enum class Comparison { kOrdered, kUnordered };

// Empty if equal; else lines with "-" what is missing and "+" what came instead.
[[nodiscard]] std::string difference(std::span<const TestRow> expected, std::span<const TestRow> actual,
                                     const column::Schema& schema, Comparison comparison, bool with_kind);

// The table that changes leave: by `key` columns if there are any, else as a multiset of rows. Rows sorted, all +I.
[[nodiscard]] std::vector<TestRow> final_rows(std::span<const TestRow> changes, std::span<const int> key,
                                              const column::Schema& schema);
// Retractions taken out, the order of what remains kept: a bounded query's result.
[[nodiscard]] std::vector<TestRow> netted(std::span<const TestRow> changes, const column::Schema& schema);

}  // namespace millstream::slt
