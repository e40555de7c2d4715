// The jdbc connector over TLS, to a PostgreSQL that takes no other connections: which certificates pass in each
// sslmode, and what is said of those that do not.
#include <gmock/gmock.h>

#include <future>

#include "connector/postgres/internal/test_certificates.h"
#include "connector/postgres/internal/test_database.h"
#include "connector/postgres/postgres_sink.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using testing::ElementsAre;
using testing::HasSubstr;

class PostgresTls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    authority_ = new TestAuthority("the authority");
    stranger_ = new TestAuthority("a stranger");
    const TestAuthority::Signed server = authority_->sign("ignored", "DNS:localhost,DNS:orders-db");
    server_ = new TestServer(TestServer::Tls{server.certificate, server.key, authority_->file()});
  }
  static void TearDownTestSuite() {
    delete server_;
    delete stranger_;
    delete authority_;
  }

  std::shared_ptr<catalog::Table> table(const std::string& parameters, const std::string& host = "localhost") {
    auto made = test_table("t", {{"id", Type::integer(), ""}}, {}, database_, "t");
    made->options["url"] =
        "jdbc:postgresql://" + host + ":" + std::to_string(server_->port()) + "/" + database_ + parameters;
    return made;
  }
  std::unique_ptr<stream::Sink> sink(const catalog::TablePtr& table) {
    auto made = make_postgres_sink(sink_of(table), table->physical_schema(), parts_);
    EXPECT_TRUE(made) << made.error().to_string();
    return *std::move(made);
  }
  Status check(const std::string& parameters, const std::string& host = "localhost") {
    return sink(table(parameters, host))->check();
  }
  [[nodiscard]] static std::string trusting(const TestAuthority& authority) {
    return "&sslrootcert=" + authority.file();
  }
  [[nodiscard]] static std::string server_name(const std::string& host = "localhost") {
    return "PostgreSQL " + host + ":" + std::to_string(server_->port());
  }
  void SetUp() override { server_->rows(database_, "CREATE TABLE t (id int)"); }

  static TestAuthority *authority_, *stranger_;
  static TestServer* server_;
  std::string database_ = server_->make_database();
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  MemoryBudget budget_{"test", 1_GiB};
  PostgresParts parts_{*env_, budget_, nullptr, nullptr};
};
TestAuthority* PostgresTls::authority_ = nullptr;
TestAuthority* PostgresTls::stranger_ = nullptr;
TestServer* PostgresTls::server_ = nullptr;

TEST_F(PostgresTls, EveryModeAcceptsAServerOfTheAuthority) {
  const std::string right = trusting(*authority_);
  for (const std::string& parameters :
       {"?ssl=true&sslmode=verify-full" + right, "?ssl=true" + right, "?sslmode=verify-full" + right,
        "?sslmode=verify-ca" + right, "?sslmode=require" + right, std::string("?sslmode=require"),
        std::string("?sslmode=prefer"), std::string("?sslmode=allow"), std::string()}) {
    const Status checked = check(parameters);
    EXPECT_TRUE(checked) << parameters << ": " << checked.error().to_string();
  }
}

TEST_F(PostgresTls, RowsAreCommittedOverTls) {
  const auto made = sink(table("?ssl=true&sslmode=verify-full" + trusting(*authority_)));
  const Status checked = made->check();
  ASSERT_TRUE(checked) << checked.error().to_string();
  const auto writer = *made->make_writer();
  stream::OperatorContext context;
  context.budget = &budget_;
  ASSERT_TRUE(writer->open(context));
  const auto committer = *made->make_committer({"job", AttemptId(1)});
  std::promise<Result<CheckpointId>> held;
  committer->recover(AttemptId(1), [&](Result<CheckpointId> id) { held.set_value(std::move(id)); });
  ASSERT_TRUE(held.get_future().get());
  std::vector<Row> rows;
  for (int i = 0; i < 100; ++i) rows.push_back({number(i)});
  ASSERT_TRUE(writer->write(batch_of({{{"id", Type::integer(), ""}}}, rows)));
  std::promise<Status> committed;
  committer->commit(CheckpointId(1), *writer->prepare(CheckpointId(1)),
                    [&](Status status) { committed.set_value(std::move(status)); });
  const Status status = committed.get_future().get();
  EXPECT_TRUE(status) << status.error().to_string();
  EXPECT_THAT(server_->rows(database_, "SELECT count(*) FROM t"), ElementsAre("100"));
}

TEST_F(PostgresTls, AServerOfAnotherAuthorityIsRefused) {
  // With 'require' an authority that is named is asked, as libpq does.
  for (const std::string mode : {"verify-full", "verify-ca", "require"}) {
    const Status refused = check("?ssl=true&sslmode=" + mode + trusting(*stranger_));
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().code, ErrorCode::kRemote);
    EXPECT_FALSE(can_retry(refused.error().code));
    EXPECT_EQ(refused.error().message, server_name() + ": TLS: SSL error: certificate verify failed");
    EXPECT_EQ(refused.error().hint,
              "sslrootcert in 'url' must name the authority that signed the server's certificate");
  }
}

TEST_F(PostgresTls, AServerOfAnotherNameIsRefusedWhereNamesAreChecked) {
  const std::string right = trusting(*authority_);
  for (const std::string& parameters : {"?ssl=true&sslmode=verify-full" + right, "?ssl=true" + right}) {
    const Status refused = check(parameters, "127.0.0.1");
    ASSERT_FALSE(refused) << parameters;
    EXPECT_EQ(refused.error().code, ErrorCode::kRemote);
    EXPECT_EQ(refused.error().message,
              server_name("127.0.0.1") +
                  ": TLS: server certificate for \"localhost\" (and 2 other names) does not match host name "
                  "\"127.0.0.1\"");
    EXPECT_EQ(refused.error().hint, "write the host in 'url' as the certificate has it, or set sslmode=verify-ca");
  }
  EXPECT_TRUE(check("?sslmode=verify-ca" + right, "127.0.0.1"));
  EXPECT_TRUE(check("?ssl=true&sslmode=require", "127.0.0.1")) << "sslmode decides, as in the JDBC driver";
}

// A self-made authority that was made again has the old one's name.
TEST_F(PostgresTls, AServerOfAnAuthorityOfTheSameNameIsRefused) {
  const TestAuthority again("the authority");
  const Status refused = check("?sslmode=verify-full" + trusting(again));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRemote);
  EXPECT_THAT(refused.error().message, HasSubstr(server_name() + ": TLS: SSL error: "));
  EXPECT_EQ(refused.error().hint, "sslrootcert in 'url' must name the authority that signed the server's certificate");
}

// Another address to connect to is no other server.
TEST_F(PostgresTls, TheNameInTheUrlIsCheckedWhereverItLeads) {
  parts_.resolve = [](const net::HostPort& address) { return net::HostPort{"127.0.0.1", address.port}; };
  const std::string parameters = "?sslmode=verify-full" + trusting(*authority_);
  const Status right = check(parameters, "orders-db");
  EXPECT_TRUE(right) << right.error().to_string();
  const Status wrong = check(parameters, "users-db");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("does not match host name \"users-db\""));
}

TEST_F(PostgresTls, AnAuthorityThatIsNotThereIsSaid) {
  const Status missing = check("?ssl=true&sslrootcert=/nonexistent/root.crt");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kRemote);
  EXPECT_EQ(missing.error().message,
            server_name() + ": TLS: root certificate file \"/nonexistent/root.crt\" does not exist");
  EXPECT_EQ(missing.error().hint, "give the file of the authority's certificate as sslrootcert in 'url'");
}

TEST_F(PostgresTls, AServerThatWantsTlsIsNotReachedWithout) {
  const Status refused = check("?sslmode=disable");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
  EXPECT_THAT(refused.error().message, HasSubstr("no pg_hba.conf entry for host"));
  EXPECT_THAT(refused.error().message, HasSubstr("no encryption"));
}

TEST_F(PostgresTls, ACertificateLogsIn) {
  server_->rows(database_,
                "DROP ROLE IF EXISTS by_certificate; CREATE ROLE by_certificate LOGIN; "
                "GRANT INSERT ON t TO by_certificate");
  const std::string right = "?sslmode=verify-full" + trusting(*authority_);
  const auto check_as = [&](const std::string& parameters) {
    const auto as = table(right + parameters);
    as->options["username"] = "by_certificate";
    return sink(as)->check();
  };
  const TestAuthority::Signed client = authority_->sign("by_certificate"), other = authority_->sign("somebody");
  const Status known = check_as("&sslcert=" + client.certificate + "&sslkey=" + client.key);
  EXPECT_TRUE(known) << known.error().to_string();
  const Status unknown = check_as("&sslcert=" + other.certificate + "&sslkey=" + other.key);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kPermission);
  EXPECT_FALSE(check_as(""));
}

}  // namespace
}  // namespace millstream::connector::postgres
