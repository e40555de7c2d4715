// Runs a .slt file on the engine with a virtual clock and reports every difference. One file, one mode, one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "slt/test_file.h"

namespace millstream::slt {

// The four ways that must give one answer.
struct Mode {
  std::string_view name;
  bool rows_one_by_one = false;
  bool restart_after_rows = false;
  int parallelism = 1;           // from the start
  int parallelism_restored = 1;  // after the first restart
};
[[nodiscard]] std::span<const Mode> all_modes();

struct Difference {
  int line = 0;
  std::string text;  // what was expected and what came, over several lines
};

struct RunReport {
  std::vector<Difference> differences;
  int checks = 0;  // blocks that compared something
  // Rows and batches that left sources, for the mean batch size.
  int64_t source_rows = 0;
  int64_t source_batches = 0;
  [[nodiscard]] bool passed() const { return differences.empty(); }
};

// An error means the file cannot be run at all.
[[nodiscard]] Result<RunReport> run_file(const TestFile& file, const Mode& mode);

}  // namespace millstream::slt
