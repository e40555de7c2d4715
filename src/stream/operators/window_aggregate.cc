// Rows of a batch are sorted into their windows first: a batch seldom touches more than a few.
#include "stream/operators/window_aggregate.h"

#include <fmt/core.h>

#include <algorithm>

namespace millstream::stream {
namespace {

using column::Vector;
using plan::Window;

// Pages of groups that leave as one batch.
constexpr size_t kPagesPerBatch = 1;

int64_t floor_to(int64_t time, int64_t size, int64_t offset) {
  const int64_t rest = (time - offset) % size;
  return time - (rest < 0 ? rest + size : rest);
}

int64_t milliseconds_at(const Vector& times, size_t position) {
  const int64_t micros = times.type().physical() == column::PhysicalKind::kTimestamp
                             ? column::Reader<column::WideTimestamp>(times)[position].micros
                             : column::Reader<int64_t>(times)[position];
  return floor_to(micros, 1000, 0) / 1000;
}

std::string name_of(int64_t start, int64_t end) { return fmt::format("window.{}.{}.", start, end); }

}  // namespace

Result<std::unique_ptr<Operator>> WindowAggregate::make(const plan::WindowAggregate& node, const column::Schema& input,
                                                        const column::Schema& output, bool retracting,
                                                        const std::string& time_zone) {
  if (node.window.kind == Window::Kind::kSession) {
    return fail(ErrorCode::kUnsupported, "SESSION windows are not supported yet", "TUMBLE, HOP and CUMULATE are");
  }
  const column::Type& time = input.fields[static_cast<size_t>(node.time_column)].type;
  if (time.kind() == column::TypeKind::kTimestampLtz && time_zone != "UTC") {
    return fail(ErrorCode::kUnsupported,
                fmt::format("windows over a TIMESTAMP_LTZ column in the time zone {} are not supported", time_zone),
                "SET 'table.local-time-zone' = 'UTC', or use a TIMESTAMP column");
  }
  if (node.window.size.value <= 0 || (node.window.kind != Window::Kind::kTumble && node.window.slide.value <= 0)) {
    return fail(ErrorCode::kInvalidArgument, "a window needs a size, and a slide or step, greater than zero");
  }
  MS_ASSIGN(auto layout, AggregateLayout::make(node.keys, node.calls, input, retracting, Millis(0)));
  return std::unique_ptr<Operator>(new WindowAggregate(node, output, std::move(layout)));
}

template <typename Visit>
void WindowAggregate::for_each_window(int64_t time, Visit&& visit) const {
  const Window& window = node_.window;
  const int64_t size = window.size.value, slide = window.slide.value, offset = window.offset.value;
  switch (window.kind) {
    case Window::Kind::kTumble: {
      const int64_t start = floor_to(time, size, offset);
      visit(Bounds{start, start + size});
      return;
    }
    case Window::Kind::kHop:
      for (int64_t start = floor_to(time, slide, offset); start > time - size; start -= slide)
        visit(Bounds{start, start + size});
      return;
    case Window::Kind::kCumulate: {
      const int64_t start = floor_to(time, size, offset);
      for (int64_t end = floor_to(time - start, slide, 0) + start + slide; end <= start + size; end += slide)
        visit(Bounds{start, end});
      return;
    }
    case Window::Kind::kSession:
      return;
  }
}

Status WindowAggregate::open(const OperatorContext& context, state::SnapshotReader* restored) {
  context_ = context;
  if (restored == nullptr) return {};
  MS_ASSIGN(const std::vector<ByteBuffer> values, restored->get("windows"));
  for (const ByteBuffer& value : values) {
    ByteReader reader(value);
    // The tasks of one stage have seen the same watermark, or the same but for what was on its way.
    watermark_ = std::max(watermark_, EventTime(reader.fixed<int64_t>()));
    for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
      Bounds window;
      window.start = reader.fixed<int64_t>();
      window.end = reader.fixed<int64_t>();
      if (!reader.ok() || windows_.contains(window)) continue;
      auto state = std::make_unique<AggregateState>(layout_, *context_.budget);
      MS_TRY(state->restore(*restored, name_of(window.start, window.end)));
      if (state->size() > 0) windows_[window] = std::move(state);
    }
    if (!reader.at_end()) return fail(ErrorCode::kCorrupt, "the list of open windows cannot be read");
  }
  return {};
}

Status WindowAggregate::snapshot(state::SnapshotWriter& writer) {
  ByteWriter value;
  value.fixed(watermark_.value);
  value.varint(windows_.size());
  for (const auto& [window, state] : windows_) {
    value.fixed(window.start);
    value.fixed(window.end);
  }
  writer.put("windows", value.take());
  for (const auto& [window, state] : windows_) state->snapshot(writer, name_of(window.start, window.end));
  return {};
}

Status WindowAggregate::process(int input, column::Batch batch, Output& out) {
  (void)input;
  (void)out;
  const Vector& times = *batch.columns[static_cast<size_t>(node_.time_column)];
  std::map<Bounds, std::vector<uint32_t>, ByEnd> rows_of;
  std::vector<uint32_t>* last = nullptr;
  Bounds last_window;
  const column::Rows rows = batch.rows();
  for (size_t i = 0; i < rows.count; ++i) {
    const auto position = static_cast<uint32_t>(rows[i]);
    if (times.is_null(position)) {
      ++context_.counters->bad_rows;
      MS_TRY(context_.bad_rows->refuse(
          {ErrorCode::kBadRow, "the event time is NULL", "WindowAggregate", batch.origin.get(), position}));
      continue;
    }
    bool taken = false;
    for_each_window(milliseconds_at(times, position), [&](const Bounds& window) {
      if (window.end - 1 <= watermark_.value) return;  // fired
      taken = true;
      if (last == nullptr || window != last_window) {
        last = &rows_of[window];
        last_window = window;
      }
      last->push_back(position);
    });
    if (!taken) ++context_.counters->late_rows;
  }
  std::vector<column::VectorPtr> keys;
  for (const int key : node_.keys) keys.push_back(batch.columns[static_cast<size_t>(key)]);
  for (const auto& [window, positions] : rows_of) MS_TRY(add_rows(window, batch, keys, positions));
  count_memory();
  return {};
}

Status WindowAggregate::add_rows(const Bounds& window, const column::Batch& batch,
                                 std::span<const column::VectorPtr> keys, const std::vector<uint32_t>& positions) {
  auto& state = windows_[window];
  if (!state) state = std::make_unique<AggregateState>(layout_, *context_.budget);
  MS_TRY(state->load(batch, keys, {positions.data(), positions.size()}, ProcTime(0)));
  std::vector<int8_t> signs(positions.size());
  std::vector<uint32_t> all(positions.size());
  for (size_t i = 0; i < positions.size(); ++i) {
    int64_t& count = state->count(state->group(i));
    const bool addition = column::is_addition(batch.kind_at(positions[i]));
    signs[i] = addition ? 1 : (count > 0 ? -1 : 0);
    count += signs[i];
    all[i] = static_cast<uint32_t>(i);
  }
  MS_TRY(state->effects(signs));
  MS_TRY(state->update(all));
  MS_TRY(state->finish_batch());
  if (state->size() == 0) windows_.erase(window);
  return {};
}

Status WindowAggregate::on_watermark(EventTime watermark, Output& out) {
  watermark_ = watermark;
  while (!windows_.empty() && windows_.begin()->first.end - 1 <= watermark.value) {
    const auto first = windows_.begin();
    MS_TRY(fire(first->first, *first->second, out));
    windows_.erase(first);
  }
  count_memory();
  return {};
}

Status WindowAggregate::fire(const Bounds& window, AggregateState& state, Output& out) const {
  size_t page = 0;
  while (state.load_next(page, kPagesPerBatch)) {
    column::Batch result;
    result.length = state.group_count();
    result.columns = state.read_keys();
    std::vector<uint32_t> everyone(result.length);
    for (uint32_t g = 0; g < everyone.size(); ++g) everyone[g] = g;
    for (size_t c = 0; c < layout_->calls.size(); ++c) {
      auto results = Vector::make(layout_->calls[c].result, result.length);
      state.result(c, everyone, everyone, *results);
      result.columns.push_back(std::move(results));
    }
    for (const auto property : node_.properties) {
      int64_t time = window.end - 1;
      if (property == plan::WindowAggregate::Property::kStart) time = window.start;
      if (property == plan::WindowAggregate::Property::kEnd) time = window.end;
      const column::Type& type = output_.fields[result.columns.size()].type;
      auto values = Vector::make_constant(type, result.length);
      if (type.physical() == column::PhysicalKind::kTimestamp)
        values->mutable_values<column::WideTimestamp>()[0].micros = time * 1000;
      else
        values->mutable_values<int64_t>()[0] = time * 1000;
      result.columns.push_back(std::move(values));
    }
    MS_TRY(out.emit(std::move(result)));
  }
  return {};
}

void WindowAggregate::count_memory() {
  int64_t total = 0;
  for (const auto& [window, state] : windows_) total += state->memory_size();
  context_.counters->state_bytes = total;
}

}  // namespace millstream::stream
