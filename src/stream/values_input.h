// The rows of VALUES: a bounded input that remembers in checkpoints whether its rows went out.
#pragma once

#include "plan/physical_plan.h"
#include "stream/stage_input.h"

namespace millstream::stream {

class ValuesInput final : public StageInput {
 public:
  // Only the first of several parallel tasks gives the rows.
  ValuesInput(column::Batch rows, std::string state_id, bool rows_one_by_one, std::vector<Receiver*> heads)
      : rows_(std::move(rows)),
        state_id_(std::move(state_id)),
        rows_one_by_one_(rows_one_by_one),
        heads_(std::move(heads)) {}

  Status open(state::SnapshotReader* restored) override;
  Result<StepResult> step(ProcTime now) override;
  std::optional<CheckpointId> take_barrier() override { return std::nullopt; }
  Status snapshot(CheckpointId checkpoint, TaskSnapshot& into, std::function<void(Status)> durable) override;

 private:
  column::Batch rows_;
  std::string state_id_;
  bool rows_one_by_one_;
  std::vector<Receiver*> heads_;
  bool given_ = false;
  bool ended_ = false;
};

// The rows of a Values node as a batch.
[[nodiscard]] column::Batch batch_of(const plan::Values& values, const column::Schema& schema);

}  // namespace millstream::stream
