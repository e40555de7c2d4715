// In front of a keyed sink whose key the query does not have: keeps all rows of a sink key and shows the last one.
//
// As Apache Flink's SinkUpsertMaterializer: an added row replaces the one with the same upsert key or goes to the end;
// a retracted one uncovers the row before it. The list of one key's rows is one cell of state: these lists are short.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/physical_plan.h"
#include "state/state_table.h"
#include "stream/operator.h"
#include "stream/operators/not_null_enforcer.h"

namespace millstream::stream {

class SinkMaterialize final : public Operator {
 public:
  SinkMaterialize(const plan::SinkMaterialize& node, const column::Schema& input);
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  struct Entry {
    std::string identity;  // the upsert key's cells, or all cells
    std::string cells;
  };
  [[nodiscard]] std::string encode(const column::Batch& batch, const std::vector<int>& columns, size_t position) const;

  plan::SinkMaterialize node_;
  NotNullEnforcer not_null_;
  column::Schema input_;
  std::vector<int> all_columns_;
  state::TableSchema schema_;
  OperatorContext context_;
  std::unique_ptr<state::StateTable> table_;
};

}  // namespace millstream::stream
