// Sorting orders row numbers over the concatenated input; equal rows keep their order of arrival.
#include "stream/operators/bounded.h"

#include <algorithm>
#include <numeric>

#include "column/key.h"

namespace millstream::stream {

Status Sort::open(const OperatorContext& context, state::SnapshotReader* restored) {
  context_ = context;
  if (restored != nullptr) {
    MS_ASSIGN(const auto values, restored->get("done"));
    for (const ByteBuffer& value : values) done_ |= !value.empty() && value[0] == std::byte{1};
    if (!done_) {
      return fail(ErrorCode::kUnsupported,
                  "a checkpoint taken while ORDER BY was collecting its input cannot be restored",
                  "run the statement again without restoring");
    }
  }
  return {};
}

Status Sort::snapshot(state::SnapshotWriter& writer) {
  writer.put("done", ByteBuffer(1, std::byte{done_ || batches_.empty()}));
  return {};
}

Status Sort::process(int input, column::Batch batch, Output& out) {
  (void)input;
  (void)out;
  if (batch.kinds)
    return fail(ErrorCode::kUnsupported, "ORDER BY needs insert-only input",
                "sort the result of a bounded query, or use a Top-N pattern");
  batch = batch.compacted();
  batch.origin = nullptr;
  MS_ASSIGN(MemoryCharge charge,
            MemoryCharge::take(*context_.budget, Bytes(static_cast<int64_t>(batch.memory_size()))));
  charges_.push_back(std::move(charge));
  batches_.push_back(std::move(batch));
  return {};
}

Status Sort::on_end(Output& out) {
  done_ = true;
  if (batches_.empty()) return {};
  column::Batch all;
  for (size_t c = 0; c < batches_[0].columns.size(); ++c) {
    std::vector<column::VectorPtr> parts;
    for (const column::Batch& batch : batches_) parts.push_back(batch.columns[c]);
    all.columns.push_back(column::concatenate(parts));
  }
  for (const column::Batch& batch : batches_) all.length += batch.length;
  std::vector<uint32_t> order(all.length);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    for (size_t k = 0; k < node_.columns.size(); ++k) {
      const column::Vector& vector = *all.columns[static_cast<size_t>(node_.columns[k])];
      const bool null_a = vector.is_null(a), null_b = vector.is_null(b);
      if (null_a != null_b) return null_a != node_.nulls_last[k];
      const int difference = column::compare_at(vector, a, vector, b);
      if (difference != 0) return (difference < 0) != node_.descending[k];
    }
    return false;
  });
  for (size_t begin = 0; begin < order.size(); begin += column::kBatchRows) {
    const std::span<const uint32_t> part(order.data() + begin, std::min(column::kBatchRows, order.size() - begin));
    column::Batch sorted;
    sorted.length = part.size();
    for (const auto& vector : all.columns) sorted.columns.push_back(column::gather(*vector, part));
    MS_TRY(out.emit(std::move(sorted)));
  }
  batches_.clear();
  charges_.clear();
  return {};
}

Status Limit::open(const OperatorContext& context, state::SnapshotReader* restored) {
  (void)context;
  if (restored == nullptr) return {};
  MS_ASSIGN(const auto values, restored->get("seen"));
  for (const ByteBuffer& value : values) {
    ByteReader reader(value);
    seen_ += reader.fixed<int64_t>();
    if (!reader.at_end()) return fail(ErrorCode::kCorrupt, "the count of a LIMIT cannot be read");
  }
  return {};
}

Status Limit::snapshot(state::SnapshotWriter& writer) {
  ByteWriter value;
  value.fixed(seen_);
  writer.put("seen", value.take());
  return {};
}

Status Limit::process(int input, column::Batch batch, Output& out) {
  (void)input;
  if (batch.kinds)
    return fail(ErrorCode::kUnsupported, "LIMIT without ORDER BY needs insert-only input",
                "limit the result of a bounded query");
  const int64_t end = node_.count < 0 ? std::numeric_limits<int64_t>::max() : node_.offset + node_.count;
  auto kept = std::make_shared<std::vector<uint32_t>>();
  batch.rows().for_each([&](size_t row) {
    if (seen_ >= node_.offset && seen_ < end) kept->push_back(static_cast<uint32_t>(row));
    ++seen_;
  });
  if (kept->empty()) return {};
  batch.selection = std::move(kept);
  return out.emit(std::move(batch));
}

}  // namespace millstream::stream
