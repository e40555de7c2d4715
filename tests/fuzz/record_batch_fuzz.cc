// Any bytes as record batches: checked, decompressed within a limit and a budget, walked, and patched as a log does;
// also each codec alone, in both directions.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wire/kafka/record_batch.h"

namespace {

using namespace millstream;
using namespace millstream::wire::kafka;

constexpr Bytes kLimit = 1_MiB;

void walk(const RecordBatchView& batch, ByteSpan records) {
  RecordIterator iterator(batch, records);
  RecordView record;
  size_t total = 0;
  while (iterator.next(record)) {
    RecordHeaders headers = record.headers;
    while (auto header = headers.next()) {
      total += header->key.size() + (header->value ? header->value->size() : 0);
      if (!record.headers.find(header->key)) std::abort();
    }
    if (headers.count() != 0) std::abort();
    total += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    (void)parse_control_record(record);
  }
  if (total > records.size()) std::abort();
  // All records were there, or it says why not.
  (void)iterator.status();
}

// What the log writes into a batch leaves a whole batch.
void patch(const RecordBatchView& batch) {
  ByteBuffer copy(batch.bytes().begin(), batch.bytes().end());
  set_base_offset(copy, Offset(7));
  set_leader_epoch(copy, 3);
  set_max_timestamp(copy, TimestampType::kLogAppendTime, EventTime(5));
  const auto patched = RecordBatchView::parse(copy);
  if (!patched || !patched->check_crc() || patched->base_offset() != Offset(7) ||
      patched->timestamp_type() != TimestampType::kLogAppendTime || patched->max_timestamp() != EventTime(5) ||
      patched->record_count() != batch.record_count() || patched->leader_epoch() != 3 ||
      patched->next_offset() != Offset(8) + Offset(batch.last_offset_delta()) ||
      (patched->base_sequence() == kNoSequence) != (patched->last_sequence() == kNoSequence)) {
    std::abort();
  }
}

void compress_and_back(Compression codec, ByteSpan input, Decompressor& decompressor, PaddedBuffer& buffer) {
  ByteBuffer small;
  if (!compress(codec, input, small)) std::abort();
  const auto back = decompressor.decompress(codec, small, buffer);
  if (static_cast<int64_t>(input.size()) <= kLimit.value && (!back || !std::ranges::equal(*back, input))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static MemoryBudget budget("fuzz", 8_MiB);
  static Decompressor decompressor(budget, kLimit);
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  PaddedBuffer buffer;
  (void)RecordBatchView::parse(bytes);
  RecordBatchIterator batches(bytes);
  while (auto batch = batches.next()) {
    (void)batch->check_crc();
    (void)batch->check_from_client();
    patch(*batch);
    auto records = decompressor.decompress(batch->compression(), batch->records(), buffer);
    if (!records) continue;
    walk(*batch, *records);
  }
  (void)batches.status();
  if (size < 2) return 0;
  const auto codec = static_cast<Compression>(data[0] % (kMaxCompression + 1));
  const ByteSpan rest = bytes.subspan(1);
  // Compressing is the slow part and not the one that reads from strangers.
  if (data[0] >= 0xF8) {
    compress_and_back(codec, rest, decompressor, buffer);
    return 0;
  }
  auto plain = decompressor.decompress(codec, rest, buffer);
  if (plain && plain->size() > static_cast<size_t>(kLimit.value) && codec != Compression::kNone) std::abort();
  return 0;
}
