// CHECK(condition): a broken invariant of ours ends the process with file, line and condition. Never for input.
#pragma once

namespace millstream {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace millstream

#define CHECK(...)                                              \
  (__builtin_expect(static_cast<bool>(__VA_ARGS__), 1) ? void() \
                                                       : ::millstream::check_failed(#__VA_ARGS__, __FILE__, __LINE__))
// Only in debug and sanitizer builds: for checks per value.
#ifdef NDEBUG
#define DCHECK(...) (void)0
#else
#define DCHECK(...) CHECK(__VA_ARGS__)
#endif
