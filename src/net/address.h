// HOST:PORT as people write it, names that stand for other names, and the addresses behind them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace millstream::net {

struct HostPort {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets; empty: every interface
  uint16_t port = 0;

  [[nodiscard]] std::string to_string() const;  // brackets around IPv6
  bool operator==(const HostPort&) const = default;
};

// "localhost:9092", "[::1]:9092", ":9092", also with a listener's protocol in front, as Kafka's configuration and
// Confluent's endpoints have it ("SASL_SSL://host:9092"): PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, which is dropped.
// Without a port `default_port` is taken if there is one.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text, std::optional<uint16_t> default_port = {});
// The same, separated by commas, as in bootstrap.servers; at least one.
[[nodiscard]] Result<std::vector<HostPort>> parse_host_ports(std::string_view text,
                                                             std::optional<uint16_t> default_port = {});

// Names in users' files (kafka:29092, schema-registry) that stand for something else here.
class HostAliases {
 public:
  // "NAME=ADDRESS,NAME=ADDRESS": ADDRESS is HOST, HOST:PORT, or `self`, this server. A name counts once.
  static Result<HostAliases> parse(std::string_view text);

  // True if the name was declared to be this server.
  [[nodiscard]] bool is_self(std::string_view host) const;
  // The address with its alias applied; a port in the alias wins over the given one. `self` and unknown names stay.
  [[nodiscard]] HostPort translate(const HostPort& address) const;
  [[nodiscard]] bool empty() const { return targets_.empty(); }

 private:
  struct Target {
    bool self = false;
    std::string host;
    std::optional<uint16_t> port;
  };
  const Target* find(std::string_view host) const;
  std::map<std::string, Target, std::less<>> targets_;  // by name in lower case
};

// An address as the operating system takes it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] HostPort to_host_port() const;  // numbers, never a name
};

// Asks the system's resolver; blocks, so on an Executor or in a command. IPv4 comes before IPv6. kUnavailable names the
// host and what the resolver said. An empty host means every interface.
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(const HostPort& address);

// 127.0.0.0/8, ::1, or localhost and names below it.
[[nodiscard]] bool is_loopback_name(std::string_view host);

}  // namespace millstream::net
