// The public face of the coordinator.
#include "stream/pipeline.h"

#include "column/key.h"
#include "stream/coordinator.h"

namespace millstream::stream {

std::string_view name_of(PipelinePhase phase) {
  switch (phase) {
    case PipelinePhase::kCreated:
      return "created";
    case PipelinePhase::kWaiting:
      return "waiting";
    case PipelinePhase::kRunning:
      return "running";
    case PipelinePhase::kStopping:
      return "stopping";
    case PipelinePhase::kFinished:
      return "finished";
    case PipelinePhase::kFailed:
      return "failed";
    case PipelinePhase::kCancelled:
      return "cancelled";
  }
  return "";
}

Result<std::unique_ptr<Pipeline>> Pipeline::create(env::Env& env, Scheduler& scheduler, Connectors& connectors,
                                                   MemoryBudget& budget, std::shared_ptr<const plan::PhysicalPlan> plan,
                                                   PipelineSettings settings, PipelineHooks hooks) {
  if (settings.parallelism < 1 || settings.parallelism > column::kKeyGroups) {
    return fail(ErrorCode::kInvalidArgument, "parallelism must be from 1 to 128");
  }
  auto coordinator = std::make_shared<Coordinator>(env, scheduler, connectors, budget, std::move(plan),
                                                   std::move(settings), std::move(hooks));
  MS_TRY(coordinator->prepare_tables());
  scheduler.add(coordinator);
  return std::unique_ptr<Pipeline>(new Pipeline(scheduler, std::move(coordinator)));
}

Pipeline::Pipeline(Scheduler& scheduler, std::shared_ptr<Coordinator> coordinator)
    : scheduler_(scheduler), coordinator_(std::move(coordinator)) {}
Pipeline::~Pipeline() { coordinator_->shut_down(); }

Status Pipeline::check_sinks() { return coordinator_->check_sinks(); }
void Pipeline::start() { coordinator_->begin(); }
void Pipeline::cancel() { coordinator_->cancel(); }
void Pipeline::stop(std::function<void(Result<CheckpointId>)> done) { coordinator_->stop(std::move(done)); }
void Pipeline::trigger_checkpoint(std::function<void(Result<CheckpointId>)> done) {
  coordinator_->trigger(std::move(done));
}
Status Pipeline::export_checkpoint(CheckpointId checkpoint, const std::string& directory) {
  return coordinator_->export_checkpoint(checkpoint, directory);
}
void Pipeline::wake_results() { coordinator_->wake_all(); }
PipelineState Pipeline::state() const { return coordinator_->state(); }
PipelineSnapshot Pipeline::snapshot() const { return coordinator_->snapshot(); }

Status Pipeline::drain() {
  scheduler_.run_until_idle();
  const PipelineState now = state();
  if (now.phase == PipelinePhase::kFailed) return std::unexpected(*now.error);
  return {};
}

}  // namespace millstream::stream
