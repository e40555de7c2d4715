// The thread and its queue.
#include "job/pipeline_disposal.h"

#include <utility>

namespace millstream::job {

PipelineDisposal::PipelineDisposal() : thread_([this] { run(); }) {}

PipelineDisposal::~PipelineDisposal() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void PipelineDisposal::submit(std::shared_ptr<stream::Pipeline> pipeline, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    items_.push_back({std::move(pipeline), std::move(then)});
  }
  wake_.notify_one();
}

void PipelineDisposal::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return ending_ || !items_.empty(); });
    if (items_.empty()) return;
    Item item = std::move(items_.front());
    items_.pop_front();
    lock.unlock();
    item.pipeline.reset();
    item.then();
    item.then = nullptr;  // what it holds goes without the lock, too
    lock.lock();
  }
}

}  // namespace millstream::job
