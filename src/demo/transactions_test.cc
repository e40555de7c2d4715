// Made-up transactions are what the example's SQL reads; its files are there.
#include "demo/transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "demo/commerce_files.h"
#include "sql/parser.h"

namespace millstream::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::time_t kNow = 1'709'164'801;  // 2024-02-29T00:00:01Z

TEST(TransactionMaker, MakesWhatThePipelineReads) {
  TransactionMaker maker(1);
  std::set<std::string> ids, dates, categories;
  for (int i = 0; i < 300; ++i) {
    const auto [id, value] = maker.next(kNow);
    const auto json = Json::parse(value);
    ASSERT_TRUE(json) << value;
    EXPECT_EQ((*json)["transactionId"].string_or(""), id);
    ASSERT_THAT(id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_TRUE(ids.insert(id).second) << "an id came twice";
    for (const char* member :
         {"userId", "transactionType", "currency", "transactionDate", "category", "merchant", "location"})
      EXPECT_NE((*json)[member].string_or(""), "") << member;
    const double* amount = (*json)["amount"].if_double();
    ASSERT_NE(amount, nullptr) << value;
    EXPECT_GE(*amount, 10.0);
    EXPECT_LT(*amount, 1'000.0);
    const size_t at = value.find("\"amount\":") + 9;
    ASSERT_THAT(value.substr(at, value.find(',', at) - at), MatchesRegex("[0-9]+\\.[0-9][0-9]"));
    dates.insert((*json)["transactionDate"].string_or(""));
    categories.insert((*json)["category"].string_or(""));
  }
  EXPECT_EQ(dates, (std::set<std::string>{"2024-02-28T23:59:58", "2024-02-28T23:59:59", "2024-02-29T00:00:00",
                                          "2024-02-29T00:00:01"}))
      << "event times are of the last seconds, also over midnight";
  EXPECT_EQ(categories.size(), 6u);
}

TEST(TransactionMaker, FollowsItsSeed) {
  TransactionMaker one(7), same(7), other(8);
  const auto first = one.next(kNow);
  EXPECT_EQ(same.next(kNow), first);
  EXPECT_NE(other.next(kNow), first);
  EXPECT_NE(one.next(kNow), first);
}

TEST(CommerceFiles, AreCompiledInAndWhole) {
  int inserts = 0;
  for (const sql::ScriptItem& item : sql::parse_script(commerce_pipeline())) {
    ASSERT_TRUE(item.statement) << item.statement.error().to_string();
    const std::string text = to_lower(item.span.in(commerce_pipeline()));
    if (text.find("insert into") != std::string::npos) ++inserts;
  }
  EXPECT_GT(inserts, 0);
  for (const char* table : {"transactions", "sales_per_category", "sales_per_day", "sales_per_month"}) {
    EXPECT_THAT(commerce_create_tables(), HasSubstr(table));
    EXPECT_THAT(commerce_pipeline(), HasSubstr(table));
  }
}

}  // namespace
}  // namespace millstream::demo
