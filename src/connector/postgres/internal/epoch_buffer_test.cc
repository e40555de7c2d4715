// Epochs in memory: the last change of each key, payloads that can be read back, and damaged ones that cannot.
#include "connector/postgres/internal/epoch_buffer.h"

#include <gmock/gmock.h>

#include <random>

#include "connector/postgres/internal/epoch_payload.h"
#include "connector/postgres/internal/test_database.h"
#include "connector/postgres/internal/tuple_json.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using column::Value;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using enum column::RowKind;

const column::Schema kSchema{{{"id", Type::bigint(), ""}, {"note", Type::string(), ""}}};

TargetTable target(bool keyed) {
  TargetTable table{"orders", "public.orders", "\"public\".\"orders\"", {}};
  WireColumn id, note;
  id.name = "id";
  id.type.kind = WireKind::kInt8;
  id.is_key = keyed;
  note.name = "note";
  table.columns = {id, note};
  return table;
}

std::vector<std::string> json_of(const std::vector<WireColumn>& columns, ByteSpan tuples) {
  std::vector<std::string> lines;
  while (!tuples.empty()) {
    const size_t size = tuple_size(tuples, columns.size());
    if (size == 0) return {"damaged"};
    lines.push_back(tuple_to_json(columns, tuples.first(size)));
    tuples = tuples.subspan(size);
  }
  return lines;
}

struct Epoch {
  std::vector<std::string> rows, deletes;
};
Epoch read(const ByteBuffer& payload) {
  const auto epoch = read_payload(payload);
  if (!epoch) return {{epoch.error().message}, {}};
  EXPECT_EQ(epoch->header.quoted_name, "\"public\".\"orders\"");
  return {json_of(epoch->header.columns, epoch->rows), json_of(epoch->header.key_columns(), epoch->deletes)};
}

TEST(EpochBuffer, AppendsEveryRowInOrder) {
  EpochBuffer buffer(target(false));
  EXPECT_TRUE(buffer.empty());
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(2), text("b")}, {number(1), Value()}})));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(2), text("")}})));
  EXPECT_EQ(buffer.row_count(), 3u);
  const Epoch epoch = read(buffer.take());
  EXPECT_THAT(epoch.rows, ElementsAre(R"({"id":2,"note":"b"})", R"({"id":1,"note":null})", R"({"id":2,"note":""})"));
  EXPECT_THAT(epoch.deletes, IsEmpty());
  EXPECT_TRUE(buffer.empty());
}

TEST(EpochBuffer, RefusesToTakeBackWithoutAKey) {
  EpochBuffer buffer(target(false));
  const Status status = buffer.add(batch_of(kSchema, {{number(2), text("b")}}, {kDelete}));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
}

TEST(EpochBuffer, KeepsTheLastChangeOfEachKey) {
  EpochBuffer buffer(target(true));
  ASSERT_TRUE(buffer.add(batch_of(kSchema,
                                  {{number(1), text("a")},
                                   {number(2), text("b")},
                                   {number(1), text("a")},
                                   {number(1), text("c")},
                                   {number(3), text("x")},
                                   {number(3), text("x")}},
                                  {kInsert, kInsert, kUpdateBefore, kUpdateAfter, kInsert, kDelete})));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(2), text("b")}, {number(4), text("d")}}, {kDelete, kInsert})));
  EXPECT_EQ(buffer.row_count(), 4u);
  const Epoch epoch = read(buffer.take());
  EXPECT_THAT(epoch.rows, UnorderedElementsAre(R"({"id":1,"note":"c"})", R"({"id":4,"note":"d"})"));
  EXPECT_THAT(epoch.deletes, UnorderedElementsAre(R"({"id":2})", R"({"id":3})"));
}

TEST(EpochBuffer, ADeletedKeyMayComeBack) {
  EpochBuffer buffer(target(true));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(1), text("a")}}, {kDelete})));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(1), text("b")}}, {kInsert})));
  const Epoch epoch = read(buffer.take());
  EXPECT_THAT(epoch.rows, ElementsAre(R"({"id":1,"note":"b"})"));
  EXPECT_THAT(epoch.deletes, IsEmpty());
}

TEST(EpochBuffer, HonoursTheSelection) {
  EpochBuffer buffer(target(true));
  column::Batch batch = batch_of(kSchema, {{number(1), text("a")}, {number(2), text("b")}, {number(3), text("c")}});
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0, 2});
  ASSERT_TRUE(buffer.add(batch));
  EXPECT_THAT(read(buffer.take()).rows, UnorderedElementsAre(R"({"id":1,"note":"a"})", R"({"id":3,"note":"c"})"));
}

// Against a map, long enough for the index to grow and for replaced rows to be swept out.
TEST(EpochBuffer, AgreesWithAMapOverManyChanges) {
  std::mt19937_64 random(7);
  EpochBuffer buffer(target(true));
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::map<int64_t, std::optional<std::string>> expected;
    for (int round = 0; round < 60; ++round) {
      std::vector<Row> rows;
      std::vector<column::RowKind> kinds;
      for (int i = 0; i < 1000; ++i) {
        const auto id = static_cast<int64_t>(random() % 5000);
        const bool removes = random() % 5 == 0;
        const std::string note(random() % 200, static_cast<char>('a' + random() % 26));
        rows.push_back({number(id), text(note)});
        kinds.push_back(removes ? kDelete : kInsert);
        expected[id] = removes ? std::nullopt : std::optional(note);
      }
      ASSERT_TRUE(buffer.add(batch_of(kSchema, rows, kinds)));
    }
    EXPECT_LT(buffer.size().value, 12 << 20) << "replaced rows stay";
    std::vector<std::string> rows, deletes;
    for (const auto& [id, note] : expected) {
      if (note)
        rows.push_back("{\"id\":" + std::to_string(id) + ",\"note\":\"" + *note + "\"}");
      else
        deletes.push_back("{\"id\":" + std::to_string(id) + "}");
    }
    Epoch got = read(buffer.take());
    std::ranges::sort(rows);
    std::ranges::sort(got.rows);
    std::ranges::sort(deletes);
    std::ranges::sort(got.deletes);
    EXPECT_TRUE(got.rows == rows);
    EXPECT_TRUE(got.deletes == deletes);
  }
}

TEST(EpochPayload, DamageIsFoundAndOtherVersionsAreNamed) {
  EpochBuffer buffer(target(true));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(1), text("a")}, {number(2), text("b")}}, {kInsert, kDelete})));
  const ByteBuffer payload = buffer.take();
  for (size_t size = 0; size < payload.size(); ++size) {
    const auto epoch = read_payload(ByteSpan(payload).first(size));
    ASSERT_FALSE(epoch) << size;
    EXPECT_EQ(epoch.error().code, ErrorCode::kCorrupt);
  }
  ByteBuffer newer = payload;
  newer[0] = std::byte{2};
  const auto epoch = read_payload(newer);
  ASSERT_FALSE(epoch);
  EXPECT_EQ(epoch.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(epoch.error().message, "the committable of a PostgreSQL table has version 2; this program knows 1");
}

// Released checkpoints hold these bytes.
TEST(EpochPayload, FormatOneStaysAsItIs) {
  EpochBuffer buffer(target(true));
  ASSERT_TRUE(buffer.add(batch_of(kSchema, {{number(1), text("a")}, {number(2), text("b")}}, {kInsert, kDelete})));
  std::string hex;
  for (const std::byte b : buffer.take()) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[std::to_integer<int>(b) >> 4];
    hex += kDigits[std::to_integer<int>(b) & 15];
  }
  EXPECT_EQ(hex,
            "0136"
            "066f7264657273"
            "0d7075626c69632e6f7264657273"
            "11227075626c6963222e226f726465727322"
            "02"
            "026964"
            "03"
            "02"
            "00"
            "046e6f7465"
            "07"
            "00"
            "00"
            "0002"
            "00000008"
            "0000000000000001"
            "00000001"
            "61"
            "0001"
            "00000008"
            "0000000000000002"
            "0100000000000000"
            "1300000000000000"
            "0100000000000000"
            "0e00000000000000");
}

}  // namespace
}  // namespace millstream::connector::postgres
