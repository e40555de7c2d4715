// Request and response headers: what stands before a message. The four bytes of size in front are the transport's.
//
// Source: RequestHeader.json and ResponseHeader.json of kafka-clients 4.4.0; KIP-482 for when headers are flexible.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "wire/kafka/api_key.h"
#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct RequestHeader {
  ApiKey key{};
  int16_t version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string_view> client_id;
};

// A request frame taken apart; the views point into it.
struct RequestFrame {
  RequestHeader header;
  ByteSpan body;
};

// Reads the key and version alone, which every request begins with. kInvalidArgument if there are not 8 bytes.
Result<RequestHeader> peek_request_header(ByteSpan frame);
// `first_flexible` is that of the API (kInfo.first_flexible): it decides the header's own version.
Result<RequestFrame> parse_request(ByteSpan frame, int16_t first_flexible);

// A response, header and body. Records from outside go where `splices` says.
struct ResponseFrame {
  ByteBuffer bytes;
  std::vector<Splice> splices;
};

// Appends the response header.
void open_response(ByteBuffer& out, ApiKey key, int32_t correlation_id, bool flexible);

template <typename Response>
[[nodiscard]] ResponseFrame encode_response(const Response& response, int16_t version, int32_t correlation_id) {
  ResponseFrame frame;
  open_response(frame.bytes, Response::kInfo.key, correlation_id, Response::kInfo.is_flexible(version));
  encode_to(frame.bytes, response, version, &frame.splices);
  return frame;
}

// The client's side, for tests and tools.
template <typename Request>
[[nodiscard]] ByteBuffer encode_request(const Request& request, int16_t version, int32_t correlation_id,
                                        std::string_view client_id) {
  ByteBuffer out(10);
  store_big_endian(out.data(), static_cast<int16_t>(Request::kInfo.key));
  store_big_endian(out.data() + 2, version);
  store_big_endian(out.data() + 4, correlation_id);
  store_big_endian(out.data() + 8, static_cast<int16_t>(client_id.size()));
  out.insert(out.end(), as_bytes(client_id).begin(), as_bytes(client_id).end());
  if (Request::kInfo.is_flexible(version)) out.push_back(std::byte{0});
  encode_to(out, request, version);
  return out;
}

// Takes a response frame apart: correlation id and body.
struct ParsedResponse {
  int32_t correlation_id = 0;
  ByteSpan body;
};
Result<ParsedResponse> parse_response(ByteSpan frame, ApiKey key, bool flexible);

}  // namespace millstream::wire::kafka
