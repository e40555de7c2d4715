// A query's buffer: pages of whole batches, its bound, and its end.
#include "job/query_result.h"

#include <gtest/gtest.h>

namespace millstream::job {
namespace {

column::Schema one_number() { return {{{"n", column::Type::bigint(), ""}}}; }

column::Batch numbers(int64_t first, size_t count) {
  std::vector<column::Value> values;
  for (size_t i = 0; i < count; ++i) values.emplace_back(first + static_cast<int64_t>(i));
  column::Batch batch;
  batch.length = count;
  batch.columns.push_back(column::make_vector(column::Type::bigint(), values));
  return batch;
}

size_t rows_of(const QueryResult::Page& page) {
  size_t rows = 0;
  for (const auto& batch : page.batches) rows += batch.row_count();
  return rows;
}

TEST(QueryResult, GivesWholeBatchesUntilThereAreEnoughRows) {
  QueryResult result(one_number());
  EXPECT_TRUE(result.take(10).batches.empty());
  for (const int64_t first : {0, 3, 6}) ASSERT_TRUE(result.receive(numbers(first, 3)));
  const auto page = result.take(4);
  EXPECT_EQ(rows_of(page), 6u);
  EXPECT_FALSE(page.ended);
  EXPECT_EQ(rows_of(result.take(4)), 3u);
  EXPECT_EQ(rows_of(result.take(4)), 0u);
}

TEST(QueryResult, CountsSelectedRowsOnly) {
  QueryResult result(one_number());
  column::Batch batch = numbers(0, 4);
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{1, 3});
  ASSERT_TRUE(result.receive(std::move(batch)));
  ASSERT_TRUE(result.receive(numbers(10, 2)));
  EXPECT_EQ(result.take(3).batches.size(), 2u);
}

TEST(QueryResult, EndsBehindItsLastRowAndOnlyOnce) {
  QueryResult result(one_number());
  ASSERT_TRUE(result.receive(numbers(0, 2)));
  ASSERT_TRUE(result.receive(numbers(2, 2)));
  result.end(Error{ErrorCode::kRemote, "PostgreSQL went away", "", {}});
  result.end(std::nullopt);
  const auto first = result.take(1);
  EXPECT_EQ(rows_of(first), 2u);
  EXPECT_FALSE(first.ended);
  EXPECT_FALSE(first.error.has_value()) << "an error must not hide rows that came before it";
  const auto second = result.take(1);
  EXPECT_EQ(rows_of(second), 2u);
  EXPECT_TRUE(second.ended);
  ASSERT_TRUE(second.error.has_value());
  EXPECT_EQ(second.error->message, "PostgreSQL went away");
  EXPECT_TRUE(result.take(1).ended);
}

TEST(QueryResult, StopsThePipelineWhenFullAndWakesItOnce) {
  QueryResult result(one_number());
  int woken = 0;
  result.set_room_listener([&] { ++woken; });
  int batches = 0;
  while (!result.is_full()) {
    ASSERT_TRUE(result.receive(numbers(0, column::kBatchRows)));
    ASSERT_LT(++batches, 1'000) << "there is no bound";
  }
  // What was under way when it became full still finds room.
  ASSERT_TRUE(result.receive(numbers(0, column::kBatchRows)));
  (void)result.take(1);
  EXPECT_EQ(woken, 0);
  EXPECT_TRUE(result.is_full());
  (void)result.take(1);
  EXPECT_FALSE(result.is_full());
  EXPECT_EQ(woken, 1);
  (void)result.take(1);
  EXPECT_EQ(woken, 1);
}

TEST(QueryResult, TellsItsListenerOfRowsAndOfTheEnd) {
  QueryResult result(one_number());
  int calls = 0;
  result.set_listener([&] { ++calls; });
  ASSERT_TRUE(result.receive(numbers(0, 1)));
  result.end(std::nullopt);
  EXPECT_EQ(calls, 2);
  result.end(std::nullopt);
  EXPECT_EQ(calls, 2);
}

TEST(QueryResult, KeepsNoOriginsForDeadLetters) {
  QueryResult result(one_number());
  column::Batch batch = numbers(0, 1);
  batch.origin = std::make_shared<column::Origin>();
  ASSERT_TRUE(result.receive(std::move(batch)));
  EXPECT_EQ(result.take(1).batches.at(0).origin, nullptr);
}

}  // namespace
}  // namespace millstream::job
