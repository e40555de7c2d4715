// The client against our own server, against broken ones, and against TLS.
#include "net/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <thread>

#include "net/http_server.h"
#include "net/internal/test_socket.h"

namespace millstream::net {
namespace {

// Listens on a free port and gives each connection to `serve`, one after the other, on its own thread.
class RawServer {
 public:
  RawServer(int connections, std::function<void(int)> serve) {
    listening_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening_.get(), 8), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
    if (!serve) return;
    thread_ = std::thread([this, connections, serve] {
      for (int i = 0; i < connections; ++i) {
        const Descriptor client(::accept(listening_.get(), nullptr, nullptr));
        serve(client.get());
      }
    });
  }
  ~RawServer() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::string url(std::string_view scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port);
  }
  void close() { listening_.reset(); }

  uint16_t port = 0;

 private:
  Descriptor listening_;
  std::thread thread_;
};

void read_request(int socket) {
  std::string all;
  char buffer[4096];
  while (all.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    all.append(buffer, static_cast<size_t>(got));
  }
}
void write_all(int socket, std::string_view text) {
  EXPECT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

TEST(HttpUrl, ParsesWhatPeopleWrite) {
  EXPECT_EQ(HttpUrl::parse("localhost:8080")->address, (HostPort{"localhost", 8080}));
  EXPECT_EQ(HttpUrl::parse("http://h")->address, (HostPort{"h", 80}));
  const auto full = HttpUrl::parse("https://[::1]/a/b?c=d");
  ASSERT_TRUE(full);
  EXPECT_TRUE(full->tls);
  EXPECT_EQ(full->address, (HostPort{"::1", 443}));
  EXPECT_EQ(full->path, "/a/b?c=d");
  EXPECT_FALSE(HttpUrl::parse("ftp://h"));
  EXPECT_FALSE(HttpUrl::parse("http://user:pw@h"));
  EXPECT_FALSE(HttpUrl::parse("http://"));
}

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    router.add("POST", "/base/echo", [](HttpRequest request, HttpResponder responder) {
      HttpResponse response{200, std::string(request.headers.get_or("Content-Type", "")), {}, request.body};
      response.headers.add("X-Token", std::string(request.headers.get_or("Authorization", "none")));
      responder.respond(std::move(response));
    });
    router.add("GET", "/base/conflict", [](HttpRequest, HttpResponder responder) {
      responder.respond(HttpResponse::json(409, Json::object({{"error_code", 40901}, {"message", "not compatible"}})));
    });
    router.add("GET", "/base/rows", [](HttpRequest, HttpResponder responder) {
      StreamingBody body = responder.stream({200, "application/x-ndjson", {}, {}});
      for (int i = 0; i < 100; ++i)
        EXPECT_EQ(body.write("{\"row\":" + std::to_string(i) + "}\n"), StreamingBody::Wrote::kTaken);
      body.finish();
    });
    auto started = HttpServer::start(loop, {}, router, memory);
    ASSERT_TRUE(started);
    server = *std::move(started);
    HttpClient::Options options;
    options.headers.add("Authorization", "Bearer t");
    client = *HttpClient::make("http://" + server->addresses()[0].to_string() + "/base/", options);
  }
  EventLoop loop;
  MemoryBudget memory{"process", 64_MiB};
  Router router;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(HttpClientTest, SendsAndReceivesOnOneConnection) {
  for (int i = 0; i < 3; ++i) {
    const std::string body(static_cast<size_t>(i) * 300'000, 'b');
    const auto response = client->send({.method = "POST", .path = "/echo", .body = body, .content_type = "text/x"});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, body);
    EXPECT_EQ(response->content_type, "text/x");
    EXPECT_EQ(response->headers.get_or("x-token", ""), "Bearer t");
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(HttpClientTest, JsonRoundTripAndErrorsWithTheServersWords) {
  const auto echoed = client->send_json("POST", "/echo", Json::object({{"a", 1}}));
  ASSERT_TRUE(echoed) << echoed.error().message;
  EXPECT_EQ((*echoed)["a"].int_or(0), 1);
  const auto conflict = client->get_json("/conflict");
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, ErrorCode::kConflict);
  EXPECT_NE(conflict.error().message.find("not compatible"), std::string::npos);
  const auto missing = client->get_json("/nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("Not found: /base/nothing"), std::string::npos) << missing.error().message;
}

TEST_F(HttpClientTest, StreamsAndStopsWhenTold) {
  std::string all;
  const auto whole = client->stream({.path = "/rows"}, [&](std::string_view chunk) {
    all += chunk;
    return true;
  });
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(std::ranges::count(all, '\n'), 100);
  int calls = 0;
  ASSERT_TRUE(client->stream({.path = "/rows"}, [&](std::string_view) { return ++calls < 1; }));
  EXPECT_EQ(calls, 1);
  const auto error = client->stream({.path = "/conflict"}, [&](std::string_view) { return ADD_FAILURE(), true; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->status, 409);
  EXPECT_NE(error->body.find("not compatible"), std::string::npos);
}

TEST_F(HttpClientTest, OpensAKeptConnectionAgainAfterTheServerRestarted) {
  ASSERT_TRUE(client->send_json("POST", "/echo", Json(1)));
  HttpServer::Options options;
  options.addresses = server->addresses();
  server.reset();
  auto again = HttpServer::start(loop, options, router, memory);
  ASSERT_TRUE(again) << again.error().message;
  server = *std::move(again);
  const auto answer = client->send_json("POST", "/echo", Json(2));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->int_or(0), 2);
}

TEST_F(HttpClientTest, AliasesReplaceTheAddressAndKeepTheName) {
  HttpClient::Options options;
  options.aliases = *HostAliases::parse("registry.localhost=" + server->addresses()[0].to_string());
  const auto aliased = *HttpClient::make("http://registry.localhost:8081", options);
  const auto response = aliased->send({.path = "/base/conflict"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 409);
}

TEST(HttpClientErrors, NameTheStepThatFailed) {
  const auto message_of = [](const std::string& url, HttpClient::Options options = {}) {
    const auto result = (*HttpClient::make(url, std::move(options)))->send({.path = "/"});
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  };
  const Error unknown = message_of("http://no-such-host.invalid:1");
  EXPECT_EQ(unknown.code, ErrorCode::kUnavailable);
  EXPECT_NE(unknown.message.find("cannot resolve host 'no-such-host.invalid'"), std::string::npos) << unknown.message;

  RawServer nobody(0, nullptr);
  nobody.close();
  const Error refused = message_of(nobody.url());
  EXPECT_EQ(refused.code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.message.find("connection refused"), std::string::npos) << refused.message;

  HttpClient::Options fast;
  fast.read_timeout = Millis(50);
  fast.connect_timeout = Millis(50);
  RawServer silent(0, nullptr);
  const Error timeout = message_of(silent.url(), fast);
  EXPECT_EQ(timeout.code, ErrorCode::kTimeout);
  EXPECT_NE(timeout.message.find("waiting for 127.0.0.1"), std::string::npos) << timeout.message;
  const Error no_handshake = message_of(silent.url("https"), fast);
  EXPECT_EQ(no_handshake.code, ErrorCode::kTimeout);
  EXPECT_NE(no_handshake.message.find("TLS handshake"), std::string::npos) << no_handshake.message;

  {
    RawServer not_http(1, [](int socket) {
      read_request(socket);
      write_all(socket, "SSH-2.0-OpenSSH\r\n\r\n");
    });
    const Error other = message_of(not_http.url());
    EXPECT_NE(other.message.find("does not answer in HTTP"), std::string::npos) << other.message;
  }
  {
    RawServer torn(1, [](int socket) {
      read_request(socket);
      write_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    const Error half = message_of(torn.url());
    EXPECT_EQ(half.code, ErrorCode::kUnavailable);
    EXPECT_NE(half.message.find("in the middle of a response"), std::string::npos) << half.message;
  }
  {
    RawServer plain(1, [](int socket) {
      char hello[4096];
      EXPECT_GT(::recv(socket, hello, sizeof hello, 0), 0);
      write_all(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    HttpClient::Options options;
    const Error not_tls = message_of(plain.url("https"), options);
    EXPECT_NE(not_tls.message.find("TLS with"), std::string::npos) << not_tls.message;
  }
}

// A certificate for `name`, signed by itself.
struct Certificate {
  explicit Certificate(const std::string& name) {
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(certificate, alternative, -1);
    X509_EXTENSION_free(alternative);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Certificate() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  EVP_PKEY* key;
  X509* certificate;
};

TEST(HttpClientTls, TrustsTheNamedIssuerAndNoOther) {
  const Certificate certificate("localhost");
  std::string file = testing::TempDir() + "/net_test_ca_XXXXXX";
  const Descriptor handle(mkstemp(file.data()));
  BIO* out = BIO_new_fd(handle.get(), BIO_NOCLOSE);
  EXPECT_EQ(PEM_write_bio_X509(out, certificate.certificate), 1);
  BIO_free(out);
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context, certificate.certificate);
  SSL_CTX_use_PrivateKey(context, certificate.key);
  {
    RawServer server(3, [&](int socket) {
      SSL* tls = SSL_new(context);
      SSL_set_fd(tls, socket);
      if (SSL_accept(tls) == 1) {
        char buffer[4096];
        SSL_read(tls, buffer, sizeof buffer);
        constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
        SSL_write(tls, kAnswer.data(), static_cast<int>(kAnswer.size()));
      }
      SSL_free(tls);
    });
    const std::string port = std::to_string(server.port);
    HttpClient::Options trusting;
    trusting.ca_file = file;
    const auto right = (*HttpClient::make("https://localhost:" + port, trusting))->send({.path = "/"});
    ASSERT_TRUE(right) << right.error().message;
    EXPECT_EQ(right->body, "secret");
    const auto unknown_issuer = (*HttpClient::make("https://localhost:" + port))->send({.path = "/"});
    ASSERT_FALSE(unknown_issuer);
    EXPECT_NE(unknown_issuer.error().message.find("certificate is refused"), std::string::npos)
        << unknown_issuer.error().message;
    const auto wrong_name = (*HttpClient::make("https://127.0.0.1:" + port, trusting))->send({.path = "/"});
    ASSERT_FALSE(wrong_name);
    EXPECT_NE(wrong_name.error().message.find("TLS with"), std::string::npos) << wrong_name.error().message;
  }
  HttpClient::Options nowhere;
  nowhere.ca_file = "/nonexistent/ca.pem";
  const auto no_file = (*HttpClient::make("https://127.0.0.1:1", nowhere))->send({.path = "/"});
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().code, ErrorCode::kInvalidArgument);
  SSL_CTX_free(context);
  ::unlink(file.c_str());
}

}  // namespace
}  // namespace millstream::net
