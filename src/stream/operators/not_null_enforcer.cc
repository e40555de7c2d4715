// Batches without NULLs in these columns, nearly all, are passed after a look at each vector.
#include "stream/operators/not_null_enforcer.h"

#include <fmt/core.h>

#include <algorithm>

namespace millstream::stream {

NotNullEnforcer::NotNullEnforcer(const plan::TableSink& sink, const column::Schema& input)
    : columns_(sink.not_null), drops_(sink.drop_null_rows) {
  for (const int column : columns_) names_.push_back(input.fields[static_cast<size_t>(column)].name);
}

Result<int64_t> NotNullEnforcer::enforce(column::Batch& batch) const {
  bool clean = true;
  for (size_t c = 0; c < columns_.size(); ++c) {
    const column::Vector& vector = *batch.columns[static_cast<size_t>(columns_[c])];
    bool has_null = false;
    batch.rows().for_each([&](size_t row) { has_null |= vector.is_null(row); });
    if (!has_null) continue;
    clean = false;
    if (drops_) continue;
    return fail(ErrorCode::kBadRow,
                fmt::format("Column '{}' is NOT NULL, however, a null value is being written into it.", names_[c]),
                "SET 'table.exec.sink.not-null-enforcer' = 'DROP' drops such rows");
  }
  if (clean) return 0;
  auto kept = std::make_shared<std::vector<uint32_t>>();
  batch.rows().for_each([&](size_t row) {
    const bool has_null = std::any_of(columns_.begin(), columns_.end(),
                                      [&](int c) { return batch.columns[static_cast<size_t>(c)]->is_null(row); });
    if (!has_null) kept->push_back(static_cast<uint32_t>(row));
  });
  const auto dropped = static_cast<int64_t>(batch.row_count() - kept->size());
  batch.selection = std::move(kept);
  return dropped;
}

}  // namespace millstream::stream
