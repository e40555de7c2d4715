// The heads of HTTP messages: the target of a request, and the text that an answer begins with.
#pragma once

#include <optional>
#include <string>

#include "net/http_message.h"

namespace millstream::net {

// "/a?b=1" or "http://host/a?b=1" into path and query.
void set_target(HttpRequest& request, std::string target);

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
