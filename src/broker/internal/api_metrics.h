// What is counted per API: requests, bytes in and out, and how long answers took.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/ids.h"
#include "base/metrics.h"
#include "wire/kafka/api_key.h"

namespace millstream::broker::internal {

// Counting is a few relaxed atomics; any thread.
class ApiMetrics {
 public:
  ApiMetrics(MetricsRegistry& registry, wire::kafka::ApiKey key);

  void answered(size_t request_bytes, size_t response_bytes, Millis duration);
  void refused() { errors_.add(); }  // could not be read, or its version is not supported

 private:
  // As a Prometheus histogram has them: cumulative counts of answers that took at most this many milliseconds.
  static constexpr std::array<int64_t, 6> kBuckets = {1, 5, 25, 100, 1000, 10'000};

  Counter& requests_;
  Counter& errors_;
  Counter& request_bytes_;
  Counter& response_bytes_;
  Counter& milliseconds_;
  std::array<Counter*, kBuckets.size()> within_{};
};

}  // namespace millstream::broker::internal
