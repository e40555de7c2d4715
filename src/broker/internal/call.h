// One request under way: its header, the bytes its fields point into, and the right to answer it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "broker/client.h"
#include "broker/internal/api_metrics.h"
#include "broker/responder.h"
#include "env/clock.h"
#include "wire/kafka/frame.h"

namespace millstream::broker::internal {

// A request whose header has been read.
struct Incoming {
  wire::kafka::RequestHeader header;
  std::shared_ptr<Client> client;
  OwnedBytes bytes;
  ByteSpan body;
  Responder responder;
  env::MonotonicTime arrived;
};

// Shared by what waits for the answer; whoever answers first moves on, later answers must not happen.
template <typename ResponseType>
class Call {
 public:
  Call(Incoming incoming, ApiMetrics& metrics, const env::Clock& clock)
      : incoming_(std::move(incoming)), metrics_(metrics), clock_(clock) {}

  [[nodiscard]] int16_t version() const { return incoming_.header.version; }
  [[nodiscard]] std::string client_id() const { return std::string(incoming_.header.client_id.value_or("")); }
  [[nodiscard]] Client& client() const { return *incoming_.client; }
  [[nodiscard]] MutableByteSpan request_bytes() const { return incoming_.bytes.bytes; }
  [[nodiscard]] bool cancelled() const { return incoming_.responder.cancelled(); }

  // `outside`: what Records::outside_index counts; each may be several slices of files.
  void answer(const ResponseType& response, std::span<const std::vector<log::FileSlice>> outside = {}) {
    answer_as(response, version(), outside);
  }
  void answer_as(const ResponseType& response, int16_t version,
                 std::span<const std::vector<log::FileSlice>> outside = {}) {
    wire::kafka::ResponseFrame frame = wire::kafka::encode_response(response, version, incoming_.header.correlation_id);
    Response out;
    size_t size = frame.bytes.size();
    if (frame.splices.empty()) {
      out.head = std::move(frame.bytes);
    } else {
      size_t at = 0;
      auto take = [&](size_t to) {
        const auto begin = frame.bytes.begin();
        ByteBuffer piece(begin + static_cast<ptrdiff_t>(at), begin + static_cast<ptrdiff_t>(to));
        at = to;
        return piece;
      };
      out.head = take(frame.splices.front().position);
      for (const wire::kafka::Splice& splice : frame.splices) {
        if (splice.position > at) out.pieces.emplace_back(take(splice.position));
        for (const log::FileSlice& slice : outside[splice.outside_index]) out.pieces.emplace_back(slice);
        size += splice.size;
      }
      if (at < frame.bytes.size()) out.pieces.emplace_back(take(frame.bytes.size()));
    }
    done(size);
    incoming_.responder.answer(std::move(out));
  }
  void no_answer() {
    done(0);
    incoming_.responder.no_answer();
  }
  void close(Error why) {
    done(0);
    incoming_.responder.close(std::move(why));
  }

 private:
  void done(size_t size) {
    metrics_.answered(incoming_.bytes.bytes.size(), size, elapsed(incoming_.arrived, clock_.monotonic()));
  }

  Incoming incoming_;
  ApiMetrics& metrics_;
  const env::Clock& clock_;
};

template <typename ResponseType>
using CallPtr = std::shared_ptr<Call<ResponseType>>;

}  // namespace millstream::broker::internal
