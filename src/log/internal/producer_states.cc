// Sequence checks, duplicate detection, and when transactions open and end.
#include "log/internal/producer_states.h"

#include <fmt/format.h>

#include <algorithm>

namespace millstream::log::internal {

using wire::kafka::ControlType;
using wire::kafka::kNoSequence;
using wire::kafka::ProducerId;
using wire::kafka::RecordBatchHeader;
using wire::kafka::RecordBatchView;

namespace {

// Sequences wrap from 2^31-1 to 0.
bool follows(int32_t last, int32_t next) {
  return next == static_cast<int32_t>((static_cast<uint32_t>(last) + 1) & 0x7fffffffU);
}

Result<ControlType> control_type(const RecordBatchView& batch) {
  wire::kafka::RecordIterator records(batch, batch.records());
  wire::kafka::RecordView record;
  if (!records.next(record)) {
    MS_TRY(records.status());
    return fail(ErrorCode::kCorrupt, fmt::format("the control batch at offset {} is empty", batch.base_offset().value));
  }
  MS_ASSIGN(const auto control, wire::kafka::parse_control_record(record));
  return control.type;
}

}  // namespace

ProducerStates::Verdict ProducerStates::check_one(const Entry& entry, const RecordBatchHeader& batch) {
  using Outcome = Appended::Outcome;
  if (batch.producer_epoch() < entry.epoch) return {Outcome::kFenced};
  if (batch.is_control()) return {};
  if (batch.producer_epoch() > entry.epoch) {
    // A new epoch starts anew; the first that this log sees of a producer may start anywhere.
    const bool known = entry.epoch != wire::kafka::kNoProducerEpoch;
    return {known && batch.base_sequence() != 0 ? Outcome::kOutOfOrderSequence : Outcome::kAppended};
  }
  if (entry.count == 0) return {};  // only markers so far, or its records are deleted
  for (int i = 0; i < entry.count; ++i) {
    const Batch& earlier = entry.batches[static_cast<size_t>(i)];
    if (earlier.first_sequence == batch.base_sequence() && earlier.last_sequence == batch.last_sequence()) {
      return {Outcome::kDuplicate, earlier.first, earlier.last + Offset(1), earlier.timestamp};
    }
  }
  const Batch& last = entry.batches[entry.count - 1u];
  return {follows(last.last_sequence, batch.base_sequence()) ? Outcome::kAppended : Outcome::kOutOfOrderSequence};
}

void ProducerStates::advance(Entry& entry, const RecordBatchHeader& batch) {
  if (batch.producer_epoch() != entry.epoch) {
    entry.epoch = batch.producer_epoch();
    entry.count = 0;
  }
  if (batch.is_control()) return;
  if (entry.count == entry.batches.size()) {
    std::move(entry.batches.begin() + 1, entry.batches.end(), entry.batches.begin());
    --entry.count;
  }
  entry.batches[entry.count++] = {batch.base_sequence(), batch.last_sequence(), batch.base_offset(),
                                  batch.last_offset(), batch.max_timestamp()};
}

ProducerStates::Verdict ProducerStates::check(std::span<const RecordBatchView> batches) {
  staged_.clear();
  for (const RecordBatchView& batch : batches) {
    if (!batch.has_producer()) continue;
    const auto known = entries_.find(batch.producer_id());
    const auto staged = std::find_if(staged_.begin(), staged_.end(),
                                     [&](const auto& pair) { return pair.first == batch.producer_id(); });
    const Entry fresh;
    const Entry& entry = staged != staged_.end() ? staged->second : known != entries_.end() ? known->second : fresh;
    const Verdict verdict = check_one(entry, batch);
    if (verdict.outcome != Appended::Outcome::kAppended) return verdict;
    if (batches.size() == 1) break;
    if (staged == staged_.end()) {
      staged_.emplace_back(batch.producer_id(), entry);
      advance(staged_.back().second, batch);
    } else {
      advance(staged->second, batch);
    }
  }
  return {};
}

Result<std::optional<AbortedTransaction>> ProducerStates::apply(const RecordBatchView& batch, ProcTime now) {
  if (!batch.has_producer()) return std::nullopt;
  std::optional<ControlType> ended;
  if (batch.is_control()) {
    MS_ASSIGN(ended, control_type(batch));
  }
  Entry& entry = entries_[batch.producer_id()];
  advance(entry, batch);
  entry.seen = now;
  entry.last_timestamp = batch.max_timestamp();
  if (!ended) {
    if (batch.is_transactional() && !entry.transaction_start) {
      entry.transaction_start = batch.base_offset();
      open_.emplace(batch.base_offset(), batch.producer_id());
    }
    return std::nullopt;
  }
  if (!entry.transaction_start) return std::nullopt;  // it wrote nothing here
  const Offset first = *std::exchange(entry.transaction_start, std::nullopt);
  open_.erase(first);
  if (*ended == ControlType::kCommit) return std::nullopt;
  return AbortedTransaction{batch.producer_id(), first, batch.last_offset(), Offset(0)};
}

std::optional<Offset> ProducerStates::first_open_transaction() const {
  if (open_.empty()) return std::nullopt;
  return open_.begin()->first;
}

void ProducerStates::forget_before(ProcTime time) {
  std::erase_if(entries_, [&](const auto& pair) { return !pair.second.transaction_start && pair.second.seen < time; });
}

std::vector<ProducerInfo> ProducerStates::list() const {
  std::vector<ProducerInfo> producers;
  for (const auto& [id, entry] : entries_) {
    producers.push_back({id, entry.epoch,
                         entry.count == 0 ? kNoSequence : entry.batches[entry.count - 1u].last_sequence,
                         entry.last_timestamp, entry.transaction_start});
  }
  std::sort(producers.begin(), producers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return producers;
}

void ProducerStates::write(ByteWriter& writer) const {
  writer.varint(entries_.size());
  for (const auto& [id, entry] : entries_) {
    writer.signed_varint(id.value);
    writer.signed_varint(entry.epoch);
    writer.signed_varint(entry.seen.value);
    writer.signed_varint(entry.last_timestamp.value);
    writer.signed_varint(entry.transaction_start ? entry.transaction_start->value : -1);
    writer.fixed(entry.count);
    for (uint8_t i = 0; i < entry.count; ++i) {
      const Batch& batch = entry.batches[i];
      writer.signed_varint(batch.first_sequence);
      writer.signed_varint(batch.last_sequence);
      writer.signed_varint(batch.first.value);
      writer.signed_varint(batch.last.value);
      writer.signed_varint(batch.timestamp.value);
    }
  }
}

bool ProducerStates::read(ByteReader& reader) {
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const ProducerId id(reader.signed_varint());
    Entry entry;
    entry.epoch = static_cast<int16_t>(reader.signed_varint());
    entry.seen = ProcTime(reader.signed_varint());
    entry.last_timestamp = EventTime(reader.signed_varint());
    if (const int64_t start = reader.signed_varint(); start >= 0) entry.transaction_start = Offset(start);
    entry.count = reader.fixed<uint8_t>();
    if (entry.count > entry.batches.size()) return false;
    for (uint8_t i = 0; i < entry.count; ++i) {
      Batch& batch = entry.batches[i];
      batch.first_sequence = static_cast<int32_t>(reader.signed_varint());
      batch.last_sequence = static_cast<int32_t>(reader.signed_varint());
      batch.first = Offset(reader.signed_varint());
      batch.last = Offset(reader.signed_varint());
      batch.timestamp = EventTime(reader.signed_varint());
    }
    if (entry.transaction_start) open_.emplace(*entry.transaction_start, id);
    entries_.insert_or_assign(id, entry);
  }
  return reader.ok();
}

}  // namespace millstream::log::internal
