// Field by field (RFC 9112).
#include "net/internal/http_head.h"

namespace millstream::net {

void set_target(HttpRequest& request, std::string target) {
  // The absolute form (RFC 9112, 3.2.2) names the host a second time.
  if (const size_t scheme = target.find("://");
      scheme != std::string::npos && !target.starts_with('/') && scheme < target.find('?')) {
    const size_t path = target.find('/', scheme + 3);
    target = path == std::string::npos ? "/" : target.substr(path);
  }
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = parse_query(std::string_view(target).substr(question + 1));
}

std::string head_text(const HttpResponse& response, const ResponseFraming& framing) {
  std::string head = framing.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status) + " ";
  head += reason_of(response.status);
  head += "\r\n";
  const auto line = [&head](std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    // A line break in a value would let data write headers.
    for (const char c : value) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    head += "\r\n";
  };
  if (!response.content_type.empty()) {
    line("Content-Type", response.content_type);
  } else if (framing.length.value_or(0) > 0) {
    line("Content-Type", "application/octet-stream");
  }
  for (const auto& [name, value] : response.headers.all()) line(name, value);
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  if (framing.length && !bodiless) line("Content-Length", std::to_string(*framing.length));
  if (framing.chunked) line("Transfer-Encoding", "chunked");
  if (!framing.keep_alive) {
    line("Connection", "close");
  } else if (framing.http_1_0) {
    line("Connection", "keep-alive");
  }
  head += "\r\n";
  return head;
}

}  // namespace millstream::net
