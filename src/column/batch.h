// A batch: columns of equal length, row kinds, a selection, and where its rows came from. What moves between operators.
//
// A value that shares immutable parts: copying is cheap, and any thread may read. Sources aim at kBatchRows rows and
// flush fewer rather than wait.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "column/vector.h"

namespace millstream::column {

constexpr size_t kBatchRows = 2048;

// Flink's changelog row kinds.
enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };
[[nodiscard]] std::string_view short_name_of(RowKind kind);  // "+I" "-U" "+U" "-D"
[[nodiscard]] constexpr bool is_addition(RowKind kind) {
  return kind == RowKind::kInsert || kind == RowKind::kUpdateAfter;
}

// Where each row of a batch came from, as far as the first stateful operator: for dead letters and diagnosis.
// Indexed by batch position. The raw bytes are pinned by `owner`.
struct Origin {
  std::string table;  // the SQL source table
  std::string topic;  // or file path
  PartitionId partition{0};
  std::vector<int64_t> offsets;  // Kafka offset, or line number
  std::vector<std::string_view> raw_values;
  std::vector<std::string_view> raw_keys;  // empty if the source has no keys
  std::shared_ptr<const void> owner;
};

struct Batch {
  size_t length = 0;  // positions in every column
  std::vector<VectorPtr> columns;
  std::shared_ptr<const std::vector<RowKind>> kinds;       // by position; null: all are +I
  std::shared_ptr<const std::vector<uint32_t>> selection;  // rising positions; null: all
  std::shared_ptr<const Origin> origin;                    // may be null

  [[nodiscard]] Rows rows() const {
    return selection ? Rows{selection->data(), selection->size()} : Rows{nullptr, length};
  }
  [[nodiscard]] size_t row_count() const { return selection ? selection->size() : length; }
  [[nodiscard]] bool empty() const { return row_count() == 0; }
  [[nodiscard]] RowKind kind_at(size_t position) const { return kinds ? (*kinds)[position] : RowKind::kInsert; }
  // A dense batch of only the selected rows (origin too); itself if there is no selection.
  [[nodiscard]] Batch compacted() const;
  [[nodiscard]] size_t memory_size() const;
};

}  // namespace millstream::column
