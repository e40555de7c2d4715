// Which route a path takes, and how not-found speaks.
#include "net/router.h"

#include <gtest/gtest.h>

#include "net/http_server.h"
#include "net/internal/http_guard.h"

namespace millstream::net {
namespace {

// Each handler writes its name here when it is called.
class RouterTest : public testing::Test {
 protected:
  void route(const std::string& method, const std::string& pattern) {
    const std::string name = method + " " + pattern;
    router.add(method, pattern, [this, name](HttpRequest, HttpResponder) { called = name; });
  }
  // "GET /a {x=1}", or "404", or "405 GET, HEAD".
  std::string find(std::string_view method, std::string_view path) {
    const Router::Match match = router.match(method, path);
    if (match.handler == nullptr) return match.allowed.empty() ? "404" : "405 " + match.allowed;
    (*match.handler)({}, {});
    std::string text = called;
    for (const auto& [name, value] : match.parameters.all()) text += " " + name + "=" + value;
    return text;
  }
  Router router;
  std::string called;
};

TEST_F(RouterTest, TakesLiteralsBeforeParametersBeforeRests) {
  route("GET", "/");
  route("GET", "/subjects");
  route("GET", "/subjects/{subject}");
  route("GET", "/subjects/{subject}/versions/{version}");
  route("GET", "/subjects/{subject}/versions/latest");
  route("POST", "/topics/{topic}/configs:alter");
  route("GET", "/console/{path*}");
  EXPECT_EQ(find("GET", "/"), "GET /");
  EXPECT_EQ(find("GET", "/subjects"), "GET /subjects");
  EXPECT_EQ(find("GET", "/subjects/"), "GET /subjects");
  EXPECT_EQ(find("GET", "/subjects/a"), "GET /subjects/{subject} subject=a");
  EXPECT_EQ(find("GET", "/subjects/a/versions/3"), "GET /subjects/{subject}/versions/{version} subject=a version=3");
  EXPECT_EQ(find("GET", "/subjects/a/versions/latest"), "GET /subjects/{subject}/versions/latest subject=a");
  EXPECT_EQ(find("POST", "/topics/t/configs:alter"), "POST /topics/{topic}/configs:alter topic=t");
  EXPECT_EQ(find("GET", "/console"), "GET /console/{path*} path=");
  EXPECT_EQ(find("GET", "/console/a/b.js"), "GET /console/{path*} path=a/b.js");
  EXPECT_EQ(find("GET", "/nowhere"), "404");
  EXPECT_EQ(find("GET", "/subjects//versions/1"), "404");
}

TEST_F(RouterTest, DecodesParametersAfterSplitting) {
  route("GET", "/subjects/{subject}/versions");
  EXPECT_EQ(find("GET", "/subjects/a%2Fb%20c/versions"), "GET /subjects/{subject}/versions subject=a/b c");
  EXPECT_EQ(find("GET", "/subjects/a+b/versions"), "GET /subjects/{subject}/versions subject=a+b");
  EXPECT_EQ(find("GET", "/%73ubjects/x/versions"), "GET /subjects/{subject}/versions subject=x");
  EXPECT_EQ(find("GET", "/subjects/%zz/versions"), "404");
  EXPECT_EQ(find("GET", "/subjects/%2/versions"), "404");
}

TEST_F(RouterTest, GoesBackWhenALiteralLeadsNowhere) {
  route("GET", "/a/b/c");
  route("GET", "/a/{x}/d");
  route("DELETE", "/{any}/b/{last}");
  EXPECT_EQ(find("GET", "/a/b/c"), "GET /a/b/c");
  EXPECT_EQ(find("GET", "/a/b/d"), "GET /a/{x}/d x=b");
  EXPECT_EQ(find("DELETE", "/a/b/c"), "DELETE /{any}/b/{last} any=a last=c");
  EXPECT_EQ(find("PUT", "/a/b/c"), "405 DELETE, GET, HEAD");
}

TEST_F(RouterTest, HeadFollowsGetAndOtherMethodsAreNamed) {
  route("GET", "/x");
  route("POST", "/x");
  route("PUT", "/y");
  EXPECT_EQ(find("HEAD", "/x"), "GET /x");
  EXPECT_EQ(find("DELETE", "/x"), "405 GET, HEAD, POST");
  EXPECT_EQ(find("HEAD", "/y"), "405 PUT");
}

TEST_F(RouterTest, FamiliesOfPathsHaveTheirOwnErrors) {
  router.set_error_format("/api", [](int status, std::string_view message, const HttpRequest&) {
    return HttpResponse::json(status, Json::object({{"error_code", status}, {"message", message}}));
  });
  router.set_error_format(
      "/api/v2/", [](int status, std::string_view, const HttpRequest&) { return HttpResponse::text(status, "v2"); });
  HttpRequest request;
  request.path = "/api/x";
  EXPECT_EQ(router.error(404, "gone", request).body, R"({"error_code":404,"message":"gone"})");
  request.path = "/api/v2/x";
  EXPECT_EQ(router.error(404, "gone", request).body, "v2");
  request.path = "/apifoo";
  EXPECT_EQ(router.error(404, "Not found: /apifoo", request).body, R"({"errors":["Not found: /apifoo"]})");
}

TEST(HttpParameters, QueriesAreDecoded) {
  const HttpParameters query = parse_query("a=1&b=x%20y+z&empty=&flag&a=2&broken=%4");
  EXPECT_EQ(query["a"], "1");
  EXPECT_EQ(query["b"], "x y z");
  EXPECT_EQ(query["empty"], "");
  EXPECT_EQ(query["flag"], "");
  EXPECT_EQ(query["broken"], "%4");
  EXPECT_EQ(query.find("c"), nullptr);
  EXPECT_EQ(percent_encode("a/b c~é"), "a%2Fb%20c~%C3%A9");
  EXPECT_EQ(percent_decode(percent_encode("a/b%\x01")), "a/b%\x01");
}

TEST(HttpGuard, LetsInLoopbackOwnAddressAndConfiguredHosts) {
  const std::vector<std::string> allowed = {"mill.example.com"};
  for (const std::string_view host :
       {"localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "Mill.Example.com:443", "10.0.0.5:8080"}) {
    EXPECT_TRUE(host_is_allowed(host, "10.0.0.5", allowed)) << host;
  }
  for (const std::string_view host : {"", "evil.example.com", "localhost.evil.com:8080", "10.0.0.6",
                                      "mill.example.com.evil.com", "SSL://localhost:1", "a:b:c"}) {
    EXPECT_FALSE(host_is_allowed(host, "10.0.0.5", allowed)) << host;
  }
  EXPECT_TRUE(host_is_allowed("anything", "", {"*"}));
}

TEST(HttpGuard, LetsOwnPagesChangeState) {
  EXPECT_TRUE(origin_is_allowed("http://localhost:8080", "localhost:8080", {}));
  EXPECT_TRUE(origin_is_allowed("https://ops.example.com", "localhost:8080", {"https://ops.example.com"}));
  EXPECT_FALSE(origin_is_allowed("http://localhost:3000", "localhost:8080", {}));
  EXPECT_FALSE(origin_is_allowed("null", "localhost:8080", {}));
  EXPECT_FALSE(origin_is_allowed("https://evil.example.com", "localhost:8080", {"https://ops.example.com"}));
}

}  // namespace
}  // namespace millstream::net
