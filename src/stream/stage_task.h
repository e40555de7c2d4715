// One task of a stage: an input, a chain of operators, and routers to other tasks.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "env/env.h"
#include "stream/chain.h"
#include "stream/router.h"
#include "stream/source_input.h"
#include "stream/stage_input.h"
#include "stream/task.h"

namespace millstream::stream {

// Whom a task reports to: the pipeline's coordinator. Any thread; must not block.
class TaskHost {
 public:
  virtual ~TaskHost() = default;
  // The task's share of checkpoint `checkpoint`, and whether what its source read before is safe.
  virtual void snapshot_taken(CheckpointId checkpoint, TaskSnapshot snapshot, Status durable) = 0;
  // The task will do nothing more.
  virtual void task_failed(Error error) = 0;
  // All input ended and is processed. The task still answers barriers.
  virtual void task_ended() = 0;
  // A sink's epoch is full: pause sources, send a barrier.
  virtual void epoch_full() = 0;
};

class StageTask final : public Task {
 public:
  StageTask(env::Env& env, std::weak_ptr<TaskHost> host, int stage, int index);

  // Assembly, before the scheduler knows the task. Nodes in an order in which every node comes behind its input.
  ChainNode& add_node(std::unique_ptr<ChainNode> node);
  Router& add_router(std::unique_ptr<Router> router);
  void set_input(std::unique_ptr<StageInput> input) { input_ = std::move(input); }
  void set_source(SourceInput* source) { source_ = source; }
  void set_heads(std::vector<Receiver*> heads) { heads_ = std::move(heads); }
  void keep(std::shared_ptr<void> resource) { resources_.push_back(std::move(resource)); }

  StepResult run() override;
  [[nodiscard]] ProcTime next_time() const override;

  // From the coordinator, any thread; the caller wakes the task afterwards.
  // Roots (sources, value lists) begin checkpoints.
  [[nodiscard]] bool is_root() const { return is_root_; }
  void set_root() { is_root_ = true; }
  void request_barrier(CheckpointId checkpoint) { requested_.store(checkpoint.value); }
  void announce_complete(CheckpointId checkpoint) { completed_.store(checkpoint.value); }
  void offer_splits(std::vector<SplitState> splits);

  // After the task was removed from the scheduler.
  Status close();

  [[nodiscard]] int stage() const { return stage_; }
  [[nodiscard]] int index() const { return index_; }

  struct Published {
    std::vector<OperatorCounters> nodes;  // in the order of nodes()
    OperatorCounters source;
    std::vector<SplitStatus> splits;
    int64_t lag = -1;
    int64_t busy_nanos = 0, idle_nanos = 0, blocked_nanos = 0;
  };
  [[nodiscard]] Published published() const;
  [[nodiscard]] const std::vector<std::unique_ptr<ChainNode>>& nodes() const { return nodes_; }

 private:
  Result<StepResult> step(env::MonotonicTime start);
  Status take_snapshot(CheckpointId checkpoint);
  Status handle_requests();
  bool flush();
  void publish();

  env::Env& env_;
  std::weak_ptr<TaskHost> host_;
  const int stage_;
  const int index_;
  bool is_root_ = false;
  std::vector<std::shared_ptr<void>> resources_;  // channels, policies, budgets; released last
  std::vector<std::unique_ptr<ChainNode>> nodes_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::unique_ptr<StageInput> input_;
  SourceInput* source_ = nullptr;  // input_ if it is one
  std::vector<Receiver*> heads_;

  std::atomic<int64_t> requested_{-1};
  std::atomic<int64_t> completed_{-1};
  int64_t handled_request_ = -1;
  int64_t handled_complete_ = -1;
  std::optional<CheckpointId> root_barrier_;  // for roots that are not sources
  bool failed_ = false;
  bool ended_ = false;
  bool told_full_ = false;

  env::MonotonicTime last_stop_{0};
  StepResult last_result_ = StepResult::kWaiting;
  int64_t busy_nanos_ = 0, idle_nanos_ = 0, blocked_nanos_ = 0;

  mutable std::mutex mutex_;
  Published published_;                     // under the mutex
  std::vector<SplitState> offered_splits_;  // under the mutex
  std::atomic<bool> has_offered_{false};
};

}  // namespace millstream::stream
