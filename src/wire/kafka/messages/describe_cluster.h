// DescribeCluster (key 60): brokers and identity of the cluster (KIP-700).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeClusterRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeCluster, 0, 2, 0};

  bool include_cluster_authorized_operations = false;
  int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;

  template <typename Io>
  void fields(Io& io) {
    io(include_cluster_authorized_operations);
    io(endpoint_type, since(1));
    io(include_fenced_brokers, since(2));
  }
};

struct DescribeClusterResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeCluster, 0, 2, 0};

  struct Broker {
    int32_t broker_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    bool is_fenced = false;

    template <typename Io>
    void fields(Io& io) {
      io(broker_id);
      io(host);
      io(port);
      io(rack);
      io(is_fenced, since(2));
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string_view> error_message;
  int8_t endpoint_type = 1;
  std::string_view cluster_id;
  int32_t controller_id = -1;
  std::vector<Broker> brokers;
  int32_t cluster_authorized_operations = INT32_MIN;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(error_code);
    io(error_message);
    io(endpoint_type, since(1));
    io(cluster_id);
    io(controller_id);
    io(brokers);
    io(cluster_authorized_operations);
  }
};

}  // namespace millstream::wire::kafka
