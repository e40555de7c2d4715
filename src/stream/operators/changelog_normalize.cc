// The row that a key has at a moment is either one of the state, read once per batch, or one of the batch itself.
#include "stream/operators/changelog_normalize.h"

#include <algorithm>

#include "stream/operators/batch_groups.h"

namespace millstream::stream {

using column::RowKind;

ChangelogNormalize::ChangelogNormalize(const plan::ChangelogNormalize& node, const column::Schema& input)
    : node_(node) {
  if (node.condition) condition_.emplace(node.condition);
  for (const int key : node.keys) schema_.keys.push_back(input.fields[static_cast<size_t>(key)].type);
  for (int c = 0; c < static_cast<int>(input.size()); ++c) {
    if (std::find(node.keys.begin(), node.keys.end(), c) != node.keys.end()) continue;
    value_columns_.push_back(c);
    schema_.values.push_back(input.fields[static_cast<size_t>(c)].type);
  }
}

Status ChangelogNormalize::open(const OperatorContext& context, state::SnapshotReader* restored) {
  context_ = context;
  table_ = std::make_unique<state::StateTable>(schema_, *context.budget);
  return restored == nullptr ? Status{} : table_->restore(*restored, "rows");
}

Status ChangelogNormalize::snapshot(state::SnapshotWriter& writer) {
  table_->snapshot(writer, "rows");
  return {};
}

Result<std::vector<bool>> ChangelogNormalize::present(const column::Batch& batch) {
  std::vector<bool> there(batch.length, !condition_);
  if (!condition_) return there;
  std::vector<function::RowError> errors;
  function::EvaluationContext evaluation{context_.clock->now(), context_.time_zone, &errors};
  // A deletion may have its key only: its other cells are not looked at.
  std::vector<uint32_t> added, kept;
  for (uint32_t i = 0; i < batch.length; ++i) {
    if (column::is_addition(batch.kind_at(i))) added.push_back(i);
  }
  condition_->filter(batch, {added.data(), added.size()}, evaluation, kept);
  for (const function::RowError& error : errors) {
    ++context_.counters->bad_rows;
    MS_TRY(context_.bad_rows->refuse({error.code, error.message, "ChangelogNormalize", nullptr, error.position}));
  }
  for (const uint32_t row : kept) there[row] = true;
  return there;
}

Status ChangelogNormalize::process(int input, column::Batch batch, Output& out) {
  (void)input;
  batch = batch.compacted();
  const column::Rows rows = batch.rows();
  MS_ASSIGN(const std::vector<bool> there, present(batch));
  BatchGroups groups;
  MS_ASSIGN(const std::vector<uint32_t> created, groups.find(*table_, batch, node_.keys));
  const auto group_count = static_cast<uint32_t>(groups.rows().size());

  // Values [0, groups) are the state's, those behind it the batch's.
  constexpr uint32_t kNothing = column::kNoPosition;
  std::vector<uint32_t> current(group_count);
  for (uint32_t g = 0; g < group_count; ++g) current[g] = g;
  for (const uint32_t i : created) current[groups.of(i)] = kNothing;
  std::vector<column::VectorPtr> values;
  for (size_t v = 0; v < value_columns_.size(); ++v) {
    const std::vector<column::VectorPtr> parts = {table_->read_column(schema_.keys.size() + v, groups.rows()),
                                                  batch.columns[static_cast<size_t>(value_columns_[v])]};
    values.push_back(column::concatenate(parts));
  }
  auto kinds = std::make_shared<std::vector<RowKind>>();
  std::vector<uint32_t> key_positions, value_positions;
  const auto add = [&](RowKind kind, uint32_t key, uint32_t value) {
    kinds->push_back(kind);
    key_positions.push_back(key);
    value_positions.push_back(value);
  };
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t& now = current[groups.of(i)];
    if (!column::is_addition(batch.kind_at(i)) || !there[i]) {
      if (now != kNothing) add(RowKind::kDelete, i, now);
      now = kNothing;
      continue;
    }
    const uint32_t next = group_count + i;
    if (now == kNothing) {
      add(RowKind::kInsert, i, next);
    } else {
      const bool same =
          std::all_of(values.begin(), values.end(), [&](const auto& v) { return column::equal_at(*v, now, *v, next); });
      if (same) continue;
      if (node_.emit_update_before) add(RowKind::kUpdateBefore, i, now);
      add(RowKind::kUpdateAfter, i, next);
    }
    now = next;
  }
  for (uint32_t g = 0; g < group_count; ++g) {
    if (current[g] == kNothing)
      table_->erase(groups.rows()[g]);
    else if (current[g] >= group_count)
      MS_TRY(table_->set_values(groups.rows()[g], values, current[g]));
  }
  MS_TRY(table_->compact());
  context_.counters->state_bytes = table_->memory_size();
  if (kinds->empty()) return {};

  column::Batch result;
  result.length = kinds->size();
  result.columns.resize(batch.columns.size());
  for (const int key : node_.keys)
    result.columns[static_cast<size_t>(key)] = column::gather(*batch.columns[static_cast<size_t>(key)], key_positions);
  for (size_t v = 0; v < value_columns_.size(); ++v) {
    result.columns[static_cast<size_t>(value_columns_[v])] = column::gather(*values[v], value_positions);
  }
  const bool only_inserts =
      std::all_of(kinds->begin(), kinds->end(), [](RowKind kind) { return kind == RowKind::kInsert; });
  if (!only_inserts) result.kinds = std::move(kinds);
  return out.emit(std::move(result));
}

}  // namespace millstream::stream
