// Rows as the Gateway writes them: every type as JSON and as text, and names and texts that need escaping.
#include "api/row_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/json.h"

namespace millstream::api {
namespace {

using column::Type;
using column::Value;

// The one field of a row, as it stands in the answer; the whole must be JSON.
std::string field(const Type& type, const Value& value, RowFormat format = RowFormat::kJson) {
  std::string out;
  append_row(out, {{{"f", type, ""}}}, std::vector{value}, column::RowKind::kInsert, format);
  EXPECT_TRUE(Json::parse(out).has_value()) << out;
  const std::string_view head = R"({"kind":"INSERT","fields":[)";
  EXPECT_TRUE(out.starts_with(head) && out.ends_with("]}")) << out;
  return out.substr(head.size(), out.size() - head.size() - 2);
}
std::string text(const Type& type, const Value& value) { return field(type, value, RowFormat::kPlainText); }
Value number(int64_t n) { return Value(n); }
Value list(std::initializer_list<Value> values) { return Value(Value::List(values)); }
Value words(const char* s) { return Value(std::string(s)); }

TEST(RowText, NullIsNullInBothFormats) {
  for (const Type& type : {Type::integer(), Type::string(), Type::boolean(), Type::decimal(38, 10), Type::bytes(),
                           Type::timestamp(3), Type::array(Type::integer()), Type::map(Type::string(), Type::integer()),
                           Type::row({{"a", Type::integer(), ""}}), Type::interval_day_time(), Type()}) {
    EXPECT_EQ(field(type, Value()), "null") << type.to_sql();
    EXPECT_EQ(text(type, Value()), "null") << type.to_sql();
  }
}

TEST(RowText, NumbersAreNumbersAsLongAsTheyAre) {
  EXPECT_EQ(field(Type::bigint(), number(std::numeric_limits<int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(field(Type::tinyint(), number(-128)), "-128");
  EXPECT_EQ(field(Type::decimal(10, 2), number(-50)), "-0.50");
  EXPECT_EQ(field(Type::decimal(4, 0), number(7)), "7");
  column::Int128 large = 1;
  for (int i = 0; i < 37; ++i) large *= 10;
  EXPECT_EQ(field(Type::decimal(38, 3), Value(large + 5)), "10000000000000000000000000000000000.005");
  EXPECT_EQ(field(Type::double_precision(), Value(0.5)), "0.5");
  EXPECT_EQ(field(Type::double_precision(), Value(1e300)), "1.0E300");
  EXPECT_EQ(text(Type::decimal(10, 2), number(1250)), R"("12.50")");
  EXPECT_EQ(text(Type::bigint(), number(-1)), R"("-1")");
}

TEST(RowText, WhatJsonHasNoNumberForIsText) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(field(Type::double_precision(), Value(infinity)), R"("Infinity")");
  EXPECT_EQ(field(Type::floating(), Value(-infinity)), R"("-Infinity")");
  EXPECT_EQ(field(Type::double_precision(), Value(std::numeric_limits<double>::quiet_NaN())), R"("NaN")");
}

TEST(RowText, BooleansAndTimes) {
  EXPECT_EQ(field(Type::boolean(), Value(true)), "true");
  EXPECT_EQ(text(Type::boolean(), Value(true)), R"("TRUE")");
  EXPECT_EQ(field(Type::date(), number(-1)), R"("1969-12-31")");
  EXPECT_EQ(field(Type::time(3), number(3'723'004)), R"("01:02:03.004")");
  const Value moment = number(1'709'208'000'500'000);  // 2024-02-29 12:00:00.5 UTC
  EXPECT_EQ(field(Type::timestamp(3), moment), R"("2024-02-29T12:00:00.500")");
  EXPECT_EQ(field(Type::timestamp_ltz(3), moment), R"("2024-02-29T12:00:00.500Z")");
  EXPECT_EQ(text(Type::timestamp(3), moment), R"("2024-02-29 12:00:00.500")");
  EXPECT_EQ(field(Type::timestamp(6), number(-1)), R"("1969-12-31T23:59:59.999999")");
  EXPECT_EQ(field(Type::interval_year_month(), number(14)), R"("+1-02")");
}

TEST(RowText, BytesAreBase64) {
  EXPECT_EQ(field(Type::bytes(), Value(std::string())), R"("")");
  EXPECT_EQ(field(Type::bytes(), Value(std::string("\xff\0\x10", 3))), R"("/wAQ")");
  EXPECT_EQ(field(Type::binary(1), words("a")), R"("YQ==")");
  EXPECT_EQ(field(Type::varbinary(2), words("ab")), R"("YWI=")");
}

TEST(RowText, TextIsEscaped) {
  EXPECT_EQ(field(Type::string(), words("a\"b\\c\n\t\x01")), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(field(Type::string(), words("Grüße 🦔")), "\"Grüße 🦔\"");
  EXPECT_EQ(field(Type::string(), words("")), R"("")");
  EXPECT_EQ(field(Type::string(), words("null")), R"("null")");
  // Bytes that are no UTF-8 must not make the whole answer unreadable.
  EXPECT_EQ(field(Type::string(), words("a\xff")), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(field(Type::character(3), words("a  ")), R"("a  ")");
}

TEST(RowText, NestedValuesKeepTheirTypesInside) {
  const Type row = Type::row({{"a \"x\"", Type::decimal(5, 1), ""}, {"b", Type::timestamp_ltz(3), ""}});
  EXPECT_EQ(field(row, list({number(15), Value()})), R"({"a \"x\"":1.5,"b":null})");
  EXPECT_EQ(field(Type::array(row), list({list({number(0), number(0)}), Value()})),
            R"([{"a \"x\"":0.0,"b":"1970-01-01T00:00:00.000Z"},null])");
  EXPECT_EQ(field(Type::array(Type::bytes()), list({words("a"), Value()})), R"(["YQ==",null])");
  EXPECT_EQ(field(Type::array(Type::integer()), list({})), "[]");
  EXPECT_EQ(field(Type::map(Type::string(), Type::array(Type::integer())),
                  list({words("k\""), list({number(1)}), words("n"), Value()})),
            R"({"k\"":[1],"n":null})");
  EXPECT_EQ(field(Type::map(Type::string(), Type::integer()), list({})), "{}");
  EXPECT_EQ(field(Type::map(Type::integer(), Type::boolean()), list({number(7), Value(false)})), R"({"7":false})");
  // A key that is NULL is the literal `null`.
  EXPECT_EQ(field(Type::map(Type::string(), Type::integer()), list({Value(), number(1)})), R"({"null":1})");
  EXPECT_EQ(field(Type::multiset(Type::string()), list({words("x"), number(2)})), R"({"x":2})");
  EXPECT_EQ(text(Type::array(Type::integer()), list({number(1), Value()})), R"("[1, NULL]")");
}

TEST(RowText, KindsAreSpelledOut) {
  const column::Schema schema{{{"a", Type::integer(), ""}, {"b", Type::string(), ""}}};
  const auto row = [&](column::RowKind kind) {
    std::string out;
    append_row(out, schema, std::vector{number(1), words("x")}, kind, RowFormat::kJson);
    return out;
  };
  EXPECT_EQ(row(column::RowKind::kInsert), R"({"kind":"INSERT","fields":[1,"x"]})");
  EXPECT_EQ(row(column::RowKind::kUpdateBefore), R"({"kind":"UPDATE_BEFORE","fields":[1,"x"]})");
  EXPECT_EQ(row(column::RowKind::kUpdateAfter), R"({"kind":"UPDATE_AFTER","fields":[1,"x"]})");
  EXPECT_EQ(row(column::RowKind::kDelete), R"({"kind":"DELETE","fields":[1,"x"]})");
}

TEST(RowText, ColumnsNameTheirTypes) {
  EXPECT_EQ(columns_text({}), "[]");
  const std::string out =
      columns_text({{{"a\"b", Type::decimal(10, 2).not_null(), "per \"day\""}, {"s", Type::string(), ""}}});
  const auto json = Json::parse(out);
  ASSERT_TRUE(json) << out;
  const Json::Array& columns = *json->if_array();
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0]["name"].string_or(""), "a\"b");
  EXPECT_EQ(columns[0]["comment"].string_or(""), "per \"day\"");
  EXPECT_EQ(columns[0]["logicalType"]["type"].string_or(""), "DECIMAL");
  EXPECT_FALSE(columns[0]["logicalType"]["nullable"].bool_or(true));
  EXPECT_EQ(columns[0]["logicalType"]["precision"].int_or(0), 10);
  EXPECT_TRUE(columns[1]["comment"].is_null());
  EXPECT_EQ(columns[1]["logicalType"]["type"].string_or(""), "VARCHAR");
  EXPECT_EQ(columns[1]["logicalType"]["length"].int_or(0), 2147483647);
}

}  // namespace
}  // namespace millstream::api
