// Parsing by hand, resolving by getaddrinfo.
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace millstream::net {
namespace {

Result<uint16_t> parse_port(std::string_view digits, std::string_view whole) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + std::string(digits) + "' is not a port number in '" + std::string(whole) + "'",
                "ports are 0 to 65535");
  }
  return port;
}

Status check_name(std::string_view host, std::string_view whole) {
  const bool clean = std::ranges::none_of(
      host, [](unsigned char c) { return c <= ' ' || c == '/' || c == '@' || c == '?' || c == 127; });
  if (clean) return {};
  return fail(ErrorCode::kInvalidArgument, "'" + std::string(whole) + "' is not HOST:PORT");
}

bool is_ipv6(std::string_view host) {
  in6_addr ignored;
  return inet_pton(AF_INET6, std::string(host.substr(0, host.find('%'))).c_str(), &ignored) == 1;
}

}  // namespace

std::string HostPort::to_string() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> parse_host_port(std::string_view text, std::optional<uint16_t> default_port) {
  const std::string_view whole = text = trim(text);
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    constexpr std::array<std::string_view, 4> kProtocols = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
    const std::string_view name = text.substr(0, scheme);
    if (std::ranges::none_of(kProtocols, [&](std::string_view known) { return equals_ignoring_case(known, name); })) {
      return fail(ErrorCode::kInvalidArgument,
                  "'" + std::string(name) + "' is not a listener protocol in '" + std::string(whole) + "'",
                  "PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL are, and none is needed");
    }
    text.remove_prefix(scheme + 3);
  }
  HostPort result;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    const std::string_view inside = close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
    if (!is_ipv6(inside))
      return fail(ErrorCode::kInvalidArgument, "'" + std::string(whole) + "' has no IPv6 address between its brackets");
    result.host = inside;
    text.remove_prefix(close + 1);
    has_port = text.starts_with(':');
    if (!has_port && !text.empty())
      return fail(ErrorCode::kInvalidArgument, "'" + std::string(whole) + "' is not [IPV6]:PORT");
    if (has_port) port = text.substr(1);
  } else {
    const size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument, "'" + std::string(whole) + "' has more than one colon",
                  "write IPv6 addresses as [::1]:9092");
    }
    has_port = colon != std::string_view::npos;
    result.host = text.substr(0, colon);
    if (has_port) port = text.substr(colon + 1);
    MS_TRY(check_name(result.host, whole));
  }
  if (has_port) {
    MS_ASSIGN(result.port, parse_port(port, whole));
  } else if (default_port) {
    result.port = *default_port;
  } else {
    return fail(ErrorCode::kInvalidArgument, "'" + std::string(whole) + "' has no port", "write HOST:PORT");
  }
  if (result.host.empty() && !has_port)
    return fail(ErrorCode::kInvalidArgument, "an address is empty", "write HOST:PORT");
  return result;
}

Result<std::vector<HostPort>> parse_host_ports(std::string_view text, std::optional<uint16_t> default_port) {
  std::vector<HostPort> all;
  for (const std::string_view part : split(text, ',')) {
    MS_ASSIGN(HostPort one, parse_host_port(part, default_port));
    all.push_back(std::move(one));
  }
  return all;
}

Result<HostAliases> HostAliases::parse(std::string_view text) {
  HostAliases aliases;
  if (trim(text).empty()) return aliases;
  for (const std::string_view part : split(text, ',')) {
    const size_t equals = part.find('=');
    const std::string name = to_lower(trim(part.substr(0, equals)));
    const std::string_view address =
        equals == std::string_view::npos ? std::string_view() : trim(part.substr(equals + 1));
    if (name.empty() || address.empty() || name.find(':') != std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "host alias '" + std::string(trim(part)) + "' is not NAME=ADDRESS",
                  "for example kafka=self");
    }
    Target target;
    if (equals_ignoring_case(address, "self")) {
      target.self = true;
    } else {
      // A port of its own is optional: parsed with a default that tells whether there was one.
      MS_ASSIGN(HostPort with_zero, parse_host_port(address, 0));
      target.host = with_zero.host;
      if (with_zero.port != 0) target.port = with_zero.port;
    }
    if (!aliases.targets_.emplace(name, target).second) {
      return fail(ErrorCode::kInvalidArgument, "host alias '" + name + "' is given twice");
    }
  }
  return aliases;
}

const HostAliases::Target* HostAliases::find(std::string_view host) const {
  const auto found = targets_.find(to_lower(host));
  return found == targets_.end() ? nullptr : &found->second;
}

bool HostAliases::is_self(std::string_view host) const {
  const Target* target = find(host);
  return target != nullptr && target->self;
}

HostPort HostAliases::translate(const HostPort& address) const {
  const Target* target = find(address.host);
  if (target == nullptr || target->self) return address;
  return {target->host, target->port.value_or(address.port)};
}

HostPort SocketAddress::to_host_port() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(four.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(six.sin6_port)};
  }
  return {};
}

Result<std::vector<SocketAddress>> resolve(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (address.host.empty() ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const int code = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                               std::to_string(address.port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(
        ErrorCode::kUnavailable,
        "cannot resolve host '" + address.host + "': " + (code == EAI_SYSTEM ? "system error" : gai_strerror(code)),
        "check the name's spelling, or give a host alias for it");
  }
  std::vector<SocketAddress> all;
  for (const bool ipv4 : {true, false}) {
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
      if ((one->ai_family == AF_INET) != ipv4) continue;
      SocketAddress next;
      std::memcpy(&next.storage, one->ai_addr, one->ai_addrlen);
      next.size = one->ai_addrlen;
      all.push_back(next);
    }
  }
  freeaddrinfo(found);
  return all;
}

bool is_loopback_name(std::string_view host) {
  if (equals_ignoring_case(host, "localhost") || to_lower(host).ends_with(".localhost")) return true;
  in_addr four;
  const std::string text(host);
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six;
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace millstream::net
