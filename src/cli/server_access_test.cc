// Which server a command takes: the one named, or one of its own.
#include "cli/server_access.h"

#include "cli/internal/scripted_server.h"

namespace millstream::cli {
namespace {

class FakeLocal final : public LocalServer {
 public:
  [[nodiscard]] std::string http_url() const override { return "http://127.0.0.1:1"; }
  [[nodiscard]] std::string kafka_address() const override { return "127.0.0.1:2"; }
};

TEST(ServerAccess, TheServerNamedIsTakenUnasked) {
  const auto access = find_server({.server = "http://127.0.0.1:1", .data = "/d", .start_local = {}});
  ASSERT_TRUE(access);
  EXPECT_EQ(access->url, "http://127.0.0.1:1");
  EXPECT_EQ(access->local, nullptr);
}

TEST(ServerAccess, AFolderMeansAServerOfItsOwn) {
  std::string started_in;
  const StartLocalServer start = [&](const std::string& data) -> Result<std::unique_ptr<LocalServer>> {
    started_in = data;
    return std::make_unique<FakeLocal>();
  };
  const auto access = find_server({.server = "", .data = "/d", .start_local = start});
  ASSERT_TRUE(access);
  EXPECT_EQ(started_in, "/d");
  EXPECT_EQ(access->url, "http://127.0.0.1:1");
  EXPECT_NE(access->local, nullptr);
}

TEST(ServerAccess, OptionsOfAServerAreNotLostOnAnother) {
  const auto access = find_server({.server = "http://127.0.0.1:1", .data = "", .start_local = {}, .needs_own = true});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(access.error().message, ::testing::HasSubstr("--host-alias"));
  EXPECT_THAT(access.error().message, ::testing::HasSubstr("http://127.0.0.1:1 is to run this"));
}

TEST(ServerAccess, SaysHowToStartOneWhereNoneMayBeStarted) {
  const auto access = find_server({.server = "", .data = "/d", .start_local = {}});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(access.error().hint, ::testing::HasSubstr("millstream serve"));
}

TEST(ServerAccess, AHealthyServerAnswers) {
  ScriptedServer server;
  EXPECT_TRUE(answers(server.url()));
  ScriptedServer sick;
  sick.on("GET /health", {"{}"}, 503);
  EXPECT_FALSE(answers(sick.url()));
  EXPECT_FALSE(answers("not a url://"));
  std::string gone;
  {
    ScriptedServer closed;
    gone = closed.url();
  }
  EXPECT_FALSE(answers(gone));
}

}  // namespace
}  // namespace millstream::cli
