// Any bytes as record batches: checked, decompressed within a limit and a budget, and walked; also each codec alone.
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
    while (auto header = headers.next()) total += header->key.size() + (header->value ? header->value->size() : 0);
    if (headers.count() != 0) std::abort();
    total += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    (void)parse_control_record(record);
  }
  if (total > records.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static MemoryBudget budget("fuzz", 8_MiB);
  static Decompressor decompressor(budget, kLimit);
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  PaddedBuffer buffer;
  RecordBatchIterator batches(bytes);
  while (auto batch = batches.next()) {
    (void)batch->check_crc();
    (void)batch->check_from_client();
    auto records = decompressor.decompress(batch->compression(), batch->records(), buffer);
    if (!records) continue;
    walk(*batch, *records);
  }
  if (size < 2) return 0;
  auto plain =
      decompressor.decompress(static_cast<Compression>(data[0] % (kMaxCompression + 1)), bytes.subspan(1), buffer);
  if (plain && plain->size() > static_cast<size_t>(kLimit.value) && data[0] % (kMaxCompression + 1) != 0) std::abort();
  return 0;
}
