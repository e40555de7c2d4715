// Row kinds as text, and making a batch dense.
#include "column/batch.h"

namespace millstream::column {

std::string_view short_name_of(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert:
      return "+I";
    case RowKind::kUpdateBefore:
      return "-U";
    case RowKind::kUpdateAfter:
      return "+U";
    case RowKind::kDelete:
      return "-D";
  }
  return "+I";
}

Batch Batch::compacted() const {
  if (!selection) return *this;
  const std::vector<uint32_t>& kept = *selection;
  Batch dense;
  dense.length = kept.size();
  dense.columns.reserve(columns.size());
  for (const VectorPtr& column : columns) {
    dense.columns.push_back(column->is_constant() ? Vector::constant_of(*column, 0, kept.size())
                                                  : gather(*column, kept));
  }
  if (kinds) {
    std::vector<RowKind> chosen;
    chosen.reserve(kept.size());
    for (const uint32_t position : kept) chosen.push_back((*kinds)[position]);
    dense.kinds = std::make_shared<const std::vector<RowKind>>(std::move(chosen));
  }
  if (origin) {
    auto chosen = std::make_shared<Origin>();
    chosen->table = origin->table;
    chosen->topic = origin->topic;
    chosen->partition = origin->partition;
    chosen->owner = origin->owner;
    const auto pick = [&kept](const auto& from, auto& to) {
      if (from.empty()) return;
      to.reserve(kept.size());
      for (const uint32_t position : kept) to.push_back(from[position]);
    };
    pick(origin->offsets, chosen->offsets);
    pick(origin->raw_values, chosen->raw_values);
    pick(origin->raw_keys, chosen->raw_keys);
    dense.origin = std::move(chosen);
  }
  return dense;
}

size_t Batch::memory_size() const {
  size_t size = sizeof(Batch);
  for (const VectorPtr& column : columns) size += column->memory_size();
  if (kinds) size += kinds->size();
  if (selection) size += selection->size() * sizeof(uint32_t);
  if (origin) {
    size += origin->offsets.size() * sizeof(int64_t) +
            (origin->raw_values.size() + origin->raw_keys.size()) * sizeof(std::string_view);
  }
  return size;
}

}  // namespace millstream::column
