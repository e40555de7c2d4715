// One element per step, from each channel in turn.
#include "stream/channel_input.h"

#include <algorithm>

namespace millstream::stream {

ChannelInput::ChannelInput(std::vector<Way> ways, std::vector<Receiver*> heads) : heads_(std::move(heads)) {
  for (Way& way : ways) inputs_.push_back({std::move(way), kNoWatermark, false, false, std::nullopt, false});
}

Result<StepResult> ChannelInput::step(ProcTime now) {
  (void)now;
  for (size_t tried = 0; tried < inputs_.size(); ++tried) {
    Input& input = inputs_[next_];
    next_ = (next_ + 1) % inputs_.size();
    Element element;
    if (input.barrier || !input.way.channel->try_pop(element)) continue;
    input.taken = true;
    MS_TRY(take(input, std::move(element)));
    return StepResult::kReady;
  }
  return sent_end_ ? StepResult::kFinished : StepResult::kNeedsInput;
}

Status ChannelInput::take(Input& input, Element element) {
  switch (element.kind) {
    case Element::Kind::kBatch:
      return give_to(heads_, std::move(element.batch));
    case Element::Kind::kWatermark:
      input.watermark = std::max(input.watermark, element.watermark);
      return combine(kNoWatermark);
    case Element::Kind::kIdle:
      input.idle = true;
      return combine(input.watermark);
    case Element::Kind::kActive:
      input.idle = false;
      return combine(kNoWatermark);
    case Element::Kind::kBarrier:
      input.barrier = element.checkpoint;
      return {};
    case Element::Kind::kEnd:
      input.ended = true;
      input.idle = false;
      MS_TRY(combine(kNoWatermark));
      if (std::all_of(inputs_.begin(), inputs_.end(), [](const Input& i) { return i.ended; })) {
        sent_end_ = true;
        for (Receiver* head : heads_) MS_TRY(head->end());
      }
      return {};
  }
  return {};
}

Status ChannelInput::combine(EventTime became_idle_at) {
  EventTime lowest = kFinalWatermark;
  EventTime highest = kNoWatermark;
  bool all_idle = true;
  for (const Input& input : inputs_) {
    highest = std::max(highest, input.watermark);
    if (input.idle) continue;
    all_idle = false;
    lowest = std::min(lowest, input.watermark);
  }
  if (all_idle) {
    if (became_idle_at == sent_ && highest > sent_) MS_TRY(send_watermark(highest));
  } else if (sent_idle_) {
    sent_idle_ = false;
    for (Receiver* head : heads_) MS_TRY(head->idleness(false));
  }
  if (!all_idle && lowest > sent_) return send_watermark(lowest);
  if (all_idle && !sent_idle_) {
    sent_idle_ = true;
    for (Receiver* head : heads_) MS_TRY(head->idleness(true));
  }
  return {};
}

Status ChannelInput::send_watermark(EventTime watermark) {
  sent_ = watermark;
  for (Receiver* head : heads_) MS_TRY(head->watermark(watermark));
  return {};
}

std::optional<CheckpointId> ChannelInput::take_barrier() {
  for (const Input& input : inputs_) {
    if (!input.barrier) return std::nullopt;
  }
  const CheckpointId checkpoint = *inputs_[0].barrier;
  for (Input& input : inputs_) {
    CHECK(input.barrier == checkpoint);  // one checkpoint at a time
    input.barrier.reset();
  }
  return checkpoint;
}

void ChannelInput::wake_producers() {
  for (Input& input : inputs_) {
    if (input.taken) input.way.wake_producer();
    input.taken = false;
  }
}

}  // namespace millstream::stream
