// A blocking TCP client for tests, and a way to wait for a condition; nothing here waits longer than ten seconds.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "net/internal/listener.h"

namespace millstream::net {

class TestSocket {
 public:
  explicit TestSocket(const HostPort& address, int receive_buffer = 0) {
    const auto found = resolve(address);
    EXPECT_TRUE(found);
    socket_ = Descriptor(::socket(found->front().storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0) setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    EXPECT_EQ(::connect(socket_.get(), found->front().data(), found->front().size), 0) << strerror(errno);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server closed; the test sees it when it reads
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void send_frame(std::string_view payload) { send(frame(payload)); }
  static std::string frame(std::string_view payload) {
    std::string all(4, '\0');
    store_big_endian(reinterpret_cast<std::byte*>(all.data()), static_cast<int32_t>(payload.size()));
    return all.append(payload);
  }
  // As many bytes as can be sent without blocking.
  size_t send_until_full(std::string_view bytes, size_t limit) {
    size_t total = 0;
    while (total < limit) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      total += static_cast<size_t>(sent);
    }
    return total;
  }

  // Exactly `size` bytes, or fewer if the server closed or ten seconds passed.
  std::string receive(size_t size) {
    std::string all(size, '\0');
    size_t filled = 0;
    while (filled < size && readable()) {
      const ssize_t got = ::recv(socket_.get(), all.data() + filled, size - filled, 0);
      if (got <= 0) break;
      filled += static_cast<size_t>(got);
    }
    all.resize(filled);
    return all;
  }
  std::string receive_frame() {
    const std::string size = receive(4);
    if (size.size() < 4) return "<closed>";
    return receive(static_cast<size_t>(load_big_endian<int32_t>(reinterpret_cast<const std::byte*>(size.data()))));
  }
  std::string receive_until_closed() { return receive(64 << 20); }
  // Up to and with `end`.
  std::string receive_until(std::string_view end) {
    std::string all;
    while (!all.ends_with(end)) {
      const std::string one = receive(1);
      if (one.empty()) break;
      all += one;
    }
    return all;
  }
  // True once the server closed its side (or reset); false if it sent something, or nothing for ten seconds.
  bool closed_by_server() {
    char byte;
    return readable() && ::recv(socket_.get(), &byte, 1, 0) <= 0;
  }

  void shut_down_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }
  void close() { socket_.reset(); }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  bool readable() {
    pollfd wait{socket_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 10'000) == 1;
  }
  Descriptor socket_;
};

// A value that threads change and a test waits on.
template <typename T>
class Watched {
 public:
  template <typename Change>
  void change(Change change) {
    std::lock_guard lock(mutex_);
    change(value_);
    changed_.notify_all();
  }
  template <typename Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return condition(value_); });
  }
  T get() {
    std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

}  // namespace millstream::net
