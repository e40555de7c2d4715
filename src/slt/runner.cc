// Walks the blocks of a file: definitions, streams, rows, and the comparisons.
#include "slt/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/session_catalog.h"
#include "plan/planner.h"
#include "slt/compare.h"
#include "slt/stream_run.h"
#include "sql/parser.h"

namespace millstream::slt {
namespace {

constexpr std::array<Mode, 4> kModes = {{
    {"plain", false, false, 1, 1},
    {"row by row", true, false, 1, 1},
    {"restored", false, true, 1, 1},
    {"rescaled", false, true, 1, 3},
}};

bool matches(const std::string& pattern, const Error& error) {
  if (pattern.empty()) return true;
  try {
    return std::regex_search(error.message + "\n" + error.hint, std::regex(pattern));
  } catch (const std::regex_error&) {
    return error.message.find(pattern) != std::string::npos;
  }
}

class FileRun {
 public:
  FileRun(const TestFile& file, const Mode& mode)
      : file_(file), mode_(mode), directory_({script_spec()}, {}), catalog_(), session_(catalog_) {}

  Result<RunReport> run() {
    // Watermarks right behind the rows that raise them, as the oracle's script source makes them.
    const bool explicit_end = file_.has(Block::Kind::kEnd), unbounded = file_.has(Block::Kind::kUnbounded);
    size_t last_rows = file_.blocks.size();
    for (size_t i = 0; i < file_.blocks.size(); ++i) {
      if (file_.blocks[i].kind == Block::Kind::kRows) last_rows = i;
    }
    const bool ends_itself = !explicit_end && !unbounded;
    if (ends_itself && last_rows == file_.blocks.size()) end_at_start_ = true;
    if (end_at_start_) world_.tables.end();
    for (size_t i = 0; i < file_.blocks.size(); ++i) {
      const Block& block = file_.blocks[i];
      if (const Status done = run_block(block); !done) report(block, done.error().to_string());
      if (ends_itself && i == last_rows) end();
    }
    for (const auto& run : streams_) {
      run->stop(1);
      report_.source_rows += run->source_rows();
      report_.source_batches += run->source_batches();
    }
    return report_;
  }

 private:
  Status run_block(const Block& block) {
    switch (block.kind) {
      case Block::Kind::kStatement:
        return statement(block);
      case Block::Kind::kQuery:
        return query(block);
      case Block::Kind::kStream:
        return stream(block);
      case Block::Kind::kRows:
        return rows(block);
      case Block::Kind::kEmits:
        return emits(block);
      case Block::Kind::kEnd:
        end();
        return {};
      case Block::Kind::kUnbounded:
        return {};
      case Block::Kind::kCheckpoint:
        for (const auto& run : streams_) MS_TRY(run->checkpoint());
        return {};
      case Block::Kind::kRestart:
        return restart();
      case Block::Kind::kAdvance:
        return advance(block);
      case Block::Kind::kIdle: {
        MS_ASSIGN(const int64_t split, parse_integer(block.words.at(0)));
        world_.tables.mark_idle(block.name, static_cast<int>(split));
        drain();
        return {};
      }
      case Block::Kind::kCounter:
        return counter(block);
    }
    return {};
  }

  Status statement(const Block& block) {
    const Status outcome = run_statement(block.sql);
    return block.expects_error ? refused(block, outcome) : outcome;
  }

  // Whether the outcome is the error that the block expects.
  template <typename Outcome>
  Status refused(const Block& block, const Outcome& outcome) {
    ++report_.checks;
    if (outcome) return fail(ErrorCode::kInternal, "succeeded, but an error was expected");
    if (!matches(block.error_pattern, outcome.error())) {
      return fail(ErrorCode::kInternal, fmt::format("expected an error like\n  - {}\nbut it was\n  + {}",
                                                    block.error_pattern, outcome.error().to_string()));
    }
    return {};
  }

  // A definition, or a statement that runs to its end.
  Status run_statement(const std::string& text) {
    MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(text));
    if (!plan::starts_job(parsed)) {
      MS_TRY(plan::execute_definition(parsed, context(text, settings_)));
      return {};
    }
    MS_ASSIGN(plan::PlannedStatement planned, plan::plan_statement(parsed, context(text, settings_)));
    StreamRun run(world_, fmt::format("statement{}", ++unnamed_), std::move(planned), options(true));
    MS_TRY(run.start());
    run.drain();
    if (run.error()) return fail(*run.error());
    return {};
  }

  Status query(const Block& block) {
    const auto outcome = run_query(block);
    if (block.expects_error) return refused(block, outcome);
    if (!outcome) return fail(outcome.error());
    if (!block.has_result) return fail(ErrorCode::kParse, "a query needs its result below ----");
    ++report_.checks;
    const auto& [schema, got] = *outcome;
    MS_ASSIGN(const std::vector<TestRow> wanted, parse_rows(block.rows, schema));
    return same(wanted, got, schema, block.unordered ? Comparison::kUnordered : Comparison::kOrdered, false);
  }

  Result<std::pair<column::Schema, std::vector<TestRow>>> run_query(const Block& block) {
    MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(block.sql));
    if (!plan::starts_job(parsed)) {
      MS_ASSIGN(plan::StatementResult result, plan::execute_definition(parsed, context(block.sql, settings_)));
      std::vector<TestRow> rows;
      for (auto& values : result.rows) rows.push_back({column::RowKind::kInsert, std::move(values)});
      return std::pair(std::move(result.schema), std::move(rows));
    }
    MS_ASSIGN(plan::PlannedStatement planned, plan_query(block, parsed));
    const std::string name = fmt::format("query{}", ++unnamed_);
    StreamRun run(world_, name, std::move(planned), options(true));
    MS_TRY(run.start());
    run.drain();
    if (run.error()) return fail(*run.error());
    const auto output = run.output(name);
    if (!output) return fail(ErrorCode::kInternal, "the query has no result");
    return std::pair(output->schema, netted(output->rows, output->schema));
  }

  // As the oracle does: in batch mode, but for a statement that reads a table with a changelog, which Flink refuses
  // there.
  Result<plan::PlannedStatement> plan_query(const Block& block, const sql::Statement& parsed) {
    plan::SessionSettings settings = settings_;
    if (!block.streaming) {
      MS_TRY(settings.set("execution.runtime-mode", "batch"));
      auto planned = plan::plan_statement(parsed, context(block.sql, settings));
      if (planned || planned.error().message.find("INSERT-only") == std::string::npos) return planned;
      settings = settings_;
    }
    return plan::plan_statement(parsed, context(block.sql, settings));
  }

  Status stream(const Block& block) {
    MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(block.sql));
    MS_ASSIGN(plan::PlannedStatement planned, plan::plan_statement(parsed, context(block.sql, settings_)));
    auto run = std::make_unique<StreamRun>(world_, block.name, std::move(planned), options(false));
    MS_TRY(run->start());
    run->drain();
    streams_.push_back(std::move(run));
    return {};
  }

  Status rows(const Block& block) {
    MS_ASSIGN(const catalog::ObjectPath path, session_.qualify(std::vector<std::string>{block.name}));
    const auto object = session_.find(path);
    const auto* table = object ? std::get_if<catalog::TablePtr>(&*object) : nullptr;
    if (table == nullptr) return fail(ErrorCode::kNotFound, fmt::format("there is no table {}", block.name));
    MS_ASSIGN(std::vector<TestRow> parsed, parse_rows(block.rows, (*table)->physical_schema()));
    world_.tables.feed(block.name, std::move(parsed));
    drain();
    if (mode_.restart_after_rows) MS_TRY(restart());
    return {};
  }

  Status restart() {
    for (const auto& run : streams_) {
      if (!run->is_running()) continue;
      MS_TRY(run->checkpoint());
      if (!run->is_running()) continue;
      run->stop(std::max(mode_.parallelism_restored, 1));
      MS_TRY(run->start());
      run->drain();
    }
    return {};
  }

  Status advance(const Block& block) {
    MS_ASSIGN(const Millis duration, parse_duration(block.words.at(0)));
    const ProcTime target = world_.env.clock().now() + duration;
    // Step through every time that something waits for, so that each fires at its own time.
    while (true) {
      const ProcTime next = world_.scheduler.next_time();
      if (next > target) break;
      if (next > world_.env.clock().now()) world_.env.fake_clock().set(next);
      drain();
      if (world_.scheduler.next_time() <= next) break;
    }
    world_.env.fake_clock().set(target);
    drain();
    return {};
  }

  Status emits(const Block& block) {
    ++report_.checks;
    StreamRun* run = nullptr;
    std::optional<ScriptOutput::Table> output;
    for (auto it = streams_.rbegin(); it != streams_.rend() && !output; ++it) {
      output = (*it)->output(block.name);
      if (output || (*it)->name() == block.name) run = it->get();
    }
    if (run == nullptr) return fail(ErrorCode::kNotFound, fmt::format("there is no stream {}", block.name));
    if (block.expects_error) {
      if (!run->error()) return fail(ErrorCode::kInternal, "the stream has not failed");
      if (!matches(block.error_pattern, *run->error())) {
        return fail(ErrorCode::kInternal, fmt::format("expected an error like\n  - {}\nbut it was\n  + {}",
                                                      block.error_pattern, run->error()->to_string()));
      }
      return {};
    }
    if (run->error())
      return fail(ErrorCode::kInternal, fmt::format("the stream has failed: {}", run->error()->to_string()));
    if (!output) return fail(ErrorCode::kNotFound, fmt::format("'{}' names no output", block.name));
    MS_ASSIGN(const std::vector<TestRow> wanted, parse_rows(block.rows, output->schema));
    if (block.final_rows) {
      const auto got = final_rows(output->rows, output->key, output->schema);
      return same(wanted, got, output->schema, Comparison::kUnordered, true);
    }
    const std::string key = run->name() + "\n" + block.name;
    const size_t from = std::min(seen_[key], output->rows.size());
    const std::vector<TestRow> got(output->rows.begin() + static_cast<std::ptrdiff_t>(from), output->rows.end());
    seen_[key] = output->rows.size();
    auto& all_wanted = wanted_[key];
    all_wanted.insert(all_wanted.end(), wanted.begin(), wanted.end());
    if (std::max(mode_.parallelism, mode_.parallelism_restored) == 1) {
      return same(wanted, got, output->schema, block.unordered ? Comparison::kUnordered : Comparison::kOrdered, true);
    }
    // Several tasks interleave their changes as they like; the table that all changes so far leave is the same.
    if (difference(wanted, got, output->schema, Comparison::kUnordered, true).empty()) return {};
    return same(final_rows(all_wanted, output->key, output->schema),
                final_rows(output->rows, output->key, output->schema), output->schema, Comparison::kUnordered, true);
  }

  Status counter(const Block& block) {
    ++report_.checks;
    for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
      if ((*it)->name() != block.name) continue;
      const auto value = (*it)->counter(block.words.at(0));
      if (!value)
        return fail(ErrorCode::kNotFound, fmt::format("there is no counter {}", block.words.at(0)),
                    "late_rows, bad_rows, nulled_fields, records_in, records_out");
      if (std::to_string(*value) != block.words.at(1)) {
        return fail(ErrorCode::kInternal,
                    fmt::format("{} is {}, expected {}", block.words.at(0), *value, block.words.at(1)));
      }
      return {};
    }
    return fail(ErrorCode::kNotFound, fmt::format("there is no stream {}", block.name));
  }

  void end() {
    world_.tables.end();
    drain();
  }

  void drain() {
    for (const auto& run : streams_) run->drain();
  }

  Status same(std::span<const TestRow> wanted, std::span<const TestRow> got, const column::Schema& schema,
              Comparison comparison, bool with_kind) {
    const std::string text = difference(wanted, got, schema, comparison, with_kind);
    if (text.empty()) return {};
    return fail(ErrorCode::kInternal, "differs (- expected, + got)\n" + text);
  }

  static Result<std::vector<TestRow>> parse_rows(std::span<const std::string> lines, const column::Schema& schema) {
    std::vector<TestRow> rows;
    for (const std::string& line : lines) {
      MS_ASSIGN(TestRow row, parse_row(line, schema));
      rows.push_back(std::move(row));
    }
    return rows;
  }

  plan::PlanContext context(std::string_view text, plan::SessionSettings& settings) {
    return {text, session_, directory_, settings};
  }

  [[nodiscard]] StreamRun::Options options(bool bounded) const {
    StreamRun::Options options;
    options.parallelism = bounded ? 1 : mode_.parallelism;
    options.rows_one_by_one = mode_.rows_one_by_one;
    options.bounded = bounded;
    options.storing = !bounded;
    options.time_zone = settings_.time_zone();
    return options;
  }

  void report(const Block& block, std::string text) { report_.differences.push_back({block.line, std::move(text)}); }

  const TestFile& file_;
  const Mode& mode_;
  World world_;
  catalog::ConnectorDirectory directory_;
  catalog::Catalog catalog_;
  catalog::SessionCatalog session_;
  plan::SessionSettings settings_;
  std::vector<std::unique_ptr<StreamRun>> streams_;
  std::map<std::string, size_t> seen_;
  std::map<std::string, std::vector<TestRow>> wanted_;
  RunReport report_;
  int unnamed_ = 0;
  bool end_at_start_ = false;
};

}  // namespace

std::span<const Mode> all_modes() { return kModes; }

Result<RunReport> run_file(const TestFile& file, const Mode& mode) { return FileRun(file, mode).run(); }

}  // namespace millstream::slt
