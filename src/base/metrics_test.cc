// Tests of the registry: one object per name and labels, and the text that Prometheus reads.
#include "base/metrics.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

TEST(Metrics, TheSameNameAndLabelsAreOneObject) {
  MetricsRegistry registry;
  Counter& a = registry.counter("millstream_rows_total", "Rows.", {{"job", "j"}, {"operator", "o"}});
  Counter& b = registry.counter("millstream_rows_total", "Rows.", {{"operator", "o"}, {"job", "j"}});
  Counter& c = registry.counter("millstream_rows_total", "Rows.", {{"job", "k"}, {"operator", "o"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &c);
}

TEST(Metrics, TextHasHelpTypeAndEscapedLabels) {
  MetricsRegistry registry;
  registry.counter("millstream_rows_total", "Rows read.", {{"topic", "a\"b\\c"}}).add(1'234'567'890);
  registry.gauge("millstream_memory_bytes", "Memory in use.").set(-5);
  const std::string text = registry.to_prometheus_text();
  EXPECT_NE(text.find("# HELP millstream_rows_total Rows read.\n# TYPE millstream_rows_total counter\n"
                      "millstream_rows_total{topic=\"a\\\"b\\\\c\"} 1234567890\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("# TYPE millstream_memory_bytes gauge\nmillstream_memory_bytes -5\n"), std::string::npos) << text;
}

TEST(Metrics, RemoveForgetsOnlyThatLabel) {
  MetricsRegistry registry;
  registry.counter("millstream_rows_total", "Rows.", {{"job", "gone"}});
  registry.counter("millstream_rows_total", "Rows.", {{"job", "stays"}});
  registry.gauge("millstream_lag", "Lag.", {{"job", "gone"}});
  registry.remove("job", "gone");
  const std::string text = registry.to_prometheus_text();
  EXPECT_EQ(text.find("gone"), std::string::npos);
  EXPECT_EQ(text.find("millstream_lag"), std::string::npos);
  EXPECT_NE(text.find("stays"), std::string::npos);
}

}  // namespace
}  // namespace millstream
