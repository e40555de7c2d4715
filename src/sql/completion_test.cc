// Which words may come next.
#include "sql/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::sql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Completion at_end(std::string_view text) { return complete(text, text.size()); }

TEST(Completion, OffersWhatTheParserWouldTake) {
  EXPECT_THAT(at_end("").keywords, Contains("SELECT"));
  EXPECT_THAT(at_end("").keywords, Contains("CREATE"));
  EXPECT_THAT(at_end("").keywords, Not(Contains("WHERE")));
  EXPECT_THAT(at_end("CREATE ").keywords, Contains("TABLE"));
  EXPECT_THAT(at_end("CREATE ").keywords, Not(Contains("SELECT")));
  EXPECT_THAT(at_end("SELECT 1; ").keywords, Contains("INSERT"));
}

TEST(Completion, TakesTheBeginningOfTheWordInAnyCase) {
  for (const char* text : {"SEL", "sel", "SELECT 1; sEl"}) {
    const Completion completion = at_end(text);
    EXPECT_THAT(completion.keywords, ElementsAre("SELECT")) << text;
    EXPECT_EQ(completion.replace_from, std::string_view(text).size() - 3);
  }
  EXPECT_THAT(at_end("xyz").keywords, IsEmpty());
  EXPECT_EQ(at_end("SELECT ").replace_from, 7u);
}

TEST(Completion, LooksAtNothingBehindTheCursor) {
  const Completion completion = complete("SEL FROM t", 3);
  EXPECT_THAT(completion.keywords, ElementsAre("SELECT"));
  EXPECT_EQ(completion.replace_from, 0u);
}

TEST(Completion, KnowsWhereNamesStand) {
  EXPECT_TRUE(at_end("SELECT * FROM ").name_expected);
  EXPECT_TRUE(at_end("SELECT ").name_expected);
  EXPECT_FALSE(at_end("CREATE ").name_expected);
  EXPECT_TRUE(at_end("INSERT INTO ").name_expected);
}

TEST(Completion, IsQuietInsideTextsAndComments) {
  EXPECT_THAT(at_end("SELECT 'SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("-- SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("SELECT 1; -- done; SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("SELECT 1 /* one */ // SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("/* SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("-- a comment\nSEL").keywords, ElementsAre("SELECT"));
  EXPECT_THAT(at_end("/* -- */ SEL").keywords, ElementsAre("SELECT"));
  EXPECT_FALSE(at_end("SELECT * FROM '").name_expected);
}

}  // namespace
}  // namespace millstream::sql
