// What a stream's queue takes, whom it wakes, and what becomes of chunks whose turn is over.
#include "net/internal/stream_queue.h"

#include <gtest/gtest.h>

namespace millstream::net {
namespace {

using Push = StreamQueue::Push;

Push push(StreamQueue& queue, uint64_t turn, std::string chunk) { return queue.push(turn, chunk); }

TEST(StreamQueue, TakesAnyFirstChunkAndThenUpToItsLimit) {
  StreamQueue queue(10);
  queue.begin_turn();
  const uint64_t turn = queue.turn();
  EXPECT_EQ(push(queue, turn, std::string(20, 'a')), Push::kWake);
  std::string refused = "b";
  EXPECT_EQ(queue.push(turn, refused), Push::kFull);
  EXPECT_EQ(refused, "b");

  std::vector<std::string> chunks;
  EXPECT_EQ(queue.take(chunks), 20U);
  EXPECT_EQ(chunks, (std::vector<std::string>{std::string(20, 'a')}));
  EXPECT_EQ(push(queue, turn, "b"), Push::kFull);  // still being sent
  EXPECT_EQ(queue.sent(), nullptr);
  EXPECT_EQ(push(queue, turn, std::string(6, 'b')), Push::kWake);
  EXPECT_EQ(push(queue, turn, std::string(4, 'c')), Push::kDone);  // the session knows already
  EXPECT_EQ(push(queue, turn, "d"), Push::kFull);
}

TEST(StreamQueue, CallsWhoWaitsOnceHalfOfItIsFree) {
  StreamQueue queue(10);
  queue.begin_turn();
  int called = 0;
  std::function<void()> writable = [&called] { ++called; };
  EXPECT_FALSE(queue.wait_for_room(writable));
  ASSERT_NE(writable, nullptr);

  std::vector<std::string> chunks;
  push(queue, queue.turn(), "123456");
  queue.take(chunks);
  ASSERT_TRUE(queue.wait_for_room(writable));
  push(queue, queue.turn(), "1234");
  const auto room = queue.sent();
  ASSERT_NE(room, nullptr);
  room();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(queue.take_writable(), nullptr);
}

TEST(StreamQueue, DropsWhatBelongsToAnotherTurn) {
  StreamQueue queue(10);
  queue.begin_turn();
  const uint64_t over = queue.turn();
  push(queue, over, "left behind");
  queue.end_turn();
  queue.begin_turn();
  EXPECT_NE(queue.turn(), over);
  std::string late = "late";
  EXPECT_EQ(queue.push(over, late), Push::kDone);
  std::vector<std::string> chunks;
  EXPECT_EQ(queue.take(chunks), 0U);
  EXPECT_TRUE(chunks.empty());
  // The queue is not full, and its first chunk wakes the session anew.
  EXPECT_EQ(push(queue, queue.turn(), "1234567890"), Push::kWake);
}

}  // namespace
}  // namespace millstream::net
