// Batches for the tests of this module; nothing else includes this.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/memory_budget.h"
#include "log/partition_log.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::log {

struct BatchSpec {
  int records = 1;
  std::string value = "value";
  int64_t timestamp = 1'700'000'000'000;
  int64_t producer = -1;
  int16_t epoch = 0;
  int32_t sequence = 0;
  bool transactional = false;
  wire::kafka::Compression compression = wire::kafka::Compression::kNone;
};

// Record i has timestamp + i.
inline ByteBuffer make_batch(const BatchSpec& spec) {
  wire::kafka::RecordBatchOptions options;
  options.compression = spec.compression;
  if (spec.producer >= 0) {
    options.producer_id = wire::kafka::ProducerId(spec.producer);
    options.producer_epoch = spec.epoch;
    options.base_sequence = spec.sequence;
    options.transactional = spec.transactional;
  }
  wire::kafka::RecordBatchBuilder builder(options);
  for (int i = 0; i < spec.records; ++i) builder.add(EventTime(spec.timestamp + i), std::nullopt, as_bytes(spec.value));
  auto batch = builder.finish();
  EXPECT_TRUE(batch);
  return std::move(*batch);
}

inline ByteBuffer make_marker(int64_t producer, int16_t epoch, wire::kafka::ControlType type) {
  auto batch = wire::kafka::build_control_batch({type, 0}, wire::kafka::ProducerId(producer), epoch,
                                                EventTime(1'700'000'000'000));
  EXPECT_TRUE(batch);
  return std::move(*batch);
}

inline Result<Appended> append_bytes(PartitionLog& log, ByteBuffer batches) { return log.append(batches); }
inline Result<Appended> append(PartitionLog& log, const BatchSpec& spec) { return append_bytes(log, make_batch(spec)); }

inline Status flush(PartitionLog& log) {
  Status result = fail(ErrorCode::kInternal, "no answer");
  log.flush_to(log.offsets().end, [&](Status status) { result = std::move(status); });
  return result;
}

// All batches from the start to `bound`.
inline ByteBuffer read_all(const PartitionLog& log, ReadBound bound = ReadBound::kEnd) {
  const auto result = log.read(log.offsets().start, 1_GiB, bound);
  EXPECT_TRUE(result) << result.error().message;
  if (!result) return {};
  auto bytes = result->copy();
  EXPECT_TRUE(bytes);
  return bytes ? std::move(*bytes) : ByteBuffer();
}

// "first-last" of each whole batch.
inline std::string offsets_in(ByteSpan bytes) {
  std::string text;
  wire::kafka::RecordBatchIterator batches(bytes);
  while (const auto batch = batches.next()) {
    text += std::to_string(batch->base_offset().value) + "-" + std::to_string(batch->last_offset().value) + " ";
    EXPECT_TRUE(batch->check_crc());
  }
  EXPECT_TRUE(batches.status());
  return text;
}

inline std::string read_from(const PartitionLog& log, int64_t from, Bytes max, ReadBound bound = ReadBound::kEnd,
                             bool at_least_one = true) {
  const auto result = log.read(Offset(from), max, bound, at_least_one);
  if (!result) return std::string(name_of(result.error().code));
  return offsets_in(*result->copy());
}

}  // namespace millstream::log
