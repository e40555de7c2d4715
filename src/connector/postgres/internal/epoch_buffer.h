// What one writer keeps of an epoch: all rows, or for keyed tables the last change of each key.
//
// Used on the writer's thread only. Rows are COPY tuples behind each other, right behind the payload's header, so that
// an epoch of inserts becomes a committable without being copied.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "column/batch.h"
#include "connector/postgres/internal/row_encoder.h"
#include "connector/postgres/internal/target_table.h"

namespace millstream::connector::postgres {

class EpochBuffer {
 public:
  // Batches have the columns of `table` in their order.
  explicit EpochBuffer(const TargetTable& table);

  // Deletes (-D, -U) go to keyed tables only: kInternal otherwise.
  Status add(const column::Batch& batch);
  [[nodiscard]] bool empty() const { return row_count() == 0; }
  // Rows, or for keyed tables keys.
  [[nodiscard]] uint64_t row_count() const { return row_count_ + entries_.size(); }
  // Bytes held, room for growth included.
  [[nodiscard]] Bytes memory() const;
  // Bytes of rows, the replaced ones included.
  [[nodiscard]] Bytes size() const { return Bytes(static_cast<int64_t>(rows_.size() + keys_.size())); }
  // The payload of the epoch; empty afterwards.
  ByteBuffer take();

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Entry {
    uint64_t row_at = 0;    // in rows_
    uint64_t key_at = 0;    // in keys_
    uint32_t row_size = 0;  // 0: deleted
    uint32_t key_size = 0;
    uint32_t hash = 0;
    uint32_t last_row = kNone;  // of the batch being added
  };
  Status add_keyed(const column::Batch& batch);
  uint32_t find_or_insert(ByteSpan key);
  void grow_index();
  void compact();
  void reset();

  ByteBuffer header_;
  bool is_keyed_;
  RowEncoder row_encoder_;
  RowEncoder key_encoder_;

  ByteBuffer rows_;         // header, then tuples
  uint64_t row_count_ = 0;  // append tables
  uint64_t dead_bytes_ = 0;
  ByteBuffer keys_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> index_;  // open addressing: entry + 1, 0 is free; a power of two

  ByteBuffer batch_keys_;
  std::vector<uint32_t> positions_, touched_, winners_;
};

}  // namespace millstream::connector::postgres
