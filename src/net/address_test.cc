// Addresses as people and configuration files write them.
#include "net/address.h"

#include <gtest/gtest.h>

namespace millstream::net {
namespace {

TEST(Address, ParsesTheUsualForms) {
  EXPECT_EQ(*parse_host_port("localhost:9092"), (HostPort{"localhost", 9092}));
  EXPECT_EQ(*parse_host_port(" 10.0.0.1:0 "), (HostPort{"10.0.0.1", 0}));
  EXPECT_EQ(*parse_host_port(":8080"), (HostPort{"", 8080}));
  EXPECT_EQ(*parse_host_port("[::1]:9092"), (HostPort{"::1", 9092}));
  EXPECT_EQ(*parse_host_port("[fe80::1]", 8080), (HostPort{"fe80::1", 8080}));
  EXPECT_EQ(*parse_host_port("kafka", 9092), (HostPort{"kafka", 9092}));
  EXPECT_EQ(parse_host_port("[::1]:9092")->to_string(), "[::1]:9092");
  EXPECT_EQ(parse_host_port("h:1")->to_string(), "h:1");
}

TEST(Address, DropsAListenersProtocol) {
  EXPECT_EQ(*parse_host_port("SASL_SSL://pkc-1.eu.example.com:9092"), (HostPort{"pkc-1.eu.example.com", 9092}));
  EXPECT_EQ(*parse_host_port("plaintext://[::1]:9092"), (HostPort{"::1", 9092}));
  const auto wrong = parse_host_port("http://localhost:80");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("http"), std::string::npos);
}

TEST(Address, RefusesWhatIsNotAnAddress) {
  for (const std::string_view text :
       {"", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1", "localhost:9092x", "::1:9092",
        "[::1", "[::1]9092", "[localhost]:9092", "[]:1", "a b:1", "host/path:1", "a:1:2"}) {
    const auto parsed = parse_host_port(text);
    EXPECT_FALSE(parsed) << text << " gave " << parsed->to_string();
  }
  EXPECT_FALSE(parse_host_port("", 9092));
}

TEST(Address, ParsesLists) {
  EXPECT_EQ(*parse_host_ports("a:1, b:2,c", 3), (std::vector<HostPort>{{"a", 1}, {"b", 2}, {"c", 3}}));
  EXPECT_FALSE(parse_host_ports("a:1,,b:2"));
  EXPECT_FALSE(parse_host_ports("", 1));
}

TEST(HostAliases, TranslatesNamesIgnoringCase) {
  const auto aliases = HostAliases::parse("kafka=self, Postgres=127.0.0.1:5433,registry=10.1.1.1");
  ASSERT_TRUE(aliases) << aliases.error().message;
  EXPECT_TRUE(aliases->is_self("KAFKA"));
  EXPECT_FALSE(aliases->is_self("postgres"));
  EXPECT_FALSE(aliases->is_self("unknown"));
  EXPECT_EQ(aliases->translate({"postgres", 5432}), (HostPort{"127.0.0.1", 5433}));
  EXPECT_EQ(aliases->translate({"registry", 8081}), (HostPort{"10.1.1.1", 8081}));
  EXPECT_EQ(aliases->translate({"kafka", 29092}), (HostPort{"kafka", 29092}));
  EXPECT_EQ(aliases->translate({"other", 1}), (HostPort{"other", 1}));
  EXPECT_TRUE(HostAliases::parse(" ")->empty());
}

TEST(HostAliases, RefusesBrokenLists) {
  for (const std::string_view text :
       {"kafka", "=self", "kafka=", "kafka=self,kafka=other", "kafka:9092=self", "a=b:x", ","}) {
    EXPECT_FALSE(HostAliases::parse(text)) << text;
  }
}

TEST(Address, ResolvesNumbersAndLocalhostAndSaysWhatFailed) {
  const auto four = resolve({"127.0.0.1", 80});
  ASSERT_TRUE(four);
  EXPECT_EQ(four->front().to_host_port(), (HostPort{"127.0.0.1", 80}));
  const auto local = resolve({"localhost", 80});
  ASSERT_TRUE(local);
  EXPECT_TRUE(is_loopback_name(local->front().to_host_port().host));
  const auto unknown = resolve({"no-such-host.invalid", 80});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(unknown.error().message.find("no-such-host.invalid"), std::string::npos);
}

TEST(Address, KnowsLoopbackNames) {
  for (const std::string_view name : {"localhost", "LOCALHOST", "x.localhost", "127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_TRUE(is_loopback_name(name)) << name;
  for (const std::string_view name :
       {"", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "::2", "notlocalhost"}) {
    EXPECT_FALSE(is_loopback_name(name)) << name;
  }
}

}  // namespace
}  // namespace millstream::net
