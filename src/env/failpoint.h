// Named steps at which tests crash or fail the program: FAILPOINT("log.append.after_write").
//
// Compiled in always (one relaxed load when nothing is armed), so that the binary users run is the binary tests kill.
// Armed from MILLSTREAM_FAILPOINTS="name=kill@3;other=error" or from tests; every name hit is counted once any is
// armed. A point fires once, at its N-th hit after arming (@N, default 1); "*" counts the hits of all names together.
// "trace=FILE" keeps the name passed last in a file, so that whoever kills the process can tell the step in flight.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace millstream::env {

namespace failpoint_detail {
extern std::atomic<bool> any_armed;
Status hit(std::string_view name);
}  // namespace failpoint_detail

// What an armed point does: kKill ends the process at once (SIGKILL); kError returns kIo from the function; kCount only
// counts.
enum class FailAction { kKill, kError, kCount };

void arm_failpoint(std::string_view name, FailAction action, int at_hit = 1);  // "*" arms every name
void disarm_failpoints();
Status open_trace(const std::string& path);                  // what "trace=FILE" does; disarming closes it
Status arm_failpoints_from(std::string_view specification);  // the syntax above
[[nodiscard]] std::map<std::string, int64_t> failpoint_hits();

}  // namespace millstream::env

// In a function that returns Status or Result<T>.
#define FAILPOINT(name)                                                                 \
  do {                                                                                  \
    if (::millstream::env::failpoint_detail::any_armed.load(std::memory_order_relaxed)) \
      MS_TRY(::millstream::env::failpoint_detail::hit(name));                           \
  } while (false)
