// Drives a pipeline step by step on the test's own thread.
#include "slt/stream_run.h"

#include <fmt/format.h>

#include <algorithm>

namespace millstream::slt {
namespace {

// Tables with error-handling.mode ignore or log drop bad rows here; the default fails, as in Flink.
class CountingPolicy final : public stream::BadRowPolicy {
 public:
  Status refuse(const stream::BadRow&) override { return {}; }
  void nulled(std::string_view, const stream::BadRow&) override {}
};

std::map<std::string, int64_t> sum_of(const stream::PipelineSnapshot& snapshot) {
  std::map<std::string, int64_t> sums;
  for (const auto& op : snapshot.operators) {
    sums["late_rows"] += op.counters.late_rows;
    sums["bad_rows"] += op.counters.bad_rows;
    sums["nulled_fields"] += op.counters.nulled_fields;
    sums["records_in"] += op.counters.records_in;
    sums["records_out"] += op.counters.records_out;
  }
  return sums;
}

}  // namespace

class StreamRun::Receiver final : public stream::ResultReceiver {
 public:
  Receiver(ScriptOutput& output, std::string name) : output_(output), name_(std::move(name)) {}
  Status receive(column::Batch batch) override {
    output_.append(name_, rows_of(batch));
    return {};
  }

 private:
  ScriptOutput& output_;
  std::string name_;
};

StreamRun::StreamRun(World& world, std::string name, plan::PlannedStatement planned, Options options)
    : world_(world),
      name_(std::move(name)),
      plan_(std::make_shared<const plan::PhysicalPlan>(std::move(planned.plan))),
      options_(std::move(options)),
      connectors_(world.tables, output_, nullptr, options_.rows_one_by_one) {
  if (options_.bounded) connectors_.bound_reads();
  for (const auto& sink : plan_->sinks) {
    if (const auto* table = std::get_if<plan::TableSink>(&sink->node)) {
      sinks_.push_back(table->table->name);
    } else {
      sinks_.push_back(name_);
      output_.declare(name_, sink->output, {});
      receiver_ = std::make_unique<Receiver>(output_, name_);
    }
  }
}

StreamRun::~StreamRun() = default;

Status StreamRun::start() {
  stream::PipelineSettings settings;
  settings.job = name_;
  settings.attempt = AttemptId(++attempts_);
  settings.parallelism = options_.parallelism;
  if (options_.storing) settings.checkpoint_directory = "/checkpoints/" + name_;
  settings.checkpoint_interval = Millis(0);
  settings.watermark_interval = options_.watermark_interval;
  settings.time_zone = options_.time_zone;
  settings.rows_one_by_one = options_.rows_one_by_one;
  stream::PipelineHooks hooks;
  hooks.results = receiver_.get();
  hooks.make_bad_row_policy = [](const plan::TableScan& scan) -> std::unique_ptr<stream::BadRowPolicy> {
    if (scan.table->option_or("error-handling.mode", "fail") == "fail") return nullptr;
    return std::make_unique<CountingPolicy>();
  };
  MS_ASSIGN(pipeline_, stream::Pipeline::create(world_.env, world_.scheduler, connectors_, world_.budget, plan_,
                                                std::move(settings), std::move(hooks)));
  pipeline_->start();
  return {};
}

bool StreamRun::is_running() const { return pipeline_ && !error_ && !stream::is_over(pipeline_->state().phase); }

void StreamRun::drain() {
  if (!pipeline_ || error_) return;
  if (const Status drained = pipeline_->drain(); !drained) error_ = drained.error();
}

Status StreamRun::checkpoint() {
  if (!is_running()) return {};
  // The answer may come after this call, when a commit is tried again.
  const auto answer = std::make_shared<std::optional<Result<CheckpointId>>>();
  pipeline_->trigger_checkpoint([answer](Result<CheckpointId> result) { *answer = std::move(result); });
  drain();
  // A pipeline that came to its end meanwhile has nothing left to restore.
  if (!is_running()) return {};
  const std::optional<Result<CheckpointId>>& outcome = *answer;
  if (!outcome) return fail(ErrorCode::kInternal, fmt::format("{}: the checkpoint was not completed", name_));
  if (!*outcome) return fail(outcome->error());
  return {};
}

void StreamRun::keep_counters() {
  const stream::PipelineSnapshot snapshot = pipeline_->snapshot();
  for (const auto& [name, value] : sum_of(snapshot)) counters_[name] += value;
  for (const auto& op : snapshot.operators) {
    if (op.node == nullptr || !std::holds_alternative<plan::TableScan>(op.node->node)) continue;
    source_rows_ += op.counters.records_out;
    source_batches_ += op.counters.batches_out;
  }
}

void StreamRun::stop(int parallelism) {
  if (!pipeline_) return;
  keep_counters();
  pipeline_.reset();
  options_.parallelism = parallelism;
}

std::optional<ScriptOutput::Table> StreamRun::output(const std::string& name) const {
  if (name == name_ && sinks_.size() == 1) return output_.read(sinks_[0]);
  if (std::find(sinks_.begin(), sinks_.end(), name) != sinks_.end()) return output_.read(name);
  return std::nullopt;
}

std::vector<std::string> StreamRun::output_names() const { return sinks_; }

std::optional<int64_t> StreamRun::counter(const std::string& name) const {
  std::map<std::string, int64_t> sums = counters_;
  if (pipeline_) {
    for (const auto& [key, value] : sum_of(pipeline_->snapshot())) sums[key] += value;
  }
  const auto found = sums.find(name);
  if (found == sums.end()) return std::nullopt;
  return found->second;
}

}  // namespace millstream::slt
