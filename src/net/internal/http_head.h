// The heads of HTTP messages: requests as Beast has parsed them, and the text that answers begin with.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <optional>
#include <string>

#include "net/http_message.h"

namespace millstream::net {

// Without the body. The absolute form of the target loses its host.
[[nodiscard]] HttpRequest request_from(const boost::beast::http::request_header<>& head, const HostPort& peer);

// How an answer's body is delimited, and what becomes of the connection.
struct ResponseFraming {
  std::optional<size_t> length;  // nothing: chunks, or up to the end of the connection
  bool chunked = false;
  bool http_1_0 = false;
  bool keep_alive = false;
};
// The status line and all headers with the empty line behind them.
[[nodiscard]] std::string head_text(const HttpResponse& response, const ResponseFraming& framing);

}  // namespace millstream::net
