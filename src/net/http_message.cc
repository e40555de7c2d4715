// Headers, parameters and percent-encoding (RFC 3986).
#include "net/http_message.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace millstream::net {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void HttpHeaders::set(std::string_view name, std::string value) {
  std::erase_if(all_, [name](const auto& one) { return equals_ignoring_case(one.first, name); });
  add(std::string(name), std::move(value));
}

const std::string* HttpHeaders::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(all_, [name](const auto& one) { return equals_ignoring_case(one.first, name); });
  return found == all_.end() ? nullptr : &found->second;
}

std::string_view HttpHeaders::get_or(std::string_view name, std::string_view fallback) const {
  const std::string* found = find(name);
  return found == nullptr ? fallback : std::string_view(*found);
}

const std::string* HttpParameters::find(std::string_view name) const {
  const auto found = std::ranges::find_if(all_, [name](const auto& one) { return one.first == name; });
  return found == all_.end() ? nullptr : &found->second;
}

std::string_view HttpParameters::get_or(std::string_view name, std::string_view fallback) const {
  const std::string* found = find(name);
  return found == nullptr ? fallback : std::string_view(*found);
}

const std::string& HttpParameters::operator[](std::string_view name) const {
  const std::string* found = find(name);
  CHECK(found != nullptr);
  return *found;
}

HttpResponse HttpResponse::json(int status, const Json& body) {
  return {status, "application/json", {}, body.to_text()};
}
HttpResponse HttpResponse::text(int status, std::string body) {
  return {status, "text/plain; charset=utf-8", {}, std::move(body)};
}
HttpResponse HttpResponse::empty(int status) { return {status, {}, {}, {}}; }

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

HttpParameters parse_query(std::string_view query) {
  HttpParameters parameters;
  if (query.empty()) return parameters;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    parameters.add(percent_decode(name, true).value_or(std::string(name)),
                   percent_decode(value, true).value_or(std::string(value)));
  }
  return parameters;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

}  // namespace millstream::net
