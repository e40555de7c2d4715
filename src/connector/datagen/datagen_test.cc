// Values of each type, the rate by the clock, and the same rows again after a restart.
#include "connector/datagen/datagen.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "connector/internal/source_rig.h"

namespace millstream::connector::datagen {
namespace {

using column::Type;
using stream::PollResult;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using testing::SourceRig;

class Datagen : public ::testing::Test {
 protected:
  SourceRig rig;

  void make(std::vector<std::pair<std::string, Type>> columns, catalog::Options options) {
    const auto table = testing::table_of("datagen", std::move(columns), std::move(options));
    const catalog::ConnectorDirectory directory({spec()}, {});
    const Status checked = directory.check(*table, false);
    ASSERT_TRUE(checked) << checked.error().to_string();
    auto made = make_source(testing::scan_of(table), rig.parts);
    ASSERT_TRUE(made) << made.error().to_string();
    rig.source = *std::move(made);
    ASSERT_TRUE(rig.open());
  }
  // Moves time until nothing more comes, or `most` rows did.
  PollResult run(size_t most = 1'000'000) {
    for (;;) {
      const PollResult result = *rig.drain();
      if (result == PollResult::kFinished || rig.out.rows.size() >= most) return result;
      const ProcTime next = rig.reader->next_time();
      EXPECT_NE(next, ProcTime::max());
      EXPECT_GT(next, rig.env.clock().now());
      rig.env.fake_clock().set(next);
    }
  }
  Status check(std::vector<std::pair<std::string, Type>> columns, catalog::Options options) {
    return catalog::ConnectorDirectory({spec()}, {})
        .check(*testing::table_of("datagen", std::move(columns), std::move(options)), false);
  }
};

TEST_F(Datagen, SequencesEndTheSource) {
  make({{"a", Type::integer()}, {"b", Type::string()}, {"c", Type::decimal(6, 2)}, {"d", Type::double_precision()}},
       {{"fields.a.kind", "sequence"},
        {"fields.a.start", "-1"},
        {"fields.a.end", "2"},
        {"fields.b.kind", "sequence"},
        {"fields.b.start", "98"},
        {"fields.b.end", "1000"},
        {"fields.c.kind", "sequence"},
        {"fields.c.start", "1"},
        {"fields.c.end", "9999"},
        {"fields.d.kind", "sequence"},
        {"fields.d.start", "1"},
        {"fields.d.end", "9999"}});
  EXPECT_EQ(run(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows,
              ElementsAre("-1, 98, 1.00, 1.0", "0, 99, 2.00, 2.0", "1, 100, 3.00, 3.0", "2, 101, 4.00, 4.0"));
}

TEST_F(Datagen, RowsComeByTheClock) {
  make({{"a", Type::integer()}},
       {{"rows-per-second", "5"}, {"fields.a.kind", "sequence"}, {"fields.a.start", "1"}, {"fields.a.end", "100"}});
  EXPECT_EQ(*rig.drain(), PollResult::kWaiting);
  EXPECT_THAT(rig.out.rows, ElementsAre("1"));
  EXPECT_EQ(rig.reader->next_time(), rig.env.clock().now() + Millis(200));
  rig.env.fake_clock().advance(Millis(199));
  EXPECT_EQ(*rig.drain(), PollResult::kWaiting);
  EXPECT_THAT(rig.out.rows, SizeIs(1));
  rig.env.fake_clock().advance(Millis(1));
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, SizeIs(2));
  rig.env.fake_clock().advance(Millis(600));
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, SizeIs(5));
  // A long pause is not made up for beyond a second.
  rig.env.fake_clock().advance(Millis(60'000));
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, SizeIs(11));
  EXPECT_EQ(rig.out.rows.back(), "11");
}

TEST_F(Datagen, HighRatesComeInBatches) {
  make({{"a", Type::bigint()}}, {{"rows-per-second", "100000"}});
  ASSERT_TRUE(rig.drain());
  rig.out.rows.clear();
  rig.out.events.clear();
  for (int i = 0; i < 100; ++i) {
    rig.env.fake_clock().set(std::max(rig.reader->next_time(), rig.env.clock().now() + Millis(10)));
    ASSERT_TRUE(rig.drain());
  }
  EXPECT_NEAR(static_cast<double>(rig.out.rows.size()), 100'000, 1500);
}

TEST_F(Datagen, WithoutARateToSpeakOfItNeverWaits) {
  make({{"a", Type::bigint()}}, {{"rows-per-second", "9223372036854775807"}, {"number-of-rows", "100000"}});
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows, SizeIs(100'000));
  EXPECT_EQ(std::set<std::string>(rig.out.rows.begin(), rig.out.rows.end()).size(), 100'000U);
}

TEST_F(Datagen, OneTaskGivesRowsInOrderAcrossSplits) {
  make({{"a", Type::bigint()}}, {{"rows-per-second", "10000000"},
                                 {"fields.a.kind", "sequence"},
                                 {"fields.a.start", "0"},
                                 {"fields.a.end", "69999"}});
  EXPECT_EQ(run(), PollResult::kFinished);
  ASSERT_THAT(rig.out.rows, SizeIs(70'000));
  for (size_t i = 0; i < rig.out.rows.size(); ++i) ASSERT_EQ(rig.out.rows[i], std::to_string(i));
}

TEST_F(Datagen, ARestoredReaderGoesOnWithTheSameRows) {
  const catalog::Options options{{"number-of-rows", "50000"},
                                 {"rows-per-second", "100000000"},
                                 {"fields.b.kind", "sequence"},
                                 {"fields.b.start", "1"},
                                 {"fields.b.end", "60000"}};
  make({{"a", Type::string()}, {"b", Type::integer()}}, options);
  const auto begin = *rig.reader->snapshot();
  EXPECT_EQ(run(), PollResult::kFinished);
  const auto all = std::exchange(rig.out.rows, {});
  ASSERT_THAT(all, SizeIs(50'000));

  ASSERT_TRUE(rig.open(begin));
  run(7000);
  ASSERT_TRUE(rig.reader->poll(rig.out, 33));
  const auto middle = *rig.reader->snapshot();
  // Two tasks take over what one had.
  auto rows = std::exchange(rig.out.rows, {});
  for (size_t task = 0; task < 2; ++task) {
    std::vector<stream::SplitState> own;
    for (size_t i = task; i < middle.size(); i += 2) own.push_back(middle[i]);
    ASSERT_TRUE(rig.open(own));
    EXPECT_EQ(run(1'000'000), PollResult::kFinished);
    rows.insert(rows.end(), rig.out.rows.begin(), rig.out.rows.end());
    rig.out.rows.clear();
  }
  auto expected = all;
  std::ranges::sort(expected);
  std::ranges::sort(rows);
  EXPECT_EQ(rows, expected);
}

TEST_F(Datagen, TwoTasksShareTheRate) {
  make({{"a", Type::bigint()}}, {{"rows-per-second", "1000"}});
  const auto splits = *rig.reader->snapshot();
  std::vector<stream::SplitState> half;
  for (size_t i = 1; i < splits.size(); i += 2) half.push_back(splits[i]);
  ASSERT_TRUE(rig.open(half));
  ASSERT_TRUE(rig.drain());
  rig.env.fake_clock().advance(Millis(1000));
  ASSERT_TRUE(rig.drain());
  EXPECT_NEAR(static_cast<double>(rig.out.rows.size()), 500, 2);
}

TEST_F(Datagen, ValuesKeepToTheirOptions) {
  make({{"tiny", Type::tinyint()},
        {"small", Type::smallint()},
        {"big", Type::bigint()},
        {"real", Type::floating()},
        {"text", Type::string()},
        {"code", Type::character(5)},
        {"short", Type::varchar(7)},
        {"price", Type::decimal(5, 2)},
        {"bytes", Type::varbinary(4)},
        {"yes", Type::boolean()}},
       {{"number-of-rows", "500"},
        {"fields.small.min", "-3"},
        {"fields.small.max", "3"},
        {"fields.big.min", "7"},
        {"fields.big.max", "7"},
        {"fields.real.min", "-1"},
        {"fields.real.max", "1"},
        {"fields.text.length", "9"},
        {"fields.text.var-len", "true"},
        {"fields.price.min", "1.5"},
        {"fields.price.max", "1.6"}});
  rig.out.keep_batches = true;
  EXPECT_EQ(run(), PollResult::kFinished);
  std::map<std::string, std::set<std::string>> seen;
  const std::vector<std::string> names{"tiny", "small", "big",   "real",  "text",
                                       "code", "short", "price", "bytes", "yes"};
  for (const auto& batch : rig.out.batches) {
    for (size_t c = 0; c < names.size(); ++c) {
      for (size_t i = 0; i < batch.length; ++i)
        seen[names[c]].insert(column::to_text(batch.columns[c]->type(), column::value_at(*batch.columns[c], i)));
    }
  }
  EXPECT_GT(seen["tiny"].size(), 100U);
  EXPECT_THAT(seen["small"], SizeIs(7));
  EXPECT_THAT(seen["big"], ElementsAre("7"));
  for (const std::string& text : seen["real"]) EXPECT_LE(std::abs(std::stod(text)), 1);
  EXPECT_THAT(seen["text"], Each(MatchesRegex("[0-9a-f]+")));
  std::set<size_t> lengths;
  for (const std::string& text : seen["text"]) lengths.insert(text.size());
  EXPECT_THAT(lengths, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(seen["code"], Each(SizeIs(5)));
  EXPECT_THAT(seen["short"], Each(SizeIs(7)));
  EXPECT_THAT(seen["price"], SizeIs(11));
  EXPECT_EQ(*seen["price"].begin(), "1.50");
  EXPECT_EQ(*seen["price"].rbegin(), "1.60");
  EXPECT_THAT(seen["yes"], SizeIs(2));
}

TEST_F(Datagen, NullsByRate) {
  make({{"a", Type::bigint()}, {"b", Type::string()}}, {{"number-of-rows", "2000"},
                                                        {"fields.a.null-rate", "0.25"},
                                                        {"fields.b.null-rate", "1"},
                                                        {"fields.b.length", "3"}});
  run();
  const auto nulls =
      std::ranges::count_if(rig.out.rows, [](const std::string& row) { return row.starts_with("NULL,"); });
  EXPECT_NEAR(static_cast<double>(nulls), 500, 80);
  EXPECT_THAT(rig.out.rows, Each(HasSubstr(", NULL")));
}

TEST_F(Datagen, NestedTypes) {
  make({{"r", Type::row({{"a", Type::integer(), ""}, {"b", Type::string(), ""}})},
        {"list", Type::array(Type::integer())},
        {"map", Type::map(Type::integer(), Type::integer())},
        {"set", Type::multiset(Type::integer())}},
       {{"number-of-rows", "3"},
        {"fields.r.a.min", "5"},
        {"fields.r.a.max", "5"},
        {"fields.r.b.length", "2"},
        {"fields.list.length", "2"},
        {"fields.list.element.min", "8"},
        {"fields.list.element.max", "8"},
        {"fields.map.key.min", "1"},
        {"fields.map.key.max", "1"},
        {"fields.map.value.min", "9"},
        {"fields.map.value.max", "9"},
        {"fields.set.element.min", "4"},
        {"fields.set.element.max", "4"}});
  run();
  ASSERT_THAT(rig.out.rows, SizeIs(3));
  EXPECT_THAT(rig.out.rows, Each(MatchesRegex(R"(\(5, [0-9a-f]{2}\), \[8, 8\], \{1=9\}, \{4=3\})")));
}

TEST_F(Datagen, TimesAreOfTheClock) {
  rig.env.fake_clock().set(ProcTime(1'700'000'001'234));
  make({{"t", Type::timestamp(3)}, {"s", Type::timestamp_ltz(0)}, {"d", Type::date()}, {"past", Type::timestamp(3)}},
       {{"number-of-rows", "100"}, {"rows-per-second", "1000000"}, {"fields.past.max-past", "2 s"}});
  ASSERT_TRUE(rig.drain());
  rig.out.rows.resize(1);
  EXPECT_THAT(
      rig.out.rows[0],
      MatchesRegex("2023-11-14 22:13:21.234, 2023-11-14 22:13:21Z?, 2023-11-14, 2023-11-14 22:13:(19|20|21)\\.[0-9]+"));
}

TEST_F(Datagen, WrongOptionsAreNamed) {
  const auto message = [&](std::vector<std::pair<std::string, Type>> columns, catalog::Options options) {
    const Status status = check(std::move(columns), std::move(options));
    return status ? std::string("accepted") : status.error().to_string();
  };
  const std::vector<std::pair<std::string, Type>> columns{
      {"a", Type::integer()}, {"s", Type::string()}, {"c", Type::character(3)}};
  EXPECT_EQ(message(columns, {}), "accepted");
  EXPECT_THAT(message(columns, {{"fields.b.min", "1"}}), HasSubstr("fields.b.min"));
  EXPECT_THAT(message(columns, {{"fields.s.min", "1"}}), HasSubstr("fields.s.min"));
  EXPECT_THAT(message(columns, {{"fields.a.minn", "1"}}), HasSubstr("fields.a.min"));
  EXPECT_THAT(message(columns, {{"fields.a.min", "x"}}), HasSubstr("not a whole number"));
  EXPECT_THAT(message(columns, {{"fields.a.min", "5"}, {"fields.a.max", "4"}}), HasSubstr("min"));
  EXPECT_THAT(message(columns, {{"fields.a.max", "3000000000"}}), HasSubstr("INT"));
  EXPECT_THAT(message(columns, {{"fields.c.length", "3"}}), HasSubstr("fixed-length"));
  EXPECT_THAT(message(columns, {{"fields.a.kind", "sequence"}, {"fields.a.end", "3"}}),
              HasSubstr("'fields.a.start' for sequence generator"));
  EXPECT_THAT(message(columns, {{"fields.a.kind", "sequence"}, {"fields.a.start", "4"}, {"fields.a.end", "3"}}),
              HasSubstr("less"));
  EXPECT_THAT(message({{"d", Type::date()}}, {{"fields.d.kind", "sequence"}}), HasSubstr("Unsupported type"));
  EXPECT_THAT(message(columns, {{"fields.a.null-rate", "1.5"}}), HasSubstr("between 0 and 1"));
  EXPECT_THAT(message(columns, {{"rows-per-second", "0"}}), HasSubstr("rows-per-second"));
  EXPECT_THAT(message(columns, {{"number-of-row", "1"}}), HasSubstr("number-of-rows"));
}

TEST_F(Datagen, IsBoundedByRowsAndSequences) {
  const auto bounded = [](catalog::Options options) {
    return spec().is_bounded(*testing::table_of("datagen", {{"a", Type::integer()}}, std::move(options)));
  };
  EXPECT_FALSE(bounded({}));
  EXPECT_TRUE(bounded({{"number-of-rows", "5"}}));
  EXPECT_TRUE(bounded({{"fields.a.kind", "sequence"}, {"fields.a.start", "1"}, {"fields.a.end", "3"}}));
}

}  // namespace
}  // namespace millstream::connector::datagen
