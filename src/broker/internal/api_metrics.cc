// Registers and counts the metrics of one API.
#include "broker/internal/api_metrics.h"

#include <string>

namespace millstream::broker::internal {

ApiMetrics::ApiMetrics(MetricsRegistry& registry, wire::kafka::ApiKey key)
    : requests_(
          registry.counter("millstream_kafka_requests_total", "Kafka requests answered.", {{"api", name_of(key)}})),
      errors_(registry.counter("millstream_kafka_requests_refused_total", "Kafka requests that could not be read.",
                               {{"api", name_of(key)}})),
      request_bytes_(registry.counter("millstream_kafka_request_bytes_total", "Bytes of Kafka requests.",
                                      {{"api", name_of(key)}})),
      response_bytes_(registry.counter("millstream_kafka_response_bytes_total", "Bytes of Kafka responses.",
                                       {{"api", name_of(key)}})),
      milliseconds_(registry.counter("millstream_kafka_request_milliseconds_total",
                                     "Time from request to answer, added up.", {{"api", name_of(key)}})) {
  for (size_t i = 0; i < kBuckets.size(); ++i) {
    within_[i] = &registry.counter("millstream_kafka_requests_within_total",
                                   "Kafka requests answered within so many milliseconds.",
                                   {{"api", name_of(key)}, {"milliseconds", std::to_string(kBuckets[i])}});
  }
}

void ApiMetrics::answered(size_t request_bytes, size_t response_bytes, Millis duration) {
  requests_.add();
  request_bytes_.add(static_cast<int64_t>(request_bytes));
  response_bytes_.add(static_cast<int64_t>(response_bytes));
  milliseconds_.add(duration.value);
  for (size_t i = 0; i < kBuckets.size(); ++i) {
    if (duration.value <= kBuckets[i]) within_[i]->add();
  }
}

}  // namespace millstream::broker::internal
