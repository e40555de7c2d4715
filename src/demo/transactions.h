// Makes up commerce transactions as JSON and sends them to Kafka at a steady rate, on a thread of its own.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"

namespace millstream::demo {

class TransactionGenerator {
 public:
  static Result<std::unique_ptr<TransactionGenerator>> start(const std::string& bootstrap, int rate);
  ~TransactionGenerator() { stop(); }
  // Waits for the acknowledgements of all that was sent.
  Status stop();
  [[nodiscard]] int64_t sent() const { return sent_.load(std::memory_order_relaxed); }

 private:
  TransactionGenerator() = default;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> sent_{0};
  Status outcome_;
  std::thread thread_;
};

}  // namespace millstream::demo
