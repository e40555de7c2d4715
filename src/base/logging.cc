// Log lines through spdlog; its sinks and patterns stay in this file.
#include "base/logging.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace millstream {
namespace {

std::atomic<LogLevel> lowest_level{LogLevel::kInfo};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("millstream", std::move(sink));
  logger->set_level(spdlog::level::trace);  // the level is ours: see log_enabled
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  // Few lines, and the last ones before a crash are the ones that count.
  logger->flush_on(spdlog::level::trace);
  return logger;
}

struct Target {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
};

Target& target() {
  static auto* const instance = new Target;  // outlives every static that may still log
  return *instance;
}

}  // namespace

void set_log_level(LogLevel level) { lowest_level.store(level, std::memory_order_relaxed); }

bool log_enabled(LogLevel level) { return level >= lowest_level.load(std::memory_order_relaxed); }

Status log_to_file(const std::string& path) {
  try {
    auto logger = make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
    const std::lock_guard lock(target().mutex);
    target().logger = std::move(logger);
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorCode::kIo, fmt::format("cannot log to '{}': {}", path, error.what()));
  }
  return {};
}

void log_line(LogLevel level, std::string_view line) {
  std::shared_ptr<spdlog::logger> logger;
  {
    const std::lock_guard lock(target().mutex);
    logger = target().logger;
  }
  logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace millstream
