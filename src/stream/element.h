// What travels in a channel: batches, and control in band between them.
#pragma once

#include <utility>

#include "base/ids.h"
#include "column/batch.h"

namespace millstream::stream {

struct Element {
  enum class Kind : uint8_t {
    kBatch,
    kWatermark,  // no later row is expected below it
    kIdle,       // the sender does not hold back the watermark until kActive
    kActive,
    kBarrier,  // everything before belongs to checkpoint `checkpoint`, everything behind does not
    kEnd,      // no more rows; barriers may still follow
  };
  Kind kind = Kind::kBatch;
  column::Batch batch;
  EventTime watermark;
  CheckpointId checkpoint;

  static Element of(column::Batch batch) { return {Kind::kBatch, std::move(batch), {}, {}}; }
  static Element of(EventTime watermark) { return {Kind::kWatermark, {}, watermark, {}}; }
  static Element barrier(CheckpointId id) { return {Kind::kBarrier, {}, {}, id}; }
  static Element control(Kind kind) { return {kind, {}, {}, {}}; }
};

}  // namespace millstream::stream
