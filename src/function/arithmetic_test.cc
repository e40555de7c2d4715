// Arithmetic and comparison; expected values are what Flink 2.3 answered.
#include <gtest/gtest.h>

#include "function/testing.h"

namespace millstream::function {
namespace {

using namespace testing;
using column::Type;

std::string type_of(const ExpressionPtr& expression) { return expression->type.to_sql(); }
ExpressionPtr typed(int64_t value, const Type& type) { return cast(number(value), type.not_null()); }

TEST(Arithmetic, ResultTypes) {
  EXPECT_EQ(type_of(call("+", {number(1), number(1)})), "INT NOT NULL");
  EXPECT_EQ(type_of(call("+", {typed(1, Type::tinyint()), number(1)})), "INT NOT NULL");
  EXPECT_EQ(type_of(call("+", {number(1), decimal("1.5")})), "DECIMAL(12, 1) NOT NULL");
  EXPECT_EQ(type_of(call("*", {decimal("1.5"), decimal("2.25")})), "DECIMAL(6, 3) NOT NULL");
  EXPECT_EQ(type_of(call("/", {decimal("1.5"), number(3)})), "DECIMAL(13, 12) NOT NULL");
  EXPECT_EQ(type_of(call("+", {typed(1, Type::floating()), number(1)})), "FLOAT NOT NULL");
  EXPECT_EQ(type_of(call("+", {typed(1, Type::floating()), decimal("1.5")})), "DOUBLE NOT NULL");
  EXPECT_EQ(type_of(call("+", {typed(1, Type::floating()), floating(1)})), "FLOAT NOT NULL");
  EXPECT_EQ(type_of(call("%", {typed(7, Type::tinyint()), typed(3, Type::bigint())})), "BIGINT NOT NULL");
  EXPECT_EQ(type_of(call("MOD", {typed(7, Type::bigint()), typed(3, Type::tinyint())})), "TINYINT NOT NULL");
  EXPECT_EQ(type_of(call("+", {null(Type::integer()), number(1)})), "INT");
}

TEST(Arithmetic, Values) {
  EXPECT_EQ(run(call("+", {number(2147483647), number(1)})), "-2147483648");
  EXPECT_EQ(run(call("+", {typed(127, Type::tinyint()), typed(1, Type::tinyint())})), "-128");
  EXPECT_EQ(run(call("/", {number(-7), number(2)})), "-3");
  EXPECT_EQ(run(call("%", {number(-7), number(3)})), "-1");
  EXPECT_EQ(run(call("MOD", {typed(300, Type::bigint()), typed(7, Type::tinyint())})), "6");
  EXPECT_EQ(run(call("/", {number(-2147483648), number(-1)})), "-2147483648");
  EXPECT_EQ(run(call("-", {number(-2147483648)})), "-2147483648");
  EXPECT_EQ(run(call("/", {decimal("10.00"), number(3)})), "3.3333333333333");
  EXPECT_EQ(run(call("*", {decimal("1.23"), decimal("4.567")})), "5.61741");
  EXPECT_EQ(run(call("%", {decimal("-7.5"), number(2)})), "-1.5");
  EXPECT_EQ(run(call("*", {floating(1e300), floating(1e300)})), "Infinity");
  EXPECT_EQ(run(call("/", {floating(1), cast(text("0"), Type::double_precision())})), "Infinity");
  EXPECT_EQ(run(call("/", {number(1), cast(text("0"), Type::integer())})), "error: / by zero");
  EXPECT_EQ(infer_error("/", {number(1), number(0)}), "Division by zero");
}

TEST(Rounding, PlacesBeyondEveryDigit) {
  const auto places = [](const char* digits) { return cast(text(digits), Type::integer()); };
  for (const char* name : {"ROUND", "TRUNCATE"}) {
    EXPECT_EQ(run(call(name, {decimal("12.345"), places("-2147483648")})), "0.000");
    EXPECT_EQ(run(call(name, {number(77), places("-2147483648")})), "0");
    EXPECT_EQ(run(call(name, {floating(7.5e300), places("-2147483648")})), "0.0");
    EXPECT_EQ(run(call(name, {floating(-7.5e-300), places("2147483647")})), "-7.5E-300");
  }
}

TEST(Arithmetic, Intervals) {
  const auto date = [](const char* s) { return read(s, Type::date()); };
  const auto time = [](const char* s) { return read(s, Type::timestamp(3)); };
  EXPECT_EQ(run(call("+", {date("2020-01-31"), months(1)})), "2020-02-29");
  EXPECT_EQ(run(call("-", {date("2020-01-31"), months(11)})), "2019-02-28");
  EXPECT_EQ(run(call("+", {time("2020-02-29 10:00:00"), months(12)})), "2021-02-28 10:00:00.000");
  EXPECT_EQ(run(call("+", {days(2), date("2020-01-01")})), "2020-01-03");
  EXPECT_EQ(run(call("+", {date("2020-01-01"), days(1 / 24.0)})), "2020-01-01");
  EXPECT_EQ(run(call("-", {date("2020-03-01"), days(25 / 24.0)})), "2020-02-29");
  EXPECT_EQ(run(call("+", {read("23:30:00", Type::time()), days(1 / 24.0)})), "00:30:00");
  EXPECT_EQ(run(call("-", {read("00:30:00", Type::time()), days(1 / 24.0)})), "23:30:00");
  EXPECT_EQ(run(call("-", {days(1), days(1 / 24.0)})), "+0 23:00:00.000");
  EXPECT_EQ(run(call("*", {number(2), days(1)})), "+2 00:00:00.000");
  EXPECT_EQ(run(call("+", {months(14), months(12)})), "+2-02");
  EXPECT_EQ(run(call("-", {days(1)})), "-1 00:00:00.000");
}

TEST(Arithmetic, RefusalsInFlinksWords) {
  EXPECT_EQ(infer_error("+", {boolean(true), number(1)}),
            "Cannot apply '+' to arguments of type '<BOOLEAN> + <INTEGER>'");
  EXPECT_EQ(infer_error("+", {text("a"), number(1)}), "Cannot apply '+' to arguments of type '<CHAR(1)> + <INTEGER>'");
  EXPECT_EQ(infer_error("-", {text("a")}), "Cannot apply '-' to arguments of type '-<CHAR(1)>'");
  EXPECT_EQ(infer_error("%", {floating(1), number(2)}), "Cannot apply '%' to arguments of type '<DOUBLE> % <INTEGER>'");
  EXPECT_EQ(infer_error("=", {text("a"), number(1)}),
            "implicit type conversion between CHAR and INTEGER is not supported now");
}

TEST(Comparison, Values) {
  EXPECT_EQ(run(call("=", {number(1), decimal("1.0")})), "TRUE");
  EXPECT_EQ(run(call("=", {cast(text("ab"), Type::character(5)), text("ab")})), "FALSE");
  EXPECT_EQ(run(call("=", {floating(0.0), floating(-0.0)})), "TRUE");
  EXPECT_EQ(run(call("=", {read("2020-01-01", Type::date()), text("2020-01-01")})), "TRUE");
  EXPECT_EQ(run(call("=", {null(Type::integer()), number(1)})), "NULL");
  EXPECT_EQ(run(call("IS NOT DISTINCT FROM", {null(Type::integer()), null(Type::integer())})), "TRUE");
  EXPECT_EQ(run(call("IS DISTINCT FROM", {decimal("1.50"), decimal("1.5")})), "FALSE");
  EXPECT_EQ(run(call("GREATEST", {number(1), decimal("2.5")})), "2.5");
  EXPECT_EQ(run(call("LEAST", {number(1), null(Type::integer())})), "NULL");
  EXPECT_EQ(run(call("<", {decimal("1.5"), decimal("12345678901234567890.5")})), "TRUE");
}

TEST(Comparison, InIsThreeValued) {
  EXPECT_EQ(run(call("IN", {number(1), number(1), null(Type::integer())})), "TRUE");
  EXPECT_EQ(run(call("IN", {number(3), number(1), null(Type::integer())})), "NULL");
  EXPECT_EQ(run(call("IN", {number(3), number(1), number(2)})), "FALSE");
  EXPECT_EQ(run(call("IN", {null(Type::integer()), number(1)})), "NULL");
  EXPECT_EQ(run(call("IN", {text("b"), text("a"), text("bb"), text("b")})), "TRUE");
}

TEST(CommonType, AsFlink) {
  const auto common = [](std::vector<Type> types) {
    const auto type = common_type(types);
    return type ? type->to_sql() : std::string("none");
  };
  EXPECT_EQ(common({Type::character(1), Type::character(3)}), "VARCHAR(3)");
  EXPECT_EQ(common({Type::character(3), Type::character(3)}), "CHAR(3)");
  EXPECT_EQ(common({Type::integer(), Type::decimal(2, 1)}), "DECIMAL(11, 1)");
  EXPECT_EQ(common({Type::decimal(38, 2), Type::decimal(38, 5)}), "DECIMAL(38, 2)");
  EXPECT_EQ(common({Type::bigint(), Type::decimal(12, 5)}), "DECIMAL(24, 5)");
  EXPECT_EQ(common({Type::floating(), Type::decimal(5, 2)}), "DOUBLE");
  EXPECT_EQ(common({Type::floating(), Type::double_precision()}), "FLOAT");
  EXPECT_EQ(common({Type::timestamp(3), Type::timestamp_ltz(3)}), "TIMESTAMP(3)");
  EXPECT_EQ(common({Type::timestamp(3), Type::timestamp_ltz(0)}), "TIMESTAMP_LTZ(3)");
  EXPECT_EQ(common({Type::timestamp_ltz(9), Type::timestamp(3)}), "TIMESTAMP(9)");
  EXPECT_EQ(common({Type::timestamp(3), Type::date()}), "none");
  EXPECT_EQ(common({Type::array(Type::integer()), Type::array(Type::bigint())}), "ARRAY<BIGINT>");
  EXPECT_EQ(common({Type(), Type::date().not_null()}), "DATE");
  EXPECT_EQ(common({Type::integer(), Type::string()}), "none");
}

TEST(CommonType, DependsOnItsPurpose) {
  const auto common = [](CommonTypeOf purpose, std::vector<Type> types) {
    const auto type = common_type(types, purpose);
    return type ? type->to_sql() : std::string("none");
  };
  const auto arguments = CommonTypeOf::kArguments;
  EXPECT_EQ(common(arguments, {Type::floating(), Type::double_precision()}), "DOUBLE");
  EXPECT_EQ(common(arguments, {Type::decimal(5, 2), Type::floating()}), "FLOAT");
  EXPECT_EQ(common(arguments, {Type::floating(), Type::decimal(5, 2)}), "DOUBLE");
  EXPECT_EQ(common(arguments, {Type::timestamp(3), Type::date()}), "DATE");
  EXPECT_EQ(common(arguments, {Type::timestamp_ltz(3), Type::date()}), "none");
  EXPECT_EQ(common(arguments, {Type::timestamp(3), Type::timestamp_ltz(0)}), "TIMESTAMP_LTZ(3)");
  const auto comparison = CommonTypeOf::kComparison;
  EXPECT_EQ(common(comparison, {Type::decimal(5, 2), Type::floating()}), "DOUBLE");
  EXPECT_EQ(common(comparison, {Type::timestamp(3), Type::date()}), "none");
}

}  // namespace
}  // namespace millstream::function
