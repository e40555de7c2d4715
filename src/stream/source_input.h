// Reads one task's splits of a source: computed columns, bad rows, a watermark per split, the scan's condition.
//
// Watermarks leave at the end of a batch and at most once per interval; with interval 0 a batch is cut behind each row
// that raises the combined watermark. They are kept in checkpoints, so that a late row stays late after a restart.
#pragma once

#include <map>

#include "function/evaluator.h"
#include "plan/physical_plan.h"
#include "stream/source.h"
#include "stream/stage_input.h"

namespace millstream::stream {

struct SourceInputOptions {
  std::string state_id;
  Millis watermark_interval{200};
  Millis idle_timeout{0};
  std::function<bool()> paused;  // the pipeline holds all sources back
};

class SourceInput final : public StageInput, private SourceOutput {
 public:
  // `scan` outlives this. `context.counters` is replaced by this input's own.
  SourceInput(const plan::TableScan& scan, std::unique_ptr<SourceReader> reader, std::vector<SplitState> splits,
              OperatorContext context, SourceInputOptions options, std::function<void()> wake,
              std::vector<Receiver*> heads);

  Status open(state::SnapshotReader* restored) override;
  Result<StepResult> step(ProcTime now) override;
  std::optional<CheckpointId> take_barrier() override { return std::exchange(barrier_, std::nullopt); }
  Status snapshot(CheckpointId checkpoint, TaskSnapshot& into, std::function<void(Status)> durable) override;
  void checkpoint_complete(CheckpointId checkpoint) override;
  Status time(ProcTime now) override;
  [[nodiscard]] ProcTime next_time() const override;
  [[nodiscard]] Hold hold() const override { return context_.bad_rows->is_full() ? Hold::kPauseSources : Hold::kNone; }
  [[nodiscard]] int64_t lag() const override { return reader_->lag(); }
  [[nodiscard]] const OperatorCounters* counters() const override { return &counters_; }
  [[nodiscard]] std::vector<SplitStatus> splits() const override;

  // On the task's thread, between steps.
  void inject_barrier(CheckpointId checkpoint) { barrier_ = checkpoint; }
  Status add_splits(std::vector<SplitState> splits);

 private:
  struct Split {
    EventTime watermark = kNoWatermark;
    bool idle = false;
    bool finished = false;
    ProcTime last_row{0};      // 0: none yet
    ProcTime active_since{0};  // for the idle timeout
  };

  Status emit(const std::string& split, column::Batch batch) override;
  Status refuse(const std::string& split, const BadRow& row) override;
  BadRowPolicy& bad_rows() override { return *context_.bad_rows; }
  void idle(const std::string& split) override;
  void finished(const std::string& split) override;

  Status refuse_errors(const column::Batch& batch, const std::vector<function::RowError>& errors,
                       std::vector<uint32_t>& rows);
  Status hand_on(const column::Batch& batch, std::vector<uint32_t> rows);
  Status pass_with_watermarks(Split& split, const column::Batch& batch, const std::vector<uint32_t>& rows,
                              const std::vector<EventTime>& watermarks, const std::vector<bool>& kept);
  [[nodiscard]] EventTime combined() const;
  [[nodiscard]] bool all_idle() const;
  Status send_watermark(EventTime watermark, ProcTime now);
  Status idleness_changed();

  const plan::TableScan& scan_;
  std::unique_ptr<SourceReader> reader_;
  std::vector<SplitState> initial_splits_;
  OperatorContext context_;
  SourceInputOptions options_;
  std::function<void()> wake_;
  std::vector<Receiver*> heads_;
  OperatorCounters counters_;
  std::vector<function::Evaluator> computed_;
  std::optional<function::Evaluator> condition_;
  std::optional<function::Evaluator> watermark_;
  std::map<std::string, Split> splits_;
  std::optional<CheckpointId> barrier_;
  std::map<CheckpointId, std::vector<SplitState>> handed_over_;  // positions by checkpoint, until it is complete
  EventTime sent_ = kNoWatermark;
  ProcTime sent_at_{0};
  bool sent_idle_ = false;
  bool ended_ = false;
};

}  // namespace millstream::stream
