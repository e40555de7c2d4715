// A listening TCP socket and what both servers do with it: bind, accept, survive running out of descriptors.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/error.h"
#include "net/address.h"
#include "net/event_loop.h"

namespace millstream::net {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// "what: the system's words for errno", kIo.
[[nodiscard]] Error system_error(std::string what, int error_number);

// Accepts on loop thread 0. Made, and destroyed after close(), on any thread.
class Listener {
 public:
  // Non-blocking, with TCP_NODELAY and SO_KEEPALIVE set; called on loop thread 0.
  using Accepted = std::function<void(Descriptor socket, const SocketAddress& peer)>;

  // Port 0 takes a free one. A port in use is kConflict.
  static Result<std::shared_ptr<Listener>> open(EventLoop& loop, const HostPort& address, Accepted accepted);

  [[nodiscard]] const HostPort& address() const { return address_; }  // with the port that was taken
  void close();                                                       // loop thread 0, or after the loop stopped

 private:
  Listener(EventLoop& loop, Descriptor socket, HostPort address, Accepted accepted);
  static void wait(const std::shared_ptr<Listener>& self);
  static void accept_all(const std::shared_ptr<Listener>& self);

  EventLoop& loop_;
  Descriptor socket_;
  HostPort address_;
  Accepted accepted_;
  std::unique_ptr<DescriptorWatch> watch_;
  bool closed_ = false;
};

}  // namespace millstream::net
