// What the log remembers of producers: epoch, last sequences, open transactions. Rules of Kafka's idempotent producer
// (KIP-98).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "log/partition_log.h"

namespace millstream::log::internal {

// Under the log's lock.
class ProducerStates {
 public:
  struct Verdict {
    Appended::Outcome outcome = Appended::Outcome::kAppended;
    Offset first{0};  // of the earlier batch, if this one is its duplicate
    Offset next{0};
    EventTime timestamp{0};
  };
  // Whether these batches may be appended together; changes nothing. They have their offsets.
  Verdict check(std::span<const wire::kafka::RecordBatchView> batches);
  // The batch is in the log. Returns the transaction that it aborts, if it does (last_stable not set). kCorrupt if it
  // is a control batch without a readable record.
  Result<std::optional<AbortedTransaction>> apply(const wire::kafka::RecordBatchView& batch, ProcTime now);

  [[nodiscard]] std::optional<Offset> first_open_transaction() const;
  void forget_before(ProcTime time);  // producers not seen since, unless in a transaction
  [[nodiscard]] std::vector<ProducerInfo> list() const;

  // For checkpoints.
  void write(ByteWriter& writer) const;
  bool read(ByteReader& reader);  // false if broken

 private:
  struct Batch {
    int32_t first_sequence;
    int32_t last_sequence;
    Offset first;
    Offset last;
    EventTime timestamp;
  };
  struct Entry {
    int16_t epoch = wire::kafka::kNoProducerEpoch;
    uint8_t count = 0;  // of batches, oldest first
    std::array<Batch, 5> batches{};
    std::optional<Offset> transaction_start;
    ProcTime seen{0};
    EventTime last_timestamp = wire::kafka::kNoTimestamp;
  };
  static Verdict check_one(const Entry& entry, const wire::kafka::RecordBatchHeader& batch);
  static void advance(Entry& entry, const wire::kafka::RecordBatchHeader& batch);

  std::unordered_map<wire::kafka::ProducerId, Entry> entries_;
  std::map<Offset, wire::kafka::ProducerId> open_;                 // transactions by first offset
  std::vector<std::pair<wire::kafka::ProducerId, Entry>> staged_;  // reused by check()
};

}  // namespace millstream::log::internal
