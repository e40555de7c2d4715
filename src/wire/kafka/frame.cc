// Request and response headers.
#include "wire/kafka/frame.h"

#include <fmt/format.h>

namespace millstream::wire::kafka {

namespace {

// What follows the fixed part: no tagged field of a header has a meaning yet, so all are skipped.
struct NoFields {
  template <typename Io>
  void fields(Io&) {}
};

struct ResponseHeader {
  int32_t correlation_id = 0;

  template <typename Io>
  void fields(Io& io) {
    io(correlation_id);
  }
};

// A client that does not know the broker yet must understand the answer, so ApiVersions answers in the oldest header.
bool has_flexible_response_header(ApiKey key, bool flexible) { return flexible && key != ApiKey::kApiVersions; }

}  // namespace

Result<RequestHeader> peek_request_header(ByteSpan frame) {
  if (frame.size() < 8)
    return fail(millstream::ErrorCode::kInvalidArgument,
                fmt::format("a request of {} bytes has no header", frame.size()));
  RequestHeader header;
  header.key = static_cast<ApiKey>(load_big_endian<int16_t>(frame.data()));
  header.version = load_big_endian<int16_t>(frame.data() + 2);
  header.correlation_id = load_big_endian<int32_t>(frame.data() + 4);
  return header;
}

Result<RequestFrame> parse_request(ByteSpan frame, int16_t first_flexible) {
  MS_ASSIGN(RequestHeader header, peek_request_header(frame));
  // The client id stays a plain nullable string even in the flexible header.
  MessageReader reader(frame.subspan(8), header.version, false);
  reader(header.client_id);
  ByteSpan body = reader.rest();
  if (reader.problem() == nullptr && header.version >= first_flexible) {
    MessageReader tags(body, header.version, true);
    NoFields none;
    tags.structure(none);
    body = tags.rest();
    if (tags.problem() != nullptr) reader.stop(tags.problem());
  }
  if (reader.problem() != nullptr) {
    return fail(millstream::ErrorCode::kInvalidArgument,
                fmt::format("{} version {}, header: {}", name_of(header.key), header.version, reader.problem()));
  }
  return RequestFrame{header, body};
}

void open_response(ByteBuffer& out, ApiKey key, int32_t correlation_id, bool flexible) {
  const size_t start = out.size();
  out.resize(start + 4 + (has_flexible_response_header(key, flexible) ? 1 : 0));
  store_big_endian(out.data() + start, correlation_id);
}

Result<ParsedResponse> parse_response(ByteSpan frame, ApiKey key, bool flexible) {
  MessageReader reader(frame, 0, has_flexible_response_header(key, flexible));
  ResponseHeader header;
  reader.structure(header);
  if (reader.problem() != nullptr)
    return fail(millstream::ErrorCode::kInvalidArgument,
                fmt::format("{} response header: {}", name_of(key), reader.problem()));
  return ParsedResponse{header.correlation_id, reader.rest()};
}

}  // namespace millstream::wire::kafka
