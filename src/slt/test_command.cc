// Walks folders, runs files, and sums up.
#include "slt/test_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/json.h"
#include "base/text_file.h"
#include "slt/runner.h"

namespace millstream::slt {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
        if (entry.path().extension() == ".slt") files.push_back(entry.path().string());
      }
    } else if (fs::exists(path, error)) {
      files.push_back(path);
    } else {
      return fail(ErrorCode::kNotFound, fmt::format("there is no {}", path));
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty())
    return fail(ErrorCode::kNotFound, fmt::format("there are no .slt files in {}", fmt::join(paths, ", ")));
  return files;
}

struct Totals {
  int passed = 0, failed = 0, only_ours = 0, checks = 0;
  int64_t source_rows = 0, source_batches = 0;
  Json::Array failures;
};

void report(const TestOptions& options, Totals& totals, const std::string& path, const Difference& difference,
            std::string_view mode) {
  if (options.json) {
    totals.failures.push_back(Json::object(
        {{"file", path}, {"line", difference.line}, {"mode", std::string(mode)}, {"text", difference.text}}));
  } else if (difference.line == 0) {
    fmt::print("{}: {}\n", path, difference.text);
  } else {
    fmt::print("{}:{} ({}): {}\n", path, difference.line, mode, difference.text);
  }
}

// Whether the file passed in every mode.
Result<bool> run_one(const std::string& path, const TestOptions& options, Totals& totals) {
  MS_ASSIGN(const std::string text, read_text_file(path));
  MS_ASSIGN(const TestFile file, parse_test_file(path, text));
  if (file.only_ours()) ++totals.only_ours;
  bool passed = true;
  int checks = 0;
  for (const Mode& mode : all_modes()) {
    if (!options.mode.empty() && mode.name != options.mode) continue;
    MS_ASSIGN(const RunReport outcome, run_file(file, mode));
    checks += outcome.checks;
    if (mode.name == "plain") {
      totals.source_rows += outcome.source_rows;
      totals.source_batches += outcome.source_batches;
    }
    for (const Difference& difference : outcome.differences) {
      passed = false;
      report(options, totals, path, difference, mode.name);
    }
  }
  totals.checks += checks;
  if (checks == 0) {
    passed = false;
    report(options, totals, path, {0, "no block of it checks anything"}, "");
  }
  return passed;
}

}  // namespace

int run_tests(const TestOptions& options) {
  const auto known = [&](const Mode& mode) { return mode.name == options.mode; };
  if (!options.mode.empty() && std::none_of(all_modes().begin(), all_modes().end(), known)) {
    fmt::print(stderr, "error: there is no mode '{}'\n  plain, row by row, restored, rescaled\n", options.mode);
    return 2;
  }
  const auto files = files_of(options.paths);
  if (!files) {
    fmt::print(stderr, "error: {}\n", files.error().to_string());
    return 2;
  }
  Totals totals;
  bool unreadable = false;
  for (const std::string& path : *files) {
    const auto passed = run_one(path, options, totals);
    if (!passed) {
      if (options.json)
        report(options, totals, path, {0, passed.error().to_string()}, "");
      else
        fmt::print("{}\n", passed.error().to_string());
      unreadable = true;
    }
    const bool good = passed && *passed;
    good ? ++totals.passed : ++totals.failed;
    if (options.verbose && !options.json) fmt::print("{}  {}\n", good ? "ok  " : "FAIL", path);
    std::fflush(stdout);
  }
  if (options.json) {
    fmt::print("{}\n", Json::object({{"passed", totals.passed},
                                     {"failed", totals.failed},
                                     {"checks", totals.checks},
                                     {"failures", Json(std::move(totals.failures))}})
                           .to_pretty_text());
  } else {
    const int all = totals.passed + totals.failed;
    const double mean = totals.source_batches > 0
                            ? static_cast<double>(totals.source_rows) / static_cast<double>(totals.source_batches)
                            : 0;
    fmt::print("{} checks; {} of {} files are ours alone ({:.1f} %); mean source batch of the plain runs {:.1f} rows\n",
               totals.checks, totals.only_ours, all, all > 0 ? 100.0 * totals.only_ours / all : 0, mean);
    fmt::print("{} passed, {} failed\n", totals.passed, totals.failed);
  }
  return unreadable ? 2 : totals.failed > 0 ? 1 : 0;
}

}  // namespace millstream::slt
