// Counting and passing on; an operator sees each watermark, barrier and end once, before those behind it.
#include "stream/chain.h"

namespace millstream::stream {

Status give_to(const std::vector<Receiver*>& receivers, column::Batch batch) {
  for (size_t r = 0; r + 1 < receivers.size(); ++r) MS_TRY(receivers[r]->batch(batch));
  if (!receivers.empty()) MS_TRY(receivers.back()->batch(std::move(batch)));
  return {};
}

Status ChainNode::open(OperatorContext context, state::SnapshotReader* restored) {
  context.counters = &counters_;
  return operator_->open(context, restored);
}

Status ChainNode::batch(column::Batch batch) {
  ++counters_.batches_in;
  counters_.records_in += static_cast<int64_t>(batch.row_count());
  return operator_->process(0, std::move(batch), *this);
}

Status ChainNode::emit(column::Batch batch) {
  if (batch.empty()) return {};
  ++counters_.batches_out;
  counters_.records_out += static_cast<int64_t>(batch.row_count());
  return give_to(receivers_, std::move(batch));
}

Status ChainNode::watermark(EventTime watermark) {
  counters_.watermark = watermark;
  MS_TRY(operator_->on_watermark(watermark, *this));
  for (Receiver* receiver : receivers_) MS_TRY(receiver->watermark(watermark));
  return {};
}

Status ChainNode::idleness(bool idle) {
  for (Receiver* receiver : receivers_) MS_TRY(receiver->idleness(idle));
  return {};
}

Status ChainNode::time(ProcTime now) {
  if (operator_->next_time() <= now) MS_TRY(operator_->on_time(now, *this));
  for (Receiver* receiver : receivers_) MS_TRY(receiver->time(now));
  return {};
}

Status ChainNode::barrier(CheckpointId checkpoint, TaskSnapshot& snapshot) {
  OperatorState state{state_id_, snapshot.task, {}, {}};
  OperatorStateWriter writer(state);
  MS_TRY(operator_->snapshot(writer));
  if (!state.values.empty() || !state.tables.empty()) snapshot.operators.push_back(std::move(state));
  MS_ASSIGN(std::vector<Committable> committables, operator_->prepare(checkpoint));
  for (Committable& committable : committables) snapshot.committables.push_back(std::move(committable));
  for (Receiver* receiver : receivers_) MS_TRY(receiver->barrier(checkpoint, snapshot));
  return {};
}

Status ChainNode::end() {
  MS_TRY(operator_->on_end(*this));
  for (Receiver* receiver : receivers_) MS_TRY(receiver->end());
  return {};
}

}  // namespace millstream::stream
