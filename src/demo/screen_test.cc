// The screen and the line of the demo, from what the server says of the job.
#include "demo/screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Sample full_sample() {
  Sample sample;
  sample.sent = 123'456;
  sample.rows = {1, 6, 2, 1};
  sample.top = {{"electronics", "1,234,567.89"}, {"travel", "0.50"}};
  read_job(*Json::parse(R"({"state":"RUNNING","millstream":{"reason":"",
      "checkpoints":{"latest":{"completed":{"id":17,"end_to_end_duration":8}}},
      "stages":[{"lag":-1},{"lag":40},{"lag":7}],
      "operators":[{"bad_rows":2,"watermark":null},{"bad_rows":3,"watermark":1700000000000}]}})"),
           sample);
  return sample;
}

TEST(ReadJob, TakesTheWorstOfStagesAndTheSumOfOperators) {
  const Sample sample = full_sample();
  EXPECT_EQ(sample.state, "RUNNING");
  EXPECT_EQ(sample.lag, 40);
  EXPECT_EQ(sample.bad_rows, 5);
  EXPECT_EQ(sample.watermark, 1'700'000'000'000);
  EXPECT_EQ(sample.checkpoint, 17);
  EXPECT_EQ(sample.checkpoint_milliseconds, 8);
}

TEST(ReadJob, AJobThatJustBeganHasLittleToSay) {
  Sample sample;
  read_job(*Json::parse(R"({"state":"RESTARTING","millstream":{"reason":"PostgreSQL does not answer",
      "checkpoints":{"latest":{"completed":null}}}})"),
           sample);
  EXPECT_EQ(sample.state, "RESTARTING: PostgreSQL does not answer");
  EXPECT_EQ(sample.lag, -1);
  EXPECT_EQ(sample.checkpoint, 0);
  EXPECT_EQ(sample.watermark, 0);
}

TEST(Screen, ShowsEverythingInItsPlace) {
  const std::string screen =
      screen_text({"127.0.0.1:9092", "http://127.0.0.1:8080", 5433, "0123456789abcdef"}, full_sample(), 999.6);
  EXPECT_THAT(screen, StartsWith("\x1b[H\x1b[J"));
  EXPECT_THAT(screen, HasSubstr("Millstream: commerce analytics  RUNNING\n"));
  EXPECT_THAT(screen, HasSubstr("  in                    1000 events/s         123456 sent\n"));
  EXPECT_THAT(screen, HasSubstr("  lag                     40 records\n"));
  EXPECT_THAT(screen, HasSubstr("  watermark         22:13:20 UTC\n"));
  EXPECT_THAT(screen, HasSubstr("  checkpoint              17 in 8 ms\n"));
  EXPECT_THAT(screen, HasSubstr("  bad records              5\n"));
  EXPECT_THAT(screen, HasSubstr("  sales_per_category               6 rows\n"));
  EXPECT_THAT(screen, HasSubstr("  electronics           1,234,567.89\n  travel                        0.50\n"));
  // What is offered for copying names the real addresses.
  EXPECT_THAT(screen, HasSubstr("kcat -b 127.0.0.1:9092 "));
  EXPECT_THAT(screen, HasSubstr("psql -h 127.0.0.1 -p 5433 "));
  EXPECT_THAT(screen, HasSubstr("millstream job show 01234567 --server http://127.0.0.1:8080\n"));
}

TEST(Screen, UnknownIsADashNotANumber) {
  const std::string screen = screen_text({}, Sample{}, 0);
  EXPECT_THAT(screen, HasSubstr("  lag                      - records\n"));
  EXPECT_THAT(screen, HasSubstr("  watermark                -\n"));
  EXPECT_THAT(screen, HasSubstr("  transactions                     0 rows\n"));
  EXPECT_THAT(screen, Not(HasSubstr("-1")));
}

TEST(Line, IsOneLineForFiles) {
  EXPECT_EQ(line_text(full_sample(), 1000),
            "1000 events/s in, transactions 1, categories 6, days 2, months 1, lag 40, checkpoint 17, RUNNING\n");
  EXPECT_EQ(line_text(Sample{}, 0),
            "0 events/s in, transactions 0, categories 0, days 0, months 0, lag -, checkpoint 0, \n");
}

}  // namespace
}  // namespace millstream::demo
