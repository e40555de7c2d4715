// Feeds and collects rows of test files through the engine's own source and sink contracts.
#include "slt/script_connector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace millstream::slt {
namespace {

using catalog::ChangelogMode;
using catalog::Table;

constexpr const char* kSplit = "0";

Result<ChangelogMode> parse_mode(std::string_view text) {
  if (text == "all") return ChangelogMode::retract();
  ChangelogMode mode;
  mode.insert = false;
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    if (part == "I")
      mode.insert = true;
    else if (part == "UB")
      mode.update_before = true;
    else if (part == "UA")
      mode.update_after = true;
    else if (part == "D")
      mode.remove = true;
    else
      return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a changelog mode", text),
                  "'all', or a list of I, UB, UA, D");
  }
  return mode;
}

Result<ChangelogMode> source_mode(const Table& table) {
  MS_ASSIGN(ChangelogMode mode, parse_mode(table.option_or("changelog-mode", "I")));
  mode.delete_by_key = table.option_or("delete-by-key", "false") == "true";
  return mode;
}

Result<ChangelogMode> sink_mode(const Table& table, ChangelogMode offered) {
  if (const std::string forced = table.option_or("sink.changelog-mode", ""); !forced.empty()) {
    MS_ASSIGN(ChangelogMode mode, parse_mode(forced));
    mode.delete_by_key = table.option_or("sink.delete-by-key", "false") == "true";
    return mode;
  }
  if (!table.primary_key.empty() && !offered.is_insert_only()) return ChangelogMode::upsert();
  return offered;
}

class ScriptReader final : public stream::SourceReader {
 public:
  ScriptReader(ScriptTables& tables, const plan::TableScan& scan, bool one_by_one, bool bounded)
      : tables_(tables), scan_(scan), one_by_one_(one_by_one), bounded_(bounded) {}
  ~ScriptReader() override {
    if (listener_ != 0) tables_.remove_listener(listener_);
  }

  Status open(const stream::SourceContext& context, std::vector<stream::SplitState> splits) override {
    for (stream::SplitState& split : splits) MS_TRY(take(split));
    listener_ = tables_.add_listener(context.wake);
    return {};
  }

  Status add_splits(std::vector<stream::SplitState> splits) override {
    for (stream::SplitState& split : splits) MS_TRY(take(split));
    return {};
  }

  Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
    if (!assigned_) return tables_.ended() || bounded_ ? stream::PollResult::kFinished : stream::PollResult::kWaiting;
    // Read the end first: what was fed before it is then seen.
    const bool ends = bounded_ || tables_.ended();
    const size_t count = one_by_one_ ? 1 : std::min(max_rows, column::kBatchRows);
    const std::vector<TestRow> rows = tables_.slice(scan_.table->name, position_, count);
    if (!rows.empty()) {
      position_ += rows.size();
      MS_TRY(out.emit(kSplit, decode(rows)));
      return stream::PollResult::kReady;
    }
    if (ends) return stream::PollResult::kFinished;
    if (tables_.is_idle(scan_.table->name)) out.idle(kSplit);
    return stream::PollResult::kWaiting;
  }

  Result<std::vector<stream::SplitState>> snapshot() override {
    if (!assigned_) return std::vector<stream::SplitState>{};
    return std::vector<stream::SplitState>{{kSplit, std::to_string(position_), false}};
  }

 private:
  Status take(const stream::SplitState& split) {
    MS_ASSIGN(const int64_t position, parse_integer(split.position));
    position_ = static_cast<size_t>(position);
    assigned_ = true;
    return {};
  }

  column::Batch decode(const std::vector<TestRow>& rows) const {
    const column::Schema schema = scan_.table->physical_schema();
    std::vector<TestRow> read = rows;
    leave_out_unread(read);
    column::Batch all = batch_of(read, schema);
    column::Batch batch;
    batch.length = all.length;
    batch.kinds = all.kinds;
    for (const int index : scan_.decoded) batch.columns.push_back(all.columns[static_cast<size_t>(index)]);
    auto origin = std::make_shared<column::Origin>();
    auto texts = std::make_shared<std::vector<std::string>>();
    for (const TestRow& row : rows) texts->push_back(print_row(row, schema, true));
    origin->table = scan_.table->name;
    origin->topic = scan_.table->name;
    for (size_t i = 0; i < rows.size(); ++i) {
      origin->offsets.push_back(static_cast<int64_t>(position_ - rows.size() + i));
      origin->raw_values.push_back((*texts)[i]);
    }
    origin->owner = texts;
    batch.origin = std::move(origin);
    return batch;
  }

  // A format may leave out what nobody reads, so a plan that says so of what is read shows here.
  void leave_out_unread(std::vector<TestRow>& rows) const {
    for (const std::vector<int>& path : scan_.unread) {
      const auto column = static_cast<size_t>(scan_.decoded[static_cast<size_t>(path[0])]);
      for (TestRow& row : rows)
        row.values[column] = column::without_field(row.values[column], std::span(path).subspan(1));
    }
  }

  ScriptTables& tables_;
  const plan::TableScan scan_;
  bool one_by_one_;
  bool bounded_;
  bool assigned_ = false;
  size_t position_ = 0;
  size_t listener_ = 0;
};

class ScriptSource final : public stream::Source {
 public:
  ScriptSource(ScriptTables& tables, plan::TableScan scan, bool one_by_one, bool bounded)
      : tables_(tables), scan_(std::move(scan)), one_by_one_(one_by_one), bounded_(bounded) {}
  Result<std::vector<stream::SplitState>> discover() override {
    return std::vector<stream::SplitState>{{kSplit, "0", false}};
  }
  Result<std::unique_ptr<stream::SourceReader>> make_reader() override {
    return std::make_unique<ScriptReader>(tables_, scan_, one_by_one_, bounded_);
  }

 private:
  ScriptTables& tables_;
  plan::TableScan scan_;
  bool one_by_one_;
  bool bounded_;
};

class ScriptWriter final : public stream::SinkWriter {
 public:
  ScriptWriter(ScriptOutput& output, std::string table) : output_(output), table_(std::move(table)) {}
  Status open(const stream::OperatorContext&) override { return {}; }
  Status write(const column::Batch& batch) override {
    output_.append(table_, rows_of(batch));
    return {};
  }
  Result<std::vector<stream::Committable>> prepare(CheckpointId) override { return std::vector<stream::Committable>{}; }

 private:
  ScriptOutput& output_;
  std::string table_;
};

class ScriptSink final : public stream::Sink {
 public:
  ScriptSink(ScriptOutput& output, std::string table) : output_(output), table_(std::move(table)) {}
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    return std::make_unique<ScriptWriter>(output_, table_);
  }

 private:
  ScriptOutput& output_;
  std::string table_;
};

}  // namespace

void ScriptTables::feed(const std::string& table, std::vector<TestRow> rows) {
  {
    const std::lock_guard lock(mutex_);
    auto& all = rows_[table];
    for (TestRow& row : rows) all.push_back(std::move(row));
    idle_.erase(table);
  }
  notify();
}

void ScriptTables::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  notify();
}

void ScriptTables::mark_idle(const std::string& table, int split) {
  CHECK(split >= 0);
  {
    const std::lock_guard lock(mutex_);
    idle_.insert(table);
  }
  notify();
}

void ScriptTables::notify() {
  std::vector<std::function<void()>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) listener();
}

size_t ScriptTables::size(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(table);
  return found == rows_.end() ? 0 : found->second.size();
}

std::vector<TestRow> ScriptTables::slice(const std::string& table, size_t from, size_t count) const {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(table);
  if (found == rows_.end() || from >= found->second.size()) return {};
  const size_t to = std::min(from + count, found->second.size());
  return {found->second.begin() + static_cast<std::ptrdiff_t>(from),
          found->second.begin() + static_cast<std::ptrdiff_t>(to)};
}

bool ScriptTables::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool ScriptTables::is_idle(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  return idle_.contains(table);
}

size_t ScriptTables::add_listener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void ScriptTables::remove_listener(size_t id) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

void ScriptOutput::declare(const std::string& table, column::Schema schema, std::vector<int> key) {
  const std::lock_guard lock(mutex_);
  Table& known = tables_[table];
  known.schema = std::move(schema);
  known.key = std::move(key);
}

void ScriptOutput::append(const std::string& table, std::vector<TestRow> rows) {
  const std::lock_guard lock(mutex_);
  auto& all = tables_[table].rows;
  for (TestRow& row : rows) all.push_back(std::move(row));
}

ScriptOutput::Table ScriptOutput::read(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(table);
  return found == tables_.end() ? Table{} : found->second;
}

catalog::ConnectorSpec script_spec() {
  catalog::ConnectorSpec spec;
  spec.name = "script";
  spec.sentence = "Rows fed by a test file, and sinks whose changes it checks.";
  spec.is_source = true;
  spec.is_sink = true;
  using catalog::OptionType;
  spec.options = {
      {"changelog-mode",
       OptionType::kString,
       false,
       "I",
       {},
       "Row kinds of the source: 'all', or a list of I, UB, UA, D."},
      {"delete-by-key", OptionType::kBoolean, false, "false", {}, "A -D of the source has only its key."},
      {"sink.changelog-mode",
       OptionType::kString,
       false,
       "",
       {},
       "Row kinds the sink takes; without it what the query gives, or upsert for a table with a primary key."},
      {"sink.delete-by-key", OptionType::kBoolean, false, "false", {}, "The sink takes a -D with only its key."},
  };
  spec.source_mode = source_mode;
  spec.sink_mode = sink_mode;
  spec.is_bounded = [](const Table&) { return true; };
  spec.delivery = [](const Table&) { return "written through, for tests"; };
  return spec;
}

Result<std::unique_ptr<stream::Source>> ScriptConnectors::make_source(const plan::TableScan& scan) {
  if (scan.table->connector() != "script") {
    if (others_ == nullptr) return fail(ErrorCode::kUnsupported, "this test only reads script tables");
    return others_->make_source(scan);
  }
  return std::make_unique<ScriptSource>(tables_, scan, rows_one_by_one_, bounded_);
}

Result<std::unique_ptr<stream::Sink>> ScriptConnectors::make_sink(const plan::TableSink& sink,
                                                                  const column::Schema& input) {
  if (sink.table->connector() != "script") {
    if (others_ == nullptr) return fail(ErrorCode::kUnsupported, "this test only writes script tables");
    return others_->make_sink(sink, input);
  }
  output_.declare(sink.table->name, input, sink.sink_keys);
  return std::make_unique<ScriptSink>(output_, sink.table->name);
}

}  // namespace millstream::slt
