// HTTP requests and responses as handlers and the client see them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "net/address.h"

namespace millstream::net {

// In order of arrival; names compare without regard to case.
class HttpHeaders {
 public:
  void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);                  // replaces every one of that name
  [[nodiscard]] const std::string* find(std::string_view name) const;  // the first; null if there is none
  [[nodiscard]] std::string_view get_or(std::string_view name, std::string_view fallback) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

// Names and values in order, decoded; from a query or from a path pattern.
class HttpParameters {
 public:
  void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
  [[nodiscard]] const std::string* find(std::string_view name) const;  // the first
  [[nodiscard]] std::string_view get_or(std::string_view name, std::string_view fallback) const;
  // For parameters of the matched pattern, which are there: a wrong name is a mistake of ours.
  [[nodiscard]] const std::string& operator[](std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct HttpRequest {
  std::string method;  // "GET"; a HEAD request shows as HEAD
  std::string path;    // as sent, still percent-encoded, without the query
  HttpParameters query;
  HttpHeaders headers;
  std::string body;                // whole; empty if there was none
  HttpParameters path_parameters;  // of the route
  HostPort peer;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // empty with a body: application/octet-stream; without: none
  HttpHeaders headers;       // not Content-Length, Connection or Transfer-Encoding, which the server sets
  std::string body;

  static HttpResponse json(int status, const Json& body);
  static HttpResponse text(int status, std::string body);
  static HttpResponse empty(int status = 204);
};

// "%41+" is "A+"; with `plus_is_space`, as in queries, "A ". Nothing if an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// Escapes everything but letters, digits and -._~, for one path segment or query value.
[[nodiscard]] std::string percent_encode(std::string_view text);
// "a=1&b=%20": what cannot be decoded is taken as it stands.
[[nodiscard]] HttpParameters parse_query(std::string_view query);
[[nodiscard]] std::string_view reason_of(int status);  // "Not Found"; empty if unknown

}  // namespace millstream::net
