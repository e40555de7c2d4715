// Vectors: nulls, constants, ownership of string bytes, gather and concatenate of every layout.
#include "column/vector.h"

#include <gtest/gtest.h>

#include "column/batch.h"
#include "column/value.h"

namespace millstream::column {
namespace {

const std::string kLong = "a string that does not fit twelve bytes";

Value text(std::string s) { return Value(std::move(s)); }
Value number(int64_t n) { return Value(n); }

std::vector<Value> values_of(const Vector& vector) {
  std::vector<Value> values;
  for (size_t i = 0; i < vector.length(); ++i) values.push_back(value_at(vector, i));
  return values;
}

TEST(StringRef, EqualityLooksAtEveryByte) {
  const std::string other = "a string that does not fit twelve bytez";
  const std::string copy = kLong;
  EXPECT_EQ(StringRef(kLong), StringRef(copy));
  EXPECT_FALSE(StringRef(kLong) == StringRef(other));
  EXPECT_EQ(StringRef("twelve bytes"), StringRef("twelve bytes"));
  EXPECT_FALSE(StringRef("twelve bytes") == StringRef("twelve bytez"));
  EXPECT_FALSE(StringRef("abc") == StringRef(std::string_view("abc\0", 4)));
  EXPECT_EQ(StringRef(std::string_view()).view(), "");
}

TEST(Vector, NullsAcrossWordBorders) {
  Vector vector(Type::integer(), 130);
  EXPECT_EQ(vector.validity(), nullptr);
  vector.set_null(0);
  vector.set_null(64);
  vector.set_null(129);
  vector.set_valid(64);
  EXPECT_TRUE(vector.is_null(0));
  EXPECT_FALSE(vector.is_null(64));
  EXPECT_TRUE(vector.is_null(129));
  EXPECT_FALSE(vector.is_null(128));
}

TEST(Vector, ConstantReadsItsValueEverywhere) {
  const auto vector = make_constant_vector(Type::string(), text(kLong), 5000);
  const Reader<StringRef> reader(*vector);
  EXPECT_EQ(reader[4999].view(), kLong);
  const auto null = make_constant_vector(Type::bigint(), Value(), 10);
  EXPECT_TRUE(null->is_null(7));
  EXPECT_TRUE(Reader<int64_t>(*null).is_null(7));
}

TEST(Vector, ArenaKeepsLargeAndSmallStrings) {
  auto vector = Vector::make(Type::string(), 2000);
  auto* out = vector->mutable_values<StringRef>();
  for (size_t i = 0; i < 2000; ++i)
    out[i] = vector->add_string(std::string(i * 7 % 9000, static_cast<char>('a' + i % 26)));
  for (size_t i = 0; i < 2000; ++i) {
    ASSERT_EQ(out[i].size, i * 7 % 9000);
    ASSERT_TRUE(out[i].size == 0 || out[i].view().back() == static_cast<char>('a' + i % 26));
  }
}

TEST(Gather, MissingPositionsAreNull) {
  const auto from = make_vector(Type::integer(), std::vector<Value>{number(1), Value(), number(3)});
  const uint32_t positions[] = {2, kNoPosition, 1, 0, 2};
  const auto to = gather(*from, positions);
  EXPECT_EQ(values_of(*to), (std::vector<Value>{number(3), Value(), Value(), number(1), number(3)}));
}

TEST(Gather, StringsOutliveTheirSource) {
  VectorPtr few, many;
  {
    std::vector<Value> values;
    for (int i = 0; i < 100; ++i) values.push_back(text(kLong + std::to_string(i)));
    const auto from = make_vector(Type::string(), values);
    few = gather(*from, std::vector<uint32_t>{7, 99});
    std::vector<uint32_t> all(100);
    for (uint32_t i = 0; i < 100; ++i) all[i] = 99 - i;
    many = gather(*from, all);
  }
  EXPECT_EQ(value_at(*few, 1), text(kLong + "99"));
  EXPECT_EQ(value_at(*many, 0), text(kLong + "99"));
}

TEST(Gather, NestedTypes) {
  const Type row = Type::row({{"a", Type::integer(), ""}, {"b", Type::array(Type::string()), ""}});
  const Value first(Value::List{number(1), Value(Value::List{text("x"), Value()})});
  const Value second(Value::List{Value(), Value(Value::List{text(kLong)})});
  const auto from = make_vector(row, std::vector<Value>{first, Value(), second});
  const auto to = gather(*from, std::vector<uint32_t>{2, 0, 1, 2});
  EXPECT_EQ(values_of(*to), (std::vector<Value>{second, first, Value(), second}));
}

TEST(Concatenate, JoinsValuesNullsAndChildren) {
  const Type map = Type::map(Type::string(), Type::integer());
  const Value one(Value::List{text("k"), number(1)});
  const Value two(Value::List{text("k"), number(1), text(kLong), Value()});
  const auto a = make_vector(map, std::vector<Value>{one, Value()});
  const auto b = make_vector(map, std::vector<Value>{two});
  const auto c = make_constant_vector(map, one, 2);
  const VectorPtr parts[] = {a, b, c};
  EXPECT_EQ(values_of(*concatenate(parts)), (std::vector<Value>{one, Value(), two, one, one}));
}

TEST(Batch, CompactedKeepsKindsAndOrigin) {
  Batch batch;
  batch.length = 3;
  batch.columns = {make_vector(Type::integer(), std::vector<Value>{number(1), number(2), number(3)}),
                   make_constant_vector(Type::row({{"f", Type::string(), ""}}), Value(Value::List{text(kLong)}), 3)};
  batch.kinds = std::make_shared<const std::vector<RowKind>>(
      std::vector<RowKind>{RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kDelete});
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0, 2});
  Origin origin;
  origin.offsets = {10, 11, 12};
  batch.origin = std::make_shared<const Origin>(origin);
  const Batch dense = batch.compacted();
  EXPECT_EQ(dense.length, 2u);
  EXPECT_EQ(dense.selection, nullptr);
  EXPECT_EQ(value_at(*dense.columns[0], 1), number(3));
  EXPECT_EQ(value_at(*dense.columns[1], 1), Value(Value::List{text(kLong)}));
  EXPECT_EQ(dense.kind_at(1), RowKind::kDelete);
  EXPECT_EQ(dense.origin->offsets, (std::vector<int64_t>{10, 12}));
}

}  // namespace
}  // namespace millstream::column
