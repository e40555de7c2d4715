// The way out of a task: its rows to the tasks of another stage, forward or by the hash of a key.
//
// What does not fit a channel waits here, so that an operator never has to stop half-way; the task takes no new input
// while anything waits. Producer's thread only.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "stream/chain.h"
#include "stream/channel.h"

namespace millstream::stream {

class Router final : public Receiver {
 public:
  struct Target {
    Channel* channel = nullptr;
    std::function<void()> wake;  // the consumer
  };

  // Rows go to the owner of their key group among the targets, control to all of them. No keys: rows go to the first
  // target, which is also how one task hands its rows to the one with the same index in the next stage.
  Router(std::vector<int> keys, std::vector<Target> targets);

  Status batch(column::Batch batch) override;
  Status watermark(EventTime watermark) override { return to_all(Element::of(watermark)); }
  Status idleness(bool idle) override {
    return to_all(Element::control(idle ? Element::Kind::kIdle : Element::Kind::kActive));
  }
  Status time(ProcTime now) override {
    (void)now;
    return {};
  }
  Status barrier(CheckpointId checkpoint, TaskSnapshot& snapshot) override {
    (void)snapshot;
    return to_all(Element::barrier(checkpoint));
  }
  Status end() override { return to_all(Element::control(Element::Kind::kEnd)); }

  // Moves what waits into the channels; false while some still waits.
  bool flush();
  // Wakes the consumers of channels that got something since the last call: once a step, not once a batch.
  void wake_consumers();

 private:
  struct Way {
    Target target;
    std::deque<Element> waiting;
    bool wake = false;
  };
  void push(Way& way, Element element);
  Status to_all(const Element& element);

  std::vector<int> keys_;
  std::vector<Way> ways_;
  std::vector<uint64_t> hashes_;
};

}  // namespace millstream::stream
