// Operators that change no values: union and exchange pass everything, DropUpdateBefore all but -U.
#pragma once

#include "stream/operator.h"

namespace millstream::stream {

class PassThrough final : public Operator {
 public:
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override {
    (void)context;
    (void)restored;
    return {};
  }
  Status process(int input, column::Batch batch, Output& out) override {
    (void)input;
    return out.emit(std::move(batch));
  }
};

class DropUpdateBefore final : public Operator {
 public:
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override {
    (void)context;
    (void)restored;
    return {};
  }
  Status process(int input, column::Batch batch, Output& out) override {
    (void)input;
    if (!batch.kinds) return out.emit(std::move(batch));
    auto kept = std::make_shared<std::vector<uint32_t>>();
    batch.rows().for_each([&](size_t row) {
      if (batch.kind_at(row) != column::RowKind::kUpdateBefore) kept->push_back(static_cast<uint32_t>(row));
    });
    if (kept->size() < batch.row_count()) batch.selection = std::move(kept);
    return out.emit(std::move(batch));
  }
};

}  // namespace millstream::stream
