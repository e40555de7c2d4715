// Where the input only grows, only the value that can still be the result is kept.
#include "stream/operators/kept_values.h"

#include <bit>
#include <cmath>

#include "column/key.h"
#include "state/nested_cell.h"

namespace millstream::stream {
namespace {

using column::PhysicalKind;
using column::Reader;
using column::Vector;
using function::Keeps;

template <typename Int>
std::string big_endian(Int value) {
  std::string text(sizeof value, '\0');
  store_big_endian(reinterpret_cast<std::byte*>(text.data()), value);
  return text;
}
template <typename Int>
std::string ordered(Int value) {  // the sign bit turned: negative numbers sort first
  using Unsigned = std::make_unsigned_t<Int>;
  return big_endian(static_cast<Unsigned>(static_cast<Unsigned>(value) ^ (Unsigned{1} << (sizeof(Int) * 8 - 1))));
}
std::string ordered(double value) {
  if (std::isnan(value)) return std::string(8, '\xff');  // above everything
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return big_endian((bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63));
}

// Bytes that compare as the values do; NULL is empty, every other one begins with a 1.
std::string sort_key(const Vector& vector, size_t position) {
  if (vector.is_null(position)) return {};
  std::string key(1, '\1');
  switch (vector.type().physical()) {
    case PhysicalKind::kBool:
      return key + big_endian(Reader<uint8_t>(vector)[position]);
    case PhysicalKind::kInt8:
      return key + ordered(Reader<int8_t>(vector)[position]);
    case PhysicalKind::kInt16:
      return key + ordered(Reader<int16_t>(vector)[position]);
    case PhysicalKind::kInt32:
      return key + ordered(Reader<int32_t>(vector)[position]);
    case PhysicalKind::kInt64:
      return key + ordered(Reader<int64_t>(vector)[position]);
    case PhysicalKind::kFloat:
      return key + ordered(static_cast<double>(Reader<float>(vector)[position]));
    case PhysicalKind::kDouble:
      return key + ordered(Reader<double>(vector)[position]);
    case PhysicalKind::kInt128: {
      const column::Int128 value = Reader<column::Int128>(vector)[position];
      return key + ordered(static_cast<int64_t>(value >> 64)) + big_endian(static_cast<uint64_t>(value));
    }
    case PhysicalKind::kTimestamp: {
      const column::WideTimestamp value = Reader<column::WideTimestamp>(vector)[position];
      return key + ordered(value.micros) + ordered(value.nanos);
    }
    case PhysicalKind::kString: {
      const Reader<column::StringRef> reader(vector);
      return key.append(reader[position].view());
    }
    case PhysicalKind::kRow:
    case PhysicalKind::kArray:
    case PhysicalKind::kMap: {
      ByteWriter writer;  // only equality matters: no order is asked of these
      state::encode_cell(vector, position, writer);
      return key.append(as_text(writer.view()));
    }
  }
  return key;
}

void copy_value(const Vector& from, size_t position, Vector& to, size_t at) {
  if (from.is_null(position)) {
    to.set_null(at);
    return;
  }
  to.set_valid(at);
  if (to.type().physical() == PhysicalKind::kString) {
    const Reader<column::StringRef> reader(from);
    to.mutable_values<column::StringRef>()[at] = to.add_string(reader[position].view());
    return;
  }
  const uint32_t size = column::value_size_of(to.type().physical());
  std::memcpy(to.raw_values() + at * size, from.raw_values() + (from.is_constant() ? 0 : position) * size, size);
}

state::TableSchema schema_of(const AggregateLayout& layout, const AggregateLayout::Kept& kept) {
  state::TableSchema schema{layout.keys, {kept.type}, 8};
  schema.keys.push_back(column::Type::bigint().not_null());
  return schema;
}

}  // namespace

KeptValues::KeptValues(const AggregateLayout& layout, const AggregateLayout::Kept& kept, MemoryBudget& budget)
    : kept_(kept),
      retracting_(layout.retracting),
      key_count_(layout.keys.size()),
      table_(schema_of(layout, kept), budget) {}

KeptValues::Group& KeptValues::group_of(int64_t& handle) {
  if (handle == 0) {
    if (free_.empty()) {
      groups_.emplace_back();
      handle = static_cast<int64_t>(groups_.size());
    } else {
      handle = free_.back();
      free_.pop_back();
    }
  }
  return groups_[static_cast<size_t>(handle - 1)];
}

Status KeptValues::add(std::span<const column::VectorPtr> keys, const column::VectorPtr& values, size_t position,
                       int64_t& handle) {
  if (values->is_null(position) && !kept_.nulls) return {};
  Group& group = group_of(handle);
  std::string key = sort_key(*values, position);
  const auto count_of = [&](state::RowRef row) -> int64_t& {
    return *reinterpret_cast<int64_t*>(table_.mutable_slots(row));
  };
  if (ordered_by_value()) {
    if (const auto same = group.by_value.find(key); same != group.by_value.end()) {
      ++count_of(same->second[0]);
      return {};
    }
    if (!retracting_ && !group.by_value.empty()) {
      const bool better =
          kept_.keeps == Keeps::kLeast ? key < group.by_value.begin()->first : key > group.by_value.begin()->first;
      if (!better) return {};
      erase(group, group.by_value.begin()->first, group.by_value.begin()->second[0]);
    }
  } else if (!retracting_ && !group.by_arrival.empty()) {
    if (kept_.keeps == Keeps::kEarliest) return {};
    if (kept_.keeps == Keeps::kLatest) erase(group, group.by_value.begin()->first, group.by_value.begin()->second[0]);
  }
  const int64_t sequence = next_sequence_++;
  std::vector<column::VectorPtr> full_key(keys.begin(), keys.end());
  auto sequence_column = Vector::make(column::Type::bigint().not_null(), 1);
  sequence_column->mutable_values<int64_t>()[0] = sequence;
  full_key.push_back(Vector::constant_of(*sequence_column, 0, values->length()));
  const auto at = static_cast<uint32_t>(position);
  const column::Rows one{&at, 1};
  uint64_t hash = 0;
  column::hash_keys(keys, one, std::span(&hash, 1));
  hash = hash_in_group(hash, static_cast<uint64_t>(sequence) * 0x9e3779b97f4a7c15u);
  state::RowRef row;
  std::vector<uint32_t> created;
  MS_TRY(table_.probe(full_key, std::span(&hash, 1), one, std::span(&row, 1), created));
  MS_ASSIGN(row, table_.set_values(row, std::span(&values, 1), position));
  count_of(row) = 1;
  group.by_value[std::move(key)].push_back(row);
  if (!ordered_by_value()) group.by_arrival[sequence] = row;
  return {};
}

void KeptValues::erase(Group& group, const std::string& key, state::RowRef row) {
  const auto same = group.by_value.find(key);
  std::erase(same->second, row);
  if (same->second.empty()) group.by_value.erase(same);
  if (!ordered_by_value()) {
    const std::vector<state::RowRef> one = {row};
    const column::VectorPtr sequence = table_.read_column(key_count_, one);
    group.by_arrival.erase(sequence->values<int64_t>()[0]);
  }
  table_.erase(row);
}

void KeptValues::remove(const Vector& values, size_t position, int64_t handle) {
  if (handle == 0 || (values.is_null(position) && !kept_.nulls)) return;
  Group& group = groups_[static_cast<size_t>(handle - 1)];
  const std::string key = sort_key(values, position);
  const auto same = group.by_value.find(key);
  if (same == group.by_value.end()) return;  // retracts what never came: nothing to take away
  const state::RowRef row = same->second.front();
  int64_t& count = *reinterpret_cast<int64_t*>(table_.mutable_slots(row));
  if (--count == 0) erase(group, key, row);
}

void KeptValues::clear(int64_t& handle) {
  if (handle == 0) return;
  Group& group = groups_[static_cast<size_t>(handle - 1)];
  for (const auto& [key, rows] : group.by_value) {
    for (const state::RowRef row : rows) table_.erase(row);
  }
  group = Group{};
  free_.push_back(handle);
  handle = 0;
}

void KeptValues::result(std::span<const int64_t> handles, std::span<const uint32_t> positions,
                        const AggregateLayout::Call& call, std::span<const column::Value> constants,
                        Vector& out) const {
  std::vector<state::RowRef> rows;
  std::vector<column::Slice> slices(handles.size());
  for (size_t i = 0; i < handles.size(); ++i) {
    slices[i].start = static_cast<uint32_t>(rows.size());
    if (handles[i] != 0) {
      const Group& group = groups_[static_cast<size_t>(handles[i] - 1)];
      switch (kept_.keeps) {
        case Keeps::kLeast:
          if (!group.by_value.empty()) rows.push_back(group.by_value.begin()->second[0]);
          break;
        case Keeps::kGreatest:
          if (!group.by_value.empty()) rows.push_back(group.by_value.rbegin()->second[0]);
          break;
        case Keeps::kEarliest:
          if (!group.by_arrival.empty()) rows.push_back(group.by_arrival.begin()->second);
          break;
        case Keeps::kLatest:
          if (!group.by_arrival.empty()) rows.push_back(group.by_arrival.rbegin()->second);
          break;
        case Keeps::kAll:
          for (const auto& [sequence, row] : group.by_arrival) rows.push_back(row);
          break;
        case Keeps::kNothing:
          break;
      }
    }
    slices[i].size = static_cast<uint32_t>(rows.size()) - slices[i].start;
  }
  const column::VectorPtr values = table_.read_column(key_count_ + 1, rows);
  if (kept_.keeps == Keeps::kAll) {
    call.function->combine(*values, slices, positions, constants, out);
    return;
  }
  for (size_t i = 0; i < handles.size(); ++i) {
    if (slices[i].size == 0)
      out.set_null(positions[i]);
    else
      copy_value(*values, slices[i].start, out, positions[i]);
  }
}

Status KeptValues::restore(state::SnapshotReader& reader, const std::string& name) {
  return table_.restore(reader, name);
}

void KeptValues::attach(const std::vector<state::RowRef>& rows, const std::vector<int64_t*>& handles) {
  const column::VectorPtr sequences = table_.read_column(key_count_, rows);
  const column::VectorPtr values = table_.read_column(key_count_ + 1, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t sequence = sequences->values<int64_t>()[i];
    next_sequence_ = std::max(next_sequence_, sequence + 1);
    Group& group = group_of(*handles[i]);
    group.by_value[sort_key(*values, i)].push_back(rows[i]);
    if (!ordered_by_value()) group.by_arrival[sequence] = rows[i];
  }
  // Equal values leave in order of arrival.
  for (Group& group : groups_) {
    for (auto& [key, same] : group.by_value) {
      if (same.size() < 2) continue;
      const column::VectorPtr order = table_.read_column(key_count_, same);
      std::vector<std::pair<int64_t, state::RowRef>> sorted;
      sorted.reserve(same.size());
      for (size_t i = 0; i < same.size(); ++i) sorted.emplace_back(order->values<int64_t>()[i], same[i]);
      std::sort(sorted.begin(), sorted.end());
      for (size_t i = 0; i < same.size(); ++i) same[i] = sorted[i].second;
    }
  }
}

}  // namespace millstream::stream
