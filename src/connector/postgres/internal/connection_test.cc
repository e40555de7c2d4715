// Servers that are not there, deaf, or hang up: which of them are worth another try, and the words for each.
#include "connector/postgres/internal/connection.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "connector/postgres/internal/test_database.h"

namespace millstream::connector::postgres {
namespace {

using testing::HasSubstr;

// Accepts connections and does with them what a test says.
class Listener {
 public:
  explicit Listener(std::function<void(int)> serve) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (int client = accept(fd_, nullptr, nullptr); client >= 0; client = accept(fd_, nullptr, nullptr)) {
        serve(client);
        close(client);
      }
    });
  }
  ~Listener() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

class ConnectionTest : public testing::Test {
 protected:
  Error error_at(uint16_t port, std::vector<std::pair<std::string, std::string>> libpq = {}) {
    ConnectionSettings settings;
    settings.address = {"127.0.0.1", port};
    settings.database = settings.user = "postgres";
    settings.connect_timeout = Millis(1000);
    settings.libpq = std::move(libpq);
    const auto connection = Connection::open(env_->clock(), settings, nullptr, interrupt_);
    return connection ? Error{ErrorCode::kInternal, "connected", {}, {}} : connection.error();
  }
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  Interrupt interrupt_;
};

TEST_F(ConnectionTest, AServerThatHangsUpIsTriedAgain) {
  // At once, and behind the first message, which asks for TLS.
  for (const bool reads : {false, true}) {
    Listener listener([&](int client) {
      char bytes[64];
      if (reads) (void)!read(client, bytes, sizeof bytes);
    });
    const Error error = error_at(listener.port());
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << error.to_string();
    EXPECT_THAT(error.message, HasSubstr("PostgreSQL 127.0.0.1:" + std::to_string(listener.port()) + ": "));
  }
}

TEST_F(ConnectionTest, ADeafServerIsGivenUpInTimeAndTriedAgain) {
  std::promise<void> over;
  std::shared_future<void> done = over.get_future().share();
  Error error;
  Listener listener([done](int) { done.wait(); });
  error = error_at(listener.port());
  over.set_value();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.message, "PostgreSQL 127.0.0.1:" + std::to_string(listener.port()) +
                               " does not answer: TLS: no answer within 1.0 s");
}

TEST_F(ConnectionTest, TlsThatIsNotOfferedIsToBeConfigured) {
  const auto port = static_cast<uint16_t>(TestServer::get().port());
  const Error error = error_at(port, {{"sslmode", "require"}});
  EXPECT_EQ(error.code, ErrorCode::kRemote);
  EXPECT_EQ(error.message, "PostgreSQL 127.0.0.1:" + std::to_string(port) +
                               ": TLS: server does not support SSL, but SSL was required");
  EXPECT_EQ(error.hint, "set sslmode in 'url' to what the server offers, or give sslrootcert");
  EXPECT_EQ(error_at(port, {{"sslmode", "verify-full"}, {"sslrootcert", "/nonexistent"}}).code, ErrorCode::kRemote);
}

TEST_F(ConnectionTest, AnUnknownHostIsTriedAgain) {
  ConnectionSettings settings;
  settings.address = {"no-such-host.invalid", 5432};
  const auto connection = Connection::open(env_->clock(), settings, nullptr, interrupt_);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(connection.error().message, HasSubstr("PostgreSQL no-such-host.invalid:5432: DNS: "));
}

TEST_F(ConnectionTest, WhatTheServerSaysDecidesWhoseFaultItIs) {
  const ConnectionSettings settings;
  const auto code_of = [&](const char* sqlstate, bool lost = false) {
    return to_error({sqlstate, "m", lost}, settings, "writing rows").code;
  };
  for (const char* passing :
       {"40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "57P03", "08006", "25006"}) {
    EXPECT_EQ(code_of(passing), ErrorCode::kUnavailable) << passing;
  }
  EXPECT_EQ(code_of("", true), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("42501"), ErrorCode::kPermission);
  EXPECT_EQ(code_of("42P01"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of("XX000"), ErrorCode::kRemote);
}

TEST_F(ConnectionTest, AnInterruptEndsAWait) {
  ConnectionSettings settings;
  settings.address = {"127.0.0.1", static_cast<uint16_t>(TestServer::get().port())};
  settings.database = settings.user = "postgres";
  auto connection = Connection::open(env_->clock(), settings, nullptr, interrupt_);
  ASSERT_TRUE(connection) << connection.error().to_string();
  std::thread raising([this] { interrupt_.raise(); });
  const auto answer = (*connection)->execute("SELECT pg_sleep(1000)");
  raising.join();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().lost);
  EXPECT_TRUE((*connection)->lost());
}

// An answer larger than the sockets' buffers must not keep both sides waiting.
TEST_F(ConnectionTest, APipelineReadsWhileItWrites) {
  ConnectionSettings settings;
  settings.address = {"127.0.0.1", static_cast<uint16_t>(TestServer::get().port())};
  settings.database = settings.user = "postgres";
  auto connection = Connection::open(env_->clock(), settings, nullptr, interrupt_);
  ASSERT_TRUE(connection) << connection.error().to_string();
  Connection::Pipeline pipeline(**connection);
  pipeline.begin();
  const std::vector<std::string> large{std::string(1 << 20, 'x')};
  for (int i = 0; i < 20; ++i) pipeline.add("SELECT $1::text", large);
  const auto answers = pipeline.finish();
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 20u);
  EXPECT_EQ((*answers)[19].text(0, 0).size(), large[0].size());
  // An error in the middle skips what comes behind, and the connection goes on.
  pipeline.begin();
  pipeline.add("SELECT 1", {});
  pipeline.add("SELECT 1/0", {});
  pipeline.add("SELECT 2", {});
  const auto failed = pipeline.finish();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_FALSE(failed.error().lost);
  EXPECT_EQ((*connection)->execute("SELECT 3")->number(0, 0), 3);
}

}  // namespace
}  // namespace millstream::connector::postgres
