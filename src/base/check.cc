// Ends the process on a broken invariant.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millstream {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace millstream
