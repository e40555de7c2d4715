// The writer of one task: keeps its epoch within a bound and hands it over at the barrier.
#pragma once

#include <memory>
#include <string>

#include "connector/postgres/internal/epoch_buffer.h"
#include "stream/sink.h"

namespace millstream::connector::postgres {

class EpochWriter final : public stream::SinkWriter {
 public:
  // An epoch of one writer larger than this asks for the next checkpoint at once.
  static constexpr Bytes kMostBytes = 64_MiB;

  // `target`: the committer's name. `most_rows`: 'sink.buffer-flush.max-rows', 0: no bound.
  EpochWriter(std::shared_ptr<const TargetTable> table, std::string target, int64_t most_rows);
  ~EpochWriter() override;

  Status open(const stream::OperatorContext& context) override;
  Status write(const column::Batch& batch) override;
  [[nodiscard]] bool is_full() const override;
  Result<std::vector<stream::Committable>> prepare(CheckpointId checkpoint) override;

 private:
  void account();

  std::shared_ptr<const TargetTable> table_;
  std::string target_;
  int64_t most_rows_;
  EpochBuffer buffer_;
  MemoryBudget* budget_ = nullptr;
  Bytes charged_{0};
  bool is_over_budget_ = false;
};

}  // namespace millstream::connector::postgres
