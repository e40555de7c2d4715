// Reads the channels that lead to a task: aligns barriers and combines watermarks, ends and idleness.
//
// Idle inputs do not hold back the watermark; when the last one becomes idle the highest watermark of all goes on
// (Apache Flink's StatusWatermarkValve).
#pragma once

#include <vector>

#include "stream/channel.h"
#include "stream/stage_input.h"

namespace millstream::stream {

class ChannelInput final : public StageInput {
 public:
  struct Way {
    Channel* channel = nullptr;
    std::function<void()> wake_producer;
  };
  // `heads` get every batch and every combined control.
  ChannelInput(std::vector<Way> ways, std::vector<Receiver*> heads);

  Result<StepResult> step(ProcTime now) override;
  std::optional<CheckpointId> take_barrier() override;
  void wake_producers() override;

 private:
  struct Input {
    Way way;
    EventTime watermark = kNoWatermark;
    bool idle = false;
    bool ended = false;
    std::optional<CheckpointId> barrier;  // arrived; nothing behind it is read before all the others have theirs
    bool taken = false;                   // something was popped since wake_producers()
  };
  Status take(Input& input, Element element);
  Status combine(EventTime became_idle_at);
  Status send_watermark(EventTime watermark);

  std::vector<Input> inputs_;
  std::vector<Receiver*> heads_;
  size_t next_ = 0;  // round robin
  EventTime sent_ = kNoWatermark;
  bool sent_idle_ = false;
  bool sent_end_ = false;
};

}  // namespace millstream::stream
