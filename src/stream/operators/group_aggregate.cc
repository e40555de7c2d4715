// Each row sees its own result: rows are worked one after the other, or, where rows may be taken back, in rounds in
// which no group occurs twice. The changes then leave in row order.
#include "stream/operators/group_aggregate.h"

#include <algorithm>
#include <cmath>

#include "column/key.h"

namespace millstream::stream {

using column::RowKind;
using column::Rows;

namespace {

constexpr size_t kPagesPerBatch = 1;
constexpr std::string_view kEnded = "ended";

// Java's NaN is not equal to itself, so in Flink a result of NaN is always a new one.
bool is_nan_at(const column::Vector& results, size_t position) {
  if (results.is_null(position)) return false;
  switch (results.type().kind()) {
    case column::TypeKind::kFloat:
      return std::isnan(column::Reader<float>(results)[position]);
    case column::TypeKind::kDouble:
      return std::isnan(column::Reader<double>(results)[position]);
    default:
      return false;
  }
}

}  // namespace

Result<std::unique_ptr<Operator>> GroupAggregate::make(const plan::GroupAggregate& node, const column::Schema& input,
                                                       bool net_changes) {
  MS_ASSIGN(auto layout, AggregateLayout::make(node.keys, node.calls, input, node.input_retracts, node.state_ttl));
  return std::unique_ptr<Operator>(new GroupAggregate(node, input, std::move(layout), net_changes));
}

Status GroupAggregate::open(const OperatorContext& context, state::SnapshotReader* restored) {
  context_ = context;
  state_ = std::make_unique<AggregateState>(layout_, *context.budget);
  if (restored == nullptr) return {};
  if (node_.at_end) {
    MS_ASSIGN(const std::vector<ByteBuffer> ended, restored->get(kEnded));
    for (const ByteBuffer& value : ended) ended_ = ended_ || (!value.empty() && value[0] == std::byte{1});
  }
  return state_->restore(*restored, "");
}

Status GroupAggregate::snapshot(state::SnapshotWriter& writer) {
  if (node_.at_end) writer.put(kEnded, ByteBuffer(1, std::byte{ended_}));
  state_->snapshot(writer, "");
  return {};
}

// Counts rows per group: which come first, which take the last one away, which are for nobody.
void GroupAggregate::decide(const column::Batch& batch, Rows rows) {
  effects_.resize(rows.count);
  signs_.resize(rows.count);
  present_.assign(state_->group_count(), 0);
  for (uint32_t g = 0; g < present_.size(); ++g) present_[g] = state_->count(g) != 0;
  for (size_t i = 0; i < rows.count; ++i) {
    int64_t& count = state_->count(state_->group(i));
    if (column::is_addition(batch.kind_at(rows[i]))) {
      effects_[i] = count == 0 ? Effect::kFirst : Effect::kUpdate;
      signs_[i] = 1;
      ++count;
    } else if (count == 0) {
      effects_[i] = Effect::kNone;
      signs_[i] = 0;
    } else {
      --count;
      effects_[i] = count == 0 ? Effect::kLast : Effect::kUpdate;
      signs_[i] = -1;
    }
  }
}

Status GroupAggregate::process(int input, column::Batch batch, Output& out) {
  (void)input;
  if (batch.kinds && !node_.input_retracts) {
    for (const RowKind kind : *batch.kinds) {
      if (!column::is_addition(kind))
        return fail(ErrorCode::kInternal, "a retraction reached an aggregation planned without");
    }
  }
  std::vector<column::VectorPtr> keys;
  for (const int key : node_.keys) keys.push_back(batch.columns[static_cast<size_t>(key)]);
  const Rows rows = batch.rows();
  const ProcTime now = context_.clock->now();
  state_->sweep(now);
  MS_TRY(state_->load(batch, keys, rows, now));
  decide(batch, rows);
  MS_TRY(state_->effects(signs_));
  if (node_.at_end) {
    std::vector<uint32_t> all(rows.count);
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    MS_TRY(state_->update(all));
    MS_TRY(state_->finish_batch());
    context_.counters->state_bytes = state_->memory_size();
    return {};
  }

  kinds_.clear();
  key_positions_.clear();
  value_positions_.clear();
  results_.clear();
  const size_t result_count = state_->group_count() + (net_changes_ ? state_->group_count() : rows.count);
  for (const auto& call : layout_->calls) results_.push_back(column::Vector::make(call.result, result_count));
  MS_TRY(net_changes_ ? netted(batch, rows, out) : row_by_row(batch, rows, out));
  MS_TRY(state_->finish_batch());
  context_.counters->state_bytes = state_->memory_size();
  return {};
}

Status GroupAggregate::on_end(Output& out) {
  if (!node_.at_end || ended_) return {};
  ended_ = true;
  size_t page = 0;
  bool any = false;
  while (state_->load_next(page, kPagesPerBatch)) {
    any = true;
    MS_TRY(emit_groups(out));
  }
  // Without GROUP BY there is one group, rows or not.
  if (!any && node_.keys.empty() && context_.task_index == 0) {
    MS_TRY(load_empty_group());
    MS_TRY(emit_groups(out));
  }
  state_ = std::make_unique<AggregateState>(layout_, *context_.budget);
  context_.counters->state_bytes = 0;
  return {};
}

Status GroupAggregate::load_empty_group() {
  nothing_.length = 1;
  for (const column::Type::Field& field : input_.fields) {
    auto cell = column::Vector::make(field.type, 1);
    cell->set_null(0);
    nothing_.columns.push_back(std::move(cell));
  }
  return state_->load(nothing_, {}, nothing_.rows(), ProcTime(0));
}

Status GroupAggregate::emit_groups(Output& out) const {
  column::Batch result;
  result.length = state_->group_count();
  result.columns = state_->read_keys();
  std::vector<uint32_t> everyone(result.length);
  for (uint32_t g = 0; g < everyone.size(); ++g) everyone[g] = g;
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    auto results = column::Vector::make(layout_->calls[c].result, result.length);
    state_->result(c, everyone, everyone, *results);
    result.columns.push_back(std::move(results));
  }
  return out.emit(std::move(result));
}

bool GroupAggregate::same_results(uint32_t a, uint32_t b) const {
  if (node_.state_ttl.value > 0) return false;
  return std::all_of(results_.begin(), results_.end(), [&](const auto& results) {
    return column::equal_at(*results, a, *results, b) && !is_nan_at(*results, a);
  });
}

void GroupAggregate::add_change(RowKind kind, uint32_t key_position, uint32_t value_position) {
  kinds_.push_back(kind);
  key_positions_.push_back(key_position);
  value_positions_.push_back(value_position);
}

// A later row of the batch may begin the group anew. Its rows are counted already.
void GroupAggregate::empty_group(uint32_t group) {
  const int64_t count = state_->count(group);
  state_->reset(group);
  state_->count(group) = count;
}

// Results behind those of before the batch, at the place of each row.
Status GroupAggregate::in_rounds(Rows rows) {
  const auto groups = static_cast<uint32_t>(state_->group_count());
  // Round of a row: how many rows of its group come before it.
  std::vector<uint32_t> next_round(groups, 0);
  std::vector<uint32_t> round_sizes;
  round_.resize(rows.count);
  for (size_t i = 0; i < rows.count; ++i) {
    if (effects_[i] == Effect::kNone) continue;
    round_[i] = next_round[state_->group(i)]++;
    if (round_[i] == round_sizes.size()) round_sizes.push_back(0);
    ++round_sizes[round_[i]];
  }
  std::vector<uint32_t> starts(round_sizes.size() + 1, 0);
  for (size_t r = 0; r < round_sizes.size(); ++r) starts[r + 1] = starts[r] + round_sizes[r];
  std::vector<uint32_t> sorted(starts.back());
  std::vector<uint32_t> fill(starts.begin(), starts.end());
  for (size_t i = 0; i < rows.count; ++i) {
    if (effects_[i] != Effect::kNone) sorted[fill[round_[i]]++] = static_cast<uint32_t>(i);
  }
  std::vector<uint32_t> round_groups, round_positions;
  for (size_t r = 0; r < round_sizes.size(); ++r) {
    const std::span<const uint32_t> numbers(sorted.data() + starts[r], round_sizes[r]);
    MS_TRY(state_->update(numbers));
    round_groups.clear();
    round_positions.clear();
    for (const uint32_t i : numbers) {
      round_groups.push_back(state_->group(i));
      round_positions.push_back(groups + i);
    }
    for (size_t c = 0; c < results_.size(); ++c) state_->result(c, round_groups, round_positions, *results_[c]);
    for (const uint32_t i : numbers) {
      if (effects_[i] == Effect::kLast) empty_group(state_->group(i));
    }
  }
  return {};
}

Status GroupAggregate::row_by_row(const column::Batch& batch, Rows rows, Output& out) {
  const auto groups = static_cast<uint32_t>(state_->group_count());
  // Results before the batch, of the groups that were there.
  std::vector<uint32_t> before;
  for (uint32_t g = 0; g < groups; ++g) {
    if (present_[g] != 0) before.push_back(g);
  }
  for (size_t c = 0; c < results_.size() && !before.empty(); ++c) state_->result(c, before, before, *results_[c]);

  if (state_->can_run()) {
    state_->run(rows.count, groups, results_);
  } else {
    MS_TRY(in_rounds(rows));
  }

  std::vector<uint32_t> latest(groups);
  for (uint32_t g = 0; g < groups; ++g) latest[g] = g;
  for (size_t i = 0; i < rows.count; ++i) {
    if (effects_[i] == Effect::kNone) continue;
    const auto key = static_cast<uint32_t>(rows[i]);
    const auto after = groups + static_cast<uint32_t>(i);
    uint32_t& previous = latest[state_->group(i)];
    switch (effects_[i]) {
      case Effect::kFirst:
        add_change(RowKind::kInsert, key, after);
        break;
      case Effect::kUpdate:
        if (same_results(previous, after)) break;
        if (node_.emit_update_before) add_change(RowKind::kUpdateBefore, key, previous);
        add_change(RowKind::kUpdateAfter, key, after);
        break;
      case Effect::kLast:
        add_change(RowKind::kDelete, key, previous);
        break;
      case Effect::kNone:
        break;
    }
    previous = after;
  }
  return emit_changes(batch, out);
}

Status GroupAggregate::netted(const column::Batch& batch, Rows rows, Output& out) {
  const auto groups = static_cast<uint32_t>(state_->group_count());
  std::vector<uint32_t> before, next, everyone, behind;
  next.reserve(rows.count);
  for (uint32_t g = 0; g < groups; ++g) {
    if (present_[g] != 0) before.push_back(g);
    everyone.push_back(g);
    behind.push_back(groups + g);
  }
  for (size_t c = 0; c < results_.size() && !before.empty(); ++c) state_->result(c, before, before, *results_[c]);
  for (uint32_t i = 0; i < rows.count; ++i) {
    next.push_back(i);
    if (!layout_->order_matters || effects_[i] != Effect::kLast) continue;
    MS_TRY(state_->update(next));
    next.clear();
    empty_group(state_->group(i));
  }
  MS_TRY(state_->update(next));
  for (size_t c = 0; c < results_.size(); ++c) state_->result(c, everyone, behind, *results_[c]);

  std::vector<bool> told(groups, false);
  for (size_t i = 0; i < rows.count; ++i) {
    const uint32_t g = state_->group(i);
    if (told[g]) continue;
    told[g] = true;
    const auto key = static_cast<uint32_t>(rows[i]);
    const bool now = state_->count(g) != 0;
    if (present_[g] == 0) {
      if (now) add_change(RowKind::kInsert, key, groups + g);
    } else if (!now) {
      add_change(RowKind::kDelete, key, g);
    } else if (!same_results(g, groups + g)) {
      if (node_.emit_update_before) add_change(RowKind::kUpdateBefore, key, g);
      add_change(RowKind::kUpdateAfter, key, groups + g);
    }
  }
  return emit_changes(batch, out);
}

Status GroupAggregate::emit_changes(const column::Batch& batch, Output& out) {
  if (kinds_.empty()) return {};
  column::Batch result;
  result.length = kinds_.size();
  for (const int key : node_.keys)
    result.columns.push_back(column::gather(*batch.columns[static_cast<size_t>(key)], key_positions_));
  for (const auto& results : results_) result.columns.push_back(column::gather(*results, value_positions_));
  const bool only_inserts =
      std::all_of(kinds_.begin(), kinds_.end(), [](RowKind kind) { return kind == RowKind::kInsert; });
  if (!only_inserts) result.kinds = std::make_shared<const std::vector<RowKind>>(kinds_);
  return out.emit(std::move(result));
}

}  // namespace millstream::stream
