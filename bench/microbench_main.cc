// Runs all microbenchmarks, or those whose name holds one of the arguments.
#include <algorithm>
#include <cstdio>
#include <string>

#include "bench/microbench.h"

namespace millstream::bench {

void report(std::string_view what, double value, std::string_view unit) {
  std::printf("%-44.*s %14.1f %.*s\n", static_cast<int>(what.size()), what.data(), value, static_cast<int>(unit.size()),
              unit.data());
  std::fflush(stdout);
}

void report_latencies(std::string_view what, std::vector<int64_t>& nanoseconds) {
  if (nanoseconds.empty()) return;
  std::ranges::sort(nanoseconds);
  const auto at = [&](size_t percent) {
    return static_cast<double>(nanoseconds[(nanoseconds.size() - 1) * percent / 100]) / 1000;
  };
  report(std::string(what) + " p50", at(50), "us");
  report(std::string(what) + " p99", at(99), "us");
}

}  // namespace millstream::bench

int main(int argc, char** argv) {
  int ran = 0;
  for (const auto& one : millstream::bench::all_microbenches()) {
    const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char* word) {
                          return one.name.find(word) != std::string_view::npos;
                        });
    if (!wanted) continue;
    one.run();
    ++ran;
  }
  return ran > 0 ? 0 : 1;
}
