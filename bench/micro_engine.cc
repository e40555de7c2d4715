// How many records per second and core the engine moves: group aggregates, windows, an exchange; and what a checkpoint
// of a million groups costs.
//
// Records are ready columns, so that nothing but the engine is measured. One thread runs everything in turns: with four
// tasks a stage the number is still per core. Throughput is by the thread's CPU time, checkpoints by the wall's.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

#include "base/memory_budget.h"
#include "bench/microbench.h"
#include "column/key.h"
#include "column/value.h"
#include "env/env.h"
#include "function/definition.h"
#include "plan/physical_plan.h"
#include "state/state_table.h"
#include "stream/pipeline.h"

namespace {

namespace ms = millstream;
using ms::Millis;
using ms::Result;
using ms::Status;
using ms::column::Batch;
using ms::column::Type;
using ms::column::Vector;

constexpr size_t kBatchRows = ms::column::kBatchRows;
constexpr int64_t kMicrosPerRow = 100;  // of event time

// Columns: key, amount, event time.
class Rows {
 public:
  Rows(size_t batches, int64_t keys, bool text_keys) {
    std::mt19937_64 random(7);
    int64_t time = 0;
    for (size_t b = 0; b < batches; ++b) {
      Batch batch;
      batch.length = kBatchRows;
      std::vector<ms::column::Value> key(kBatchRows);
      auto amount = Vector::make(Type::bigint(), kBatchRows);
      auto when = Vector::make(Type::timestamp(3), kBatchRows);
      for (size_t i = 0; i < kBatchRows; ++i) {
        const auto k = static_cast<int64_t>(random() % static_cast<uint64_t>(keys));
        key[i] = text_keys ? ms::column::Value(fmt::format("customer-{:09}", k)) : ms::column::Value(k);
        amount->mutable_values<int64_t>()[i] = static_cast<int64_t>(i);
        when->mutable_values<int64_t>()[i] = time += kMicrosPerRow;
      }
      batch.columns = {ms::column::make_vector(text_keys ? Type::string() : Type::bigint(), key), amount, when};
      batches_.push_back(std::move(batch));
    }
  }
  [[nodiscard]] const std::vector<Batch>& batches() const { return batches_; }

 private:
  std::vector<Batch> batches_;
};

class Reader final : public ms::stream::SourceReader {
 public:
  Reader(const Rows& rows, const bool& ended) : rows_(rows), ended_(ended) {}
  Status open(const ms::stream::SourceContext& context, std::vector<ms::stream::SplitState> splits) override {
    wake_ = context.wake;
    if (!splits.empty()) split_ = splits[0].split;
    return {};
  }
  Status add_splits(std::vector<ms::stream::SplitState>) override { return {}; }
  Result<ms::stream::PollResult> poll(ms::stream::SourceOutput& out, size_t) override {
    if (split_.empty() || next_ == rows_.batches().size()) {
      return ended_ ? ms::stream::PollResult::kFinished : ms::stream::PollResult::kWaiting;
    }
    MS_TRY(out.emit(split_, rows_.batches()[next_++]));
    return ms::stream::PollResult::kReady;
  }
  Result<std::vector<ms::stream::SplitState>> snapshot() override { return std::vector<ms::stream::SplitState>{}; }

 private:
  const Rows& rows_;
  const bool& ended_;
  std::function<void()> wake_;
  std::string split_;
  size_t next_ = 0;
};

class Source final : public ms::stream::Source {
 public:
  Source(const Rows& rows, const bool& ended) : rows_(rows), ended_(ended) {}
  Result<std::vector<ms::stream::SplitState>> discover() override {
    return std::vector<ms::stream::SplitState>{{"0", "0", false}};
  }
  Result<std::unique_ptr<ms::stream::SourceReader>> make_reader() override {
    return std::make_unique<Reader>(rows_, ended_);
  }

 private:
  const Rows& rows_;
  const bool& ended_;
};

class Writer final : public ms::stream::SinkWriter {
 public:
  explicit Writer(int64_t& changes) : changes_(changes) {}
  Status open(const ms::stream::OperatorContext&) override { return {}; }
  Status write(const Batch& batch) override {
    changes_ += static_cast<int64_t>(batch.row_count());
    return {};
  }
  Result<std::vector<ms::stream::Committable>> prepare(ms::CheckpointId) override {
    return std::vector<ms::stream::Committable>{};
  }

 private:
  int64_t& changes_;
};

class Sink final : public ms::stream::Sink {
 public:
  explicit Sink(int64_t& changes) : changes_(changes) {}
  Result<std::unique_ptr<ms::stream::SinkWriter>> make_writer() override { return std::make_unique<Writer>(changes_); }

 private:
  int64_t& changes_;
};

class Ends final : public ms::stream::Connectors {
 public:
  explicit Ends(const Rows& rows) : rows_(rows) {}
  Result<std::unique_ptr<ms::stream::Source>> make_source(const ms::plan::TableScan&) override {
    return std::make_unique<Source>(rows_, ended);
  }
  Result<std::unique_ptr<ms::stream::Sink>> make_sink(const ms::plan::TableSink&, const ms::column::Schema&) override {
    return std::make_unique<Sink>(changes);
  }
  bool ended = false;
  int64_t changes = 0;

 private:
  const Rows& rows_;
};

template <typename Node>
ms::plan::PhysicalNodePtr node(Node made, std::vector<ms::plan::PhysicalNodePtr> inputs, std::vector<Type> types,
                               const char* id) {
  auto result = std::make_shared<ms::plan::PhysicalNode>();
  result->node = std::move(made);
  result->inputs = std::move(inputs);
  for (size_t c = 0; c < types.size(); ++c) result->output.fields.push_back({fmt::format("c{}", c), types[c], ""});
  result->state_id = id;
  return result;
}

ms::plan::AggregateCall call_of(const char* name, std::vector<int> arguments, const Type& type) {
  ms::plan::AggregateCall call;
  call.function = ms::function::find_aggregate_function(name);
  std::vector<ms::function::Argument> given;
  for (size_t i = 0; i < arguments.size(); ++i) given.push_back({type, nullptr});
  call.signature = *call.function->infer(given);
  call.arguments = std::move(arguments);
  call.name = name;
  return call;
}

struct Case {
  const char* name;
  int64_t keys = 1000;
  bool text_keys = false;
  enum class What { kPass, kExchange, kGroup, kWindow } what = What::kGroup;
  int parallelism = 1;
  bool emit_before = true;
  bool net_changes = false;
  size_t batches = 1000;
};

ms::plan::PhysicalNodePtr plan_of(const Case& c) {
  auto table = std::make_shared<ms::catalog::Table>();
  table->name = "t";
  const Type key = c.text_keys ? Type::string() : Type::bigint();
  const std::vector<Type> types{key, Type::bigint(), Type::timestamp(3)};
  ms::plan::TableScan scan;
  scan.table = table;
  scan.decoded = {0, 1, 2};
  if (c.what == Case::What::kWindow) {
    scan.event_time = 2;
    scan.watermark = ms::function::column_reference(2, types[2]);
  }
  ms::plan::PhysicalNodePtr top = node(scan, {}, types, "scan");
  const std::vector<ms::plan::AggregateCall> calls{call_of("SUM", {1}, types[1]), call_of("COUNT", {}, types[1])};
  std::vector<Type> output = types;
  if (c.what != Case::What::kPass) top = node(ms::plan::Exchange{{0}}, {top}, types, "exchange");
  if (c.what == Case::What::kGroup) {
    ms::plan::GroupAggregate group;
    group.keys = {0};
    group.calls = calls;
    group.emit_update_before = c.emit_before;
    output = {key, calls[0].signature.result, calls[1].signature.result};
    top = node(group, {top}, output, "group");
  } else if (c.what == Case::What::kWindow) {
    ms::plan::WindowAggregate window;
    window.window = {ms::plan::Window::Kind::kTumble, Millis(10'000), Millis(0), Millis(0), Millis(0)};
    window.time_column = 2;
    window.keys = {0};
    window.calls = calls;
    window.properties = {ms::plan::WindowAggregate::Property::kEnd};
    output = {key, calls[0].signature.result, calls[1].signature.result, types[2]};
    top = node(window, {top}, output, "window");
  }
  ms::plan::TableSink sink;
  sink.table = table;
  return node(sink, {top}, output, "sink");
}

int64_t cpu_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}
double cpu_seconds_since(int64_t start) { return static_cast<double>(cpu_nanoseconds() - start) / 1e9; }
double seconds_since(int64_t start) { return static_cast<double>(ms::bench::now_nanoseconds() - start) / 1e9; }

class Job {
 public:
  Job(const Case& c, const Rows& rows, std::string checkpoints) : ends(rows) {
    auto plan = std::make_shared<ms::plan::PhysicalPlan>();
    plan->sinks = {plan_of(c)};
    ms::stream::PipelineSettings settings;
    settings.job = "bench";
    settings.parallelism = c.parallelism;
    settings.checkpoint_directory = std::move(checkpoints);
    settings.checkpoint_interval = Millis(0);
    settings.net_changes = c.net_changes;
    auto made = ms::stream::Pipeline::create(*env, scheduler, ends, budget, plan, settings, {});
    CHECK(made.has_value());
    pipeline = *std::move(made);
  }
  void settle(ms::stream::PipelinePhase phase) {
    while (pipeline->state().phase != phase) {
      const Status status = pipeline->drain();
      if (!status) {
        fmt::print("{}\n", status.error().message);
        std::abort();
      }
    }
  }

  std::unique_ptr<ms::env::Env> env = ms::env::make_real_env();
  ms::stream::Scheduler scheduler{*env, 0};
  ms::MemoryBudget budget{"bench", ms::Bytes(int64_t{4} << 30)};
  Ends ends;
  std::unique_ptr<ms::stream::Pipeline> pipeline;
};

void run(const Case& c) {
  const Rows rows(c.batches, c.keys, c.text_keys);
  Job job(c, rows, "");
  job.ends.ended = true;
  const int64_t start = cpu_nanoseconds();
  job.pipeline->start();
  job.settle(ms::stream::PipelinePhase::kFinished);
  const double records = static_cast<double>(c.batches * kBatchRows);
  ms::bench::report(fmt::format("engine.{}", c.name), records / cpu_seconds_since(start) / 1e6, "million records/s");
}

// The first checkpoint writes every page; the next one those that one batch has touched.
void run_checkpoint() {
  const Case c{"checkpoint", 1'000'000, false, Case::What::kGroup, 1, false, false, 2000};
  const Rows rows(c.batches, c.keys, c.text_keys);
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("millstream-bench-{}", ms::bench::now_nanoseconds());
  {
    Job job(c, rows, folder.string());
    job.pipeline->start();
    job.settle(ms::stream::PipelinePhase::kRunning);
    while (job.ends.changes < static_cast<int64_t>(c.batches * kBatchRows)) CHECK(job.pipeline->drain().has_value());
    for (const char* which : {"first", "unchanged"}) {
      bool done = false;
      const int64_t start = ms::bench::now_nanoseconds();
      job.pipeline->trigger_checkpoint([&](Result<ms::CheckpointId> id) {
        done = true;
        CHECK(id.has_value());
      });
      while (!done) CHECK(job.pipeline->drain().has_value());
      ms::bench::report(fmt::format("engine.checkpoint {} of 865 thousand groups", which), seconds_since(start) * 1e3,
                        "ms");
      ms::bench::report(fmt::format("engine.checkpoint {} size", which),
                        static_cast<double>(job.pipeline->snapshot().checkpoints.last_size.value) / 1e6, "MB");
    }
  }
  std::filesystem::remove_all(folder);
}

// Hash and probe alone: the floor under a group aggregate.
void run_probe(int64_t keys) {
  const Rows rows(1000, keys, false);
  ms::MemoryBudget budget{"bench", ms::Bytes(int64_t{4} << 30)};
  ms::state::StateTable table({{Type::bigint()}, {}, 32}, budget);
  std::vector<uint64_t> hashes(kBatchRows);
  std::vector<ms::state::RowRef> refs(kBatchRows);
  std::vector<uint32_t> created;
  for (const bool warm : {false, true}) {
    const int64_t start = cpu_nanoseconds();
    for (const Batch& batch : rows.batches()) {
      const std::vector<ms::column::VectorPtr> key{batch.columns[0]};
      created.clear();
      ms::column::hash_keys(key, batch.rows(), hashes);
      CHECK(table.probe(key, hashes, batch.rows(), refs, created).has_value());
    }
    const double records = static_cast<double>(rows.batches().size() * kBatchRows);
    ms::bench::report(fmt::format("engine.probe {} keys, {}", keys, warm ? "all there" : "making rows"),
                      records / cpu_seconds_since(start) / 1e6, "million records/s");
  }
}

}  // namespace

namespace millstream::bench {

void micro_engine() {
  using What = Case::What;
  run_probe(1'000);
  run_probe(1'000'000);
  for (const Case& c : std::initializer_list<Case>{
           {"pass", 1000, false, What::kPass},
           {"exchange to 4 tasks", 1000, false, What::kExchange, 4},
           {"exchange to 4 tasks, text keys", 1000, true, What::kExchange, 4},
           {"group 1000 keys", 1000},
           {"group 1000 keys, no -U", 1000, false, What::kGroup, 1, false},
           {"group 1000 keys, netted", 1000, false, What::kGroup, 1, false, true},
           {"group 1000 text keys", 1000, true},
           {"group 1 million keys", 1'000'000},
           {"group 1 million keys, no -U", 1'000'000, false, What::kGroup, 1, false},
           {"group 10 keys", 10},
           {"group 10 keys, netted", 10, false, What::kGroup, 1, false, true},
           {"tumble 1000 keys", 1000, false, What::kWindow},
       }) {
    run(c);
  }
  run_checkpoint();
}

}  // namespace millstream::bench
