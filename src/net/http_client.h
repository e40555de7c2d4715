// A blocking HTTP/1.1 client for the command line: one connection, kept alive, with timeouts and errors that say what
// failed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "net/address.h"
#include "net/http_message.h"

namespace millstream::net {

struct HttpUrl {
  bool tls = false;
  HostPort address;
  std::string path;  // with the query; "/" if none

  // "http://HOST[:PORT][/PATH]" or https; without a scheme it is http.
  static Result<HttpUrl> parse(std::string_view text);
};

// One thread at a time. Errors: kInvalidArgument (the URL), kUnavailable (name not resolved, connection refused or
// broken off, TLS handshake or certificate refused), kTimeout; the message names the step and the address.
class HttpClient {
 public:
  struct Options {
    Millis connect_timeout{5'000};  // name, TCP and TLS together
    Millis read_timeout{30'000};    // without a byte from the server, and for sending the request
    Bytes max_body = 256_MiB;       // of a response that is kept whole
    HttpHeaders headers;            // sent with each request, for example Authorization
    std::string ca_file;            // PEM; empty: the system's certificates
    HostAliases aliases;            // applied before resolving; Host and TLS keep the name as written
  };

  // `base`: scheme, host, port and a path prefix for all requests. Connects with the first request.
  static Result<std::unique_ptr<HttpClient>> make(std::string_view base, Options options);
  static Result<std::unique_ptr<HttpClient>> make(std::string_view base);
  ~HttpClient();

  struct Request {
    std::string method = "GET";
    std::string path;  // below the base's path, already encoded, with its query: "/v1/jobs?state=running"
    HttpHeaders headers;
    std::string body;
    std::string content_type;  // for a body
  };

  // Any status is a success here. A kept connection that turns out to be closed is opened again once, if nothing came
  // back.
  Result<HttpResponse> send(const Request& request);
  // The body goes to `chunk` as it comes, and is not kept; false from it stops and closes. No limit on its size.
  // A status of 400 and above is kept as in send(), without calling `chunk`.
  Result<HttpResponse> stream(const Request& request, const std::function<bool(std::string_view)>& chunk);

  // JSON there and back. A status of 400 and above is kRemote, or kNotFound, kPermission (401, 403), kConflict (409),
  // with the server's own message where the body has one. An empty body is null.
  Result<Json> get_json(std::string_view path);
  Result<Json> send_json(std::string_view method, std::string_view path, const Json& body);

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millstream::net
