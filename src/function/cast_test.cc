// CAST and TRY_CAST; expected values are what Flink 2.3 answered.
#include <gtest/gtest.h>

#include "function/testing.h"

namespace millstream::function {
namespace {

using namespace testing;
using column::Type;

std::string cast_text(std::string_view value, Type type) { return run(cast(text(value), std::move(type))); }
std::string try_text(std::string_view value, Type type) { return run(cast(text(value), std::move(type), true)); }

TEST(Cast, TextToIntegers) {
  EXPECT_EQ(cast_text(" 12 ", Type::integer()), "12");
  EXPECT_EQ(cast_text("+5", Type::integer()), "5");
  EXPECT_EQ(cast_text("12.7", Type::integer()), "12");
  EXPECT_EQ(cast_text("12.", Type::integer()), "12");
  EXPECT_EQ(cast_text(".5", Type::integer()), "0");
  EXPECT_EQ(cast_text("-9223372036854775808", Type::bigint()), "-9223372036854775808");
  EXPECT_EQ(cast_text("x", Type::integer()), "error: For input string: 'x'. Invalid character found.");
  EXPECT_EQ(cast_text("", Type::integer()), "error: For input string: ''. Input is empty.");
  EXPECT_EQ(cast_text("99999999999", Type::integer()), "error: For input string: '99999999999'. Overflow.");
  EXPECT_EQ(cast_text("300", Type::tinyint()), "error: For input string: '300'. Overflow.");
  EXPECT_EQ(cast_text("9223372036854775808", Type::bigint()),
            "error: For input string: '9223372036854775808'. Overflow.");
  for (const char* bad : {"1e3", "-", "2147483648", "12.x", "1 2"})
    EXPECT_EQ(try_text(bad, Type::integer()), "NULL") << bad;
}

TEST(Cast, TextToOtherNumbers) {
  EXPECT_EQ(cast_text("x", Type::double_precision()), "error: For input string: \"x\"");
  EXPECT_EQ(cast_text("", Type::double_precision()), "error: empty String");
  EXPECT_EQ(cast_text("1e2", Type::decimal(10, 2)), "100.00");
  EXPECT_EQ(cast_text(" 1.5 ", Type::decimal(10, 2)), "1.50");
  EXPECT_EQ(cast_text("123456.78", Type::decimal(5, 2)), "error: For input string: '123456.78'. Overflow.");
  for (const char* yes : {"true", "T", "YES", "1", "y"}) EXPECT_EQ(cast_text(yes, Type::boolean()), "TRUE") << yes;
  for (const char* no : {"f", "No", "0", "n", "False"}) EXPECT_EQ(cast_text(no, Type::boolean()), "FALSE") << no;
  EXPECT_EQ(cast_text(" true", Type::boolean()), "error: Cannot parse ' true' as BOOLEAN.");
}

TEST(Cast, NumbersWrapSaturateAndRound) {
  EXPECT_EQ(run(cast(floating(1e30), Type::integer())), "2147483647");
  EXPECT_EQ(run(cast(floating(-1e30), Type::bigint())), "-9223372036854775808");
  EXPECT_EQ(run(cast(floating(1e30), Type::tinyint())), "-1");
  EXPECT_EQ(run(cast(floating(300.7), Type::tinyint())), "44");
  EXPECT_EQ(run(cast(floating(0.0 / 0.0), Type::integer())), "0");
  EXPECT_EQ(run(cast(floating(-1.9), Type::integer())), "-1");
  EXPECT_EQ(run(cast(floating(70000), Type::smallint())), "4464");
  EXPECT_EQ(run(cast(number(99999), Type::smallint())), "-31073");
  EXPECT_EQ(run(cast(number(16777217), Type::floating())), "1.6777216E7");
  EXPECT_EQ(run(cast(decimal("1.25"), Type::decimal(3, 1))), "1.3");
  EXPECT_EQ(run(cast(decimal("-1.25"), Type::decimal(3, 1))), "-1.3");
  EXPECT_EQ(run(cast(decimal("123456.78"), Type::decimal(5, 2))), "NULL");
  EXPECT_EQ(run(cast(decimal("99999999999.5"), Type::integer())), "1215752191");
  EXPECT_EQ(run(cast(floating(1e30), Type::decimal(10, 2))), "NULL");
  EXPECT_EQ(
      run(cast(floating(0.0 / 0.0), Type::decimal(10, 2))),
      "error: Character N is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.");
  EXPECT_EQ(run(cast(boolean(true), Type::decimal(5, 2))), "1.00");
  EXPECT_EQ(run(cast(decimal("2.5"), Type::boolean())), "TRUE");
}

TEST(Cast, TextToDate) {
  for (const char* good : {"2020-1-5", "2020-01-05 10:11:12", " 2020-01-05 "})
    EXPECT_EQ(cast_text(good, Type::date()), "2020-01-05");
  EXPECT_EQ(cast_text("2020", Type::date()), "2020-01-01");
  EXPECT_EQ(cast_text("2020-02", Type::date()), "2020-02-01");
  for (const char* bad : {"2020-02-30", "2020-01-05T10:11:12", "12020-01-01", "2020-13-01", "2020-01-05x"}) {
    EXPECT_EQ(try_text(bad, Type::date()), "NULL") << bad;
  }
  EXPECT_EQ(cast_text("x", Type::date()), "error: For input string: 'x'.");
}

TEST(Cast, TextToTimestamp) {
  EXPECT_EQ(cast_text("2020-1-5 1:2:3", Type::timestamp(3)), "2020-01-05 01:02:03.000");
  EXPECT_EQ(cast_text("2020-01-05", Type::timestamp(0)), "2020-01-05 00:00:00");
  EXPECT_EQ(cast_text("2020-01-05 10:11:12.123456789", Type::timestamp(9)), "2020-01-05 10:11:12.123456789");
  EXPECT_EQ(cast_text("2020-01-05 10:11:12.129", Type::timestamp(2)), "2020-01-05 10:11:12.12");
  EXPECT_EQ(cast_text("2020-02-30 10:11:12", Type::timestamp(0)), "2020-02-29 10:11:12");
  EXPECT_EQ(cast_text("2020-01-05 24:00:00", Type::timestamp(0)), "2020-01-06 00:00:00");
  EXPECT_EQ(cast_text("2020-01-05 10:11:12.", Type::timestamp(0)), "2020-01-05 10:11:12");
  for (const char* bad : {"2020-01-05T10:11:12", "2020-01-05 10:11", " 2020-01-05 10:11:12 ", "2020-01-05 10:11:12.1x",
                          "10:11:12", "2020-01-05 10:11:12.1234567891", "2020-01-05 10", "2020-01-05 10:11:12+02:00"}) {
    EXPECT_EQ(try_text(bad, Type::timestamp(3)), "NULL") << bad;
  }
  EXPECT_EQ(cast_text("x", Type::timestamp(3)), "error: Text 'x' could not be parsed at index 0");
}

TEST(Cast, TextToTime) {
  EXPECT_EQ(cast_text("10", Type::time()), "10:00:00");
  EXPECT_EQ(cast_text("1:2:3", Type::time()), "01:02:03");
  EXPECT_EQ(cast_text("10:11:12.3456", Type::time(3)), "10:11:12.346");
  EXPECT_EQ(cast_text("10:11:12.345", Type::time(0)), "10:11:12");
  for (const char* bad : {"25:00:00", "2020-01-01 10:11:12", "10:61:00"})
    EXPECT_EQ(try_text(bad, Type::time()), "NULL") << bad;
}

TEST(Cast, TimesAmongThemselves) {
  const auto t = read("2020-01-05 10:11:12.345", Type::timestamp(3));
  EXPECT_EQ(run(cast(t, Type::date())), "2020-01-05");
  EXPECT_EQ(run(cast(t, Type::time())), "10:11:12");
  EXPECT_EQ(run(cast(t, Type::time(3))), "10:11:12.345");
  EXPECT_EQ(run(cast(read("2020-01-05", Type::date()), Type::timestamp(3))), "2020-01-05 00:00:00.000");
  EXPECT_EQ(run(cast(read("10:11:12", Type::time()), Type::timestamp(3))), "1970-01-01 10:11:12.000");
  EXPECT_EQ(run(cast(t, Type::timestamp(0))), "2020-01-05 10:11:12");
  EXPECT_EQ(run(cast(read("1969-12-31 23:59:59.999", Type::timestamp(3)), Type::timestamp(0))), "1969-12-31 23:59:59");
}

TEST(Cast, ZonesOnlyMatterAcrossLtz) {
  EvaluationContext berlin;
  berlin.time_zone = "Europe/Berlin";
  const auto summer = read("2024-07-01 12:00:00", Type::timestamp(0));
  const auto utc =
      literal(Type::timestamp_ltz(0).not_null(), column::Value(int64_t{1719828000} * 1'000'000));  // 10:00 UTC
  EXPECT_EQ(run(cast(cast(summer, Type::timestamp_ltz(0)), Type::timestamp(0)), berlin), "2024-07-01 12:00:00");
  EXPECT_EQ(run(cast(utc, Type::string()), berlin), "2024-07-01 12:00:00");
  EXPECT_EQ(run(call("=", {cast(summer, Type::timestamp_ltz(0)), utc}), berlin), "TRUE");
  // 02:30 on 31 March 2024 does not exist: Java moves it on by the gap. On 27 October it exists twice: the first
  // counts.
  const auto back = [&](std::string_view local) {
    return run(cast(cast(cast(text(local), Type::timestamp_ltz(0)), Type::timestamp(0)), Type::string()), berlin);
  };
  EXPECT_EQ(back("2024-03-31 02:30:00"), "2024-03-31 03:30:00");
  EXPECT_EQ(back("2024-10-27 02:30:00"), "2024-10-27 02:30:00");
}

TEST(Cast, LengthsCutAndPad) {
  EXPECT_EQ(run(call("||", {cast(text("abc"), Type::character(5)), text("|")})), "abc  |");
  EXPECT_EQ(cast_text("abcdef", Type::varchar(3)), "abc");
  EXPECT_EQ(cast_text("\xc3\xa4\xc3\xb6\xc3\xbc", Type::varchar(2)), "\xc3\xa4\xc3\xb6");
  EXPECT_EQ(run(cast(number(123), Type::varchar(2))), "12");
  EXPECT_EQ(run(cast(boolean(true), Type::character(2))), "TR");
  EXPECT_EQ(cast_text("abc", Type::binary(5)), std::string("abc\0\0", 5));
}

TEST(Cast, NestedTypesElementByElement) {
  using column::Value;
  const auto array = literal(Type::array(Type::string()),
                             Value(Value::List{Value(std::string("1")), Value(), Value(std::string("x"))}));
  EXPECT_EQ(run(cast(array, Type::array(Type::integer()))), "error: For input string: 'x'. Invalid character found.");
  EXPECT_EQ(run(cast(array, Type::array(Type::integer()), true)), "NULL");
  EXPECT_EQ(run(cast(array, Type::array(Type::varchar(9)))), "[1, NULL, x]");
  const auto row = literal(Type::row({{"a", Type::integer(), ""}, {"b", Type::string(), ""}}),
                           Value(Value::List{Value(int64_t{1}), Value(std::string("2"))}));
  EXPECT_EQ(run(cast(row, Type::row({{"x", Type::string(), ""}, {"y", Type::bigint(), ""}}))), "(1, 2)");
}

TEST(CanCast, AsFlinkAllows) {
  EXPECT_TRUE(can_cast(Type::string(), Type::timestamp(3)));
  EXPECT_FALSE(can_cast(Type::integer(), Type::timestamp(3)));
  EXPECT_FALSE(can_cast(Type::boolean(), Type::date()));
  EXPECT_FALSE(can_cast(Type::bytes(), Type::integer()));
  EXPECT_FALSE(can_cast(Type::interval_day_time(), Type::bigint()));
  EXPECT_FALSE(can_cast(Type::array(Type::integer()), Type::integer()));
  EXPECT_TRUE(can_cast(Type::array(Type::integer()), Type::string()));
}

}  // namespace
}  // namespace millstream::function
