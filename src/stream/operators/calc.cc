// Few rows left of a batch are copied so that the rest can go; many are named by a selection.
#include "stream/operators/calc.h"

#include <algorithm>

namespace millstream::stream {
namespace {

constexpr size_t kCopyFraction = 4;

}  // namespace

Calc::Calc(const plan::Calc& node) {
  if (node.condition) condition_.emplace(node.condition);
  for (const auto& projection : node.projections) projections_.emplace_back(projection);
}

Status Calc::open(const OperatorContext& context, state::SnapshotReader* restored) {
  (void)restored;
  context_ = context;
  return {};
}

// Takes the rows named in errors_ out of kept_.
Status Calc::refuse(const column::Batch& batch) {
  std::sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) { return a.position < b.position; });
  std::vector<uint32_t> refused;
  for (const function::RowError& error : errors_) {
    if (!refused.empty() && refused.back() == error.position) continue;
    refused.push_back(error.position);
    ++context_.counters->bad_rows;
    MS_TRY(context_.bad_rows->refuse({error.code, error.message, "Calc", batch.origin.get(), error.position}));
  }
  std::erase_if(kept_, [&](uint32_t row) { return std::binary_search(refused.begin(), refused.end(), row); });
  errors_.clear();
  return {};
}

Status Calc::process(int input, column::Batch batch, Output& out) {
  (void)input;
  function::EvaluationContext evaluation{context_.clock->now(), context_.time_zone, &errors_};
  errors_.clear();
  kept_.clear();
  if (condition_) {
    condition_->filter(batch, batch.rows(), evaluation, kept_);
    if (!errors_.empty()) MS_TRY(refuse(batch));
    if (kept_.empty()) return {};
    if (kept_.size() < batch.length) {
      batch.selection = std::make_shared<const std::vector<uint32_t>>(kept_);
      if (kept_.size() * kCopyFraction < batch.length) batch = batch.compacted();
    }
  }
  column::Batch result = batch;
  result.columns.clear();
  for (function::Evaluator& projection : projections_)
    result.columns.push_back(projection.evaluate(batch, batch.rows(), evaluation));
  if (!errors_.empty()) {
    const column::Rows rows = batch.rows();
    kept_.resize(rows.count);
    for (size_t i = 0; i < rows.count; ++i) kept_[i] = static_cast<uint32_t>(rows[i]);
    MS_TRY(refuse(batch));
    if (kept_.empty()) return {};
    result.selection = std::make_shared<const std::vector<uint32_t>>(kept_);
  }
  return out.emit(std::move(result));
}

}  // namespace millstream::stream
