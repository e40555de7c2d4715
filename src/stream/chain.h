// Operators fused in one task: each hands its output to the next by a call, watermarks and barriers follow in order.
//
// A task's operators form a tree: a node has one input edge, and may feed several others (a shared scan, a statement
// set). Used on the task's thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stream/checkpoint.h"
#include "stream/operator.h"

namespace millstream::plan {
struct PhysicalNode;
}

namespace millstream::stream {

// Where a node's output goes: another node of the chain, or the way out to other tasks.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual Status batch(column::Batch batch) = 0;
  virtual Status watermark(EventTime watermark) = 0;
  virtual Status idleness(bool idle) = 0;
  // Processing time: due timers fire.
  virtual Status time(ProcTime now) = 0;
  virtual Status barrier(CheckpointId checkpoint, TaskSnapshot& snapshot) = 0;
  virtual Status end() = 0;
};

class ChainNode final : public Receiver, private Output {
 public:
  ChainNode(const plan::PhysicalNode* node, std::string name, std::string state_id, std::unique_ptr<Operator> op)
      : node_(node), name_(std::move(name)), state_id_(std::move(state_id)), operator_(std::move(op)) {}

  void add_receiver(Receiver* receiver) { receivers_.push_back(receiver); }
  // `restored` may be null. `context.counters` is replaced by this node's own.
  Status open(OperatorContext context, state::SnapshotReader* restored);

  Status batch(column::Batch batch) override;
  Status watermark(EventTime watermark) override;
  Status idleness(bool idle) override;
  Status time(ProcTime now) override;
  Status barrier(CheckpointId checkpoint, TaskSnapshot& snapshot) override;
  Status end() override;

  [[nodiscard]] ProcTime next_time() const { return operator_->next_time(); }
  [[nodiscard]] const OperatorCounters& counters() const { return counters_; }
  [[nodiscard]] const plan::PhysicalNode* node() const { return node_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& state_id() const { return state_id_; }
  [[nodiscard]] Operator& op() { return *operator_; }

 private:
  Status emit(column::Batch batch) override;

  const plan::PhysicalNode* node_;
  std::string name_;
  std::string state_id_;
  std::unique_ptr<Operator> operator_;
  std::vector<Receiver*> receivers_;
  OperatorCounters counters_;
};

// Hands the same to several receivers.
Status give_to(const std::vector<Receiver*>& receivers, column::Batch batch);

}  // namespace millstream::stream
