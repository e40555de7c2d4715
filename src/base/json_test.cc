// Tests of JSON values: what is parsed comes back, what is broken is refused.
#include "base/json.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

TEST(Json, RoundTripKeepsOrderAndKinds) {
  const std::string text =
      R"({"z":1,"a":[true,null,-2.5,"x\"\\\n\u0001"],"m":{"one":1.0,"big":9223372036854775807},"e":[],"o":{}})";
  const auto json = Json::parse(text);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->to_text(), text);
  EXPECT_EQ((*json)["m"]["big"].int_or(0), std::numeric_limits<int64_t>::max());
  EXPECT_NE((*json)["m"]["one"].if_double(), nullptr);
  EXPECT_TRUE((*json)["m"]["none"]["deeper"].is_null());
}

TEST(Json, ScalarsMayStandAlone) {
  EXPECT_EQ(Json::parse("42")->int_or(0), 42);
  EXPECT_EQ(Json::parse(" \"a\\u00e9\\ud83d\\ude00\" ")->string_or(""), "a\u00e9\U0001f600");
  EXPECT_TRUE(Json::parse("null")->is_null());
}

TEST(Json, WhatIsNotJsonIsAParseError) {
  for (const std::string_view text :
       {"", "{", "[1,]", "{\"a\":}", "{'a':1}", "nul", "1 2", "\"\xff\"", "[1] x", "01"}) {
    const auto json = Json::parse(text);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, ErrorCode::kParse);
  }
  EXPECT_FALSE(Json::parse(std::string(100'000, '[')));  // no stack overflow
}

TEST(Json, NumbersBeyondInt64BecomeDoubles) {
  EXPECT_DOUBLE_EQ(*Json::parse("9223372036854775808")->if_double(), 9223372036854775808.0);
  EXPECT_DOUBLE_EQ(*Json::parse("1e300")->if_double(), 1e300);
  EXPECT_EQ(Json(1e300).to_text(), "1e+300");
  EXPECT_EQ(Json(0.1).to_text(), "0.1");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).to_text(), "null");
}

TEST(Json, SetReplacesAndKeepsPosition) {
  Json json;
  json.set("a", 1).set("b", 2).set("a", "three");
  EXPECT_EQ(json.to_text(), R"({"a":"three","b":2})");
  EXPECT_EQ((*Json::parse(R"({"a":1,"a":2})"))["a"].int_or(0), 2);
}

TEST(Json, PrettyText) {
  const Json json = Json::object({{"a", Json::array({1, 2})}, {"b", Json::object({})}});
  EXPECT_EQ(json.to_pretty_text(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Json, StringsAreAlwaysValidUtf8) {
  std::string out;
  append_json_string(out,
                     "a\x80"
                     "b\xc3\xa9"
                     "\xed\xa0\x80"
                     "\xf0\x9f\x98");
  EXPECT_EQ(out,
            "\"a\xef\xbf\xbd"
            "b\xc3\xa9"
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_TRUE(Json::parse(out));
}

}  // namespace
}  // namespace millstream
