// For tests of this module: one job on a fake machine, started, drained, crashed and restarted by a test.
#pragma once

#include <memory>

#include "stream/internal/scripted.h"

namespace millstream::stream::scripted {

class Results final : public ResultReceiver {
 public:
  Status receive(column::Batch batch) override {
    const std::scoped_lock lock(mutex_);
    for (auto& line : lines_of(batch)) lines_.push_back(std::move(line));
    return {};
  }
  std::vector<std::string> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class Rig {
 public:
  env::FakeEnv env;
  Scheduler scheduler{env, 0};
  MemoryBudget budget{"job", 256_MiB};
  ScriptedConnectors connectors;
  Results results;
  PipelineSettings settings;
  PipelineHooks hooks;  // but for `results`
  std::unique_ptr<Pipeline> pipeline;
  std::shared_ptr<const plan::PhysicalPlan> plan;

  Rig() {
    settings.job = "test";
    settings.watermark_interval = Millis(0);
    settings.checkpoint_interval = Millis(0);
  }
  ~Rig() { pipeline.reset(); }

  Status start() {
    hooks.results = &results;
    auto made = Pipeline::create(env, scheduler, connectors, budget, plan, settings, hooks);
    if (!made) return std::unexpected(made.error());
    pipeline = *std::move(made);
    pipeline->start();
    return pipeline->drain();
  }
  // As after a crash: nothing is said to the pipeline, a new attempt begins.
  Status restart() {
    pipeline.reset();
    settings.attempt = AttemptId(settings.attempt.value + 1);
    return start();
  }
  // kInternal: no answer so far; it may come later.
  Result<CheckpointId> checkpoint() {
    auto result = std::make_shared<Result<CheckpointId>>(fail(ErrorCode::kInternal, "no answer"));
    pipeline->trigger_checkpoint([result](Result<CheckpointId> answer) { *result = std::move(answer); });
    if (const Status drained = pipeline->drain(); !drained && *result) return std::unexpected(drained.error());
    return *result;
  }
  Status drain() { return pipeline->drain(); }
};

// The rows that a changelog leaves; a retraction of a row that is not there fails the test.
inline std::multiset<std::string> applied(const std::vector<std::string>& changes,
                                          std::multiset<std::string> rows = {}) {
  for (const std::string& change : changes) {
    const std::string kind = change.substr(0, 2), row = change.substr(3);
    if (kind == "+I" || kind == "+U") {
      rows.insert(row);
    } else if (const auto it = rows.find(row); it != rows.end()) {
      rows.erase(it);
    } else {
      ADD_FAILURE() << "retracts a row that is not there: " << change;
    }
  }
  return rows;
}

}  // namespace millstream::stream::scripted
