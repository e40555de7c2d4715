// Kernels get (slot pointers, value vector) for as many rows at a time as the caller names.
#include "stream/operators/aggregate_state.h"

#include <algorithm>

#include "base/check.h"
#include "column/key.h"
#include "state/nested_cell.h"

namespace millstream::stream {
namespace {

using column::Rows;
using column::VectorPtr;
using state::RowRef;

constexpr size_t kSweepPages = 2;

// A distinct set's slot: last write, then counts per user or one word of bits.
constexpr size_t kDistinctTime = 0;
constexpr size_t kDistinctUsers = 8;

}  // namespace

AggregateState::AggregateState(std::shared_ptr<const AggregateLayout> layout, MemoryBudget& budget)
    : layout_(std::move(layout)), budget_(&budget), table_(layout_->groups(), budget) {
  for (const auto& distinct : layout_->distincts) {
    state::TableSchema schema{layout_->keys, {}, 8 + 8 * (layout_->retracting ? distinct.users : 1)};
    schema.keys.push_back(distinct.type);
    distincts_.emplace_back(schema, budget);
  }
  for (const auto& kept : layout_->kept) kept_.emplace_back(*layout_, kept, budget);
  constants_.resize(layout_->calls.size());
  effects_.resize(layout_->calls.size());
}

void AggregateState::initialise(std::byte* slots) const {
  std::memset(slots, 0, layout_->slot_bytes);
  for (const auto& call : layout_->calls) {
    if (call.kept < 0 && call.kernel.initialise != nullptr) call.kernel.initialise(slots + call.offset);
  }
}

Status AggregateState::load(const column::Batch& batch, std::span<const VectorPtr> keys, Rows rows, ProcTime now) {
  batch_ = &batch;
  keys_.assign(keys.begin(), keys.end());
  rows_ = rows;
  now_ = now;
  hashes_.resize(rows.count);
  column::hash_keys(keys, rows, hashes_);
  refs_.resize(rows.count);
  created_.clear();
  MS_TRY(table_.probe(keys, hashes_, rows, refs_, created_));
  numbers_.number(refs_);
  groups_.clear();
  for (const RowRef row : numbers_.rows()) groups_.push_back({row, table_.mutable_slots(row)});
  for (const uint32_t i : created_) initialise(groups_[numbers_.of(i)].slots);
  if (layout_->ttl.value > 0) {
    for (uint32_t g = 0; g < groups_.size(); ++g) {
      int64_t& time = *reinterpret_cast<int64_t*>(groups_[g].slots + AggregateLayout::kTimeOffset);
      if (time != 0 && now.value - time >= layout_->ttl.value) reset(g);
      *reinterpret_cast<int64_t*>(groups_[g].slots + AggregateLayout::kTimeOffset) = now.value;
    }
  }
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    const auto& call = layout_->calls[c];
    if (call.constants.empty() || !constants_[c].empty() || rows.count == 0) continue;
    for (const int column : call.constants)
      constants_[c].push_back(column::value_at(*batch.columns[static_cast<size_t>(column)], rows[0]));
  }
  return {};
}

bool AggregateState::passes(const AggregateLayout::Call& call, size_t position) const {
  if (call.filter < 0) return true;
  const column::Reader<uint8_t> filter(*batch_->columns[static_cast<size_t>(call.filter)]);
  return !filter.is_null(position) && filter[position] != 0;
}

Status AggregateState::effects(std::span<const int8_t> signs) {
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    const auto& call = layout_->calls[c];
    effects_[c].assign(signs.begin(), signs.end());
    if (call.filter < 0) continue;
    for (size_t i = 0; i < signs.size(); ++i) {
      if (!passes(call, rows_[i])) effects_[c][i] = 0;
    }
  }
  for (size_t set = 0; set < distincts_.size(); ++set) MS_TRY(distinct_effects(set, signs));
  return {};
}

// Leaves of the effects of each DISTINCT call those that make a value appear in its group or disappear from it.
Status AggregateState::distinct_effects(size_t set, std::span<const int8_t> signs) {
  const auto& distinct = layout_->distincts[set];
  const VectorPtr& values = batch_->columns[static_cast<size_t>(distinct.column)];
  std::vector<uint32_t> numbers, positions;
  for (size_t i = 0; i < signs.size(); ++i) {
    if (signs[i] == 0 || values->is_null(rows_[i])) continue;
    numbers.push_back(static_cast<uint32_t>(i));
    positions.push_back(static_cast<uint32_t>(rows_[i]));
  }
  std::vector<VectorPtr> keys = keys_;
  keys.push_back(values);
  const Rows rows{positions.data(), positions.size()};
  std::vector<uint64_t> hashes(positions.size());
  column::hash_keys(keys, rows, hashes);
  for (size_t k = 0; k < hashes.size(); ++k) hashes[k] = hash_in_group(hashes_[numbers[k]], hashes[k]);
  std::vector<RowRef> refs(positions.size());
  std::vector<uint32_t> created;
  MS_TRY(distincts_[set].probe(keys, hashes, rows, refs, created));

  std::vector<RowRef> emptied;
  for (size_t k = 0; k < refs.size(); ++k) {
    const uint32_t i = numbers[k];
    std::byte* slots = distincts_[set].mutable_slots(refs[k]);
    auto* users = reinterpret_cast<int64_t*>(slots + kDistinctUsers);
    if (layout_->ttl.value > 0) {
      int64_t& time = *reinterpret_cast<int64_t*>(slots + kDistinctTime);
      if (time != 0 && now_.value - time >= layout_->ttl.value)
        std::memset(users, 0, (layout_->retracting ? distinct.users : 1) * sizeof(int64_t));
      time = now_.value;
    }
    bool any = false;
    for (size_t c = 0; c < layout_->calls.size(); ++c) {
      const auto& call = layout_->calls[c];
      if (call.distinct != static_cast<int>(set)) continue;
      int8_t& effect = effects_[c][i];
      if (!layout_->retracting) {
        const int64_t bit = int64_t{1} << call.user;
        if (effect != 0 && (*users & bit) != 0)
          effect = 0;
        else if (effect != 0)
          *users |= bit;
        any = true;
        continue;
      }
      int64_t& count = users[call.user];
      const int64_t before = count;
      count += effect;
      if (effect > 0 && before != 0) effect = 0;
      if (effect < 0 && count != 0) effect = 0;
      any |= count != 0;
    }
    if (!any) emptied.push_back(refs[k]);
  }
  // Erased last: a value may come back within the batch.
  std::sort(emptied.begin(), emptied.end());
  emptied.erase(std::unique(emptied.begin(), emptied.end()), emptied.end());
  for (const RowRef row : emptied) {
    const auto* users = reinterpret_cast<const int64_t*>(distincts_[set].slots(row) + kDistinctUsers);
    if (std::all_of(users, users + distinct.users, [](int64_t n) { return n == 0; })) distincts_[set].erase(row);
  }
  return {};
}

Status AggregateState::update(std::span<const uint32_t> row_numbers) {
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    const auto& call = layout_->calls[c];
    const column::Vector* argument =
        call.argument < 0 ? nullptr : batch_->columns[static_cast<size_t>(call.argument)].get();
    if (call.kept >= 0) {
      KeptValues& kept = kept_[static_cast<size_t>(call.kept)];
      CHECK(argument != nullptr);
      for (const uint32_t i : row_numbers) {
        if (effects_[c][i] == 0) continue;
        int64_t& group = handle(call, groups_[numbers_.of(i)].slots);
        if (effects_[c][i] > 0) {
          MS_TRY(kept.add(keys_, batch_->columns[static_cast<size_t>(call.argument)], rows_[i], group));
        } else {
          kept.remove(*argument, rows_[i], group);
        }
      }
      continue;
    }
    slots_.clear();
    positions_.clear();
    const auto take = [&](uint32_t i) {
      slots_.push_back(groups_[numbers_.of(i)].slots + call.offset);
      positions_.push_back(static_cast<uint32_t>(rows_[i]));
    };
    const auto apply = [&](int sign) {
      if (!slots_.empty()) call.kernel.update(slots_, argument, Rows{positions_.data(), positions_.size()}, sign);
      slots_.clear();
      positions_.clear();
    };
    if (layout_->retracting && call.kernel.order_matters) {
      int8_t sign = 0;
      for (const uint32_t i : row_numbers) {
        const int8_t effect = effects_[c][i];
        if (effect == 0) continue;
        if (effect != sign) apply(sign);
        sign = effect;
        take(i);
      }
      apply(sign);
      continue;
    }
    for (const int sign : {1, -1}) {
      if (sign < 0 && !layout_->retracting) break;
      for (const uint32_t i : row_numbers) {
        if (effects_[c][i] == sign) take(i);
      }
      apply(sign);
    }
  }
  return {};
}

void AggregateState::result(size_t c, std::span<const uint32_t> groups, std::span<const uint32_t> positions,
                            column::Vector& out) const {
  const auto& call = layout_->calls[c];
  if (call.kept >= 0) {
    std::vector<int64_t> handles;
    for (const uint32_t group : groups) handles.push_back(handle(call, groups_[group].slots));
    kept_[static_cast<size_t>(call.kept)].result(handles, positions, call, constants_[c], out);
    return;
  }
  std::vector<const std::byte*> slots;
  slots.reserve(groups.size());
  for (const uint32_t group : groups) slots.push_back(groups_[group].slots + call.offset);
  call.kernel.result(slots, positions, out);
}

void AggregateState::run(size_t count, uint32_t first, std::span<const std::shared_ptr<column::Vector>> results) {
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    const auto& call = layout_->calls[c];
    const column::Vector* argument =
        call.argument < 0 ? nullptr : batch_->columns[static_cast<size_t>(call.argument)].get();
    for (size_t i = 0; i < count; ++i) {
      std::byte* const slot = groups_[numbers_.of(i)].slots + call.offset;
      const auto position = static_cast<uint32_t>(rows_[i]);
      if (effects_[c][i] != 0) call.kernel.update(std::span(&slot, 1), argument, Rows{&position, 1}, 1);
      const std::byte* const read = slot;
      const auto at = first + static_cast<uint32_t>(i);
      call.kernel.result(std::span(&read, 1), std::span(&at, 1), *results[c]);
    }
  }
}

void AggregateState::reset(uint32_t group) {
  std::byte* slots = groups_[group].slots;
  for (const auto& call : layout_->calls) {
    if (call.kept >= 0) kept_[static_cast<size_t>(call.kept)].clear(handle(call, slots));
  }
  const int64_t time = *reinterpret_cast<int64_t*>(slots + AggregateLayout::kTimeOffset);
  initialise(slots);
  *reinterpret_cast<int64_t*>(slots + AggregateLayout::kTimeOffset) = time;
}

Status AggregateState::finish_batch() {
  bool erased = false;
  for (uint32_t g = 0; g < groups_.size(); ++g) {
    if (count(g) != 0) continue;
    reset(g);
    table_.erase(groups_[g].row);
    erased = true;
  }
  batch_ = nullptr;
  groups_.clear();
  if (!erased) return {};
  MS_TRY(table_.compact());
  for (auto& distinct : distincts_) MS_TRY(distinct.compact());
  return {};
}

bool AggregateState::load_next(size_t& page, size_t pages) {
  groups_.clear();
  const size_t total = table_.page_count();
  while (page < total && groups_.empty()) {
    table_.scan(page, pages, [&](RowRef row) { groups_.push_back({row, nullptr}); });
    page += pages;
  }
  for (Group& group : groups_) group.slots = const_cast<std::byte*>(table_.slots(group.row));  // only read
  return !groups_.empty();
}

std::vector<VectorPtr> AggregateState::read_keys() const {
  std::vector<RowRef> rows;
  rows.reserve(groups_.size());
  for (const Group& group : groups_) rows.push_back(group.row);
  std::vector<VectorPtr> keys;
  for (size_t k = 0; k < layout_->keys.size(); ++k) keys.push_back(table_.read_column(k, rows));
  return keys;
}

void AggregateState::sweep(ProcTime now) {
  if (layout_->ttl.value == 0) return;
  const auto expired = [&](const std::byte* time) {
    int64_t written;
    std::memcpy(&written, time, sizeof written);
    return now.value - written >= layout_->ttl.value;
  };
  std::vector<RowRef> gone;
  table_.scan(sweep_page_, kSweepPages, [&](RowRef row) {
    if (expired(table_.slots(row) + AggregateLayout::kTimeOffset)) gone.push_back(row);
  });
  for (const RowRef row : gone) {
    std::byte* slots = table_.mutable_slots(row);
    for (const auto& call : layout_->calls) {
      if (call.kept >= 0) kept_[static_cast<size_t>(call.kept)].clear(handle(call, slots));
    }
    table_.erase(row);
  }
  for (auto& distinct : distincts_) {
    gone.clear();
    distinct.scan(sweep_page_, kSweepPages, [&](RowRef row) {
      if (expired(distinct.slots(row) + kDistinctTime)) gone.push_back(row);
    });
    for (const RowRef row : gone) distinct.erase(row);
  }
  sweep_page_ += kSweepPages;
  size_t most = table_.page_count();
  for (const auto& distinct : distincts_) most = std::max(most, distinct.page_count());
  if (sweep_page_ >= most) sweep_page_ = 0;
}

void AggregateState::snapshot(state::SnapshotWriter& writer, const std::string& prefix) {
  table_.snapshot(writer, prefix + "groups");
  for (size_t d = 0; d < distincts_.size(); ++d)
    distincts_[d].snapshot(writer, prefix + "distinct." + std::to_string(d));
  for (size_t k = 0; k < kept_.size(); ++k) kept_[k].snapshot(writer, prefix + "values." + std::to_string(k));
  for (size_t c = 0; c < constants_.size(); ++c) {
    if (constants_[c].empty()) continue;
    // The separator of LISTAGG: a window may fire after a restart before any row has shown it again.
    ByteWriter value;
    for (size_t k = 0; k < constants_[c].size(); ++k) {
      const VectorPtr cell = column::make_vector(layout_->calls[c].constant_types[k], std::span(&constants_[c][k], 1));
      state::encode_cell(*cell, 0, value);
    }
    writer.put(prefix + "constants." + std::to_string(c), value.take());
  }
}

Status AggregateState::restore(state::SnapshotReader& reader, const std::string& prefix) {
  MS_TRY(table_.restore(reader, prefix + "groups"));
  for (size_t d = 0; d < distincts_.size(); ++d)
    MS_TRY(distincts_[d].restore(reader, prefix + "distinct." + std::to_string(d)));
  for (size_t k = 0; k < kept_.size(); ++k) MS_TRY(kept_[k].restore(reader, prefix + "values." + std::to_string(k)));
  for (size_t c = 0; c < layout_->calls.size(); ++c) {
    const auto& call = layout_->calls[c];
    MS_ASSIGN(const std::vector<ByteBuffer> constants, reader.get(prefix + "constants." + std::to_string(c)));
    if (!constants.empty()) {
      ByteReader bytes(constants[0]);
      for (const column::Type& type : call.constant_types) constants_[c].push_back(state::decode_cell(type, bytes));
      if (!bytes.at_end()) return fail(ErrorCode::kCorrupt, "the constant arguments of an aggregate cannot be read");
    }
    if (call.kept < 0) continue;
    // Handles are of the memory that is gone.
    table_.scan([&](RowRef row) { handle(call, table_.mutable_slots(row)) = 0; });
    MS_TRY(kept_[static_cast<size_t>(call.kept)].rebuild(
        [&](const std::vector<VectorPtr>& keys, size_t count) -> Result<std::vector<int64_t*>> {
          const Rows rows{nullptr, count};
          std::vector<uint64_t> hashes(count);
          column::hash_keys(keys, rows, hashes);
          std::vector<RowRef> refs(count);
          table_.find(keys, hashes, rows, refs);
          std::vector<int64_t*> handles;
          for (const RowRef row : refs) {
            if (row == state::kNoRow) return fail(ErrorCode::kCorrupt, "a kept value has no group");
            handles.push_back(&handle(call, table_.mutable_slots(row)));
          }
          return handles;
        }));
  }
  return {};
}

int64_t AggregateState::memory_size() const {
  int64_t total = table_.memory_size();
  for (const auto& distinct : distincts_) total += distinct.memory_size();
  for (const auto& kept : kept_) total += kept.memory_size();
  return total;
}

}  // namespace millstream::stream
