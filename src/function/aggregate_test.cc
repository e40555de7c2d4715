// Aggregates: types, NULLs, retraction, merging, wrap-around; expected values are what Flink 2.3 answered.
#include <gtest/gtest.h>

#include "column/value.h"
#include "function/testing.h"

namespace millstream::function {
namespace {

using column::Rows;
using column::Type;
using column::Value;
using column::Vector;

Value n(int64_t v) { return Value(v); }

struct Aggregate {
  const AggregateFunction* function;
  Signature signature;
  AggregateKernel kernel;
  std::vector<uint64_t> storage;

  Aggregate(std::string_view name, Type argument, bool retracting = false, bool split = false)
      : function(find_aggregate_function(name)) {
    const std::vector<Argument> arguments = {{std::move(argument), nullptr}};
    signature = *function->infer(arguments);
    kernel = (split ? function->bind_split : function->bind)(signature, retracting);
    if (kernel.update == nullptr) return;
    storage.resize(kernel.slot_bytes / 8, ~uint64_t{0});
    kernel.initialise(slot());
  }
  std::byte* slot() { return reinterpret_cast<std::byte*>(storage.data()); }
  Aggregate& add(std::vector<Value> values, int sign = 1) {
    const auto vector = make_vector(signature.arguments[0], values);
    std::vector<std::byte*> slots(values.size(), slot());
    kernel.update(slots, vector.get(), Rows{nullptr, values.size()}, sign);
    return *this;
  }
  std::string result() {
    Vector out(signature.result, 1);
    const std::vector<const std::byte*> slots = {slot()};
    const std::vector<uint32_t> positions = {0};
    kernel.result(slots, positions, out);
    return to_text(signature.result, value_at(out, 0));
  }
};

TEST(Aggregate, TypesAreFlinks) {
  const auto type = [](std::string_view name, Type argument) {
    return Aggregate(name, std::move(argument)).signature.result.to_sql();
  };
  EXPECT_EQ(type("SUM", Type::integer().not_null()), "INT");
  EXPECT_EQ(type("AVG", Type::integer()), "INT");
  EXPECT_EQ(type("SUM", Type::tinyint()), "TINYINT");
  EXPECT_EQ(type("SUM", Type::decimal(3, 2)), "DECIMAL(38, 2)");
  EXPECT_EQ(type("AVG", Type::decimal(3, 2)), "DECIMAL(38, 6)");
  EXPECT_EQ(type("VAR_SAMP", Type::decimal(3, 2)), "DECIMAL(38, 6)");
  EXPECT_EQ(type("STDDEV_POP", Type::bigint()), "BIGINT");
  EXPECT_EQ(type("COUNT", Type::string()), "BIGINT NOT NULL");
}

TEST(Aggregate, SumsAndMeans) {
  EXPECT_EQ(Aggregate("SUM", Type::integer()).add({n(1), n(2), n(4), Value()}).result(), "7");
  EXPECT_EQ(Aggregate("AVG", Type::integer()).add({n(1), n(2), n(4), Value()}).result(), "2");
  EXPECT_EQ(Aggregate("AVG", Type::integer()).add({n(-1), n(-2)}).result(), "-1");
  EXPECT_EQ(Aggregate("SUM", Type::integer()).add({n(2147483647), n(1), n(1)}).result(), "-2147483647");
  EXPECT_EQ(Aggregate("AVG", Type::integer()).add({n(2147483647), n(1), n(1)}).result(), "715827883");
  EXPECT_EQ(Aggregate("SUM", Type::tinyint()).add({n(127), n(1)}).result(), "-128");
  EXPECT_EQ(Aggregate("AVG", Type::tinyint()).add({n(127), n(1)}).result(), "64");
  EXPECT_EQ(Aggregate("SUM", Type::decimal(3, 2)).add({n(150), n(225), n(300)}).result(), "6.75");
  EXPECT_EQ(Aggregate("AVG", Type::decimal(3, 2)).add({n(150), n(225), n(300)}).result(), "2.250000");
  EXPECT_EQ(Aggregate("SUM", Type::integer()).add({Value()}).result(), "null");
  EXPECT_EQ(Aggregate("COUNT", Type::integer()).add({n(1), Value()}).result(), "1");
}

TEST(Aggregate, RetractionUndoes) {
  EXPECT_EQ(Aggregate("SUM", Type::integer(), true).add({n(5), n(7)}).add({n(5)}, -1).result(), "7");
  EXPECT_EQ(Aggregate("SUM", Type::integer(), true).add({n(5)}).add({n(5)}, -1).result(), "null");
  EXPECT_EQ(Aggregate("AVG", Type::decimal(10, 1), true).add({n(10), n(30)}).add({n(10)}, -1).result(), "3.000000");
  EXPECT_EQ(Aggregate("COUNT", Type::integer(), true).add({n(5), Value()}).add({n(5)}, -1).result(), "0");
  Aggregate deviation("VAR_POP", Type::double_precision(), true);
  deviation.add({Value(1.0), Value(2.0), Value(4.0), Value(100.0)}).add({Value(100.0)}, -1);
  EXPECT_NEAR(std::stod(deviation.result()), 1.5555555555555556, 1e-9);
}

TEST(Aggregate, Deviations) {
  const std::vector<Value> doubles = {Value(1.0), Value(2.0), Value(4.0)};
  EXPECT_EQ(Aggregate("STDDEV_POP", Type::double_precision()).add(doubles).result(), "1.247219128924647");
  EXPECT_EQ(Aggregate("VAR_SAMP", Type::double_precision()).add(doubles).result(), "2.333333333333333");
  EXPECT_EQ(Aggregate("VAR_POP", Type::double_precision()).add(doubles).result(), "1.5555555555555554");
  EXPECT_EQ(Aggregate("VAR_SAMP", Type::integer()).add({n(1), n(2), n(4)}).result(), "2");
  EXPECT_EQ(Aggregate("STDDEV_POP", Type::decimal(3, 2)).add({n(150), n(225), n(400)}).result(), "1.047484");
  EXPECT_EQ(Aggregate("VAR_SAMP", Type::integer()).add({n(1)}).result(), "null");
  EXPECT_EQ(Aggregate("VAR_POP", Type::integer()).add({n(1)}).result(), "0");
}

TEST(Aggregate, DeviationsSaturateAndAreNullBelowZero) {
  EXPECT_EQ(Aggregate("VAR_SAMP", Type::integer()).add({n(2147483647), n(-2147483647)}).result(), "2147483647");
  EXPECT_EQ(Aggregate("VAR_POP", Type::bigint()).add({n(INT64_MAX), n(INT64_MIN)}).result(), "9223372036854775807");
  Aggregate one_left("STDDEV_POP", Type::double_precision(), true);
  one_left.add({Value(0.1), Value(0.7), Value(0.3)}).add({Value(0.7)}, -1).add({Value(0.1)}, -1);
  EXPECT_EQ(one_left.result(), "4.16500117164066E-9");  // what rounding leaves, digit for digit Flink's
  Aggregate below("VAR_POP", Type::double_precision(), true);
  below.add({Value(1e10), Value(0.1), Value(0.2)}).add({Value(1e10)}, -1);
  EXPECT_EQ(below.result(), "null");
}

TEST(Aggregate, ExtremesAndOrder) {
  EXPECT_EQ(Aggregate("MIN", Type::date()).add({n(3), Value(), n(-1)}).result(), "1969-12-31");
  EXPECT_EQ(Aggregate("MAX", Type::boolean()).add({Value(false), Value(true)}).result(), "TRUE");
  EXPECT_EQ(Aggregate("MAX", Type::decimal(30, 0)).add({Value(column::Int128{5}), Value(column::Int128{7})}).result(),
            "7");
  EXPECT_EQ(Aggregate("FIRST_VALUE", Type::integer()).add({Value(), n(1), n(2)}).result(), "1");
  EXPECT_EQ(Aggregate("LAST_VALUE", Type::integer()).add({n(1), n(2), Value()}).result(), "2");
  EXPECT_EQ(Aggregate("MIN", Type::string()).kernel.update, nullptr);
  EXPECT_EQ(Aggregate("MIN", Type::integer(), true).kernel.update, nullptr);
  EXPECT_EQ(find_aggregate_function("min")->keeps, Keeps::kLeast);
}

TEST(Aggregate, MergeIsTheSameAsOneSlot) {
  for (const char* name : {"SUM", "AVG", "COUNT", "MIN", "MAX", "VAR_POP", "FIRST_VALUE", "LAST_VALUE"}) {
    Aggregate left(name, Type::integer()), right(name, Type::integer()), all(name, Type::integer());
    left.add({n(5), n(1)});
    right.add({n(9), Value(), n(2)});
    all.add({n(5), n(1), n(9), Value(), n(2)});
    left.kernel.merge(left.slot(), right.slot());
    EXPECT_EQ(left.result(), all.result()) << name;
  }
}

const column::Int128 kMost = column::Int128{10} * 1'000'000'000'000'000'000 * 1'000'000'000'000'000'000 * 10 - 1;

TEST(Aggregate, ADecimalSumBeginsAnewBehindAnOverflow) {
  Aggregate sum("SUM", Type::decimal(38, 0), true);
  EXPECT_EQ(sum.add({Value(kMost), Value(column::Int128{1})}).result(), "null");
  EXPECT_EQ(sum.add({Value()}).result(), "null");
  EXPECT_EQ(sum.add({Value(column::Int128{5})}).result(), "5");
  EXPECT_EQ(sum.add({Value(kMost)}).result(), "null");
  EXPECT_EQ(sum.add({Value(column::Int128{5})}, -1).result(), "-5");
  EXPECT_EQ(Aggregate("AVG", Type::decimal(38, 0)).add({Value(kMost), Value(kMost), Value(column::Int128{1})}).result(),
            "null");
}

TEST(Aggregate, ADecimalSumTakesTheOtherOneWhenItIsMerged) {
  const Value most(kMost), one(column::Int128{1});
  const auto merged = [](const std::vector<Value>& ours, const std::vector<Value>& theirs) {
    Aggregate left("SUM", Type::decimal(38, 0)), right("SUM", Type::decimal(38, 0));
    left.add(ours);
    right.add(theirs);
    left.kernel.merge(left.slot(), right.slot());
    return left.result();
  };
  EXPECT_EQ(merged({most, one}, {one}), "1");
  EXPECT_EQ(merged({one}, {most, one}), "1");
  EXPECT_EQ(merged({most}, {one}), "null");
  EXPECT_EQ(merged({most, one}, {}), "null");
}

// Where the plan keeps one sum for SUM, COUNT and AVG.
TEST(Aggregate, SplitSumsStayNullAndSplitMeansWrapAround) {
  EXPECT_EQ(Aggregate("SUM", Type::decimal(38, 0), false, true)
                .add({Value(kMost), Value(column::Int128{1}), Value(column::Int128{5})})
                .result(),
            "null");
  EXPECT_EQ(Aggregate("AVG", Type::tinyint()).add({n(127), n(1)}).result(), "64");
  EXPECT_EQ(Aggregate("AVG", Type::tinyint(), false, true).add({n(127), n(1)}).result(), "-64");
  EXPECT_EQ(Aggregate("AVG", Type::integer(), false, true).add({n(2147483647), n(1), n(1)}).result(), "-715827882");
  EXPECT_EQ(Aggregate("AVG", Type::bigint(), false, true).add({n(1), n(4)}).result(), "2");
}

TEST(Aggregate, CombineMakesTextsAndArrays) {
  const std::vector<Value> texts = {Value(std::string("x")), Value(), Value(std::string("y"))};
  const auto values = make_vector(Type::string(), texts);
  const std::vector<column::Slice> groups = {{0, 3}, {1, 1}};
  const std::vector<uint32_t> positions = {1, 0};
  const std::vector<Value> separator = {Value(std::string("-"))};
  Vector listed(Type::string(), 2);
  find_aggregate_function("LISTAGG")->combine(*values, groups, positions, separator, listed);
  EXPECT_EQ(value_at(listed, 1), Value(std::string("x-y")));
  EXPECT_TRUE(listed.is_null(0));
  Vector arrays(Type::array(Type::string()), 2);
  find_aggregate_function("ARRAY_AGG")->combine(*values, groups, positions, {}, arrays);
  EXPECT_EQ(to_text(arrays.type(), value_at(arrays, 1)), "[x, NULL, y]");
}

TEST(Aggregate, CombineMayWriteOneVectorSeveralTimes) {
  const std::vector<Value> texts = {Value(std::string("x")), Value(std::string("x")), Value(std::string("y"))};
  const auto values = make_vector(Type::string(), texts);
  const std::vector<column::Slice> first = {{0, 3}}, second = {{1, 2}};
  const std::vector<uint32_t> at_0 = {0}, at_1 = {1};
  Vector arrays(Type::array(Type::string()), 2);
  find_aggregate_function("ARRAY_AGG")->combine(*values, first, at_0, {}, arrays);
  find_aggregate_function("ARRAY_AGG")->combine(*values, second, at_1, {}, arrays);
  EXPECT_EQ(to_text(arrays.type(), value_at(arrays, 0)), "[x, x, y]");
  EXPECT_EQ(to_text(arrays.type(), value_at(arrays, 1)), "[x, y]");
  Vector multisets(Type::multiset(Type::string()), 2);
  find_aggregate_function("COLLECT")->combine(*values, first, at_0, {}, multisets);
  find_aggregate_function("COLLECT")->combine(*values, second, at_1, {}, multisets);
  EXPECT_EQ(to_text(multisets.type(), value_at(multisets, 0)), "{x=2, y=1}");
  EXPECT_EQ(to_text(multisets.type(), value_at(multisets, 1)), "{x=1, y=1}");
}

TEST(Aggregate, RefusalsInFlinksWords) {
  const std::vector<Argument> text = {{Type::character(1), nullptr}};
  EXPECT_EQ(find_aggregate_function("SUM")->infer(text).error().message,
            "Cannot apply 'SUM' to arguments of type 'SUM(<CHAR(1)>)'");
}

}  // namespace
}  // namespace millstream::function
