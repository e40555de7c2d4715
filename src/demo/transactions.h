// Makes up commerce transactions as JSON and sends them to Kafka at a steady rate, on a thread of its own.
#pragma once

#include <atomic>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "base/error.h"

namespace millstream::demo {

// Transactions of a small shop: six categories, amounts with cents, event times of the last seconds before `now`.
class TransactionMaker {
 public:
  explicit TransactionMaker(uint64_t seed) : random_(seed) {}
  // The id, and the JSON with all members.
  [[nodiscard]] std::pair<std::string, std::string> next(std::time_t now);

 private:
  std::mt19937_64 random_;
};

class TransactionGenerator {
 public:
  static Result<std::unique_ptr<TransactionGenerator>> start(const std::string& bootstrap, int rate);
  ~TransactionGenerator() { (void)stop(); }  // who must know whether all was sent calls stop()
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
