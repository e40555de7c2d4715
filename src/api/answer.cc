// The one table from error codes to HTTP, and the bodies of errors.
#include "api/answer.h"

#include <fmt/format.h>

namespace millstream::api {
namespace {

Json details_of(const Error& error) {
  Json details =
      Json::object({{"code", std::string(name_of(error.code))}, {"message", error.message}, {"hint", error.hint}});
  if (error.position) {
    details.set("position", Json::object({{"line", error.position->line},
                                          {"column", error.position->column},
                                          {"offset", static_cast<int64_t>(error.position->offset)},
                                          {"length", static_cast<int64_t>(error.position->length)}}));
  }
  return details;
}

}  // namespace

int http_status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kParse:
    case ErrorCode::kBadRow:
      return 400;
    case ErrorCode::kPermission:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kLimit:
      return 429;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kTimeout:
      return 504;
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kDiskFull:
      return 503;
    default:
      return 500;
  }
}

net::HttpResponse json_answer(const Json& body, int status) { return net::HttpResponse::json(status, body); }

net::HttpResponse error_answer(const Error& error) {
  return json_answer(Json::object({{"errors", Json::array({error.to_string()})}, {"millstream", details_of(error)}}),
                     http_status_of(error.code));
}

net::HttpResponse gateway_error_answer(const Error& error) {
  const std::string text =
      fmt::format("<Exception on server side:\n{}\nEnd of exception on server side>", error.to_string());
  return json_answer(
      Json::object({{"errors", Json::array({"Internal server error.", text})}, {"millstream", details_of(error)}}),
      500);
}

}  // namespace millstream::api
