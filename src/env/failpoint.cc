// Armed names, what they do, and how often every name was passed.
#include "env/failpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>

#include "base/text.h"

namespace millstream::env {
namespace {

struct Arm {
  FailAction action;
  int at_hit;  // counted from the arming
  int64_t hits = 0;
};

struct Table {
  std::mutex mutex;
  std::map<std::string, Arm, std::less<>> armed;
  std::map<std::string, int64_t> hits;
  int trace = -1;  // descriptor of the file that holds the last name passed
};

Table& table() {
  static auto* const instance = new Table;
  return *instance;
}

}  // namespace

namespace failpoint_detail {

std::atomic<bool> any_armed{false};

Status hit(std::string_view name) {
  const std::lock_guard lock(table().mutex);
  ++table().hits[std::string(name)];
  if (table().trace >= 0) {
    const std::string line = fmt::format("{:<60}\n", name);
    // A trace that cannot be written is missing; the program goes on.
    (void)!pwrite(table().trace, line.data(), line.size(), 0);
  }
  bool error = false;
  for (const std::string_view key : {name, std::string_view("*")}) {
    const auto arm = table().armed.find(key);
    if (arm == table().armed.end() || ++arm->second.hits != arm->second.at_hit) continue;
    if (arm->second.action == FailAction::kKill) kill(getpid(), SIGKILL);
    error = error || arm->second.action == FailAction::kError;
  }
  if (error) return fail(ErrorCode::kIo, fmt::format("failpoint {}", name));
  return {};
}

}  // namespace failpoint_detail

void arm_failpoint(std::string_view name, FailAction action, int at_hit) {
  const std::lock_guard lock(table().mutex);
  table().armed.insert_or_assign(std::string(name), Arm{action, at_hit});
  failpoint_detail::any_armed.store(true);
}

void disarm_failpoints() {
  const std::lock_guard lock(table().mutex);
  failpoint_detail::any_armed.store(false);
  if (table().trace >= 0) close(std::exchange(table().trace, -1));
  table().armed.clear();
  table().hits.clear();
}

Status open_trace(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail(ErrorCode::kIo, fmt::format("the trace of failpoints {} cannot be opened", path));
  const std::lock_guard lock(table().mutex);
  if (table().trace >= 0) close(table().trace);
  table().trace = descriptor;
  failpoint_detail::any_armed.store(true);
  return {};
}

Status arm_failpoints_from(std::string_view specification) {
  struct Item {
    std::string_view name;
    FailAction action;
    int at_hit;
  };
  std::vector<Item> items;
  for (const std::string_view part : split(specification, ';')) {
    const std::string_view item = trim(part);
    if (item.empty()) continue;
    const auto bad = [&](std::string_view why) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("failpoint '{}': {}", item, why),
                  "write name=kill, name=error or name=count, with @N for the N-th time, separated by ';'");
    };
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return bad("there is no name=action");
    if (item.substr(0, equals) == "trace") {
      if (Status opened = open_trace(std::string(item.substr(equals + 1))); !opened) return opened;
      continue;
    }
    std::string_view action = item.substr(equals + 1);
    int64_t at_hit = 1;
    if (const size_t at = action.find('@'); at != std::string_view::npos) {
      const auto number = parse_integer(action.substr(at + 1));
      if (!number || *number < 1 || *number > std::numeric_limits<int>::max())
        return bad("after '@' comes a number from 1");
      at_hit = *number;
      action = action.substr(0, at);
    }
    FailAction what;
    if (action == "kill")
      what = FailAction::kKill;
    else if (action == "error")
      what = FailAction::kError;
    else if (action == "count")
      what = FailAction::kCount;
    else
      return bad(fmt::format("'{}' is not an action", action));
    items.push_back({trim(item.substr(0, equals)), what, static_cast<int>(at_hit)});
  }
  for (const Item& item : items) arm_failpoint(item.name, item.action, item.at_hit);
  return {};
}

std::map<std::string, int64_t> failpoint_hits() {
  const std::lock_guard lock(table().mutex);
  return table().hits;
}

}  // namespace millstream::env
