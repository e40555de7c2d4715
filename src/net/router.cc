// A tree of path segments, searched with backtracking.
#include "net/router.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "net/http_server.h"

namespace millstream::net {

struct Router::Route {
  HttpHandler handler;
  std::vector<std::string> names;  // of the parameters, left to right
};

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  std::map<std::string, Route, std::less<>> methods;
};

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return {};
  return split(path, '/');
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::add(std::string_view method, std::string_view pattern, HttpHandler handler) {
  CHECK(pattern.starts_with('/'));
  Node* node = root_.get();
  Route route{std::move(handler), {}};
  const std::vector<std::string_view> segments = segments_of(pattern);
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    std::unique_ptr<Node>* next = nullptr;
    if (segment.starts_with('{')) {
      const bool rest = segment.ends_with("*}");
      CHECK(segment.ends_with('}') && (!rest || i + 1 == segments.size()));
      route.names.emplace_back(segment.substr(1, segment.size() - (rest ? 3 : 2)));
      next = rest ? &node->rest : &node->parameter;
    } else {
      CHECK(segment.find_first_of("{}") == std::string_view::npos);
      next = &node->literals[std::string(segment)];
    }
    if (*next == nullptr) *next = std::make_unique<Node>();
    node = next->get();
  }
  CHECK(node->methods.emplace(std::string(method), std::move(route)).second);
}

void Router::set_error_format(std::string_view prefix, HttpErrorFormat format) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  formats_.emplace_back(std::string(prefix), std::move(format));
  std::ranges::sort(formats_, std::greater<>(), [](const auto& one) { return one.first.size(); });
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  const std::vector<std::string_view> segments = segments_of(path);
  std::vector<std::string_view> values;
  const auto pick = [method](const Node& node) -> const Route* {
    auto found = node.methods.find(method);
    if (found == node.methods.end() && method == "HEAD") found = node.methods.find("GET");
    return found == node.methods.end() ? nullptr : &found->second;
  };
  std::map<std::string, bool, std::less<>> other_methods;
  std::string_view rest_value;
  // A path that matches with another method does not end the search: a pattern further right may have the method.
  const auto search = [&](const auto& self, const Node& node, size_t at) -> const Route* {
    if (at == segments.size() && !node.methods.empty()) {
      if (const Route* route = pick(node)) return route;
      for (const auto& [name, route] : node.methods) other_methods[name] = true;
    }
    if (at < segments.size()) {
      std::string_view segment = segments[at];
      const std::optional<std::string> decoded = percent_decode(segment);
      if (!decoded) return nullptr;
      if (const auto literal = node.literals.find(*decoded); literal != node.literals.end()) {
        if (const Route* route = self(self, *literal->second, at + 1)) return route;
      }
      if (node.parameter != nullptr && !segment.empty()) {
        values.push_back(segment);
        if (const Route* route = self(self, *node.parameter, at + 1)) return route;
        values.pop_back();
      }
    }
    if (node.rest != nullptr) {
      if (const Route* route = pick(*node.rest)) {
        rest_value = at < segments.size()
                         ? std::string_view(segments[at].data(),
                                            segments.back().data() + segments.back().size() - segments[at].data())
                         : std::string_view();
        values.push_back(rest_value);
        return route;
      }
      for (const auto& [name, route] : node.rest->methods) other_methods[name] = true;
    }
    return nullptr;
  };
  Match result;
  const Route* route = search(search, *root_, 0);
  if (route == nullptr) {
    if (other_methods.contains("GET")) other_methods["HEAD"] = true;
    for (const auto& [name, present] : other_methods) result.allowed += (result.allowed.empty() ? "" : ", ") + name;
    return result;
  }
  CHECK(values.size() == route->names.size());
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<std::string> decoded = percent_decode(values[i]);
    if (!decoded) return result;  // only a rest can still be broken here
    result.parameters.add(route->names[i], *std::move(decoded));
  }
  result.handler = &route->handler;
  return result;
}

HttpResponse Router::error(int status, std::string_view message, const HttpRequest& request) const {
  for (const auto& [prefix, format] : formats_) {
    const std::string_view path = request.path;
    if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'))
      return format(status, message, request);
  }
  return HttpResponse::json(status, Json::object({{"errors", Json::array({Json(message)})}}));
}

}  // namespace millstream::net
