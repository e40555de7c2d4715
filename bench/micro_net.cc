// The framed server: latency of one request, small and large frames, file ranges, memory of idle connections.
//
// Client and server share this process and its cores, so both are slower than either alone.
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "base/check.h"
#include "bench/microbench.h"
#include "env/env.h"
#include "net/framed_server.h"

namespace millstream::bench {
namespace {

using namespace millstream::net;

class Client {
 public:
  explicit Client(const HostPort& address) {
    const auto found = resolve(address);
    CHECK(found);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::connect(socket_, found->front().data(), found->front().size) == 0);
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      CHECK(sent > 0);
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void receive(size_t size) {
    if (buffer_.size() < size) buffer_.resize(std::min<size_t>(size, 1 << 20));
    while (size > 0) {
      const ssize_t got = ::recv(socket_, buffer_.data(), std::min(size, buffer_.size()), 0);
      CHECK(got > 0);
      size -= static_cast<size_t>(got);
    }
  }

 private:
  int socket_ = -1;
  std::vector<char> buffer_;
};

std::string frame(size_t size) {
  std::string all(4 + size, 'x');
  store_big_endian(reinterpret_cast<std::byte*>(all.data()), static_cast<int32_t>(size));
  return all;
}

// Answers as its first byte says: 'x' echo at once, 'l' echo from another thread, 'a' one byte, 'f' a megabyte of a
// file.
class Handler final : public FrameHandler {
 public:
  explicit Handler(env::Executor& executor) : executor_(executor) {}
  void on_frame(Connection&, OwnedFrame frame, ReplySlot slot) override {
    const auto kind = static_cast<char>(frame.bytes()[0]);
    if (kind == 'a') {
      slot.reply(ByteBuffer(1));
    } else if (kind == 'f') {
      Reply reply;
      reply.pieces.emplace_back(FileRange{file, Bytes(0), 1_MiB});
      slot.reply(std::move(reply));
    } else if (kind == 'l') {
      auto shared = std::make_shared<std::pair<OwnedFrame, ReplySlot>>(std::move(frame), std::move(slot));
      executor_.submit(
          [shared] { shared->second.reply(ByteBuffer(shared->first.bytes().begin(), shared->first.bytes().end())); });
    } else {
      slot.reply(ByteBuffer(frame.bytes().begin(), frame.bytes().end()));
    }
  }
  std::shared_ptr<const env::File> file;

 private:
  env::Executor& executor_;
};

void measure_latency(std::string_view name, const HostPort& address, char kind, std::chrono::microseconds pace) {
  Client client(address);
  std::string request = frame(300);
  request[4] = kind;
  std::vector<int64_t> latencies;
  const int rounds = pace.count() > 0 ? 2'000 : 30'000;
  for (int i = 0; i < rounds; ++i) {
    if (pace.count() > 0) std::this_thread::sleep_for(pace);  // the load being measured, not a wait for something
    const int64_t begin = now_nanoseconds();
    client.send(request);
    client.receive(request.size());
    latencies.push_back(now_nanoseconds() - begin);
  }
  report_latencies(name, latencies);
}

// `batch` holds `count` requests; each batch is answered before the next but one is sent.
void measure_rate(std::string_view name, const HostPort& address, const std::string& batch, size_t answer, int rounds,
                  double per_round, std::string_view unit) {
  Client client(address);
  const int64_t begin = now_nanoseconds();
  std::thread sender([&] {
    for (int i = 0; i < rounds; ++i) client.send(batch);
  });
  client.receive(answer * static_cast<size_t>(rounds));
  sender.join();
  report(name, per_round * rounds / (static_cast<double>(now_nanoseconds() - begin) / 1e9), unit);
}

void measure_idle_memory(const HostPort& address) {
  constexpr int kConnections = 1000;
  const size_t before = mallinfo2().uordblks;
  std::vector<Client> clients;
  clients.reserve(kConnections);
  const std::string request = frame(100);
  for (int i = 0; i < kConnections; ++i) {
    clients.emplace_back(address);
    clients.back().send(request);
    clients.back().receive(request.size());
  }
  // The clients' own buffers are in it: a hundred bytes each.
  report("net.idle_connection_heap", static_cast<double>(mallinfo2().uordblks - before) / kConnections, "bytes");
}

}  // namespace

void micro_net() {
  const auto outside = env::make_real_env();
  MemoryBudget memory("bench", 1_GiB);
  EventLoop loop;
  Handler handler(outside->executor());
  std::string path = "/tmp/millstream_microbench_XXXXXX";
  const int descriptor = mkstemp(path.data());
  CHECK(descriptor >= 0);
  ::close(descriptor);
  {
    auto file = outside->files().open(path, env::FileSystem::Mode::kReadWrite);
    CHECK(file);
    const ByteBuffer content(1 << 20);
    const ByteSpan view = content;
    CHECK((*file)->pwrite(std::span(&view, 1), Bytes(0)));
    handler.file = *std::move(file);
  }
  auto server = FramedServer::start(loop, {}, memory, handler);
  CHECK(server);
  const HostPort address = (*server)->address();

  measure_idle_memory(address);
  measure_latency("net.echo_at_once", address, 'x', {});
  measure_latency("net.echo_at_once_1000_per_second", address, 'x', std::chrono::microseconds(900));
  measure_latency("net.echo_from_other_thread", address, 'l', {});
  std::string small;
  for (int i = 0; i < 1000; ++i) small += frame(100);
  measure_rate("net.small_frames_pipelined", address, small, small.size(), 1000, 1000, "frames/s");
  std::string medium = frame(16 << 10), large = frame(1 << 20), files = frame(1);
  medium[4] = large[4] = 'a';
  files[4] = 'f';
  measure_rate("net.frames_in_16_KiB", address, medium, 5, 100'000, 16.0 / 1024, "MiB/s");
  measure_rate("net.frames_in_1_MiB", address, large, 5, 4'000, 1, "MiB/s");
  measure_rate("net.file_ranges_out_1_MiB", address, files, 4 + (1 << 20), 4'000, 1, "MiB/s");
  (*server)->stop();
  handler.file.reset();
  ::unlink(path.c_str());
}

}  // namespace millstream::bench
