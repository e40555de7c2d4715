// `millstream test PATH…`: finds .slt files, runs each in every mode, prints what differs.
#pragma once

#include <string>
#include <vector>

namespace millstream::slt {

struct TestOptions {
  std::vector<std::string> paths;  // files, or folders that are searched for *.slt
  std::string mode;                // one of all_modes() by name; empty: all four
  bool verbose = false;            // a line per file
  bool json = false;
};
// 0 if all passed, 1 if any differs, 2 if a file cannot be read or parsed.
[[nodiscard]] int run_tests(const TestOptions& options);

}  // namespace millstream::slt
