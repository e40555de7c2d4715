// Any bytes as a Kafka request frame: parsed, decoded in its own version as request and as response, and what decodes
// must survive a round trip, also inside a frame.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "wire/kafka/frame.h"
#include "wire/kafka/messages/all.h"

namespace {

using namespace millstream;
using namespace millstream::wire::kafka;

template <typename Message>
std::optional<Message> check(ByteSpan body, int16_t version, ByteBuffer& once) {
  if (!Message::kInfo.knows(version)) return std::nullopt;
  auto message = decode<Message>(body, version);
  if (!message) return std::nullopt;
  // Not always the same bytes (unknown tagged fields are dropped), but a fixed point after one round.
  once = encode(*message, version);
  auto again = decode<Message>(once, version);
  if (!again || encode(*again, version) != once) std::abort();
  return *std::move(message);
}

template <typename Request>
void check_request(const RequestFrame& frame) {
  const auto [key, version, correlation_id, client_id] = frame.header;
  ByteBuffer once;
  const auto message = check<Request>(frame.body, version, once);
  if (!message) return;
  const ByteBuffer whole = encode_request(*message, version, correlation_id, client_id.value_or(""));
  const auto parsed = parse_request(whole, Request::kInfo.first_flexible);
  if (!parsed || parsed->header.key != key || parsed->header.version != version ||
      parsed->header.correlation_id != correlation_id || parsed->header.client_id != client_id.value_or("") ||
      !std::ranges::equal(parsed->body, once)) {
    std::abort();
  }
}

template <typename Response>
void check_response(const RequestFrame& frame) {
  const int16_t version = frame.header.version;
  ByteBuffer once;
  const auto message = check<Response>(frame.body, version, once);
  if (!message) return;
  const ResponseFrame whole = encode_response(*message, version, frame.header.correlation_id);
  const auto parsed = parse_response(whole.bytes, frame.header.key, Response::kInfo.is_flexible(version));
  if (!parsed || parsed->correlation_id != frame.header.correlation_id || !std::ranges::equal(parsed->body, once))
    std::abort();
}

template <typename... Apis>
void check_all(std::tuple<Apis...>*, ByteSpan frame, ApiKey key) {
  (
      [&] {
        if (Apis::Request::kInfo.key != key) return;
        auto request = parse_request(frame, Apis::Request::kInfo.first_flexible);
        if (!request) return;
        check_request<typename Apis::Request>(*request);
        check_response<typename Apis::Response>(*request);
      }(),
      ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan frame = std::as_bytes(std::span(data, size));
  auto header = peek_request_header(frame);
  // As the header of an answer, too.
  for (const bool flexible : {false, true}) (void)parse_response(frame, ApiKey::kFetch, flexible);
  if (header) check_all(static_cast<AllApis*>(nullptr), frame, header->key);
  return 0;
}
