// An engine on a machine that tests own: tables in memory, a clock that stands still, records that outlive a restart.
//
// Tables have the connector 'fake'; what they give, take and refuse is set in `tables`, by name. Nothing runs until
// settle(), advance() or wait_for(), on the thread that calls it; sessions may be used from other threads meanwhile.
#pragma once

#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "column/value.h"
#include "env/fake.h"
#include "job/engine.h"
#include "stream/connectors.h"

namespace millstream::job {

// Timers by the fake clock; any thread schedules, one runs them.
class FakeTimers final : public env::TimerQueue {
 public:
  explicit FakeTimers(const env::Clock& clock) : clock_(clock) {}
  env::TimerId schedule(Millis delay, Callback callback) override {
    const std::lock_guard lock(mutex_);
    const env::TimerId id(++last_id_);
    waiting_.emplace(std::pair(clock_.monotonic() + Millis(std::max<int64_t>(0, delay.value)), id),
                     std::move(callback));
    return id;
  }
  bool cancel(env::TimerId id) override {
    Callback gone;  // destroyed without the lock
    const std::lock_guard lock(mutex_);
    for (auto entry = waiting_.begin(); entry != waiting_.end(); ++entry) {
      if (entry->first.second != id) continue;
      gone = std::move(entry->second);
      waiting_.erase(entry);
      return true;
    }
    return false;
  }
  // Whether anything was due; then it ran.
  bool run_due() {
    bool ran = false;
    while (true) {
      Callback next;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty() || waiting_.begin()->first.first > clock_.monotonic()) return ran;
        next = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
      }
      next();
      ran = true;
    }
  }

 private:
  const env::Clock& clock_;
  std::mutex mutex_;
  uint64_t last_id_ = 0;
  std::map<std::pair<env::MonotonicTime, env::TimerId>, Callback> waiting_;
};

// One table of the outside world. Errors are given once each, oldest first. Any thread.
class FakeTable {
 public:
  using Row = std::vector<column::Value>;

  void feed(std::vector<Row> rows) {
    change([&] { std::move(rows.begin(), rows.end(), std::back_inserter(rows_)); });
  }
  void end() {
    change([&] { ended_ = true; });
  }
  void refuse_discovery(Error error) {
    change([&] { discovery_errors_.push_back(std::move(error)); });
  }
  void break_reading(Error error) {
    change([&] { read_errors_.push_back(std::move(error)); });
  }
  void break_writing(Error error) {
    change([&] { write_errors_.push_back(std::move(error)); });
  }
  // From now on the sink cannot even be made.
  void break_making(std::optional<Error> error) {
    change([&] { making_error_ = std::move(error); });
  }
  // What its sinks answer when they are asked whether they can write.
  void break_checking(std::optional<Error> error) {
    change([&] { checking_error_ = std::move(error); });
  }
  // What sinks were given so far, "+I 1 ann" a row.
  [[nodiscard]] std::vector<std::string> written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

 private:
  friend class FakeConnectors;
  template <typename Change>
  void change(Change&& how) {
    std::vector<std::function<void()>> wakes;
    {
      const std::lock_guard lock(mutex_);
      how();
      wakes = wakes_;
    }
    for (const auto& wake : wakes) wake();
  }
  Status next_error(std::deque<Error>& errors) {
    const std::lock_guard lock(mutex_);
    if (errors.empty()) return {};
    Error error = std::move(errors.front());
    errors.pop_front();
    return fail(std::move(error));
  }

  std::mutex mutex_;
  std::vector<Row> rows_;
  bool ended_ = false;
  std::deque<Error> discovery_errors_, read_errors_, write_errors_;
  std::optional<Error> making_error_, checking_error_;
  std::vector<std::string> written_;
  std::vector<std::function<void()>> wakes_;
};

class FakeConnectors final : public stream::Connectors {
 public:
  [[nodiscard]] FakeTable& table(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return tables_[name];
  }
  Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan) override {
    const column::Schema schema = scan.table->physical_schema();
    Columns columns;
    for (const int index : scan.decoded)
      columns.emplace_back(static_cast<size_t>(index), schema.fields[static_cast<size_t>(index)].type);
    return std::make_unique<Source>(table(scan.table->name), std::move(columns));
  }
  Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema&) override {
    FakeTable& to = table(sink.table->name);
    const std::lock_guard lock(to.mutex_);
    if (to.making_error_) return fail(*to.making_error_);
    return std::make_unique<Sink>(to);
  }

  // 'fake' reads and writes; 'topic' names what two jobs may not both write by key, 'bounded' ends with the rows there.
  static catalog::ConnectorSpec spec() {
    catalog::ConnectorSpec spec;
    spec.name = "fake";
    spec.sentence = "Rows of a test.";
    spec.is_source = spec.is_sink = true;
    spec.options = {{"topic", catalog::OptionType::kString, false, "", {}, "What it writes to."},
                    {"bounded", catalog::OptionType::kBoolean, false, "false", {}, "Whether it ends."}};
    spec.sink_mode = [](const catalog::Table& table, catalog::ChangelogMode offered) -> Result<catalog::ChangelogMode> {
      return table.primary_key.empty() || offered.is_insert_only() ? offered : catalog::ChangelogMode::upsert();
    };
    spec.is_bounded = [](const catalog::Table& table) { return table.option_or("bounded", "false") == "true"; };
    spec.delivery = [](const catalog::Table&) { return std::string("written through, for tests"); };
    return spec;
  }

 private:
  using Columns = std::vector<std::pair<size_t, column::Type>>;  // those that a scan wants

  class Reader final : public stream::SourceReader {
   public:
    Reader(FakeTable& table, Columns columns) : table_(table), columns_(std::move(columns)) {}
    Status open(const stream::SourceContext& context, std::vector<stream::SplitState> splits) override {
      {
        const std::lock_guard lock(table_.mutex_);
        table_.wakes_.push_back(context.wake);
      }
      return add_splits(std::move(splits));
    }
    Status add_splits(std::vector<stream::SplitState> splits) override {
      for (const stream::SplitState& split : splits) {
        MS_ASSIGN(const int64_t position, parse_integer(split.position));
        position_ = static_cast<size_t>(position);
        assigned_ = true;
      }
      return {};
    }
    Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
      MS_TRY(table_.next_error(table_.read_errors_));
      std::vector<FakeTable::Row> rows;
      bool ended = false;
      {
        const std::lock_guard lock(table_.mutex_);
        ended = table_.ended_;
        for (; assigned_ && position_ < table_.rows_.size() && rows.size() < max_rows; ++position_)
          rows.push_back(table_.rows_[position_]);
      }
      if (rows.empty()) return ended ? stream::PollResult::kFinished : stream::PollResult::kWaiting;
      column::Batch batch;
      batch.length = rows.size();
      for (const auto& [index, type] : columns_) {
        std::vector<column::Value> values;
        for (const auto& row : rows) values.push_back(row.at(index));
        batch.columns.push_back(column::make_vector(type, values));
      }
      MS_TRY(out.emit("0", std::move(batch)));
      return stream::PollResult::kReady;
    }
    Result<std::vector<stream::SplitState>> snapshot() override {
      if (!assigned_) return std::vector<stream::SplitState>{};
      return std::vector<stream::SplitState>{{"0", std::to_string(position_), false}};
    }

   private:
    FakeTable& table_;
    Columns columns_;
    size_t position_ = 0;
    bool assigned_ = false;
  };

  class Source final : public stream::Source {
   public:
    Source(FakeTable& table, Columns columns) : table_(table), columns_(std::move(columns)) {}
    Result<std::vector<stream::SplitState>> discover() override {
      MS_TRY(table_.next_error(table_.discovery_errors_));
      return std::vector<stream::SplitState>{{"0", "0", false}};
    }
    Result<std::unique_ptr<stream::SourceReader>> make_reader() override {
      return std::make_unique<Reader>(table_, columns_);
    }

   private:
    FakeTable& table_;
    Columns columns_;
  };

  class Writer final : public stream::SinkWriter {
   public:
    explicit Writer(FakeTable& table) : table_(table) {}
    Status open(const stream::OperatorContext&) override { return {}; }
    Status write(const column::Batch& batch) override {
      MS_TRY(table_.next_error(table_.write_errors_));
      const std::lock_guard lock(table_.mutex_);
      batch.rows().for_each([&](size_t position) {
        std::string line(column::short_name_of(batch.kind_at(position)));
        for (const auto& column : batch.columns)
          line += " " + column::to_text(column->type(), column::value_at(*column, position));
        table_.written_.push_back(std::move(line));
      });
      return {};
    }
    Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
      return std::vector<stream::Committable>{};
    }

   private:
    FakeTable& table_;
  };

  class Sink final : public stream::Sink {
   public:
    explicit Sink(FakeTable& table) : table_(table) {}
    Status check() override {
      const std::lock_guard lock(table_.mutex_);
      return table_.checking_error_ ? fail(*table_.checking_error_) : Status{};
    }
    Result<std::unique_ptr<stream::SinkWriter>> make_writer() override { return std::make_unique<Writer>(table_); }

   private:
    FakeTable& table_;
  };

  std::mutex mutex_;
  std::map<std::string, FakeTable> tables_;
};

// Keeps records as the text that a journal would hold. Any thread.
class FakeJobStore final : public JobStore {
 public:
  Status put(const JobRecord& record) override {
    const std::lock_guard lock(mutex_);
    if (!errors.empty()) {
      Error error = std::move(errors.front());
      errors.pop_front();
      return fail(std::move(error));
    }
    records_[record.id] = record.to_json().to_text();
    return {};
  }
  void forget(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    records_.erase(id);
  }
  // As read back at a start.
  [[nodiscard]] std::vector<JobRecord> records() {
    const std::lock_guard lock(mutex_);
    std::vector<JobRecord> all;
    for (const auto& [id, text] : records_) all.push_back(*JobRecord::from_json(*Json::parse(text)));
    return all;
  }
  std::deque<Error> errors;  // of the next put()s

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> records_;
};

class FakeInstance {
 public:
  env::FakeEnv env;
  FakeTimers timers{env.clock()};
  stream::Scheduler scheduler{env, 0};
  MemoryBudget budget{"instance", 256_MiB};
  MetricsRegistry metrics;
  catalog::Catalog catalog;
  catalog::ConnectorDirectory directory{{FakeConnectors::spec()}, {}};
  FakeConnectors connectors;
  FakeJobStore store;
  std::unique_ptr<Engine> engine;

  FakeInstance() { start(); }
  ~FakeInstance() {
    engine.reset();
    settle();
  }

  void start() {
    engine = std::make_unique<Engine>(EngineParts{.env = env,
                                                  .timers = timers,
                                                  .scheduler = scheduler,
                                                  .budget = budget,
                                                  .metrics = metrics,
                                                  .catalog = catalog,
                                                  .directory = directory,
                                                  .connectors = connectors,
                                                  .store = &store,
                                                  .checkpoint_directory = "/checkpoints",
                                                  .default_checkpoint_interval = Millis(1'000),
                                                  .add_bad_row_hooks = {}});
    engine->restore(store.records());
  }
  // For calls that wait until something else has run.
  template <typename Call>
  auto wait_for(Call call) {
    auto answer = std::async(std::launch::async, std::move(call));
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      settle();
      std::this_thread::yield();
    }
    settle();
    return answer.get();
  }
  // The process dies and another one starts; sessions and jobs that a test still holds are of no use afterwards.
  void crash() {
    engine.reset();
    start();
  }
  // The same with a clean stop before.
  void stop_and_start() {
    (void)wait_for([&] {
      engine->close(Millis(60'000));
      return true;
    });
    crash();
  }

  // Until nothing can go on without new rows or a later time.
  void settle() {
    do {
      scheduler.run_until_idle();
    } while (timers.run_due());
  }
  void advance(Millis duration) {
    env.fake_clock().advance(duration);
    settle();
  }
};

}  // namespace millstream::job
