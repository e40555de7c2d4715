// The broker's topics for the kafka connector, and which addresses mean this very server.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "broker/broker.h"
#include "connector/kafka/local_topics.h"
#include "net/address.h"

namespace millstream::server {

class BrokerTopics final : public connector::kafka::LocalTopics {
 public:
  BrokerTopics(broker::Broker& broker, net::HostAliases aliases, bool may_create, int32_t default_partitions)
      : broker_(broker),
        aliases_(std::move(aliases)),
        may_create_(may_create),
        default_partitions_(default_partitions) {}
  // Known once the listener has its port.
  void set_own_address(const net::HostPort& address);

  [[nodiscard]] bool is_this_server(const std::string& bootstrap_servers) const override;
  [[nodiscard]] Partitions find(const std::string& topic) const override;
  [[nodiscard]] std::vector<std::string> names() const override;
  [[nodiscard]] bool may_create() const override { return may_create_; }
  void create(const std::string& topic) override;
  log::GroupOffsets& group_offsets() override { return broker_.group_offsets(); }

 private:
  broker::Broker& broker_;
  net::HostAliases aliases_;
  bool may_create_;
  int32_t default_partitions_;
  mutable std::mutex mutex_;
  net::HostPort own_;
};

}  // namespace millstream::server
