// Topics by name, and addresses compared with the listener's.
#include "server/local_topics.h"

#include <algorithm>

#include "base/logging.h"

namespace millstream::server {

void BrokerTopics::set_own_address(const net::HostPort& address) {
  const std::lock_guard lock(mutex_);
  own_ = address;
}

bool BrokerTopics::is_this_server(const std::string& bootstrap_servers) const {
  const auto addresses = net::parse_host_ports(bootstrap_servers, uint16_t{9092});
  if (!addresses) return false;
  const std::lock_guard lock(mutex_);
  return std::all_of(addresses->begin(), addresses->end(), [&](const net::HostPort& address) {
    if (aliases_.is_self(address.host)) return true;
    const net::HostPort real = aliases_.translate(address);
    if (real.port != own_.port) return false;
    // A listener on every interface answers to loopback names too.
    return real.host == own_.host ||
           (net::is_loopback_name(real.host) &&
            (own_.host.empty() || own_.host == "0.0.0.0" || net::is_loopback_name(own_.host)));
  });
}

BrokerTopics::Partitions BrokerTopics::find(const std::string& topic) const {
  const broker::TopicPtr found = broker_.topics().find(topic);
  return found ? found->partitions : Partitions{};
}

std::vector<std::string> BrokerTopics::names() const {
  std::vector<std::string> names;
  for (const broker::TopicPtr& topic : broker_.topics().list()) {
    if (!topic->name.starts_with("__")) names.push_back(topic->name);
  }
  return names;
}

void BrokerTopics::create(const std::string& topic) {
  broker_.topics().create(topic, default_partitions_, {}, [topic](const Result<broker::TopicPtr>& created) {
    if (!created && created.error().code != ErrorCode::kAlreadyExists) {
      log_warning("topic {} cannot be created: {}", topic, created.error().to_string());
    }
  });
}

}  // namespace millstream::server
