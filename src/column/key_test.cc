// The frozen key hash: normalised bytes, golden values, and the order of rows.
#include "column/key.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "column/value.h"

namespace millstream::column {
namespace {

uint64_t hash_of(const Type& type, const Value& value) {
  const VectorPtr keys[] = {make_vector(type, {&value, 1})};
  uint64_t hash = 0;
  hash_keys(keys, {nullptr, 1}, {&hash, 1});
  return hash;
}

TEST(KeyHash, EqualKeysHashEqual) {
  EXPECT_EQ(hash_of(Type::double_precision(), Value(-0.0)), hash_of(Type::double_precision(), Value(0.0)));
  EXPECT_EQ(hash_of(Type::double_precision(), Value(std::nan("1"))),
            hash_of(Type::double_precision(), Value(-std::nan("2"))));
  EXPECT_EQ(hash_of(Type::integer(), Value(int64_t{-7})), hash_of(Type::bigint(), Value(int64_t{-7})));
  EXPECT_NE(hash_of(Type::string(), Value(std::string())), hash_of(Type::string(), Value()));
}

TEST(KeyHash, GoldenValues) {
  EXPECT_EQ(hash_of(Type::integer(), Value(int64_t{42})), 15395265915043915720u);
  EXPECT_EQ(hash_of(Type::string(), Value(std::string("ann"))), 5200682613324210888u);
  EXPECT_EQ(hash_of(Type::string(), Value(std::string("a longer key of the table"))), 13183020528972364311u);
  EXPECT_EQ(hash_of(Type::bigint(), Value()), 6929648037378010251u);
  EXPECT_EQ(hash_of(Type::decimal(30, 2), Value(Int128{1} << 100)), 4333248176520171714u);
  const Type map = Type::map(Type::string(), Type::integer());
  EXPECT_EQ(hash_of(map, Value(Value::List{Value(std::string("a")), Value(int64_t{1})})), 14886469314768529238u);
}

TEST(KeyHash, MapsIgnoreTheOrderOfEntries) {
  const Type map = Type::map(Type::string(), Type::integer());
  const Value a(std::string("a")), b(std::string("b")), one(int64_t{1}), two(int64_t{2});
  EXPECT_EQ(hash_of(map, Value(Value::List{a, one, b, two})), hash_of(map, Value(Value::List{b, two, a, one})));
  EXPECT_NE(hash_of(map, Value(Value::List{a, one, b, two})), hash_of(map, Value(Value::List{a, two, b, one})));
}

TEST(KeyHash, OnlySelectedRowsInTheirOrder) {
  const Value values[] = {Value(int64_t{1}), Value(), Value(int64_t{3})};
  const VectorPtr keys[] = {make_vector(Type::bigint(), values),
                            make_constant_vector(Type::string(), Value(std::string("x")), 3)};
  uint64_t all[3], some[2];
  hash_keys(keys, {nullptr, 3}, all);
  const uint32_t index[] = {1, 2};
  hash_keys(keys, {index, 2}, some);
  EXPECT_EQ(some[0], all[1]);
  EXPECT_EQ(some[1], all[2]);
  EXPECT_NE(all[0], all[1]);
}

TEST(KeyGroup, TasksCoverGroupsEvenly) {
  for (const int parallelism : {1, 3, 7, 128}) {
    std::vector<int> groups(parallelism);
    for (int g = 0; g < kKeyGroups; ++g) ++groups[task_of(KeyGroup(static_cast<uint16_t>(g)), parallelism)];
    for (const int count : groups) {
      EXPECT_GE(count, kKeyGroups / parallelism);
      EXPECT_LE(count, kKeyGroups / parallelism + 1);
    }
  }
}

TEST(CompareAt, NullFirstNanLast) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Value values[] = {Value(), Value(-1.0), Value(-0.0), Value(0.0), Value(INFINITY), Value(nan)};
  const auto v = make_vector(Type::double_precision(), values);
  EXPECT_LT(compare_at(*v, 0, *v, 1), 0);
  EXPECT_LT(compare_at(*v, 1, *v, 2), 0);
  EXPECT_EQ(compare_at(*v, 2, *v, 3), 0);
  EXPECT_LT(compare_at(*v, 4, *v, 5), 0);
  EXPECT_TRUE(equal_at(*v, 5, *v, 5));
  EXPECT_TRUE(equal_at(*v, 0, *v, 0));
}

TEST(CompareAt, StringsByUnsignedBytes) {
  const Value values[] = {Value(std::string("z")), Value(std::string("\xc3\xa9")), Value(std::string("za"))};
  const auto v = make_vector(Type::string(), values);
  EXPECT_LT(compare_at(*v, 0, *v, 1), 0);
  EXPECT_LT(compare_at(*v, 0, *v, 2), 0);
}

}  // namespace
}  // namespace millstream::column
