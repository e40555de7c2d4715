// Asynchronous Beast operations run to their end, each under a deadline; the JSON convenience on top.
#include "net/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"

namespace millstream::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using HttpParser = http::response_parser<http::string_body>;

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  HttpUrl url;
  std::string_view rest = trim(text);
  if (const size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    const std::string name = to_lower(rest.substr(0, scheme));
    if (name != "http" && name != "https") {
      return fail(ErrorCode::kInvalidArgument, "'" + name + "' in '" + std::string(text) + "' is not a scheme for HTTP",
                  "http and https are");
    }
    url.tls = name == "https";
    rest.remove_prefix(scheme + 3);
  }
  const size_t path = rest.find_first_of("/?");
  if (rest.substr(0, path).find('@') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "a URL with a user name in it is not supported",
                "send an Authorization header");
  }
  MS_ASSIGN(url.address, parse_host_port(rest.substr(0, path), url.tls ? uint16_t{443} : uint16_t{80}));
  if (url.address.host.empty()) return fail(ErrorCode::kInvalidArgument, "'" + std::string(text) + "' has no host");
  url.path = path == std::string_view::npos ? "/" : std::string(rest.substr(path));
  if (url.path.starts_with('?')) url.path.insert(0, "/");
  return url;
}

struct HttpClient::Impl {
  HttpUrl base;
  Options options;
  asio::io_context context{1};
  std::optional<asio::ssl::context> tls;
  std::unique_ptr<beast::tcp_stream> plain;  // one of the two, while connected
  std::unique_ptr<TlsStream> secure;
  beast::flat_buffer buffer;
  bool answered = false;  // this connection has given a whole response before

  [[nodiscard]] bool connected() const { return plain != nullptr || secure != nullptr; }
  [[nodiscard]] std::string where() const { return base.address.to_string(); }
  beast::tcp_stream& tcp() { return plain != nullptr ? *plain : beast::get_lowest_layer(*secure); }
  void disconnect() {
    plain.reset();
    secure.reset();
    buffer.clear();
    answered = false;
  }

  // Runs one asynchronous operation to its end.
  template <typename Start>
  error_code run(Millis timeout, Start start) {
    error_code result;
    tcp().expires_after(std::chrono::milliseconds(timeout.value));
    start([&result](error_code error, auto&&...) { result = error; });
    context.restart();
    context.run();
    tcp().expires_never();
    return result;
  }
  template <typename Operation>  // operation(stream, handler)
  error_code run_on_stream(Millis timeout, Operation operation) {
    return run(timeout, [&](auto handler) {
      if (plain != nullptr) {
        operation(*plain, handler);
      } else {
        operation(*secure, handler);
      }
    });
  }

  Status prepare_tls() {
    if (tls) return {};
    error_code error;
    tls.emplace(asio::ssl::context::tls_client);
    if (options.ca_file.empty()) {
      (void)tls->set_default_verify_paths(error);
    } else {
      (void)tls->load_verify_file(options.ca_file, error);
    }
    if (error) {
      tls.reset();
      return fail(ErrorCode::kInvalidArgument,
                  "cannot read the certificates of '" + options.ca_file + "': " + error.message());
    }
    tls->set_verify_mode(asio::ssl::verify_peer);
    return {};
  }

  Status connect() {
    if (base.tls) MS_TRY(prepare_tls());
    const HostPort target = options.aliases.translate(base.address);
    MS_ASSIGN(const std::vector<SocketAddress> addresses, resolve(target));
    std::string last;
    for (const SocketAddress& address : addresses) {
      disconnect();
      if (base.tls) {
        secure = std::make_unique<TlsStream>(context, *tls);
      } else {
        plain = std::make_unique<beast::tcp_stream>(context);
      }
      asio::ip::tcp::endpoint endpoint;
      std::memcpy(endpoint.data(), address.data(), address.size);
      endpoint.resize(address.size);
      const error_code error =
          run(options.connect_timeout, [&](auto handler) { tcp().async_connect(endpoint, handler); });
      if (!error) {
        error_code ignored;
        (void)tcp().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        return base.tls ? shake_hands() : Status{};
      }
      disconnect();
      if (error == beast::error::timeout) {
        return fail(
            ErrorCode::kTimeout,
            "no TCP connection to " + where() + " after " + std::to_string(options.connect_timeout.value) + " ms",
            "is there a firewall in between?");
      }
      last = error == asio::error::connection_refused ? "connection refused" : error.message();
    }
    return fail(ErrorCode::kUnavailable, "cannot connect to " + where() + ": " + last,
                "is the server running, and on this port?");
  }

  Status shake_hands() {
    if (!SSL_set_tlsext_host_name(secure->native_handle(), base.address.host.c_str())) {
      disconnect();
      return fail(ErrorCode::kInternal, "cannot set the server name for TLS");
    }
    secure->set_verify_callback(asio::ssl::host_name_verification(base.address.host));
    const error_code error = run(options.connect_timeout, [&](auto handler) {
      secure->async_handshake(asio::ssl::stream_base::client, handler);
    });
    if (!error) return {};
    const long verified = SSL_get_verify_result(secure->native_handle());
    disconnect();
    if (error == beast::error::timeout) {
      return fail(
          ErrorCode::kTimeout,
          "no TLS handshake with " + where() + " after " + std::to_string(options.connect_timeout.value) + " ms",
          "does the server speak TLS on this port?");
    }
    if (verified != X509_V_OK) {
      return fail(
          ErrorCode::kUnavailable,
          "TLS with " + where() + " failed: its certificate is refused: " + X509_verify_cert_error_string(verified),
          "name the right host, or a file with the issuer's certificate");
    }
    return fail(ErrorCode::kUnavailable, "TLS with " + where() + " failed: " + error.message(),
                "does the server speak TLS on this port?");
  }

  http::request<http::string_body> to_beast(const Request& request) {
    std::string prefix = base.path;
    if (const size_t question = prefix.find('?'); question != std::string::npos) prefix.resize(question);
    while (prefix.ends_with('/')) prefix.pop_back();
    std::string target = prefix + request.path;
    if (!target.starts_with('/')) target.insert(0, "/");
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(target);
    const bool default_port = base.address.port == (base.tls ? 443 : 80);
    std::string host = base.address.to_string();
    if (default_port) host.resize(host.rfind(':'));
    message.set(http::field::host, host);
    message.set(http::field::user_agent, "millstream");
    message.set(http::field::accept, "application/json, */*;q=0.5");
    for (const HttpHeaders* headers : {&std::as_const(options.headers), &request.headers}) {
      for (const auto& [name, value] : headers->all()) message.set(name, value);
    }
    if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
    message.body() = request.body;
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
      message.prepare_payload();
    return message;
  }

  Error describe(error_code error, std::string_view step) const {
    if (error == beast::error::timeout) {
      return {ErrorCode::kTimeout,
              "timeout while " + std::string(step) + " " + where() + ": nothing for " +
                  std::to_string(options.read_timeout.value) + " ms",
              {},
              {}};
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message || error == asio::error::eof ||
        error == asio::error::connection_reset) {
      return {ErrorCode::kUnavailable, where() + " closed the connection in the middle of a response", {}, {}};
    }
    if (error.category() == http::make_error_code(http::error::bad_method).category()) {
      return {
          ErrorCode::kRemote, where() + " does not answer in HTTP: " + error.message(), "is this the right port?", {}};
    }
    return {
        ErrorCode::kUnavailable, "error while " + std::string(step) + " " + where() + ": " + error.message(), {}, {}};
  }

  HttpResponse from_beast(HttpParser& parser) {
    auto message = parser.release();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.headers.add({field.name_string().data(), field.name_string().size()},
                           {field.value().data(), field.value().size()});
    }
    response.content_type = response.headers.get_or("Content-Type", "");
    response.body = std::move(message.body());
    return response;
  }

  // `stale`: the failure may only mean that a kept connection was closed meanwhile.
  Result<HttpResponse> exchange(const Request& request, const std::function<bool(std::string_view)>* chunk,
                                bool& stale) {
    const bool kept = answered;
    auto message = to_beast(request);
    error_code error = run_on_stream(options.read_timeout,
                                     [&](auto& stream, auto handler) { http::async_write(stream, message, handler); });
    stale = kept && error && error != beast::error::timeout;
    if (error) return fail(describe(error, "sending to"));

    HttpParser parser;
    if (request.method == "HEAD") parser.skip(true);
    parser.body_limit(chunk != nullptr ? std::numeric_limits<uint64_t>::max()
                                       : static_cast<uint64_t>(options.max_body.value));
    error = run_on_stream(options.read_timeout, [&](auto& stream, auto handler) {
      http::async_read_header(stream, buffer, parser, handler);
    });
    stale =
        kept && !parser.got_some() && (error == http::error::end_of_stream || error == asio::error::connection_reset);
    if (error) return fail(describe(error, "waiting for"));
    const bool streamed = chunk != nullptr && parser.get().result_int() < 400;
    while (!parser.is_done()) {
      error = run_on_stream(options.read_timeout, [&](auto& stream, auto handler) {
        http::async_read_some(stream, buffer, parser, handler);
      });
      if (error == http::error::body_limit) {
        return fail(ErrorCode::kLimit,
                    "the response of " + where() + " is larger than " + format_size(options.max_body));
      }
      if (error) return fail(describe(error, "reading from"));
      std::string& body = parser.get().body();
      if (!streamed || body.empty()) continue;
      const bool more = (*chunk)(body);
      body.clear();
      if (!more) {
        HttpResponse response = from_beast(parser);
        disconnect();
        return response;
      }
    }
    answered = true;
    const bool keep = parser.keep_alive();
    if (streamed && !parser.get().body().empty()) {
      (*chunk)(parser.get().body());
      parser.get().body().clear();
    }
    HttpResponse response = from_beast(parser);
    if (!keep) disconnect();
    return response;
  }

  Result<HttpResponse> send(const Request& request, const std::function<bool(std::string_view)>* chunk) {
    for (;;) {
      if (!connected()) MS_TRY(connect());
      bool stale = false;
      Result<HttpResponse> response = exchange(request, chunk, stale);
      if (response) return response;
      disconnect();
      if (!stale) return response;
    }
  }
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(std::string_view base) { return make(base, Options{}); }
Result<std::unique_ptr<HttpClient>> HttpClient::make(std::string_view base, Options options) {
  auto impl = std::make_unique<Impl>();
  MS_ASSIGN(impl->base, HttpUrl::parse(base));
  impl->options = std::move(options);
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

Result<HttpResponse> HttpClient::send(const Request& request) { return impl_->send(request, nullptr); }
Result<HttpResponse> HttpClient::stream(const Request& request, const std::function<bool(std::string_view)>& chunk) {
  return impl_->send(request, &chunk);
}

namespace {

// The servers we speak with put their message in one of these places.
std::string message_of(const HttpResponse& response) {
  if (const Result<Json> body = Json::parse(response.body)) {
    for (const std::string_view name : {"message", "error", "detail"}) {
      if (const std::string* text = (*body)[name].if_string()) return *text;
    }
    if (const Json::Array* errors = (*body)["errors"].if_array(); errors != nullptr && !errors->empty()) {
      if (const std::string* text = errors->front().if_string()) return *text;
      if (const std::string* text = errors->front()["detail"].if_string()) return *text;
    }
  }
  return std::string(trim(std::string_view(response.body).substr(0, 300)));
}

Result<Json> to_json(const Result<HttpResponse>& response, std::string_view method, std::string_view path) {
  if (!response) return fail(response.error());
  if (response->status >= 400) {
    ErrorCode code = ErrorCode::kRemote;
    if (response->status == 404) code = ErrorCode::kNotFound;
    if (response->status == 401 || response->status == 403) code = ErrorCode::kPermission;
    if (response->status == 409) code = ErrorCode::kConflict;
    if (response->status == 429 || response->status == 503) code = ErrorCode::kUnavailable;
    const std::string message = message_of(*response);
    return fail(code, std::string(method) + " " + std::string(path) + ": " + std::to_string(response->status) + " " +
                          std::string(reason_of(response->status)) + (message.empty() ? "" : ": " + message));
  }
  if (trim(response->body).empty()) return Json();
  return Json::parse(response->body);
}

}  // namespace

Result<Json> HttpClient::get_json(std::string_view path) {
  return to_json(send({.method = "GET", .path = std::string(path)}), "GET", path);
}

Result<Json> HttpClient::send_json(std::string_view method, std::string_view path, const Json& body) {
  return to_json(send({.method = std::string(method),
                       .path = std::string(path),
                       .body = body.to_text(),
                       .content_type = "application/json"}),
                 method, path);
}

}  // namespace millstream::net
