// Any bytes as a Kafka request frame: parsed, decoded in its own version, and what decodes must survive a round trip.
#include <cstdint>
#include <cstdlib>

#include "wire/kafka/frame.h"
#include "wire/kafka/messages/all.h"

namespace {

using namespace millstream;
using namespace millstream::wire::kafka;

template <typename Message>
void check(ByteSpan body, int16_t version) {
  if (!Message::kInfo.knows(version)) return;
  auto message = decode<Message>(body, version);
  if (!message) return;
  // Not always the same bytes (unknown tagged fields are dropped), but a fixed point after one round.
  const ByteBuffer once = encode(*message, version);
  auto again = decode<Message>(once, version);
  if (!again || encode(*again, version) != once) std::abort();
}

template <typename... Apis>
void check_all(std::tuple<Apis...>*, ByteSpan frame, ApiKey key) {
  (
      [&] {
        if (Apis::Request::kInfo.key != key) return;
        auto request = parse_request(frame, Apis::Request::kInfo.first_flexible);
        if (!request) return;
        check<typename Apis::Request>(request->body, request->header.version);
        check<typename Apis::Response>(request->body, request->header.version);
      }(),
      ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan frame = std::as_bytes(std::span(data, size));
  auto header = peek_request_header(frame);
  if (header) check_all(static_cast<AllApis*>(nullptr), frame, header->key);
  return 0;
}
