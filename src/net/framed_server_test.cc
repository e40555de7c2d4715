// The framed server over real sockets: order, limits, memory, slow and broken clients.
#include "net/framed_server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <semaphore>
#include <thread>

#include "env/env.h"
#include "net/internal/test_socket.h"

namespace millstream::net {
namespace {

ByteBuffer to_buffer(std::string_view text) {
  const ByteSpan bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// What the handler saw, and the slots that the test answers itself.
struct Seen {
  std::deque<OwnedFrame> frames;
  std::deque<ReplySlot> slots;
  std::vector<std::string> closed;  // why, or empty
  int opened = 0;
  int delivered = 0;
};

class TestHandler final : public FrameHandler {
 public:
  using Answer = std::function<void(OwnedFrame, ReplySlot)>;
  void on_open(Connection& connection) override {
    connection.attachment = std::make_shared<int>(0);
    seen.change([](Seen& s) { ++s.opened; });
  }
  void on_frame(Connection& connection, OwnedFrame frame, ReplySlot slot) override {
    ++*std::static_pointer_cast<int>(connection.attachment);
    if (answer) {
      answer(std::move(frame), std::move(slot));
      seen.change([](Seen& s) { ++s.delivered; });
      return;
    }
    seen.change([&](Seen& s) {
      ++s.delivered;
      s.frames.push_back(std::move(frame));
      s.slots.push_back(std::move(slot));
    });
  }
  void on_close(Connection&, const Status& why) override {
    seen.change([&](Seen& s) { s.closed.push_back(why ? "" : why.error().message); });
  }
  ReplySlot take_slot() {
    ReplySlot slot;
    seen.change([&](Seen& s) {
      slot = std::move(s.slots.front());
      s.slots.pop_front();
      s.frames.pop_front();
    });
    return slot;
  }
  bool wait_delivered(int count) {
    return seen.wait([count](const Seen& s) { return s.delivered >= count; });
  }
  bool wait_closed(size_t count) {
    return seen.wait([count](const Seen& s) { return s.closed.size() >= count; });
  }

  Answer answer;  // empty: the test answers
  int delivered() {
    int count = 0;
    seen.change([&](Seen& s) { count = s.delivered; });
    return count;
  }
  std::vector<std::string> closed() {
    std::vector<std::string> all;
    seen.change([&](Seen& s) { all = s.closed; });
    return all;
  }
  Watched<Seen> seen;
};

class FramedServerTest : public testing::Test {
 protected:
  void SetUp() override { options.half_closed_linger = Millis(200); }
  void TearDown() override {
    handler.seen.change([](Seen& s) {
      s.frames.clear();
      s.slots.clear();
    });
    if (server != nullptr) server->stop();
    server.reset();
    EXPECT_EQ(memory.used(), Bytes(0));
  }
  void start() {
    auto started = FramedServer::start(loop, options, memory, handler);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }
  void echo() {
    handler.answer = [](OwnedFrame frame, ReplySlot slot) {
      slot.reply(ByteBuffer(frame.bytes().begin(), frame.bytes().end()));
    };
  }
  TestSocket connect(int receive_buffer = 0) { return TestSocket(server->address(), receive_buffer); }

  EventLoop loop{EventLoop::Options{.threads = 2}};
  MemoryBudget memory{"process", 256_MiB};
  TestHandler handler;
  FramedServer::Options options;
  std::unique_ptr<FramedServer> server;
};

TEST_F(FramedServerTest, EchoesAFrameThatArrivesByteByByte) {
  echo();
  start();
  TestSocket client = connect();
  for (const char byte : TestSocket::frame("hello")) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.receive_frame(), "hello");
  client.send_frame("");
  EXPECT_EQ(client.receive_frame(), "");
}

TEST_F(FramedServerTest, TakesManyFramesOfAllSizesInOneStream) {
  echo();
  start();
  TestSocket client = connect();
  std::mt19937 random(7);
  std::vector<std::string> sent;
  std::string stream;
  for (int i = 0; i < 300; ++i) {
    const size_t size = i % 50 == 49 ? 300'000 + random() % 300'000 : random() % (i % 3 == 0 ? 40'000 : 200);
    std::string payload(size, '\0');
    for (char& c : payload) c = static_cast<char>(random());
    stream += TestSocket::frame(payload);
    sent.push_back(std::move(payload));
  }
  std::thread sender([&] {
    // Odd pieces, so that sizes and frames are cut everywhere.
    for (size_t at = 0; at < stream.size();) {
      const size_t step = std::min<size_t>(stream.size() - at, 1 + at % 70'001);
      client.send(std::string_view(stream).substr(at, step));
      at += step;
    }
  });
  for (size_t i = 0; i < sent.size(); ++i) ASSERT_EQ(client.receive_frame() == sent[i], true) << i;
  sender.join();
}

TEST_F(FramedServerTest, RepliesLeaveInRequestOrderWhateverTheOrderOfAnswers) {
  start();
  TestSocket client = connect();
  for (int i = 0; i < 20; ++i) client.send_frame("request");
  ASSERT_TRUE(handler.wait_delivered(20));
  std::vector<ReplySlot> slots;
  for (int i = 0; i < 20; ++i) slots.push_back(handler.take_slot());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 19 - t; i >= 0; i -= 4) slots[static_cast<size_t>(i)].reply(to_buffer("reply " + std::to_string(i)));
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive_frame(), "reply " + std::to_string(i));
  for (std::thread& thread : threads) thread.join();
}

// An fdatasync's answer leaves on the thread that waited for it.
TEST_F(FramedServerTest, TheOnlyRequestIsAnsweredWithoutTheLoop) {
  start();
  TestSocket client = connect();
  for (int i = 1; i <= 3; ++i) {
    client.send_frame("question");
    ASSERT_TRUE(handler.wait_delivered(i));
    struct Blockade {
      std::counting_semaphore<2> blocked{0}, go_on{0};
    };
    const auto blockade = std::make_shared<Blockade>();
    for (int thread = 0; thread < loop.threads(); ++thread) {
      loop.post(
          [blockade] {
            blockade->blocked.release();
            blockade->go_on.acquire();
          },
          thread);
    }
    for (int thread = 0; thread < loop.threads(); ++thread) blockade->blocked.acquire();
    Reply reply{to_buffer("an"), {}};
    if (i > 1) reply.pieces = {SharedBytes{nullptr, as_bytes("sw")}, to_buffer("er")};
    handler.take_slot().reply(std::move(reply));
    EXPECT_EQ(client.receive_frame(), i > 1 ? "answer" : "an");
    blockade->go_on.release(loop.threads());
  }
  // With a second one under way, both are the loop's, in their order.
  client.send_frame("first");
  client.send_frame("second");
  ASSERT_TRUE(handler.wait_delivered(5));
  ReplySlot first = handler.take_slot();
  handler.take_slot().reply(to_buffer("2"));
  first.reply(to_buffer("1"));
  EXPECT_EQ(client.receive_frame(), "1");
  EXPECT_EQ(client.receive_frame(), "2");
}

TEST_F(FramedServerTest, WhatDoesNotFitIntoTheSocketIsSentByTheLoop) {
  start();
  TestSocket client = connect(4096);
  std::string large(32 << 20, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 255);
  for (int i = 1; i <= 4; i += 2) {
    client.send_frame("large");
    ASSERT_TRUE(handler.wait_delivered(i));
    handler.take_slot().reply(to_buffer(large));
    client.send_frame("small");  // arrives while the large one is on its way
    EXPECT_EQ(client.receive_frame(), large);
    ASSERT_TRUE(handler.wait_delivered(i + 1));
    handler.take_slot().reply(to_buffer("small"));
    EXPECT_EQ(client.receive_frame(), "small");
  }
}

TEST_F(FramedServerTest, NoReplyTakesAPlaceButSendsNothing) {
  start();
  TestSocket client = connect();
  for (int i = 0; i < 3; ++i) client.send_frame("x");
  ASSERT_TRUE(handler.wait_delivered(3));
  ReplySlot first = handler.take_slot(), second = handler.take_slot(), third = handler.take_slot();
  third.reply(to_buffer("third"));
  second.no_reply();
  first.no_reply();
  EXPECT_EQ(client.receive_frame(), "third");
}

TEST_F(FramedServerTest, RefusesAHugeSizeBeforeAllocating) {
  options.max_frame = 1_MiB;
  start();
  size_t closed = 0;
  for (const char* size : {"\x7f\xff\xff\xff", "\xff\xff\xff\xff", "GET "}) {
    TestSocket client = connect();
    client.send(std::string_view(size, 4));
    EXPECT_TRUE(client.closed_by_server());
    ASSERT_TRUE(handler.wait_closed(++closed));
  }
  EXPECT_NE(handler.closed()[0].find("2147483647"), std::string::npos);
  EXPECT_EQ(memory.peak(), Bytes(0));
  EXPECT_EQ(server->counters().closed_with_error, 3);
}

TEST_F(FramedServerTest, RefusesOptionsThatCannotWork) {
  options.connection_memory = 1_MiB;
  const auto wrong = FramedServer::start(loop, options, memory, handler);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  MemoryBudget small("small", 1_MiB);
  options = {};
  EXPECT_FALSE(FramedServer::start(loop, options, small, handler));
}

TEST_F(FramedServerTest, SaysThatAPortIsTaken) {
  start();
  FramedServer::Options second = options;
  second.address = server->address();
  const auto taken = FramedServer::start(loop, second, memory, handler);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
}

TEST_F(FramedServerTest, StopsReadingWhileMemoryIsShortAndGoesOnWhenItIsReleased) {
  options.max_frame = 1_MiB;
  options.connection_memory = Bytes(2'500'000);
  start();
  TestSocket client = connect();
  const std::string payload(1'000'000, 'm');
  std::thread sender([&] {
    for (int i = 0; i < 6; ++i) client.send_frame(payload);
  });
  ASSERT_TRUE(handler.wait_delivered(2));
  while (server->counters().memory_pauses == 0) std::this_thread::yield();
  EXPECT_EQ(handler.delivered(), 2);
  EXPECT_LE(memory.used(), Bytes(2'500'000));
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(handler.wait_delivered(i + 1));
    handler.take_slot().reply(to_buffer(std::to_string(i)));
    EXPECT_EQ(client.receive_frame(), std::to_string(i));
  }
  sender.join();
  EXPECT_LE(memory.peak(), Bytes(2'500'000));
}

TEST_F(FramedServerTest, NoticesMemoryThatOthersGiveBack) {
  echo();
  options.max_frame = 1_MiB;
  options.connection_memory = 2_MiB;
  start();
  ASSERT_TRUE(memory.charge(256_MiB - Bytes(10)));
  TestSocket client = connect();
  client.send_frame("more than ten bytes");
  while (server->counters().memory_pauses == 0) std::this_thread::yield();
  EXPECT_EQ(handler.delivered(), 0);
  memory.release(256_MiB - Bytes(10));
  EXPECT_EQ(client.receive_frame(), "more than ten bytes");
}

TEST_F(FramedServerTest, AnUnfinishedFrameGivesItsMemoryBackAtTheCloseNotWithTheLastSlot) {
  start();
  TestSocket client = connect();
  client.send_frame("x");
  ASSERT_TRUE(handler.wait_delivered(1));
  ReplySlot slot = handler.take_slot();
  client.send(TestSocket::frame(std::string(1'000'000, 'h')).substr(0, 500'000));
  while (memory.used() < Bytes(1'000'000)) std::this_thread::yield();
  client.reset();
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_EQ(memory.used(), Bytes(0));
}

TEST_F(FramedServerTest, StopsReadingAtTheLimitOfOutstandingRequests) {
  options.max_outstanding = 3;
  start();
  TestSocket client = connect();
  std::string many;
  for (int i = 0; i < 100; ++i) many += TestSocket::frame("n" + std::to_string(i));
  client.send(many);
  ASSERT_TRUE(handler.wait_delivered(3));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(handler.wait_delivered(i + 1));
    EXPECT_LE(handler.delivered(), i + 3);
    std::string text;
    handler.seen.change([&](Seen& s) { text = as_text(s.frames.front().bytes()); });
    EXPECT_EQ(text, "n" + std::to_string(i));
    handler.take_slot().reply(to_buffer(text));
    EXPECT_EQ(client.receive_frame(), text);
  }
}

TEST_F(FramedServerTest, ThousandsOfTinyFramesAtALimitOfOne) {
  echo();
  options.max_outstanding = 1;
  start();
  TestSocket client = connect();
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += TestSocket::frame("");
  std::thread sender([&] { client.send(many); });
  EXPECT_EQ(client.receive(many.size()), many);
  sender.join();
}

TEST_F(FramedServerTest, ASlowReaderBoundsWhatIsKeptForIt) {
  options.max_pending_output = 256_KiB;
  options.max_outstanding = 1'000'000;
  echo();
  start();
  TestSocket client = connect(4096);
  const std::string payload(50'000, 's');
  const std::string frame = TestSocket::frame(payload);
  // The client sends and never reads, until the server reads no more: the sockets' buffers are full both ways.
  std::string stream;
  for (int i = 0; i < 200; ++i) stream += frame;
  size_t sent = 0;
  pollfd writable{client.descriptor(), POLLOUT, 0};
  while (sent < (200u << 20) && ::poll(&writable, 1, 300) == 1) {
    const ssize_t n = ::send(client.descriptor(), stream.data() + sent % stream.size(),
                             stream.size() - sent % stream.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) sent += static_cast<size_t>(n);
  }
  EXPECT_LT(sent, 200u << 20);
  // One reply over the limit, one frame in hand and one being read.
  EXPECT_LE(memory.used(), 256_KiB + Bytes(200'000));
  // Now it reads: every whole frame is answered.
  const size_t whole = sent / frame.size();
  for (size_t i = 0; i < whole; ++i) ASSERT_EQ(client.receive_frame().size(), payload.size()) << i;
}

TEST_F(FramedServerTest, AClientThatTakesNothingIsClosedAfterTheStallTimeout) {
  options.stall_timeout = Millis(50);
  options.max_pending_output = 64_KiB;
  handler.answer = [](OwnedFrame, ReplySlot slot) { slot.reply(ByteBuffer(20'000'000)); };
  start();
  TestSocket client = connect(4096);
  client.send_frame("x");
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_NE(handler.closed()[0].find("does not take"), std::string::npos);
}

TEST_F(FramedServerTest, AClientThatSendsHalfAFrameIsClosedAfterTheStallTimeout) {
  options.stall_timeout = Millis(50);
  start();
  TestSocket client = connect();
  client.send(TestSocket::frame("half").substr(0, 6));
  EXPECT_TRUE(client.closed_by_server());
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_NE(handler.closed()[0].find("does not finish"), std::string::npos);
}

TEST_F(FramedServerTest, AnIdleClientIsClosedButNotOneThatWaitsForItsReply) {
  options.idle_timeout = Millis(40);
  start();
  TestSocket waiting = connect();
  waiting.send_frame("long poll");
  ASSERT_TRUE(handler.wait_delivered(1));
  TestSocket idle = connect();
  EXPECT_TRUE(idle.closed_by_server());
  ASSERT_TRUE(handler.wait_closed(1));
  handler.take_slot().reply(to_buffer("late"));
  EXPECT_EQ(waiting.receive_frame(), "late");
}

TEST_F(FramedServerTest, AHalfClosedClientStillGetsItsReplies) {
  options.half_closed_linger = Millis(8'000);
  start();
  TestSocket client = connect();
  client.send_frame("a");
  client.send_frame("b");
  client.shut_down_sending();
  ASSERT_TRUE(handler.wait_delivered(2));
  handler.take_slot().reply(to_buffer("A"));
  EXPECT_EQ(client.receive_frame(), "A");
  handler.take_slot().reply(to_buffer("B"));
  EXPECT_EQ(client.receive_frame(), "B");
  EXPECT_TRUE(client.closed_by_server());
  ASSERT_TRUE(handler.wait_closed(1));
}

TEST_F(FramedServerTest, AnAnswerNobodyWaitsForIsCancelledAfterTheLinger) {
  options.half_closed_linger = Millis(30);
  start();
  TestSocket client = connect();
  client.send_frame("a");
  ASSERT_TRUE(handler.wait_delivered(1));
  ReplySlot slot = handler.take_slot();
  EXPECT_FALSE(slot.cancelled());
  client.close();
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_TRUE(slot.cancelled());
  slot.reply(to_buffer("nobody"));
}

TEST_F(FramedServerTest, AResetCancelsAtOnceAlsoWhileNothingIsRead) {
  options.half_closed_linger = Millis(100'000);
  options.max_outstanding = 1;
  start();
  TestSocket client = connect();
  client.send_frame("a");
  client.send_frame("b");
  ASSERT_TRUE(handler.wait_delivered(1));
  ReplySlot slot = handler.take_slot();
  client.reset();
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_TRUE(slot.cancelled());
}

TEST_F(FramedServerTest, ADroppedSlotClosesTheConnection) {
  handler.answer = [](OwnedFrame, ReplySlot) {};
  start();
  TestSocket client = connect();
  client.send_frame("x");
  EXPECT_TRUE(client.closed_by_server());
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_NE(handler.closed()[0].find("without an answer"), std::string::npos);
}

TEST_F(FramedServerTest, AHandlerCanCloseAConnection) {
  handler.answer = [](OwnedFrame, ReplySlot slot) { slot.close(Error{ErrorCode::kPermission, "go away", {}, {}}); };
  start();
  TestSocket client = connect();
  client.send_frame("x");
  EXPECT_TRUE(client.closed_by_server());
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_EQ(handler.closed()[0], "go away");
}

TEST_F(FramedServerTest, AThousandConnectionsAreServed) {
  echo();
  options.max_connections = 1000;
  start();
  std::vector<TestSocket> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(connect());
  for (int i = 0; i < 1000; ++i) clients[static_cast<size_t>(i)].send_frame(std::to_string(i));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(clients[static_cast<size_t>(i)].receive_frame(), std::to_string(i));
  EXPECT_EQ(server->counters().connections, 1000);
  TestSocket refused = connect();
  EXPECT_TRUE(refused.closed_by_server());
  EXPECT_EQ(server->counters().refused, 1);
  clients.clear();
  EXPECT_TRUE(handler.wait_closed(1000));
  TestSocket again = connect();
  again.send_frame("room");
  EXPECT_EQ(again.receive_frame(), "room");
}

TEST_F(FramedServerTest, StopClosesConnectionsAndLateAnswersGoNowhere) {
  start();
  TestSocket client = connect();
  client.send_frame("x");
  ASSERT_TRUE(handler.wait_delivered(1));
  ReplySlot slot = handler.take_slot();
  server->stop();
  server.reset();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(slot.cancelled());
  slot.reply(to_buffer("late"));
  EXPECT_EQ(handler.closed().size(), 1u);
}

TEST_F(FramedServerTest, AnswersRaceWithClosingClients) {
  start();
  std::atomic<bool> done{false};
  std::thread answering([&] {
    while (!done) {
      std::deque<ReplySlot> slots;
      handler.seen.change([&](Seen& s) {
        slots.swap(s.slots);
        s.frames.clear();
      });
      for (ReplySlot& slot : slots) slot.reply(ByteBuffer(5000));
      std::this_thread::yield();
    }
  });
  for (int round = 0; round < 60; ++round) {
    TestSocket client = connect();
    for (int i = 0; i < 10; ++i) client.send_frame("x");
    if (round % 3 == 0) {
      EXPECT_EQ(client.receive_frame().size(), 5000u);
    }
    if (round % 3 == 1) client.reset();
  }
  EXPECT_TRUE(handler.wait_closed(60));
  done = true;
  answering.join();
}

// A file as the fake environment has it: no descriptor.
class NoDescriptor final : public env::File {
 public:
  explicit NoDescriptor(std::shared_ptr<const env::File> file) : file_(std::move(file)) {}
  Result<size_t> pread(MutableByteSpan into, Bytes offset) const override { return file_->pread(into, offset); }
  Status pwrite(std::span<const ByteSpan>, Bytes) override { return fail(ErrorCode::kIo, "read only"); }
  Status sync() override { return {}; }
  Status truncate(Bytes) override { return fail(ErrorCode::kIo, "read only"); }
  [[nodiscard]] Result<Bytes> size() const override { return file_->size(); }
  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::shared_ptr<const env::File> file_;
};

class FileReplies : public FramedServerTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    FramedServerTest::SetUp();
    std::string pattern = (std::string(testing::TempDir()) + "/net_testXXXXXX");
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    auto opened = outside->files().open(folder + "/data", env::FileSystem::Mode::kCreate);
    ASSERT_TRUE(opened);
    std::mt19937_64 random(42);
    content.resize(20 << 20);
    for (size_t i = 0; i + 8 <= content.size(); i += 8) {
      const uint64_t word = random();
      std::memcpy(content.data() + i, &word, 8);
    }
    const ByteSpan all = as_bytes(content);
    ASSERT_TRUE((*opened)->pwrite(std::span(&all, 1), Bytes(0)));
    file = *std::move(opened);
    if (!GetParam()) file = std::make_shared<NoDescriptor>(file);
  }
  void TearDown() override {
    FramedServerTest::TearDown();
    EXPECT_TRUE(outside->files().remove_tree(folder));
  }
  FileRange range(int64_t offset, int64_t length) { return {file, Bytes(offset), Bytes(length)}; }

  std::unique_ptr<env::Env> outside = env::make_real_env();
  std::string folder;
  std::string content;
  std::shared_ptr<const env::File> file;
};
INSTANTIATE_TEST_SUITE_P(Descriptor, FileReplies, testing::Bool());

TEST_P(FileReplies, MixBytesAndRangesOfManyMegabytes) {
  const int64_t size = static_cast<int64_t>(content.size());
  handler.answer = [&](OwnedFrame frame, ReplySlot slot) {
    const auto cached = std::make_shared<std::string>("<cached>");
    Reply reply{ByteBuffer(frame.bytes().begin(), frame.bytes().end()), {}};
    reply.pieces.emplace_back(range(0, size));
    reply.pieces.emplace_back(SharedBytes{cached, as_bytes(*cached)});
    reply.pieces.emplace_back(range(17, 0));
    reply.pieces.emplace_back(range(12'345, 6'789'012));
    reply.pieces.emplace_back(to_buffer("<end>"));
    reply.pieces.emplace_back(range(size - 1, 1));
    reply.pieces.emplace_back(range(5, 0));
    slot.reply(std::move(reply));
  };
  start();
  TestSocket client = connect();
  client.send_frame("first");
  client.send_frame("second");
  for (const char* head : {"first", "second"}) {
    const std::string got = client.receive_frame();
    EXPECT_TRUE(got == head + content + "<cached>" + content.substr(12'345, 6'789'012) + "<end>" + content.back());
  }
}

TEST_P(FileReplies, AFileThatIsTooShortClosesTheConnection) {
  const int64_t size = static_cast<int64_t>(content.size());
  handler.answer = [&](OwnedFrame, ReplySlot slot) {
    Reply reply;
    reply.pieces.emplace_back(range(size - 10, 20));
    slot.reply(std::move(reply));
  };
  start();
  TestSocket client = connect();
  client.send_frame("x");
  EXPECT_EQ(client.receive_until_closed().size(), 14u);
  ASSERT_TRUE(handler.wait_closed(1));
  EXPECT_NE(handler.closed()[0].find("ends before"), std::string::npos);
}

}  // namespace
}  // namespace millstream::net
