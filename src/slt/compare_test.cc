// Differences as a reader sees them, and the tables that changes leave.
#include "slt/compare.h"

#include <gtest/gtest.h>

namespace millstream::slt {
namespace {

using column::Type;
const column::Schema kSchema{{{"k", Type::string(), ""}, {"n", Type::integer(), ""}}};

std::vector<TestRow> rows(std::initializer_list<const char*> lines) {
  std::vector<TestRow> all;
  for (const char* line : lines) all.push_back(*parse_row(line, kSchema));
  return all;
}
std::string text(const std::vector<TestRow>& all) {
  std::string out;
  for (const TestRow& row : all) out += print_row(row, kSchema, true) + "; ";
  return out;
}

TEST(Compare, OrderAndKindCountOnlyWhereAsked) {
  const auto wanted = rows({"+I a 1", "+I b 2"}), turned = rows({"+I b 2", "+I a 1"}),
             kinds = rows({"+U a 1", "+I b 2"});
  EXPECT_EQ(difference(wanted, wanted, kSchema, Comparison::kOrdered, true), "");
  EXPECT_EQ(difference(wanted, turned, kSchema, Comparison::kUnordered, true), "");
  EXPECT_NE(difference(wanted, turned, kSchema, Comparison::kOrdered, true), "");
  EXPECT_EQ(difference(wanted, kinds, kSchema, Comparison::kOrdered, false), "");
  EXPECT_NE(difference(wanted, kinds, kSchema, Comparison::kOrdered, true), "");
  // As often as it is expected, not more and not less.
  EXPECT_NE(difference(rows({"a 1"}), rows({"a 1", "a 1"}), kSchema, Comparison::kUnordered, false), "");
  EXPECT_NE(difference(rows({"a 1", "a 1"}), rows({"a 1"}), kSchema, Comparison::kUnordered, false), "");
}

TEST(Compare, ShowsWhatDiffersBetweenWhatIsEqual) {
  EXPECT_EQ(difference(rows({"a 1", "b 2", "c 3", "d 4"}), rows({"a 1", "b 3", "x 0", "d 4"}), kSchema,
                       Comparison::kOrdered, true),
            "    … 1 equal\n  - +I b 2\n  - +I c 3\n  + +I b 3\n  + +I x 0\n    … 1 equal\n");
  EXPECT_EQ(difference(rows({"a 1"}), {}, kSchema, Comparison::kOrdered, false), "  - a 1\n");
  EXPECT_EQ(difference({}, rows({"a 1"}), kSchema, Comparison::kOrdered, false), "  + a 1\n");
  // A row too much is not counted twice as equal from both ends.
  EXPECT_EQ(difference(rows({"a 1", "a 1"}), rows({"a 1", "a 1", "a 1"}), kSchema, Comparison::kOrdered, false),
            "    … 2 equal\n  + a 1\n");
}

TEST(FinalRows, ApplyChangesByKey) {
  const std::vector<int> key{0};
  const auto changes = rows({"+I b 1", "+I a 1", "-U b 1", "+U b 2", "-D a NULL", "+I c 3", "-D x 1"});
  EXPECT_EQ(text(final_rows(changes, key, kSchema)), "+I b 2; +I c 3; ");
  // An upsert stream has no -U; a key can come back after its deletion.
  EXPECT_EQ(text(final_rows(rows({"+I a 1", "+U a 2", "-D a 2", "+I a 3"}), key, kSchema)), "+I a 3; ");
  // A key column that holds the separator of texts does not fall together with another key.
  const std::vector<int> both{0, 1};
  EXPECT_EQ(final_rows(rows({"a 1", "b 1"}), both, kSchema).size(), 2u);
}

TEST(FinalRows, WithoutAKeyAreAMultiset) {
  EXPECT_EQ(text(final_rows(rows({"+I b 1", "+I a 1", "+I a 1", "-U a 1", "+U a 2"}), {}, kSchema)),
            "+I a 1; +I a 2; +I b 1; ");
}

TEST(Netted, KeepsTheOrderOfWhatRemains) {
  // Of two equal rows the later one goes.
  EXPECT_EQ(text(netted(rows({"+I a 1", "+I b 1", "+I a 1", "-D a 1", "+U c 1"}), kSchema)),
            "+I a 1; +I b 1; +I c 1; ");
  EXPECT_EQ(text(netted(rows({"+I a 1", "-D a 1"}), kSchema)), "");
}

}  // namespace
}  // namespace millstream::slt
