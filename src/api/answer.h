// Answers in the shapes that Flink's REST clients expect: JSON bodies, and errors as a list of texts.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "net/http_message.h"

namespace millstream::api {

[[nodiscard]] net::HttpResponse json_answer(const Json& body, int status = 200);
// {"errors":["…"]}, and beside it "millstream": code, message, hint and position for clients that want more.
[[nodiscard]] net::HttpResponse error_answer(const Error& error);
// As the SQL Gateway reports a failed statement: 500 and the text of a server-side exception.
[[nodiscard]] net::HttpResponse gateway_error_answer(const Error& error);
// The HTTP status for an error's code.
[[nodiscard]] int http_status_of(ErrorCode code);

}  // namespace millstream::api
