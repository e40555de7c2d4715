// Cells of every type there and back, and what is not a cell.
#include "slt/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::slt {
namespace {

using column::Type;
using ::testing::HasSubstr;

// The canonical spelling of what `text` means.
std::string canonical(const Type& type, std::string_view text) {
  const auto value = parse_cell(type, text);
  return value ? print_cell(type, *value) : "error: " + value.error().message;
}
void same(const Type& type, std::string_view text) { EXPECT_EQ(canonical(type, text), text) << type.to_sql(); }

TEST(Cells, ScalarsKeepTheirSpelling) {
  same(Type::boolean(), "true");
  same(Type::bigint(), "-9223372036854775808");
  same(Type::decimal(38, 2), "-123456789012345678901234567890123456.50");
  same(Type::double_precision(), "1.0E10");
  same(Type::double_precision(), "NaN");
  same(Type::double_precision(), "-Infinity");
  same(Type::date(), "2024-02-29");
  same(Type::time(3), "12:34:56.789");
  same(Type::bytes(), "x'00ff'");
  same(Type::bytes(), "x''");
  for (const Type& type : {Type::integer(), Type::string(), Type::bytes(), Type::timestamp(3)}) same(type, "NULL");
  EXPECT_EQ(canonical(Type::decimal(5, 2), "3.5"), "3.50");
  EXPECT_EQ(canonical(Type::time(3), "12:00:00.000"), "12:00:00");
  EXPECT_EQ(canonical(Type::character(3), "a"), "\"a  \"");
}

TEST(Cells, TextIsQuotedOnlyWhereItCouldBeMistaken) {
  for (const char* plain : {"ann", "it's", "a,b", "0x", "Grüße", "NULLS", "a\"b"}) same(Type::string(), plain);
  for (const char* quoted : {R"("")", R"("a b")", R"("NULL")", R"("+I")", R"("----")", R"("[1]")", R"("{")", R"("#1")",
                             R"("\"")", R"("a\tb")"})
    same(Type::string(), quoted);
  EXPECT_EQ(canonical(Type::string(), R"("ann")"), "ann");
  EXPECT_THAT(canonical(Type::string(), R"("ann)"), HasSubstr("error"));
}

TEST(Cells, TimestampsHaveSeveralSpellings) {
  const Type type = Type::timestamp(3);
  EXPECT_EQ(canonical(type, "00:00:10"), "1970-01-01T00:00:10");
  EXPECT_EQ(canonical(type, "2024-02-29"), "2024-02-29T00:00:00");
  EXPECT_EQ(canonical(type, "\"2024-02-29 12:00:00\""), "2024-02-29T12:00:00");
  EXPECT_EQ(canonical(type, "2024-02-29T12:00:00.500"), "2024-02-29T12:00:00.5");
  EXPECT_EQ(canonical(type, "1969-12-31T23:59:59.999"), "1969-12-31T23:59:59.999");
  EXPECT_EQ(canonical(Type::timestamp_ltz(3), "2024-02-29T12:00:00"), "2024-02-29T12:00:00Z");
  same(Type::timestamp_ltz(9), "2024-02-29T12:00:00.123456789Z");
}

TEST(Cells, IntervalsCountMonthsOrMilliseconds) {
  EXPECT_EQ(parse_cell(Type::interval_year_month(), "+1-02")->as_int(), 14);
  EXPECT_EQ(parse_cell(Type::interval_year_month(), "-1-02")->as_int(), -14);
  EXPECT_EQ(parse_cell(Type::interval_day_time(), "\"-1 02:03:04.500\"")->as_int(), -93'784'500);
  same(Type::interval_year_month(), "+1-02");
  same(Type::interval_day_time(), "\"+1 02:03:04.500\"");
  EXPECT_THAT(canonical(Type::interval_year_month(), "soon"), HasSubstr("is not an interval"));
}

TEST(Cells, NestedCellsAreJson) {
  const Type pair = Type::row({{"a", Type::integer(), ""}, {"b", Type::string(), ""}});
  same(pair, R"([1,"x y"])");
  same(pair, "[null,null]");
  EXPECT_EQ(canonical(pair, R"({"b":"x","a":1})"), R"([1,"x"])");
  same(Type::array(Type::array(pair)), R"([[[1,"x"],null],[]])");
  same(Type::array(Type::decimal(10, 2)), "[1.50,null]");
  const Type map = Type::map(Type::string(), Type::integer());
  same(map, R"({"a":1,"b":null})");
  EXPECT_EQ(canonical(map, R"({"b":2,"a":1})"), R"({"a":1,"b":2})");
  EXPECT_EQ(canonical(Type::map(Type::integer(), Type::string()), R"([[2,"b"],[1,"a"]])"), R"({"1":"a","2":"b"})");
  same(Type::multiset(Type::string()), R"({"a":2})");
}

TEST(Cells, WhatIsNoCellIsAnError) {
  const Type pair = Type::row({{"a", Type::integer(), ""}, {"b", Type::string(), ""}});
  for (const auto& [type, text] : std::vector<std::pair<Type, std::string>>{
           {Type::integer(), "one"},
           {Type::integer(), "2147483648"},
           {Type::boolean(), "maybe"},
           {Type::date(), "2024-02-30"},
           {Type::bytes(), "x'0g'"},
           {Type::bytes(), "x'0af'"},
           {Type::bytes(), "x'"},
           {Type::array(Type::integer()), "{}"},
           {Type::array(Type::integer()), "[one]"},
           {Type::map(Type::string(), Type::integer()), "12"},
           {Type::map(Type::string(), Type::integer()), "[[1]]"},
           {pair, "12"},
           {pair, "[1]"},
           {pair, R"([1,"x",2])"},
       }) {
    EXPECT_THAT(canonical(type, text), HasSubstr("error: ")) << type.to_sql() << " " << text;
  }
}

TEST(Rows, HaveAKindAndOneCellPerColumn) {
  const column::Schema schema{
      {{"n", Type::integer(), ""}, {"s", Type::string(), ""}, {"a", Type::array(Type::integer()), ""}}};
  const auto print = [&](std::string_view line, bool with_kind = true) {
    const auto row = parse_row(line, schema);
    return row ? print_row(*row, schema, with_kind) : "error: " + row.error().message;
  };
  EXPECT_EQ(print("1 ann [1,2]"), "+I 1 ann [1,2]");
  EXPECT_EQ(print("  -U   1 \t \"a b\"   [ 1, 2 ] "), "-U 1 \"a b\" [1,2]");
  EXPECT_EQ(print("+U NULL NULL NULL"), "+U NULL NULL NULL");
  EXPECT_EQ(print("-D 1 ann []", false), "1 ann []");
  EXPECT_EQ(print("1 ann"), "error: '1 ann' has 2 cells, 3 are needed");
  EXPECT_EQ(print("1 ann [] 4"), "error: '1 ann [] 4' has more than 3 cells");
  EXPECT_THAT(print("1 ann [1"), HasSubstr("error: unfinished cell: [1"));
  EXPECT_THAT(print("1 \"ann []"), HasSubstr("error: unfinished cell"));
  EXPECT_THAT(print("x ann []"), HasSubstr("error: cell 'x' is not a INT"));
}

TEST(Rows, SurviveABatch) {
  const column::Schema schema{{{"n", Type::integer(), ""}, {"s", Type::string(), ""}}};
  std::vector<TestRow> rows;
  for (const char* line : {"+I 1 a", "-U 1 a", "+U 2 NULL", "-D NULL b"}) rows.push_back(*parse_row(line, schema));
  column::Batch batch = batch_of(rows, schema);
  EXPECT_EQ(rows_of(batch), rows);
  batch.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{1, 3});
  EXPECT_EQ(rows_of(batch), (std::vector<TestRow>{rows[1], rows[3]}));
  EXPECT_EQ(batch_of(std::vector<TestRow>{rows[0]}, schema).kinds, nullptr);
}

}  // namespace
}  // namespace millstream::slt
