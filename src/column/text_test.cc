// Numbers, decimals, dates and types as text, and back.
#include <gtest/gtest.h>

#include <cmath>

#include "column/calendar.h"
#include "column/decimal.h"
#include "column/number_text.h"
#include "column/type.h"
#include "column/value.h"

namespace millstream::column {
namespace {

std::string text_of(double v) {
  char b[64];
  return {b, write_double(b, v)};
}
std::string text_of(float v) {
  char b[64];
  return {b, write_float(b, v)};
}
std::string decimal_text(Int128 v, int scale) {
  char b[64];
  return {b, write_decimal(b, v, scale)};
}

TEST(NumberText, JavaLayout) {
  EXPECT_EQ(text_of(1.0), "1.0");
  EXPECT_EQ(text_of(-0.0), "-0.0");
  EXPECT_EQ(text_of(0.001), "0.001");
  EXPECT_EQ(text_of(1e-5), "1.0E-5");
  EXPECT_EQ(text_of(9999999.0), "9999999.0");
  EXPECT_EQ(text_of(1e7), "1.0E7");
  EXPECT_EQ(text_of(123456789012.0), "1.23456789012E11");
  EXPECT_EQ(text_of(100.25), "100.25");
  EXPECT_EQ(text_of(4.9e-324), "4.9E-324");
  EXPECT_EQ(text_of(2.2250738585072014E-308), "2.2250738585072014E-308");
  EXPECT_EQ(text_of(9007199254740992.0), "9.007199254740992E15");
  EXPECT_EQ(text_of(-1.0 / 0.0), "-Infinity");
  EXPECT_EQ(text_of(0.1f), "0.1");
  EXPECT_EQ(text_of(1e10f), "1.0E10");
}

TEST(NumberText, ParsesWhatJavaParses) {
  EXPECT_EQ(parse_double(" 1.5e3 "), 1500);
  EXPECT_EQ(parse_double("-.5"), -0.5);
  EXPECT_EQ(parse_double("5."), 5);
  EXPECT_EQ(parse_double("1d"), 1);
  EXPECT_EQ(parse_double("1e999"), 1.0 / 0.0);
  EXPECT_EQ(parse_double("1e-999"), 0);
  for (const char* bad : {"", "x", "inf", "nan", "1e", "1 2", "--1", "+"}) EXPECT_FALSE(parse_double(bad)) << bad;
}

TEST(Decimal, TextBothWays) {
  EXPECT_EQ(decimal_text(-5, 2), "-0.05");
  EXPECT_EQ(decimal_text(12345, 2), "123.45");
  EXPECT_EQ(decimal_text(0, 3), "0.000");
  EXPECT_EQ(decimal_text(power_of_ten(38) - 1, 0), std::string(38, '9'));
  Int128 v = 0;
  EXPECT_EQ(parse_decimal(" 12.345 ", {10, 2}, v), DecimalParse::kOk);
  EXPECT_EQ(decimal_text(v, 2), "12.35");
  EXPECT_EQ(parse_decimal("-1.5e3", {10, 1}, v), DecimalParse::kOk);
  EXPECT_EQ(decimal_text(v, 1), "-1500.0");
  EXPECT_EQ(parse_decimal("123", {2, 0}, v), DecimalParse::kOverflow);
  EXPECT_EQ(parse_decimal("1e1000000", {38, 0}, v), DecimalParse::kOverflow);
  EXPECT_EQ(parse_decimal("0e99", {3, 0}, v), DecimalParse::kOk);
  for (const char* bad : {"", ".", "1.2.3", "1e", "0x1", "e5", "1e+-5"}) {
    EXPECT_EQ(parse_decimal(bad, {10, 2}, v), DecimalParse::kMalformed) << bad;
  }
}

TEST(Decimal, ArithmeticIsExactAndRoundsHalfUp) {
  EXPECT_EQ(decimal_add(150, 2, 5, 1, {10, 2}), Int128{200});
  EXPECT_EQ(decimal_multiply(15, 1, 15, 1, {10, 1}), Int128{23});
  EXPECT_EQ(decimal_multiply(-15, 1, 15, 1, {10, 1}), Int128{-23});
  EXPECT_EQ(decimal_divide(10, 0, 3, 0, {12, 6}), Int128{3333333});
  EXPECT_EQ(decimal_divide(-20, 0, 3, 0, {12, 0}), Int128{-7});
  EXPECT_EQ(decimal_remainder(-75, 1, 3, 0, {2, 1}), Int128{-15});
  EXPECT_EQ(decimal_add(99, 0, 1, 0, {2, 0}), std::nullopt);
  // 38 digits times 38 digits needs 256 bits.
  const Int128 big = power_of_ten(37);
  EXPECT_EQ(decimal_multiply(big, 37, big, 37, {38, 6}), Int128{1000000});
  EXPECT_EQ(decimal_divide(big, 10, big, 10, {38, 6}), Int128{1000000});
  EXPECT_EQ(decimal_divide(1, 0, big, 37, {38, 10}), power_of_ten(10));
  EXPECT_EQ(decimal_compare(big, 37, 1, 0), 0);
  EXPECT_LT(decimal_compare(-big, 0, 1, 38), 0);
}

TEST(Decimal, ShapesAreFlinks) {
  const auto shape = [](DecimalShape s) { return std::pair(s.precision, s.scale); };
  EXPECT_EQ(shape(sum_shape({10, 0}, {2, 1})), std::pair(12, 1));
  EXPECT_EQ(shape(product_shape({2, 1}, {3, 2})), std::pair(6, 3));
  EXPECT_EQ(shape(quotient_shape({2, 1}, {3, 2})), std::pair(9, 6));
  EXPECT_EQ(shape(quotient_shape({19, 0}, {2, 1})), std::pair(26, 6));
  EXPECT_EQ(shape(remainder_shape({2, 1}, {10, 0})), std::pair(2, 1));
  EXPECT_EQ(shape(product_shape({38, 10}, {38, 10})), std::pair(38, 6));
  EXPECT_EQ(shape(sum_shape({38, 10}, {38, 10})), std::pair(38, 9));
}

TEST(Decimal, Doubles) {
  EXPECT_EQ(decimal_to_double(12345, 2), 123.45);
  EXPECT_EQ(decimal_to_double(power_of_ten(30) + 1, 10), 1e20);
  EXPECT_EQ(decimal_from_double(0.1, {10, 3}), Int128{100});
  // Every cent, and what lies beside it.
  for (int cents = -200'000; cents <= 200'000; ++cents) {
    const double value = cents / 100.0;
    ASSERT_EQ(decimal_from_double(value, {10, 2}), Int128{cents}) << value;
    ASSERT_EQ(decimal_from_double(value, {10, 4}), Int128{cents} * 100) << value;
    if (cents % 997 == 0 && cents > 0) {
      ASSERT_EQ(decimal_from_double(std::nextafter(value, 1e9), {10, 2}), Int128{cents}) << value;
    }
  }
  EXPECT_EQ(decimal_from_double(1.005, {10, 2}), Int128{101});  // of its text, which is 1.005
  EXPECT_EQ(decimal_from_double(2.675, {10, 2}), Int128{268});
  EXPECT_EQ(decimal_from_double(99999999.99, {10, 2}), Int128{9'999'999'999});
  EXPECT_EQ(decimal_from_double(100000000.0, {10, 2}), std::nullopt);
  EXPECT_EQ(decimal_from_double(99999999.995, {10, 2}), std::nullopt);
  EXPECT_EQ(decimal_from_double(-0.0, {10, 2}), Int128{0});
  EXPECT_EQ(decimal_from_double(1e-300, {38, 30}), Int128{0});
  EXPECT_EQ(decimal_from_double(1e30, {10, 3}), std::nullopt);
}

TEST(Calendar, DaysAndCivilDatesAgree) {
  EXPECT_EQ(days_of(1970, 1, 1), 0);
  EXPECT_EQ(days_of(2000, 2, 29), 11016);
  EXPECT_EQ(days_of(1969, 12, 31), -1);
  for (int32_t day = -800000; day < 3000000; day += 37) {
    ASSERT_EQ(days_of(civil_of(day)), day);
  }
  EXPECT_EQ(iso_day_of_week(0), 4);
  EXPECT_EQ(iso_day_of_week(-4), 7);
}

TEST(Calendar, Text) {
  char b[64];
  const auto text = [&b](char* end) { return std::string(b, end); };
  EXPECT_EQ(text(write_timestamp(b, -1, 0, 6)), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(text(write_timestamp(b, 0, 7, 9, 'T')), "1970-01-01T00:00:00.000000007");
  EXPECT_EQ(text(write_date(b, days_of(12345, 1, 2))), "+12345-01-02");
  EXPECT_EQ(text(write_date(b, days_of(-5, 1, 2))), "-0005-01-02");
  EXPECT_EQ(text(write_year_month(b, -14)), "-1-02");
  EXPECT_EQ(text(write_day_time(b, 93784500)), "+1 02:03:04.500");
}

TEST(Calendar, Parsing) {
  EXPECT_EQ(parse_date("2024-2-9"), days_of(2024, 2, 9));
  for (const char* bad : {"2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01", "x", "2024-01-01x", ""}) {
    EXPECT_FALSE(parse_date(bad)) << bad;
  }
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:01.0000015")->nanos, 500);
  EXPECT_EQ(parse_timestamp("1970-01-02")->micros, kMicrosPerDay);
  EXPECT_FALSE(parse_timestamp("1970-01-01T00:00:01", ' '));
  EXPECT_FALSE(parse_timestamp("1970-01-01 24:00:00"));
  EXPECT_FALSE(parse_timestamp("1970-01-01 00:00:00."));
}

TEST(Type, SqlAndGatewayText) {
  const Type row = Type::row({{"a`b", Type::integer().not_null(), ""}, {"c", Type::decimal(10, 2), "it's"}});
  EXPECT_EQ(row.to_sql(), "ROW<`a``b` INT NOT NULL, `c` DECIMAL(10, 2) 'it''s'>");
  EXPECT_EQ(Type::map(Type::string().not_null(), Type::bytes()).not_null().to_sql(),
            "MAP<STRING NOT NULL, BYTES> NOT NULL");
  EXPECT_EQ(Type::timestamp_ltz(3).to_sql(), "TIMESTAMP_LTZ(3)");
  EXPECT_EQ(Type::string().to_gateway_json(), R"({"type":"VARCHAR","nullable":true,"length":2147483647})");
  EXPECT_EQ(Type().to_gateway_json(), R"({"type":"NULL"})");
  EXPECT_EQ(
      Type::array(Type::timestamp(3)).not_null().to_gateway_json(),
      R"({"type":"ARRAY","nullable":false,"elementType":{"type":"TIMESTAMP_WITHOUT_TIME_ZONE","nullable":true,"precision":3}})");
}

TEST(Type, EqualityAndNullability) {
  const Type a = Type::array(Type::integer()), b = Type::array(Type::integer().not_null());
  EXPECT_FALSE(a == b);
  EXPECT_TRUE(a.same_but_nullability(b));
  EXPECT_FALSE(Type::varchar(3).same_but_nullability(Type::varchar(4)));
}

TEST(ToText, NestedValuesAsCastToString) {
  const Type row = Type::row({{"n", Type::integer(), ""}, {"t", Type::boolean(), ""}, {"s", Type::string(), ""}});
  EXPECT_EQ(to_text(Type::array(row), Value(Value::List{Value(Value::List{Value(int64_t{1}), Value(true), Value()})})),
            "[(1, TRUE, NULL)]");
  EXPECT_EQ(to_text(Type::map(Type::string(), Type::integer()),
                    Value(Value::List{Value(std::string("a")), Value(int64_t{1})})),
            "{a=1}");
  EXPECT_EQ(to_text(Type::timestamp(3), Value(int64_t{500000})), "1970-01-01 00:00:00.500");
  EXPECT_EQ(to_text(Type::integer(), Value()), "null");
}

}  // namespace
}  // namespace millstream::column
