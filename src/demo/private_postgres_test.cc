// The choice of a port; the cluster itself is started by the end-to-end tests.
#include "demo/private_postgres.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millstream::demo {
namespace {

// A socket that listens on `port` of 127.0.0.1 while it lives; 0 takes a free one.
class Listener {
 public:
  explicit Listener(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    socklen_t size = sizeof address;
    ok = socket_ >= 0 && bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
         listen(socket_, 1) == 0 && getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    this->port = ntohs(address.sin_port);
  }
  ~Listener() { close(socket_); }
  bool ok = false;
  int port = 0;

 private:
  int socket_;
};

TEST(FreePort, AvoidsOneThatSomebodyListensOn) {
  const Listener taken(0);
  ASSERT_TRUE(taken.ok);
  const int port = free_port(taken.port);
  EXPECT_GT(port, 0);
  EXPECT_NE(port, taken.port);
}

TEST(FreePort, TakesTheOneThatIsWantedIfItIsFree) {
  // Another process may take a free port at any time; it will not do so every time.
  bool taken = false;
  for (int attempt = 0; attempt < 10 && !taken; ++attempt) {
    const int wanted = free_port(0);
    ASSERT_GT(wanted, 0);
    taken = free_port(wanted) == wanted;
  }
  EXPECT_TRUE(taken);
}

TEST(FreePort, LeavesThePortFree) {
  bool listened = false;
  for (int attempt = 0; attempt < 10 && !listened; ++attempt) listened = Listener(free_port(0)).ok;
  EXPECT_TRUE(listened);
}

}  // namespace
}  // namespace millstream::demo
