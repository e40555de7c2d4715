// Which handler answers METHOD and path: literal segments, {parameters}, and how each family of paths says "not found".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace millstream::net {

class HttpResponder;

// Called on a loop thread; must not block. Answers now or later through the responder.
using HttpHandler = std::function<void(HttpRequest request, HttpResponder responder)>;
// The body of a 4xx that the server itself gives (404, 405, 400, 403, 413 …), in the dialect of one family of paths.
using HttpErrorFormat = std::function<HttpResponse(int status, std::string_view message, const HttpRequest& request)>;

// Filled before the server starts, then only read: any thread.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;

  // Pattern: "/v2/sessions/{session}/statements"; a last segment "{rest*}" takes all that is left, "a/b" or nothing.
  // A literal wins over a parameter, a parameter over a rest, segment by segment from the left. A path that ends in '/'
  // is the same as without. The same method and pattern twice, or a broken pattern, is a mistake of ours: CHECK.
  // HEAD is answered by GET's handler unless it has one of its own; the server leaves the body away.
  void add(std::string_view method, std::string_view pattern, HttpHandler handler);
  // For paths that begin with `prefix` (whole segments; the longest prefix counts). Without one: {"errors":["…"]}.
  void set_error_format(std::string_view prefix, HttpErrorFormat format);

  struct Match {
    const HttpHandler* handler = nullptr;  // null: no such path, or see `allowed`
    HttpParameters parameters;             // decoded, so a value may hold '/'
    std::string allowed;                   // the path exists for these methods only: "GET, HEAD, POST"
  };
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  [[nodiscard]] HttpResponse error(int status, std::string_view message, const HttpRequest& request) const;

 private:
  struct Node;
  struct Route;
  std::unique_ptr<Node> root_;
  std::vector<std::pair<std::string, HttpErrorFormat>> formats_;
};

}  // namespace millstream::net
