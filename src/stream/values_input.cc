// All rows in one step, then the end.
#include "stream/values_input.h"

namespace millstream::stream {

column::Batch batch_of(const plan::Values& values, const column::Schema& schema) {
  column::Batch batch;
  batch.length = values.rows.size();
  for (size_t c = 0; c < schema.size(); ++c) {
    std::vector<column::Value> cells;
    cells.reserve(values.rows.size());
    for (const auto& row : values.rows) cells.push_back(row[c]);
    batch.columns.push_back(column::make_vector(schema.fields[c].type, cells));
  }
  return batch;
}

Status ValuesInput::open(state::SnapshotReader* restored) {
  if (restored == nullptr) return {};
  MS_ASSIGN(const std::vector<ByteBuffer> values, restored->get("given"));
  for (const ByteBuffer& value : values) given_ |= !value.empty() && value[0] == std::byte{1};
  return {};
}

Result<StepResult> ValuesInput::step(ProcTime now) {
  (void)now;
  if (ended_) return StepResult::kFinished;
  if (!given_ && !rows_.empty()) {
    if (rows_one_by_one_) {
      for (size_t i = 0; i < rows_.length; ++i) {
        column::Batch one = rows_;
        one.selection = std::make_shared<const std::vector<uint32_t>>(1, static_cast<uint32_t>(i));
        MS_TRY(give_to(heads_, one.compacted()));
      }
    } else {
      MS_TRY(give_to(heads_, rows_));
    }
  }
  given_ = ended_ = true;
  for (Receiver* head : heads_) {
    MS_TRY(head->watermark(kFinalWatermark));
    MS_TRY(head->end());
  }
  return StepResult::kFinished;
}

Status ValuesInput::snapshot(CheckpointId checkpoint, TaskSnapshot& into, std::function<void(Status)> durable) {
  (void)checkpoint;
  into.operators.push_back({state_id_, into.task, {{"given", ByteBuffer(1, std::byte{given_})}}, {}});
  durable({});
  return {};
}

}  // namespace millstream::stream
