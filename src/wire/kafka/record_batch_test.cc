// Record batches: round trips, checks of broken bytes, patches, and codecs within their limits.
#include "wire/kafka/record_batch.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/kafka/record_batch_builder.h"

namespace millstream::wire::kafka {
namespace {

constexpr Bytes kPlenty = 64_MiB;

struct Row {
  int64_t offset;
  int64_t timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  bool operator==(const Row&) const = default;
};

std::optional<std::string> text_of(std::optional<ByteSpan> bytes) {
  return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

Result<std::vector<Row>> rows_of(ByteSpan bytes, Bytes limit = kPlenty) {
  MemoryBudget budget("test", kPlenty);
  MS_ASSIGN(RecordBatchView batch, RecordBatchView::parse(bytes));
  MS_TRY(batch.check_crc());
  Decompressor decompressor(budget, limit);
  PaddedBuffer buffer;
  MS_ASSIGN(const ByteSpan records, decompressor.decompress(batch.compression(), batch.records(), buffer));
  std::vector<Row> rows;
  RecordIterator iterator(batch, records);
  RecordView record;
  while (iterator.next(record)) {
    Row row{record.offset.value, record.timestamp.value, text_of(record.key), text_of(record.value), {}};
    while (auto header = record.headers.next()) row.headers.emplace_back(header->key, text_of(header->value));
    rows.push_back(std::move(row));
  }
  MS_TRY(iterator.status());
  return rows;
}

ByteBuffer three_records(RecordBatchOptions options = {}) {
  RecordBatchBuilder builder(options);
  builder.add(EventTime(1000), as_bytes("k1"), as_bytes("v1"));
  builder.add(EventTime(990), std::nullopt, as_bytes(""));
  const RecordHeader headers[] = {{"a", as_bytes("1")}, {"b", std::nullopt}};
  builder.add(EventTime(5000), as_bytes("k3"), std::nullopt, headers);
  return *builder.finish();
}

class EveryCodec : public testing::TestWithParam<Compression> {};

TEST_P(EveryCodec, KeepsRecords) {
  RecordBatchOptions options;
  options.compression = GetParam();
  options.base_offset = Offset(40);
  const ByteBuffer bytes = three_records(options);
  auto rows = rows_of(bytes);
  ASSERT_TRUE(rows) << rows.error().to_string();
  const std::vector<Row> expected = {{40, 1000, "k1", "v1", {}},
                                     {41, 990, std::nullopt, "", {}},
                                     {42, 5000, "k3", std::nullopt, {{"a", "1"}, {"b", std::nullopt}}}};
  EXPECT_EQ(*rows, expected);
  auto batch = *RecordBatchView::parse(bytes);
  EXPECT_EQ(batch.max_timestamp(), EventTime(5000));
  EXPECT_EQ(batch.last_offset(), Offset(42));
  EXPECT_EQ(batch.compression(), GetParam());
}

TEST_P(EveryCodec, KeepsLargeRecordsAndHoldsTheLimit) {
  RecordBatchOptions options;
  options.compression = GetParam();
  RecordBatchBuilder builder(options);
  std::string value(100'000, 'x');
  for (int i = 0; i < 20; ++i) {
    value[static_cast<size_t>(i) * 7] = static_cast<char>('a' + i);
    builder.add(EventTime(i), std::nullopt, as_bytes(value));
  }
  const size_t uncompressed = builder.size_in_bytes() - kBatchHeaderSize;
  const ByteBuffer bytes = *builder.finish();
  auto rows = rows_of(bytes);
  ASSERT_TRUE(rows) << rows.error().to_string();
  ASSERT_EQ(rows->size(), 20U);
  EXPECT_EQ(rows->back().value, value);
  EXPECT_TRUE(rows_of(bytes, Bytes(static_cast<int64_t>(uncompressed))));
  if (GetParam() == Compression::kNone) return;
  EXPECT_LT(bytes.size(), uncompressed / 5);
  auto refused = rows_of(bytes, Bytes(static_cast<int64_t>(uncompressed) - 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);

  MemoryBudget small("small", Bytes(500'000));
  Decompressor decompressor(small, kPlenty);
  PaddedBuffer buffer;
  auto starved = decompressor.decompress(GetParam(), RecordBatchView::parse(bytes)->records(), buffer);
  ASSERT_FALSE(starved);
  EXPECT_EQ(starved.error().code, ErrorCode::kOutOfMemory);
  EXPECT_LE(small.peak().value, 500'000);
}

TEST_P(EveryCodec, BrokenBytesAreErrors) {
  RecordBatchOptions options;
  options.compression = GetParam();
  const ByteBuffer good = three_records(options);
  MemoryBudget budget("test", 1_MiB);
  Decompressor decompressor(budget, 1_MiB);
  PaddedBuffer buffer;
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(RecordBatchView::parse(ByteSpan(good).first(size))) << size;
  }
  uint32_t seed = 1;
  for (int round = 0; round < 20'000; ++round) {
    ByteBuffer bytes = good;
    for (int i = 0; i < 3; ++i) {
      seed = seed * 1664525 + 1013904223;
      bytes[kBatchHeaderSize + (seed >> 8) % (bytes.size() - kBatchHeaderSize)] = static_cast<std::byte>(seed >> 3);
    }
    auto batch = RecordBatchView::parse(bytes);
    ASSERT_TRUE(batch);
    auto records = decompressor.decompress(batch->compression(), batch->records(), buffer);
    if (!records) continue;
    RecordIterator iterator(*batch, *records);
    RecordView record;
    int count = 0;
    while (iterator.next(record)) ++count;
    EXPECT_TRUE(count == 3 || !iterator.status());
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         testing::Values(Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                         Compression::kLz4, Compression::kZstd),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(RecordBatch, ChecksumCoversAllButOffsetAndEpoch) {
  ByteBuffer bytes = three_records();
  set_base_offset(bytes, Offset(1'000'000'000'000));
  set_leader_epoch(bytes, 7);
  auto batch = *RecordBatchView::parse(bytes);
  EXPECT_TRUE(batch.check_crc());
  EXPECT_EQ(batch.base_offset(), Offset(1'000'000'000'000));
  EXPECT_EQ(batch.leader_epoch(), 7);
  for (size_t at = batch_field::kAttributes; at < bytes.size(); ++at) {
    ByteBuffer changed = bytes;
    changed[at] ^= std::byte{0x01};
    auto view = RecordBatchView::parse(changed);
    EXPECT_TRUE(!view || !view->check_crc()) << at;
  }
}

TEST(RecordBatch, OffsetsStayWithinTheirType) {
  ByteBuffer bytes = three_records();
  store_big_endian<int32_t>(bytes.data() + batch_field::kLastOffsetDelta, INT32_MAX);
  set_base_offset(bytes, kMaxBaseOffset);
  const auto last = RecordBatchView::parse(bytes);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->next_offset(), Offset::max());
  for (const Offset base : {kMaxBaseOffset + Offset(1), Offset::max(), Offset(-1), Offset::min()}) {
    set_base_offset(bytes, base);
    const auto beyond = RecordBatchView::parse(bytes);
    ASSERT_FALSE(beyond) << base.value;
    EXPECT_EQ(beyond.error().code, ErrorCode::kCorrupt);
  }
}

TEST(RecordBatch, AppendTimeReplacesEveryTimestamp) {
  ByteBuffer bytes = three_records();
  set_max_timestamp(bytes, TimestampType::kLogAppendTime, EventTime(77'000));
  auto rows = rows_of(bytes);
  ASSERT_TRUE(rows) << rows.error().to_string();
  for (const Row& row : *rows) EXPECT_EQ(row.timestamp, 77'000);
  set_max_timestamp(bytes, TimestampType::kCreateTime, EventTime(5000));
  EXPECT_EQ(bytes, three_records());
}

TEST(RecordBatch, ClientsMaySendOnlySoundBatches) {
  EXPECT_TRUE(RecordBatchView::parse(three_records())->check_from_client());
  auto changed = [](auto change) {
    RecordBatchOptions options;
    options.producer_id = ProducerId(5);
    options.producer_epoch = 0;
    options.base_sequence = 0;
    change(options);
    const ByteBuffer bytes = three_records(options);
    return RecordBatchView::parse(bytes)->check_from_client();
  };
  EXPECT_TRUE(changed([](RecordBatchOptions&) {}));
  EXPECT_FALSE(changed([](RecordBatchOptions& o) { o.control = true; }));
  EXPECT_FALSE(changed([](RecordBatchOptions& o) { o.base_sequence = -1; }));
  EXPECT_FALSE(changed([](RecordBatchOptions& o) { o.producer_epoch = -1; }));
  EXPECT_FALSE(changed([](RecordBatchOptions& o) {
    o.producer_id = kNoProducerId;
    o.transactional = true;
  }));
}

TEST(RecordBatch, OldFormatsAreNamed) {
  ByteBuffer bytes = three_records();
  bytes[batch_field::kMagic] = std::byte{1};
  auto old = RecordBatchView::parse(bytes);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::kUnsupported);
  auto short_and_old = RecordBatchView::parse(ByteSpan(bytes).first(30));
  ASSERT_FALSE(short_and_old);
  EXPECT_EQ(short_and_old.error().code, ErrorCode::kUnsupported);
}

TEST(RecordBatch, IteratorStopsAtACutBatchAndFailsAtABrokenOne) {
  ByteBuffer bytes = three_records();
  const ByteBuffer second = three_records();
  bytes.insert(bytes.end(), second.begin(), second.end());
  bytes.pop_back();
  RecordBatchIterator cut(bytes);
  EXPECT_TRUE(cut.next());
  EXPECT_FALSE(cut.next());
  EXPECT_TRUE(cut.status());
  EXPECT_EQ(cut.rest().size(), second.size() - 1);
  bytes[second.size() + batch_field::kMagic] = std::byte{9};
  bytes.push_back(std::byte{0});
  RecordBatchIterator broken(bytes);
  EXPECT_TRUE(broken.next());
  EXPECT_FALSE(broken.next());
  EXPECT_FALSE(broken.status());
}

TEST(RecordBatch, CompactionKeepsOffsetsGapsAndHeaders) {
  const ByteBuffer original = three_records({.base_offset = Offset(10)});
  auto batch = *RecordBatchView::parse(original);
  RecordBatchBuilder builder({.base_offset = Offset(10)});
  RecordIterator iterator(batch, batch.records());
  RecordView record;
  while (iterator.next(record)) {
    if (record.offset == Offset(12)) builder.add_kept(record);
  }
  builder.cover_to(Offset(14));
  const ByteBuffer kept = *builder.finish();
  auto rows = rows_of(kept);
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(*rows, (std::vector<Row>{{12, 5000, "k3", std::nullopt, {{"a", "1"}, {"b", std::nullopt}}}}));
  EXPECT_EQ(RecordBatchView::parse(kept)->last_offset(), Offset(14));
}

TEST(RecordBatch, SequencesWrap) {
  RecordBatchOptions options{.producer_id = ProducerId(1), .producer_epoch = 0, .base_sequence = INT32_MAX - 1};
  const ByteBuffer bytes = three_records(options);
  EXPECT_EQ(RecordBatchView::parse(bytes)->last_sequence(), 0);
}

TEST(RecordBatch, ControlBatchSaysHowTheTransactionEnded) {
  const ByteBuffer bytes = *build_control_batch({ControlType::kCommit, 12}, ProducerId(9), 3, EventTime(50));
  auto batch = *RecordBatchView::parse(bytes);
  EXPECT_TRUE(batch.is_control() && batch.is_transactional());
  RecordIterator iterator(batch, batch.records());
  RecordView record;
  ASSERT_TRUE(iterator.next(record));
  auto control = parse_control_record(record);
  ASSERT_TRUE(control);
  EXPECT_EQ(control->type, ControlType::kCommit);
  EXPECT_EQ(control->coordinator_epoch, 12);
}

TEST(Compression, JoinedGzipMembersAndXerialStreamsReadAsOne) {
  MemoryBudget budget("test", 1_MiB);
  Decompressor decompressor(budget, 1_MiB);
  PaddedBuffer buffer;
  for (const Compression codec : {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    ByteBuffer joined;
    ASSERT_TRUE(compress(codec, as_bytes("hello "), joined));
    ASSERT_TRUE(compress(codec, as_bytes("world"), joined));
    auto text = decompressor.decompress(codec, joined, buffer);
    ASSERT_TRUE(text) << name_of(codec) << text.error().to_string();
    EXPECT_EQ(as_text(*text), "hello world") << name_of(codec);
  }
}

TEST(Compression, RawSnappyAsLibrdkafkaSendsIt) {
  // Written by hand after snappy's format description: length 5, literal of 5 bytes.
  const ByteBuffer raw = {std::byte{5},   std::byte{4 << 2}, std::byte{'h'}, std::byte{'e'},
                          std::byte{'l'}, std::byte{'l'},    std::byte{'o'}};
  MemoryBudget budget("test", 1_MiB);
  Decompressor decompressor(budget, 1_MiB);
  PaddedBuffer buffer;
  auto text = decompressor.decompress(Compression::kSnappy, raw, buffer);
  ASSERT_TRUE(text);
  EXPECT_EQ(as_text(*text), "hello");
}

}  // namespace
}  // namespace millstream::wire::kafka
