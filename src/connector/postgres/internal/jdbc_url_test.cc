// JDBC URLs: what they mean, and what is said of those that mean nothing.
#include "connector/postgres/internal/jdbc_url.h"

#include <gmock/gmock.h>

namespace millstream::connector::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

catalog::Table table_of(catalog::Options options) {
  catalog::Table table;
  table.options = std::move(options);
  return table;
}
Result<ConnectionSettings> read(const std::string& url, catalog::Options more = {{"username", "ann"}}) {
  more["url"] = url;
  return read_connection_settings(table_of(std::move(more)));
}

TEST(JdbcUrl, TakesHostPortAndDatabaseApart) {
  const auto settings = read("jdbc:postgresql://db.example:6543/shop");
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->address, (net::HostPort{"db.example", 6543}));
  EXPECT_EQ(settings->database, "shop");
  EXPECT_EQ(settings->user, "ann");
  EXPECT_EQ(settings->connect_timeout, Millis(10'000));
  EXPECT_EQ(settings->target(), "postgres:db.example:6543/shop?ann");
}

TEST(JdbcUrl, ShortFormsMeanWhatTheyMeanToTheDriver) {
  EXPECT_EQ(read("jdbc:postgresql://h/shop")->address, (net::HostPort{"h", 5432}));
  EXPECT_EQ(read("jdbc:postgresql://[::1]:7/shop")->address, (net::HostPort{"::1", 7}));
  EXPECT_EQ(read("jdbc:postgresql:shop")->address, (net::HostPort{"localhost", 5432}));
  EXPECT_EQ(read("jdbc:postgresql:shop")->database, "shop");
  EXPECT_EQ(read("jdbc:postgresql:///shop")->address, (net::HostPort{"localhost", 5432}));
  EXPECT_EQ(read("jdbc:postgresql://h")->database, "ann");
  EXPECT_EQ(read("jdbc:postgresql://h/my%20shop")->database, "my shop");
}

TEST(JdbcUrl, ParametersBecomeWhatAConnectionNeeds) {
  const auto settings = read(
      "jdbc:postgresql://h/"
      "shop?user=bob&password=a%26b&currentSchema=sales&connectTimeout=3&sslmode=require&ApplicationName=etl&"
      "tcpKeepAlive=true&reWriteBatchedInserts=true&targetServerType=primary",
      {});
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->user, "bob");
  EXPECT_EQ(settings->password, "a&b");
  EXPECT_EQ(settings->schema, "sales");
  EXPECT_EQ(settings->connect_timeout, Millis(3000));
  EXPECT_THAT(settings->libpq, ElementsAre(Pair("sslmode", "require"), Pair("application_name", "etl"),
                                           Pair("keepalives", "1"), Pair("target_session_attrs", "read-write")));
  EXPECT_EQ(settings->target(), "postgres:h:5432/shop?bob&currentSchema=sales") << "no secrets";
}

TEST(JdbcUrl, SslAloneChecksTheCertificate) {
  EXPECT_THAT(read("jdbc:postgresql://h/d?ssl=true")->libpq, ElementsAre(Pair("sslmode", "verify-full")));
  EXPECT_THAT(read("jdbc:postgresql://h/d?ssl")->libpq, ElementsAre(Pair("sslmode", "verify-full")));
  EXPECT_THAT(read("jdbc:postgresql://h/d?ssl=false")->libpq, ElementsAre());
}

TEST(JdbcUrl, SslmodeDecidesWhereverItStands) {
  for (const char* parameters : {"ssl=true&sslmode=require", "sslmode=require&ssl=true", "ssl=false&sslmode=require"})
    EXPECT_THAT(read(std::string("jdbc:postgresql://h/d?") + parameters)->libpq,
                ElementsAre(Pair("sslmode", "require")))
        << parameters;
  EXPECT_THAT(read("jdbc:postgresql://h/d?ssl=true&sslmode=verify-full&sslrootcert=/etc/ssl/my%20ca.pem")->libpq,
              ElementsAre(Pair("sslmode", "verify-full"), Pair("sslrootcert", "/etc/ssl/my ca.pem")));
}

TEST(JdbcUrl, OptionsWinOverTheUrl) {
  const auto settings = read("jdbc:postgresql://h/d?password=x",
                             {{"username", "ann"}, {"password", "y"}, {"connection.max-retry-timeout", "60s"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->password, "y");
  EXPECT_EQ(settings->connect_timeout, Millis(60'000));
}

struct Refusal {
  std::string url;
  catalog::Options options;
  std::string message, hint;
};

TEST(JdbcUrl, RefusalsNameThePartAndTheFix) {
  const catalog::Options ann{{"username", "ann"}};
  const Refusal refusals[] = {
      {"jdbc:mysql://h/d", ann,
       "option 'url': only PostgreSQL databases can be written: the URL must begin with jdbc:postgresql://",
       "for example jdbc:postgresql://localhost:5432/shop"},
      {"jdbc:postgresql://a:1,b:2/d", ann, "option 'url': a list of servers is not supported",
       "name the one that takes writes, or a proxy in front of them"},
      {"jdbc:postgresql://ann:x@h/d", ann, "option 'url': user and password do not belong in front of the host",
       "use the options 'username' and 'password'"},
      {"jdbc:postgresql://h/d?sslMode=require", ann, "option 'url': unknown parameter 'sslMode'",
       "did you mean 'sslmode'? Known: user, password, currentSchema, "},
      {"jdbc:postgresql://h/d?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory", ann,
       "option 'url': unknown parameter 'sslfactory'",
       "there are no Java classes here: sslmode=require encrypts without checking the certificate. Known: user, "},
      {"jdbc:postgresql://h/d?sslmode=on", ann,
       "option 'url': sslmode is one of disable, allow, prefer, require, verify-ca, verify-full", ""},
      {"jdbc:postgresql://h/d?connectTimeout=soon", ann,
       "option 'url': 'connectTimeout' is not a number of seconds: 'soon'", ""},
      {"jdbc:postgresql://h/100%", ann, "option 'url': a % is not followed by two hexadecimal digits",
       "write a percent sign as %25"},
      {"jdbc:postgresql://h/d?user=bob", ann, "option 'url': its user differs from the option 'username'",
       "give the user in one place"},
      {"jdbc:postgresql://h/d?targetServerType=secondary", ann,
       "option 'url': targetServerType is any or primary: a sink writes", ""},
      {"jdbc:postgresql://h/d", {}, "option 'username' is missing", "add 'username' = '…' to the WITH clause"},
      {"jdbc:postgresql://h/d",
       {{"username", "ann"}, {"connection.max-retry-timeout", "10 ms"}},
       "option 'connection.max-retry-timeout' must be at least 1 s",
       ""},
  };
  for (const Refusal& refusal : refusals) {
    const auto settings = read(refusal.url, refusal.options);
    ASSERT_FALSE(settings) << refusal.url;
    EXPECT_EQ(settings.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(settings.error().message, refusal.message);
    EXPECT_THAT(settings.error().hint, HasSubstr(refusal.hint));
  }
}

}  // namespace
}  // namespace millstream::connector::postgres
