// What a microbenchmark is: a function micro_NAME() in bench/micro_NAME.cc that measures and reports lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace millstream::bench {

struct Microbench {
  std::string_view name;
  void (*run)();
};
[[nodiscard]] std::span<const Microbench> all_microbenches();

// One line of the answer: "net.small_frames  1200000 frames/s".
void report(std::string_view what, double value, std::string_view unit);
// Two lines, p50 and p99, in microseconds. Sorts its argument.
void report_latencies(std::string_view what, std::vector<int64_t>& nanoseconds);

[[nodiscard]] inline int64_t now_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace millstream::bench
