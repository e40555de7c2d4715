// Errors as HTTP: the status of each code, and both dialects of bodies.
#include "api/answer.h"

#include <gtest/gtest.h>

namespace millstream::api {
namespace {

TEST(Answer, EveryErrorHasTheStatusOfItsBlame) {
  EXPECT_EQ(http_status_of(ErrorCode::kParse), 400);
  EXPECT_EQ(http_status_of(ErrorCode::kPermission), 403);
  EXPECT_EQ(http_status_of(ErrorCode::kNotFound), 404);
  EXPECT_EQ(http_status_of(ErrorCode::kConflict), 409);
  EXPECT_EQ(http_status_of(ErrorCode::kLimit), 429);
  EXPECT_EQ(http_status_of(ErrorCode::kUnsupported), 501);
  EXPECT_EQ(http_status_of(ErrorCode::kUnavailable), 503);
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const int status = http_status_of(static_cast<ErrorCode>(code));
    EXPECT_GE(status, 400) << code;
    EXPECT_LE(status, 599) << code;
    // A client must not be told that it is to blame for what happened to us.
    if (blame_of(static_cast<ErrorCode>(code)) == Blame::kUs) {
      EXPECT_GE(status, 500) << code;
    }
  }
}

TEST(Answer, AnErrorIsOneTextAndItsParts) {
  const Error error{ErrorCode::kParse, "a \"word\" is\nwrong", "take another", SourcePosition{2, 3, 10, 4}};
  const net::HttpResponse answer = error_answer(error);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.content_type.substr(0, 16), "application/json");
  EXPECT_EQ(answer.body,
            R"j({"errors":["a \"word\" is\nwrong (take another)"],)j"
            R"j("millstream":{"code":"parse_error","message":"a \"word\" is\nwrong","hint":"take another",)j"
            R"j("position":{"line":2,"column":3,"offset":10,"length":4}}})j");
  EXPECT_EQ(error_answer({ErrorCode::kNotFound, "gone", "", {}}).body,
            R"({"errors":["gone"],"millstream":{"code":"not_found","message":"gone","hint":""}})");
}

TEST(Answer, TheGatewayAnswersLikeAServerThatThrew) {
  const net::HttpResponse answer = gateway_error_answer({ErrorCode::kNotFound, "gone", "", {}});
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(
      answer.body,
      R"({"errors":["Internal server error.","<Exception on server side:\ngone\nEnd of exception on server side>"],)"
      R"("millstream":{"code":"not_found","message":"gone","hint":""}})");
}

}  // namespace
}  // namespace millstream::api
