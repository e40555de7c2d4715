// Destroys the pipelines of jobs that are over. That waits for what they still do, so it has a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "stream/pipeline.h"

namespace millstream::job {

class PipelineDisposal {
 public:
  PipelineDisposal();
  ~PipelineDisposal();  // does what is left first
  PipelineDisposal(const PipelineDisposal&) = delete;
  PipelineDisposal& operator=(const PipelineDisposal&) = delete;

  // Any thread; `then` runs on the thread of its own, once the pipeline is gone.
  void submit(std::shared_ptr<stream::Pipeline> pipeline, std::function<void()> then);

 private:
  struct Item {
    std::shared_ptr<stream::Pipeline> pipeline;
    std::function<void()> then;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace millstream::job
