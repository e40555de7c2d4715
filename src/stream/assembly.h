// Builds the tasks of one attempt: operators opened with their state, readers with their splits, channels between them.
//
// Runs on Env's executor before the scheduler knows the tasks: restoring reads files.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "stream/checkpoint_store.h"
#include "stream/pipeline.h"
#include "stream/stage_plan.h"
#include "stream/stage_task.h"

namespace millstream::stream {

// What lives as long as the job: made once per pipeline, before the first assembly.
struct JobTables {
  std::map<const plan::PhysicalNode*, std::unique_ptr<Source>> sources;
  std::map<const plan::PhysicalNode*, std::unique_ptr<Sink>> sinks;
};

struct AssemblyRequest {
  env::Env& env;
  Scheduler& scheduler;
  MemoryBudget& budget;
  const plan::PhysicalPlan& plan;
  const StagePlan& stages;
  const PipelineSettings& settings;
  const PipelineHooks& hooks;
  const JobTables& tables;
  std::weak_ptr<TaskHost> host;
  std::function<bool()> paused;
  // Where each source begins, by node.
  const std::map<const plan::PhysicalNode*, std::vector<SplitState>>& splits;
  const LoadedCheckpoint* restored = nullptr;  // null: a fresh start
};

// By stage, then index. kCorrupt: the checkpoint cannot be used, an older one may.
Result<std::vector<std::shared_ptr<StageTask>>> assemble(const AssemblyRequest& request);

}  // namespace millstream::stream
