// A partition's settings, named and defaulted as Kafka's topic configurations.
#pragma once

#include <optional>

#include "base/ids.h"
#include "env/clock.h"
#include "wire/kafka/record_batch.h"

namespace millstream::log {

struct LogConfig {
  Bytes segment_bytes = 1_GiB;                                         // segment.bytes
  Millis segment_age{7 * 24 * 3'600'000ll};                            // segment.ms
  Bytes segment_index_bytes = 10_MiB;                                  // segment.index.bytes
  Bytes index_interval{4096};                                          // index.interval.bytes
  std::optional<Millis> retention_age = Millis(7 * 24 * 3'600'000ll);  // retention.ms; nothing: keep for ever
  std::optional<Bytes> retention_bytes;                                // retention.bytes; nothing: no bound
  wire::kafka::TimestampType timestamp_type = wire::kafka::TimestampType::kCreateTime;  // message.timestamp.type
  // Ours: a record is readable once it is on the disk (the high watermark is the flushed offset). If false, once it is
  // written.
  bool readable_when_flushed = true;
  Millis producer_expiration{24 * 3'600'000ll};  // producer.id.expiration.ms
};

}  // namespace millstream::log
