// Lists are decoded once per batch and key and written back at its end.
#include "stream/operators/sink_materialize.h"

#include <algorithm>

#include "state/nested_cell.h"
#include "stream/operators/batch_groups.h"

namespace millstream::stream {

using column::RowKind;
using state::RowRef;

SinkMaterialize::SinkMaterialize(const plan::SinkMaterialize& node, const column::Schema& input)
    : node_(node), not_null_(node.drop_null), input_(input) {
  for (const int key : node.sink_keys) schema_.keys.push_back(input.fields[static_cast<size_t>(key)].type);
  schema_.values.push_back(column::Type::bytes());
  for (int c = 0; c < static_cast<int>(input.size()); ++c) all_columns_.push_back(c);
}

Status SinkMaterialize::open(const OperatorContext& context, state::SnapshotReader* restored) {
  context_ = context;
  table_ = std::make_unique<state::StateTable>(schema_, *context.budget);
  return restored == nullptr ? Status{} : table_->restore(*restored, "lists");
}

Status SinkMaterialize::snapshot(state::SnapshotWriter& writer) {
  table_->snapshot(writer, "lists");
  return {};
}

std::string SinkMaterialize::encode(const column::Batch& batch, const std::vector<int>& columns,
                                    size_t position) const {
  ByteWriter writer;
  for (const int c : columns) state::encode_cell(*batch.columns[static_cast<size_t>(c)], position, writer);
  return std::string(as_text(writer.view()));
}

Status SinkMaterialize::process(int input, column::Batch batch, Output& out) {
  (void)input;
  MS_ASSIGN(const int64_t dropped, not_null_.enforce(batch));
  context_.counters->bad_rows += dropped;
  batch = batch.compacted();
  if (batch.empty()) return {};
  BatchGroups groups;
  MS_TRY(groups.find(*table_, batch, node_.sink_keys));

  std::vector<std::vector<Entry>> lists(groups.rows().size());
  for (size_t g = 0; g < lists.size(); ++g) {
    const RowRef row = groups.rows()[g];
    if (table_->is_null(schema_.keys.size(), row)) continue;
    ByteReader reader(as_bytes(table_->read_text(schema_.keys.size(), row)));
    for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
      Entry entry;
      entry.identity = reader.text();
      entry.cells = reader.text();
      lists[g].push_back(std::move(entry));
    }
    CHECK(reader.at_end());
  }

  auto kinds = std::make_shared<std::vector<RowKind>>();
  std::vector<uint32_t> positions;  // of the batch, or behind it: of `uncovered`
  std::vector<std::vector<column::Value>> uncovered(input_.size());
  const std::vector<int>& identity = node_.input_upsert_key.empty() ? all_columns_ : node_.input_upsert_key;
  for (uint32_t i = 0; i < batch.length; ++i) {
    std::vector<Entry>& list = lists[groups.of(i)];
    Entry entry{encode(batch, identity, i), {}};
    const auto same =
        std::find_if(list.begin(), list.end(), [&](const Entry& e) { return e.identity == entry.identity; });
    if (column::is_addition(batch.kind_at(i))) {
      kinds->push_back(list.empty() ? RowKind::kInsert : RowKind::kUpdateAfter);
      positions.push_back(i);
      entry.cells = encode(batch, all_columns_, i);
      if (same != list.end() && !node_.input_upsert_key.empty())
        *same = std::move(entry);
      else
        list.push_back(std::move(entry));
      continue;
    }
    if (same == list.end()) continue;  // retracts what is not there
    const bool was_last = same + 1 == list.end();
    list.erase(same);
    if (list.empty()) {
      kinds->push_back(RowKind::kDelete);
      positions.push_back(i);
    } else if (was_last) {
      kinds->push_back(RowKind::kUpdateAfter);
      positions.push_back(static_cast<uint32_t>(batch.length + uncovered[0].size()));
      ByteReader reader(as_bytes(list.back().cells));
      for (size_t c = 0; c < input_.size(); ++c)
        uncovered[c].push_back(state::decode_cell(input_.fields[c].type, reader));
      CHECK(reader.at_end());
    }
  }
  for (size_t g = 0; g < lists.size(); ++g) {
    if (lists[g].empty()) {
      table_->erase(groups.rows()[g]);
      continue;
    }
    ByteWriter writer;
    writer.varint(lists[g].size());
    for (const Entry& entry : lists[g]) {
      writer.text(entry.identity);
      writer.text(entry.cells);
    }
    const column::Value list(std::string(as_text(writer.view())));
    const std::vector<column::VectorPtr> cell = {column::make_vector(column::Type::bytes(), std::span(&list, 1))};
    MS_TRY(table_->set_values(groups.rows()[g], cell, 0));
  }
  MS_TRY(table_->compact());
  context_.counters->state_bytes = table_->memory_size();
  if (kinds->empty()) return {};

  column::Batch result;
  result.length = kinds->size();
  for (size_t c = 0; c < input_.size(); ++c) {
    column::VectorPtr all = batch.columns[c];
    if (!uncovered[c].empty()) {
      const std::vector<column::VectorPtr> parts = {all, column::make_vector(all->type(), uncovered[c])};
      all = column::concatenate(parts);
    }
    result.columns.push_back(column::gather(*all, positions));
  }
  result.kinds = std::move(kinds);
  return out.emit(std::move(result));
}

}  // namespace millstream::stream
