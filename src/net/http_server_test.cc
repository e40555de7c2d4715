// The HTTP server over real sockets: keep-alive, pipelining, late answers, streams, limits and guards.
#include "net/http_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include "net/internal/test_socket.h"

namespace millstream::net {
namespace {

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    router.add("GET", "/hello/{name}", [](HttpRequest request, HttpResponder responder) {
      responder.respond(HttpResponse::text(
          200, "hello " + request.path_parameters["name"] + std::string(request.query.get_or("end", ""))));
    });
    const auto echo = [](HttpRequest request, HttpResponder responder) {
      HttpResponse response{200, std::string(request.headers.get_or("Content-Type", "")), {}, request.body};
      responder.respond(std::move(response));
    };
    router.add("POST", "/echo", echo);
    router.add("GET", "/echo", echo);
    router.add("DELETE", "/thing",
               [](HttpRequest, HttpResponder responder) { responder.respond(HttpResponse::empty()); });
    router.add("GET", "/late", [this](HttpRequest, HttpResponder responder) {
      late.change([&](auto& all) { all.push_back(std::move(responder)); });
    });
    router.add("GET", "/dropped", [](HttpRequest, HttpResponder) {});
    router.add("GET", "/stream", [this](HttpRequest, HttpResponder responder) {
      StreamingBody body = responder.stream({200, "text/event-stream", {}, {}});
      streams.change([&](auto& all) { all.push_back(std::move(body)); });
    });
  }
  void TearDown() override {
    late.change([](auto& all) { all.clear(); });
    streams.change([](auto& all) { all.clear(); });
    if (server != nullptr) server->stop();
    server.reset();
    EXPECT_EQ(memory.used(), Bytes(0));
  }
  void start() {
    auto started = HttpServer::start(loop, options, router, memory);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }
  TestSocket connect() { return TestSocket(server->addresses()[0]); }
  // Head and body of one answer with Content-Length.
  static std::pair<std::string, std::string> receive_response(TestSocket& client) {
    std::string head = client.receive_until("\r\n\r\n");
    const size_t length = head.find("Content-Length: ");
    const size_t size = length == std::string::npos ? 0 : std::stoul(head.substr(length + 16));
    return {head, client.receive(size)};
  }
  std::pair<std::string, std::string> ask(std::string_view request) {
    TestSocket client = connect();
    client.send(request);
    return receive_response(client);
  }
  StreamingBody take_stream() {
    EXPECT_TRUE(streams.wait([](const auto& all) { return !all.empty(); }));
    StreamingBody body;
    streams.change([&](auto& all) {
      body = std::move(all.front());
      all.pop_front();
    });
    return body;
  }
  HttpResponder take_late() {
    EXPECT_TRUE(late.wait([](const auto& all) { return !all.empty(); }));
    HttpResponder responder;
    late.change([&](auto& all) {
      responder = std::move(all.front());
      all.pop_front();
    });
    return responder;
  }

  EventLoop loop{EventLoop::Options{.threads = 2}};
  MemoryBudget memory{"process", 64_MiB};
  Router router;
  HttpServer::Options options;
  Watched<std::deque<HttpResponder>> late;
  Watched<std::deque<StreamingBody>> streams;
  std::unique_ptr<HttpServer> server;
};

constexpr std::string_view kHost = " HTTP/1.1\r\nHost: localhost\r\n";
std::string request(std::string_view method_and_path, std::string_view rest = "\r\n") {
  return std::string(method_and_path) + std::string(kHost) + std::string(rest);
}

TEST_F(HttpServerTest, KeepsAConnectionAliveForManyRequests) {
  start();
  TestSocket client = connect();
  for (int i = 0; i < 5; ++i) {
    client.send(request("GET /hello/n%20" + std::to_string(i) + "?end=%21"));
    const auto [head, body] = receive_response(client);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_EQ(head.find("Connection"), std::string::npos);
    EXPECT_EQ(body, "hello n " + std::to_string(i) + "!");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrderAlsoWhenTheFirstIsLate) {
  start();
  TestSocket client = connect();
  std::string all = request("GET /late");
  for (int i = 0; i < 200; ++i) all += request("GET /hello/" + std::to_string(i));
  client.send(all);
  take_late().respond(HttpResponse::text(200, "first"));
  EXPECT_EQ(receive_response(client).second, "first");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(receive_response(client).second, "hello " + std::to_string(i));
}

TEST_F(HttpServerTest, TakesARequestByteByByteAndAChunkedBody) {
  start();
  TestSocket client = connect();
  for (const char byte : request("POST /echo", "Content-Length: 5\r\n\r\nabcde"))
    client.send(std::string_view(&byte, 1));
  EXPECT_EQ(receive_response(client).second, "abcde");
  client.send(request("POST /echo", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  EXPECT_EQ(receive_response(client).second, "abcde");
}

TEST_F(HttpServerTest, ABodyOfUnknownLengthIsNotTakenForTheNextRequest) {
  start();
  for (const char* coding : {"gzip", "gzip, chunked", "identity"}) {
    TestSocket client = connect();
    client.send(request("POST /echo", std::string("Transfer-Encoding: ") + coding + "\r\n\r\n") +
                request("GET /hello/x", "\r\n"));
    EXPECT_EQ(client.receive_until("\r\n\r\n").substr(9, 3), "501") << coding;
    EXPECT_EQ(client.receive_until_closed().find("hello"), std::string::npos) << coding;
  }
}

TEST_F(HttpServerTest, AcceptsAGetWithABodyAndExpectContinue) {
  start();
  EXPECT_EQ(ask(request("GET /echo", "Content-Length: 2\r\n\r\n{}")).second, "{}");
  TestSocket client = connect();
  client.send(request("POST /echo", "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("xyz");
  EXPECT_EQ(receive_response(client).second, "xyz");
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
  start();
  TestSocket client = connect();
  client.send(request("HEAD /hello/you") + request("GET /hello/me"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 9\r\n"), std::string::npos) << head;
  EXPECT_EQ(receive_response(client).second, "hello me");
}

TEST_F(HttpServerTest, NoContentHasNoLength) {
  start();
  const auto [head, body] = ask(request("DELETE /thing"));
  EXPECT_TRUE(head.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(head.find("Content-"), std::string::npos);
}

TEST_F(HttpServerTest, SaysNotFoundAndNotAllowedInJson) {
  start();
  const auto [head, body] = ask(request("GET /x?q=1"));
  EXPECT_TRUE(head.starts_with("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_EQ(body, R"({"errors":["Not found: /x"]})");
  const auto [wrong_head, wrong_body] = ask(request("DELETE /echo"));
  EXPECT_TRUE(wrong_head.starts_with("HTTP/1.1 405 "));
  EXPECT_NE(wrong_head.find("Allow: GET, HEAD, POST\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, SpeaksHttp10) {
  start();
  TestSocket client = connect();
  client.send("GET /hello/old HTTP/1.0\r\n\r\n");
  const std::string all = client.receive_until_closed();
  EXPECT_TRUE(all.starts_with("HTTP/1.0 200 OK\r\n")) << all;
  EXPECT_TRUE(all.ends_with("hello old"));
}

TEST_F(HttpServerTest, RefusesForeignHostsAndOrigins) {
  options.allowed_hosts = {"mill.example.com"};
  options.allowed_origins = {"https://ops.example.com"};
  start();
  const auto status = [&](std::string_view text) { return ask(text).first.substr(9, 3); };
  EXPECT_EQ(status("GET /hello/x HTTP/1.1\r\nHost: evil.example.com\r\n\r\n"), "403");
  EXPECT_EQ(status("GET /hello/x HTTP/1.1\r\nHost: mill.example.com:99\r\n\r\n"), "200");
  EXPECT_EQ(status("GET /hello/x HTTP/1.1\r\n\r\n"), "400");
  EXPECT_EQ(status(request("POST /echo", "Origin: https://evil.example.com\r\nContent-Length: 0\r\n\r\n")), "403");
  EXPECT_EQ(status(request("POST /echo", "Origin: null\r\nContent-Length: 0\r\n\r\n")), "403");
  EXPECT_EQ(status(request("POST /echo", "Origin: http://localhost\r\nContent-Length: 0\r\n\r\n")), "200");
  EXPECT_EQ(status(request("POST /echo", "Origin: https://ops.example.com\r\nContent-Length: 0\r\n\r\n")), "200");
  EXPECT_EQ(status(request("GET /hello/x", "Origin: https://evil.example.com\r\n\r\n")), "200");
}

TEST_F(HttpServerTest, BoundsBodiesHeadersAndMemory) {
  options.max_body = 1_MiB;
  start();
  const auto status = [&](std::string_view text) { return ask(text).first.substr(9, 3); };
  EXPECT_EQ(status(request("POST /echo", "Content-Length: 1048577\r\n\r\n")), "413");
  EXPECT_EQ(status(request("POST /echo", "Content-Length: 99999999999999999\r\n\r\n")), "413");
  EXPECT_EQ(status(request("POST /echo", "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string(2 << 20, 'x'))),
            "413");
  EXPECT_EQ(status(request("GET /hello/x", "X-Large: " + std::string(100'000, 'h') + "\r\n\r\n")), "431");
  EXPECT_EQ(status("\x16\x03\x01 this is not HTTP\r\n\r\n"), "400");
  ASSERT_TRUE(memory.charge(64_MiB - Bytes(1000)));
  EXPECT_EQ(status(request("POST /echo", "Content-Length: 5000\r\n\r\n" + std::string(5000, 'b'))), "503");
  EXPECT_EQ(status(request("POST /echo",
                           "Transfer-Encoding: chunked\r\n\r\n1388\r\n" + std::string(5000, 'b') + "\r\n0\r\n\r\n")),
            "503");
  EXPECT_EQ(status(request("POST /echo", "Content-Length: 500\r\n\r\n" + std::string(500, 'b'))), "200");
  memory.release(64_MiB - Bytes(1000));
}

TEST_F(HttpServerTest, TimesSlowAndIdleClientsOut) {
  options.request_timeout = Millis(60);
  options.idle_timeout = Millis(60);
  start();
  TestSocket slow = connect();
  slow.send("GET /hello/x HTTP/1.1\r\nHost: loc");
  EXPECT_TRUE(slow.receive_until_closed().starts_with("HTTP/1.1 408 "));
  TestSocket idle = connect();
  EXPECT_EQ(idle.receive_until_closed(), "");
  TestSocket half_body = connect();
  half_body.send(request("POST /echo", "Content-Length: 10\r\n\r\nabc"));
  EXPECT_TRUE(half_body.receive_until_closed().starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, AClientThatTakesNothingIsClosed) {
  options.write_timeout = Millis(60);
  router.add("GET", "/big", [](HttpRequest, HttpResponder responder) {
    responder.respond(HttpResponse::text(200, std::string(30 << 20, 'b')));
  });
  start();
  TestSocket client(server->addresses()[0], 4096);
  client.send(request("GET /big"));
  while (server->connections() == 0) std::this_thread::yield();
  while (server->connections() > 0) std::this_thread::yield();
}

TEST_F(HttpServerTest, ADroppedResponderAnswers500) {
  start();
  EXPECT_TRUE(ask(request("GET /dropped")).first.starts_with("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, ALateAnswerToAClientThatLeftGoesNowhere) {
  start();
  TestSocket client = connect();
  client.send(request("GET /late"));
  HttpResponder responder = take_late();
  EXPECT_FALSE(responder.cancelled());
  client.reset();
  while (!responder.cancelled()) std::this_thread::yield();
  responder.respond(HttpResponse::text(200, "nobody"));
}

TEST_F(HttpServerTest, StreamsChunksFromAnotherThreadAndKeepsTheConnection) {
  start();
  TestSocket client = connect();
  client.send(request("GET /stream"));
  StreamingBody body = take_stream();
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(body.write("one"), StreamingBody::Wrote::kTaken);
  EXPECT_EQ(client.receive_until("one\r\n"), "3\r\none\r\n");
  EXPECT_EQ(body.write(""), StreamingBody::Wrote::kTaken);
  EXPECT_EQ(body.write_event("row", "a\nb"), StreamingBody::Wrote::kTaken);
  EXPECT_EQ(client.receive_until("\n\n\r\n"), "1c\r\nevent: row\ndata: a\ndata: b\n\n\r\n");
  body.finish();
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_TRUE(body.closed());
  client.send(request("GET /hello/again"));
  EXPECT_EQ(receive_response(client).second, "hello again");
}

TEST_F(HttpServerTest, AStreamPushesBackWhenItsClientIsSlow) {
  options.max_stream_buffer = 64_KiB;
  start();
  TestSocket client(server->addresses()[0], 4096);
  client.send(request("GET /stream", "Connection: close\r\n\r\n"));
  StreamingBody body = take_stream();
  const std::string chunk(10'000, '~');
  size_t taken = 0;
  while (body.write(chunk) == StreamingBody::Wrote::kTaken) {
    ++taken;
    ASSERT_LT(taken, 10'000u);
  }
  Watched<int> writable;
  body.when_writable([&] { writable.change([](int& n) { ++n; }); });
  std::thread reader([&] {
    const std::string all = client.receive_until_closed();
    EXPECT_EQ(std::ranges::count(all, '~'), static_cast<int64_t>((taken + 1) * chunk.size())) << all.substr(0, 200);
    EXPECT_TRUE(all.ends_with("0\r\n\r\n"));
  });
  EXPECT_TRUE(writable.wait([](int n) { return n == 1; }));
  StreamingBody::Wrote last = body.write(chunk);
  EXPECT_EQ(last, StreamingBody::Wrote::kTaken);
  body.finish();
  reader.join();
}

TEST_F(HttpServerTest, AStreamSeesItsClientLeaveWithoutWriting) {
  start();
  TestSocket client = connect();
  client.send(request("GET /stream"));
  StreamingBody body = take_stream();
  Watched<int> called;
  client.close();
  while (!body.closed()) std::this_thread::yield();
  EXPECT_EQ(body.write("x"), StreamingBody::Wrote::kClosed);
  body.when_writable([&] { called.change([](int& n) { ++n; }); });
  EXPECT_TRUE(called.wait([](int n) { return n == 1; }));
}

TEST_F(HttpServerTest, ADroppedStreamTearsTheConnection) {
  start();
  TestSocket client = connect();
  client.send(request("GET /stream"));
  {
    StreamingBody body = take_stream();
    EXPECT_EQ(body.write("torn"), StreamingBody::Wrote::kTaken);
    EXPECT_NE(client.receive_until("torn\r\n"), "");
  }
  EXPECT_EQ(client.receive_until_closed(), "");
}

TEST_F(HttpServerTest, HeaderValuesCannotWriteHeaders) {
  router.add("GET", "/split", [](HttpRequest request, HttpResponder responder) {
    HttpResponse response = HttpResponse::empty(200);
    response.headers.add("Location", std::string(request.query.get_or("to", "")));
    responder.respond(std::move(response));
  });
  start();
  const std::string head = ask(request("GET /split?to=x%0d%0aEvil:%201")).first;
  EXPECT_EQ(head.find("\r\nEvil"), std::string::npos);
  EXPECT_NE(head.find("Location: x  Evil: 1\r\n"), std::string::npos) << head;
}

TEST_F(HttpServerTest, RefusesConnectionsBeyondTheLimitAndStopsWithWorkUnderWay) {
  options.max_connections = 2;
  start();
  TestSocket first = connect(), second = connect();
  first.send(request("GET /late"));
  second.send(request("GET /stream"));
  HttpResponder responder = take_late();
  StreamingBody body = take_stream();
  TestSocket third = connect();
  EXPECT_TRUE(third.closed_by_server());
  server->stop();
  server.reset();
  EXPECT_TRUE(responder.cancelled());
  EXPECT_TRUE(body.closed());
  responder.respond(HttpResponse::text(200, "late"));
  body.finish();
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  start();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      TestSocket client = connect();
      for (int i = 0; i < 50; ++i) {
        const std::string body(static_cast<size_t>(1 + i * 97), static_cast<char>('a' + t));
        client.send(request("POST /echo", "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
        right += receive_response(client).second == body;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace millstream::net
