// Rows of a test file as text: reads cells by column type, prints values canonically. The same spelling as the
// oracle's.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "column/batch.h"
#include "column/value.h"

namespace millstream::slt {

struct TestRow {
  column::RowKind kind = column::RowKind::kInsert;
  std::vector<column::Value> values;
  bool operator==(const TestRow&) const = default;
};

// "[KIND] cell cell …". Without a kind: +I.
[[nodiscard]] Result<TestRow> parse_row(std::string_view line, const column::Schema& schema);
[[nodiscard]] std::string print_row(const TestRow& row, const column::Schema& schema, bool with_kind);

[[nodiscard]] Result<column::Value> parse_cell(const column::Type& type, std::string_view text);
[[nodiscard]] std::string print_cell(const column::Type& type, const column::Value& value);

// All selected rows of a batch, in order.
[[nodiscard]] std::vector<TestRow> rows_of(const column::Batch& batch);
// One dense batch of all rows.
[[nodiscard]] column::Batch batch_of(std::span<const TestRow> rows, const column::Schema& schema);

}  // namespace millstream::slt
