// GROUP BY without a window: every input row gives the changes that Flink gives without mini-batch.
//
// The first row of a group gives +I; later ones -U/+U unless no result changed (and there is no TTL); a retraction of
// the last row gives -D; a retraction for a group that does not exist is dropped. In batch mode (at_end) each group
// leaves once, as +I, at the end of the input.
#pragma once

#include <memory>
#include <vector>

#include "stream/operator.h"
#include "stream/operators/aggregate_state.h"

namespace millstream::stream {

class GroupAggregate final : public Operator {
 public:
  // net_changes: one change per group and batch instead of one per row.
  static Result<std::unique_ptr<Operator>> make(const plan::GroupAggregate& node, const column::Schema& input,
                                                bool net_changes);

  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status on_end(Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  // What a row does to its group.
  enum class Effect : uint8_t { kNone, kFirst, kUpdate, kLast };
  GroupAggregate(const plan::GroupAggregate& node, const column::Schema& input,
                 std::shared_ptr<const AggregateLayout> layout, bool net_changes)
      : node_(node), input_(input), layout_(std::move(layout)), net_changes_(net_changes) {}

  Status emit_groups(Output& out) const;
  Status load_empty_group();
  void decide(const column::Batch& batch, column::Rows rows);
  void empty_group(uint32_t group);
  Status in_rounds(column::Rows rows);
  Status row_by_row(const column::Batch& batch, column::Rows rows, Output& out);
  Status netted(const column::Batch& batch, column::Rows rows, Output& out);
  void add_change(column::RowKind kind, uint32_t key_position, uint32_t value_position);
  Status emit_changes(const column::Batch& batch, Output& out);
  [[nodiscard]] bool same_results(uint32_t a, uint32_t b) const;

  plan::GroupAggregate node_;
  column::Schema input_;
  std::shared_ptr<const AggregateLayout> layout_;
  bool net_changes_;
  OperatorContext context_;
  std::unique_ptr<AggregateState> state_;
  column::Batch nothing_;  // the row of no values that an empty group is made of
  bool ended_ = false;     // at_end: the groups have left

  // Of one batch. Results lie in one vector per call: those before the batch by group, then those behind each row.
  std::vector<Effect> effects_;
  std::vector<int8_t> signs_;
  std::vector<uint32_t> round_;
  std::vector<uint8_t> present_;
  std::vector<std::shared_ptr<column::Vector>> results_;
  std::vector<column::RowKind> kinds_;
  std::vector<uint32_t> key_positions_, value_positions_;
};

}  // namespace millstream::stream
