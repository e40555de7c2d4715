// The last change of each key: keys are encoded and looked up first, so only rows that stay are encoded.
#include "connector/postgres/internal/epoch_buffer.h"

#include <numeric>

#include "base/check.h"
#include "connector/postgres/internal/epoch_payload.h"

namespace millstream::connector::postgres {
namespace {

constexpr size_t kFirstIndex = 1024;
// Replaced rows are swept out when they are both this many bytes and half of all.
constexpr uint64_t kSweepBytes = 4 << 20;

std::vector<int> counting_inputs(size_t count) {
  std::vector<int> inputs(count);
  std::iota(inputs.begin(), inputs.end(), 0);
  return inputs;
}
std::vector<WireColumn> keys_of(const TargetTable& table) {
  std::vector<WireColumn> keys;
  std::ranges::copy_if(table.columns, std::back_inserter(keys), &WireColumn::is_key);
  return keys;
}
std::vector<int> key_inputs_of(const TargetTable& table) {
  std::vector<int> inputs;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].is_key) inputs.push_back(static_cast<int>(i));
  }
  return inputs;
}

uint32_t hash_of(ByteSpan key) {
  const size_t hash = std::hash<std::string_view>()(as_text(key));
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

EpochBuffer::EpochBuffer(const TargetTable& table)
    : header_(write_header(table)),
      row_encoder_(table.columns, counting_inputs(table.columns.size())),
      key_encoder_(keys_of(table), key_inputs_of(table)) {
  is_keyed_ = !key_inputs_of(table).empty();
  reset();
}

void EpochBuffer::reset() {
  rows_ = header_;
  row_count_ = dead_bytes_ = 0;
  keys_.clear();
  entries_.clear();
  index_.assign(is_keyed_ ? kFirstIndex : 0, 0);
}

Bytes EpochBuffer::memory() const {
  return Bytes(static_cast<int64_t>(rows_.capacity() + keys_.capacity() + entries_.capacity() * sizeof(Entry) +
                                    index_.capacity() * sizeof(uint32_t)));
}

Status EpochBuffer::add(const column::Batch& batch) {
  if (is_keyed_) return add_keyed(batch);
  positions_.clear();
  bool only_inserts = true;
  batch.rows().for_each([&](size_t position) {
    only_inserts &= column::is_addition(batch.kind_at(position));
    positions_.push_back(static_cast<uint32_t>(position));
  });
  if (!only_inserts)
    return fail(ErrorCode::kInternal, "a jdbc table without a primary key got a row that takes back another");
  row_encoder_.encode(batch, positions_, rows_);
  row_count_ += positions_.size();
  return {};
}

Status EpochBuffer::add_keyed(const column::Batch& batch) {
  positions_.clear();
  batch.rows().for_each([&](size_t position) { positions_.push_back(static_cast<uint32_t>(position)); });
  batch_keys_.clear();
  key_encoder_.encode(batch, positions_, batch_keys_);
  touched_.clear();
  size_t at = 0;
  for (size_t i = 0; i < positions_.size(); ++i) {
    const uint32_t size = key_encoder_.sizes()[i];
    const uint32_t found = find_or_insert(ByteSpan(batch_keys_).subspan(at, size));
    at += size;
    Entry& entry = entries_[found];
    if (entry.last_row == kNone) touched_.push_back(found);
    entry.last_row = positions_[i];
  }
  winners_.clear();
  size_t kept = 0;
  for (const uint32_t index : touched_) {
    Entry& entry = entries_[index];
    const uint32_t position = std::exchange(entry.last_row, kNone);
    dead_bytes_ += entry.row_size;
    entry.row_size = 0;
    if (!column::is_addition(batch.kind_at(position))) continue;
    winners_.push_back(position);
    touched_[kept++] = index;
  }
  uint64_t row_at = rows_.size();
  row_encoder_.encode(batch, winners_, rows_);
  for (size_t i = 0; i < kept; ++i) {
    Entry& entry = entries_[touched_[i]];
    entry.row_at = row_at;
    entry.row_size = row_encoder_.sizes()[i];
    row_at += entry.row_size;
  }
  if (dead_bytes_ > kSweepBytes && dead_bytes_ > rows_.size() / 2) compact();
  return {};
}

uint32_t EpochBuffer::find_or_insert(ByteSpan key) {
  const uint32_t hash = hash_of(key);
  const size_t mask = index_.size() - 1;
  size_t slot = hash & mask;
  while (index_[slot] != 0) {
    const uint32_t found = index_[slot] - 1;
    const Entry& entry = entries_[found];
    if (entry.hash == hash && entry.key_size == key.size() &&
        std::memcmp(keys_.data() + entry.key_at, key.data(), key.size()) == 0) {
      return found;
    }
    slot = (slot + 1) & mask;
  }
  const auto added = static_cast<uint32_t>(entries_.size());
  index_[slot] = added + 1;
  entries_.push_back({0, keys_.size(), 0, static_cast<uint32_t>(key.size()), hash, kNone});
  keys_.insert(keys_.end(), key.begin(), key.end());
  if (entries_.size() * 2 > index_.size()) grow_index();
  return added;
}

void EpochBuffer::grow_index() {
  index_.assign(index_.size() * 2, 0);
  const size_t mask = index_.size() - 1;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    size_t slot = entries_[i].hash & mask;
    while (index_[slot] != 0) slot = (slot + 1) & mask;
    index_[slot] = i + 1;
  }
}

void EpochBuffer::compact() {
  ByteBuffer live = header_;
  live.reserve(rows_.size() - dead_bytes_);
  for (Entry& entry : entries_) {
    if (entry.row_size == 0) continue;
    const auto from = rows_.begin() + static_cast<ptrdiff_t>(entry.row_at);
    entry.row_at = live.size();
    live.insert(live.end(), from, from + entry.row_size);
  }
  rows_ = std::move(live);
  dead_bytes_ = 0;
}

ByteBuffer EpochBuffer::take() {
  uint64_t rows = row_count_, deletes = 0, delete_bytes = 0;
  if (dead_bytes_ > 0) compact();
  const uint64_t row_bytes = rows_.size() - header_.size();
  for (const Entry& entry : entries_) {
    if (entry.row_size > 0) {
      ++rows;
      continue;
    }
    ++deletes;
    delete_bytes += entry.key_size;
    const auto key = keys_.begin() + static_cast<ptrdiff_t>(entry.key_at);
    rows_.insert(rows_.end(), key, key + entry.key_size);
  }
  write_footer(rows_, rows, row_bytes, deletes, delete_bytes);
  ByteBuffer payload = std::move(rows_);
  reset();
  return payload;
}

}  // namespace millstream::connector::postgres
