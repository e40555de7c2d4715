// `millstream demo`: the commerce example on a private PostgreSQL with generated transactions, shown live.
#pragma once

namespace millstream::demo {

struct DemoOptions {
  int rate = 1000;     // transactions a second
  double seconds = 0;  // 0: until Ctrl+C
};
// Returns the exit code. Everything it starts ends with it, and its folder goes.
int run_demo(const DemoOptions& options);

}  // namespace millstream::demo
