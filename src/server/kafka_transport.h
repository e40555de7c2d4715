// Joins net/'s framed server and the broker: frames become requests, answers become replies.
#pragma once

#include "broker/broker.h"
#include "net/framed_server.h"

namespace millstream::server {

// Calls come on the network's threads. The broker outlives every connection.
class KafkaTransport final : public net::FrameHandler {
 public:
  explicit KafkaTransport(broker::Broker& broker) : broker_(broker) {}
  void on_open(net::Connection& connection) override;
  void on_frame(net::Connection& connection, net::OwnedFrame frame, net::ReplySlot slot) override;
  void on_close(net::Connection& connection, const Status& why) override;

 private:
  broker::Broker& broker_;
};

}  // namespace millstream::server
