// The ends of a chain: a table's sink writer, and a client that collects a result.
#pragma once

#include <memory>
#include <mutex>

#include "plan/physical_plan.h"
#include "stream/operators/not_null_enforcer.h"
#include "stream/pipeline.h"
#include "stream/sink.h"

namespace millstream::stream {

class TableSinkOperator final : public Operator {
 public:
  TableSinkOperator(const plan::TableSink& node, const column::Schema& input, std::unique_ptr<SinkWriter> writer)
      : not_null_(node, input), writer_(std::move(writer)) {}
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override {
    (void)restored;
    counters_ = context.counters;
    return writer_->open(context);
  }
  Status process(int input, column::Batch batch, Output& out) override {
    (void)input;
    (void)out;
    MS_ASSIGN(const int64_t dropped, not_null_.enforce(batch));
    counters_->bad_rows += dropped;
    if (batch.empty()) return {};
    counters_->records_out += static_cast<int64_t>(batch.row_count());
    ++counters_->batches_out;
    return writer_->write(batch);
  }
  Result<std::vector<Committable>> prepare(CheckpointId checkpoint) override { return writer_->prepare(checkpoint); }
  [[nodiscard]] Hold hold() const override { return writer_->is_full() ? Hold::kPauseSources : Hold::kNone; }
  Status close() override { return writer_->close(); }

 private:
  NotNullEnforcer not_null_;
  std::unique_ptr<SinkWriter> writer_;
  OperatorCounters* counters_ = nullptr;
};

class CollectOperator final : public Operator {
 public:
  // Tasks of one job share the mutex: the receiver gets one call at a time.
  CollectOperator(ResultReceiver& receiver, std::shared_ptr<std::mutex> turns)
      : receiver_(receiver), turns_(std::move(turns)) {}
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override {
    (void)restored;
    counters_ = context.counters;
    return {};
  }
  Status process(int input, column::Batch batch, Output& out) override {
    (void)input;
    (void)out;
    counters_->records_out += static_cast<int64_t>(batch.row_count());
    ++counters_->batches_out;
    const std::scoped_lock lock(*turns_);
    return receiver_.receive(std::move(batch));
  }
  [[nodiscard]] Hold hold() const override {
    const std::scoped_lock lock(*turns_);
    return receiver_.is_full() ? Hold::kStopReading : Hold::kNone;
  }

 private:
  ResultReceiver& receiver_;
  std::shared_ptr<std::mutex> turns_;
  OperatorCounters* counters_ = nullptr;
};

}  // namespace millstream::stream
