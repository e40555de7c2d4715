// Moves bytes between the connection and the broker without copying them.
#include "server/kafka_transport.h"

#include "base/check.h"

namespace millstream::server {
namespace {

class SlotAnswer final : public broker::AnswerSink {
 public:
  explicit SlotAnswer(net::ReplySlot slot) : slot_(std::move(slot)) {}

  void answer(broker::Response response) override {
    net::Reply reply;
    reply.head = std::move(response.head);
    reply.pieces.reserve(response.pieces.size());
    for (broker::ResponsePiece& piece : response.pieces) {
      if (auto* bytes = std::get_if<ByteBuffer>(&piece)) {
        reply.pieces.emplace_back(std::move(*bytes));
      } else {
        log::FileSlice& slice = std::get<log::FileSlice>(piece);
        reply.pieces.emplace_back(net::FileRange{std::move(slice.file), slice.position, slice.length});
      }
    }
    slot_.reply(std::move(reply));
  }
  void no_answer() override { slot_.no_reply(); }
  void close(Error why) override { slot_.close(std::move(why)); }
  [[nodiscard]] bool cancelled() const override { return slot_.cancelled(); }

 private:
  net::ReplySlot slot_;
};

std::shared_ptr<broker::Client> client_of(const net::Connection& connection) {
  return std::static_pointer_cast<broker::Client>(connection.attachment);
}

}  // namespace

void KafkaTransport::on_open(net::Connection& connection) {
  connection.attachment = std::make_shared<broker::Client>(connection.peer().host);
}

void KafkaTransport::on_frame(net::Connection& connection, net::OwnedFrame frame, net::ReplySlot slot) {
  const auto owner = std::make_shared<net::OwnedFrame>(std::move(frame));
  const ByteSpan bytes = owner->bytes();
  broker_.handle(client_of(connection), broker::OwnedBytes{MutableByteSpan(owner->data(), bytes.size()), owner},
                 broker::Responder(std::make_unique<SlotAnswer>(std::move(slot))));
}

void KafkaTransport::on_close(net::Connection& connection, const Status&) { client_of(connection)->close(); }

}  // namespace millstream::server
