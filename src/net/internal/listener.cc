// Bind, listen and the accept loop.
#include "net/internal/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/logging.h"

namespace millstream::net {
namespace {

constexpr int kAcceptsPerEvent = 64;          // then the connections get their turn
constexpr Millis kOutOfDescriptorsPause(50);  // accept would fail at once again and spin

void set_option(int socket, int level, int name) {
  const int on = 1;
  setsockopt(socket, level, name, &on, sizeof on);
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Error system_error(std::string what, int error_number) {
  return Error{ErrorCode::kIo, std::move(what) + ": " + std::generic_category().message(error_number), {}, {}};
}

Listener::Listener(EventLoop& loop, Descriptor socket, HostPort address, Accepted accepted)
    : loop_(loop), socket_(std::move(socket)), address_(std::move(address)), accepted_(std::move(accepted)) {}

Result<std::shared_ptr<Listener>> Listener::open(EventLoop& loop, const HostPort& address, Accepted accepted) {
  MS_ASSIGN(const std::vector<SocketAddress> candidates, resolve(address));
  const SocketAddress& chosen = candidates.front();
  Descriptor socket(::socket(chosen.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail(system_error("cannot make a socket", errno));
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (::bind(socket.get(), chosen.data(), chosen.size) != 0) {
    Error error = system_error("cannot listen on " + address.to_string(), errno);
    if (errno == EADDRINUSE) {
      error.code = ErrorCode::kConflict;
      error.hint = "another program has this port; choose another, or 0 for a free one";
    }
    return fail(std::move(error));
  }
  if (::listen(socket.get(), SOMAXCONN) != 0)
    return fail(system_error("cannot listen on " + address.to_string(), errno));
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    return fail(system_error("cannot tell the port of " + address.to_string(), errno));
  }
  const int descriptor = socket.get();
  std::shared_ptr<Listener> listener(
      new Listener(loop, std::move(socket), {address.host, bound.to_host_port().port}, std::move(accepted)));
  MS_ASSIGN(listener->watch_, loop.watch(descriptor));
  loop.post([listener] { wait(listener); });
  return listener;
}

void Listener::wait(const std::shared_ptr<Listener>& self) {
  if (!self->closed_) self->watch_->wait(DescriptorWatch::Until::kReadable, [self] { accept_all(self); });
}

void Listener::accept_all(const std::shared_ptr<Listener>& self) {
  for (int i = 0; i < kAcceptsPerEvent && !self->closed_; ++i) {
    SocketAddress peer;
    peer.size = sizeof peer.storage;
    Descriptor socket(::accept4(self->socket_.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY);
      set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE);
      self->accepted_(std::move(socket), peer);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log_warning("no more connections for now: {}", system_error("accept", errno).message);
      self->loop_.schedule(kOutOfDescriptorsPause, [self] { wait(self); });
      return;
    }
    // Others concern the one connection that was about to be accepted (reset meanwhile, network gone).
  }
  wait(self);
}

void Listener::close() {
  closed_ = true;
  watch_.reset();
  socket_.reset();
  accepted_ = nullptr;
}

}  // namespace millstream::net
