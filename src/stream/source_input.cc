// A batch's way from the reader: computed columns, NULL event times, the watermark of each row, the condition.
#include "stream/source_input.h"

#include <algorithm>

namespace millstream::stream {
namespace {

constexpr std::string_view kWatermarks = "watermarks";

// Fewer rows than one in four: copied, so that the rest of the batch can go.
constexpr size_t kCopyFraction = 4;

EventTime event_time_at(const column::Vector& vector, size_t position) {
  int64_t micros = 0;
  if (vector.type().physical() == column::PhysicalKind::kTimestamp) {
    micros = column::Reader<column::WideTimestamp>(vector)[position].micros;
  } else {
    micros = column::Reader<int64_t>(vector)[position];
  }
  return EventTime(micros >= 0 ? micros / 1000 : -((-micros + 999) / 1000));
}

}  // namespace

SourceInput::SourceInput(const plan::TableScan& scan, std::unique_ptr<SourceReader> reader,
                         std::vector<SplitState> splits, OperatorContext context, SourceInputOptions options,
                         std::function<void()> wake, std::vector<Receiver*> heads)
    : scan_(scan),
      reader_(std::move(reader)),
      initial_splits_(std::move(splits)),
      context_(std::move(context)),
      options_(std::move(options)),
      wake_(std::move(wake)),
      heads_(std::move(heads)) {
  context_.counters = &counters_;
  for (const auto& expression : scan.computed) computed_.emplace_back(expression);
  if (scan.condition) condition_.emplace(scan.condition);
  if (scan.watermark != nullptr) watermark_.emplace(scan.watermark);
}

Status SourceInput::open(state::SnapshotReader* restored) {
  const ProcTime now = context_.clock->now();
  for (const SplitState& split : initial_splits_)
    splits_[split.split] = {kNoWatermark, false, split.finished, ProcTime(0), now};
  if (restored != nullptr) {
    MS_ASSIGN(const std::vector<ByteBuffer> values, restored->get(kWatermarks));
    for (const ByteBuffer& value : values) {
      ByteReader reader(value);
      for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
        const std::string split(reader.text());
        const EventTime watermark(reader.fixed<int64_t>());
        const bool idle = reader.fixed<uint8_t>() != 0;
        const auto it = splits_.find(split);
        if (it == splits_.end()) continue;  // now another task's
        it->second.watermark = watermark;
        it->second.idle = idle;
      }
      if (!reader.at_end()) return fail(ErrorCode::kCorrupt, "the watermarks of a source's splits cannot be read");
    }
  }
  SourceContext context;
  context.base = &context_;
  context.wake = wake_;
  return reader_->open(context, initial_splits_);
}

Status SourceInput::add_splits(std::vector<SplitState> splits) {
  const ProcTime now = context_.clock->now();
  for (const SplitState& split : splits) splits_[split.split] = {kNoWatermark, false, split.finished, ProcTime(0), now};
  MS_TRY(idleness_changed());
  return reader_->add_splits(std::move(splits));
}

Result<StepResult> SourceInput::step(ProcTime now) {
  if (barrier_) return StepResult::kReady;
  if (ended_) return StepResult::kFinished;
  if (options_.paused()) return StepResult::kWaiting;
  // A watermark known from before a restart, or splits that are idle from the start.
  if (sent_ == kNoWatermark && combined() > sent_) MS_TRY(send_watermark(combined(), now));
  MS_TRY(idleness_changed());
  MS_ASSIGN(const PollResult result, reader_->poll(*this, column::kBatchRows));
  if (result == PollResult::kFinished) {
    for (auto& [name, split] : splits_) split.finished = true;
    ended_ = true;
    if (sent_idle_) {
      sent_idle_ = false;
      for (Receiver* head : heads_) MS_TRY(head->idleness(false));
    }
    MS_TRY(send_watermark(kFinalWatermark, now));
    for (Receiver* head : heads_) MS_TRY(head->end());
    return StepResult::kFinished;
  }
  MS_TRY(time(now));
  return result == PollResult::kReady ? StepResult::kReady : StepResult::kNeedsInput;
}

Status SourceInput::refuse(const std::string& split, const BadRow& row) {
  (void)split;
  ++counters_.bad_rows;
  return context_.bad_rows->refuse(row);
}

void SourceInput::idle(const std::string& split) {
  const auto it = splits_.find(split);
  if (it != splits_.end()) it->second.idle = true;
}
void SourceInput::finished(const std::string& split) {
  const auto it = splits_.find(split);
  if (it != splits_.end()) it->second.finished = true;
}

// Takes the rows with errors out of `rows`, each through the policy.
Status SourceInput::refuse_errors(const column::Batch& batch, const std::vector<function::RowError>& errors,
                                  std::vector<uint32_t>& rows) {
  std::vector<uint32_t> refused;
  for (const function::RowError& error : errors) {
    if (std::find(refused.begin(), refused.end(), error.position) != refused.end()) continue;
    refused.push_back(error.position);
    ++counters_.bad_rows;
    MS_TRY(context_.bad_rows->refuse(
        {error.code, error.message, "source " + scan_.table->name, batch.origin.get(), error.position}));
  }
  std::erase_if(rows, [&](uint32_t row) { return std::find(refused.begin(), refused.end(), row) != refused.end(); });
  return {};
}

Status SourceInput::emit(const std::string& split_name, column::Batch batch) {
  const ProcTime now = context_.clock->now();
  const auto it = splits_.find(split_name);
  CHECK(it != splits_.end());
  Split& split = it->second;
  split.last_row = split.active_since = now;
  ++counters_.batches_in;
  counters_.records_in += static_cast<int64_t>(batch.row_count());
  if (split.idle) {
    split.idle = false;
    MS_TRY(idleness_changed());
  }

  std::vector<uint32_t> rows(batch.row_count());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(batch.rows()[i]);
  std::vector<function::RowError> errors;
  function::EvaluationContext evaluation{now, context_.time_zone, &errors};
  const auto span_of = [](const std::vector<uint32_t>& v) { return column::Rows{v.data(), v.size()}; };

  column::Batch output = batch;
  output.selection = nullptr;
  if (!computed_.empty()) {
    output.columns.clear();
    for (auto& expression : computed_) {
      output.columns.push_back(expression.evaluate(batch, span_of(rows), evaluation));
      if (errors.empty()) continue;
      MS_TRY(refuse_errors(batch, errors, rows));
      errors.clear();
    }
  }
  if (scan_.event_time >= 0) {
    const column::Vector& times = *output.columns[static_cast<size_t>(scan_.event_time)];
    std::vector<function::RowError> nulls;
    for (const uint32_t row : rows) {
      // What deletes by key alone has no other columns.
      if (times.is_null(row) && batch.kind_at(row) != column::RowKind::kDelete)
        nulls.push_back({row, ErrorCode::kBadRow, "the event time is NULL", {}});
    }
    if (!nulls.empty()) MS_TRY(refuse_errors(batch, nulls, rows));
  }
  std::vector<EventTime> watermarks;
  if (watermark_) {
    const column::VectorPtr values = watermark_->evaluate(output, span_of(rows), evaluation);
    MS_TRY(refuse_errors(batch, errors, rows));
    errors.clear();
    watermarks.reserve(rows.size());
    for (const uint32_t row : rows)
      watermarks.push_back(values->is_null(row) ? kNoWatermark : event_time_at(*values, row));
  }
  std::vector<bool> kept(rows.size(), true);
  if (condition_) {
    std::vector<uint32_t> passing;
    condition_->filter(batch, span_of(rows), evaluation, passing);
    size_t p = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      kept[i] = p < passing.size() && passing[p] == rows[i];
      p += kept[i] ? 1 : 0;
    }
    // A row whose condition fails to evaluate is refused; it raised the watermark all the same.
    std::vector<uint32_t> ignored;
    MS_TRY(refuse_errors(batch, errors, ignored));
    for (const function::RowError& error : errors) {
      const auto at = std::find(rows.begin(), rows.end(), error.position);
      if (at != rows.end()) kept[static_cast<size_t>(at - rows.begin())] = false;
    }
  }
  return pass_with_watermarks(split, output, rows, watermarks, kept);
}

Status SourceInput::pass_with_watermarks(Split& split, const column::Batch& batch, const std::vector<uint32_t>& rows,
                                         const std::vector<EventTime>& watermarks, const std::vector<bool>& kept) {
  std::vector<uint32_t> pending;
  pending.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (kept[i]) pending.push_back(rows[i]);
    if (watermarks.empty() || watermarks[i] <= split.watermark) continue;
    split.watermark = watermarks[i];
    if (options_.watermark_interval.value > 0) continue;
    const EventTime now_combined = combined();
    if (now_combined <= sent_) continue;
    MS_TRY(hand_on(batch, std::exchange(pending, {})));
    MS_TRY(send_watermark(now_combined, context_.clock->now()));
  }
  return hand_on(batch, std::move(pending));
}

Status SourceInput::hand_on(const column::Batch& batch, std::vector<uint32_t> rows) {
  if (rows.empty()) return {};
  ++counters_.batches_out;
  counters_.records_out += static_cast<int64_t>(rows.size());
  if (context_.rows_one_by_one && rows.size() > 1) {
    for (const uint32_t row : rows) {
      column::Batch one = batch;
      one.selection = std::make_shared<const std::vector<uint32_t>>(1, row);
      MS_TRY(give_to(heads_, one.compacted()));
    }
    return {};
  }
  column::Batch part = batch;
  if (rows.size() == batch.length) return give_to(heads_, std::move(part));
  const bool few = rows.size() * kCopyFraction < batch.length;
  part.selection = std::make_shared<const std::vector<uint32_t>>(std::move(rows));
  return give_to(heads_, few ? part.compacted() : std::move(part));
}

EventTime SourceInput::combined() const {
  EventTime lowest = kFinalWatermark;
  bool any = false;
  for (const auto& [name, split] : splits_) {
    if (split.idle || split.finished) continue;
    any = true;
    lowest = std::min(lowest, split.watermark);
  }
  return any ? lowest : kNoWatermark;
}

bool SourceInput::all_idle() const {
  return std::all_of(splits_.begin(), splits_.end(),
                     [](const auto& entry) { return entry.second.idle || entry.second.finished; });
}

Status SourceInput::send_watermark(EventTime watermark, ProcTime now) {
  if (watermark <= sent_) return {};
  sent_ = watermark;
  sent_at_ = now;
  counters_.watermark = watermark;
  for (Receiver* head : heads_) MS_TRY(head->watermark(watermark));
  return {};
}

Status SourceInput::idleness_changed() {
  const bool idle = all_idle() && !ended_;
  if (idle == sent_idle_) return {};
  sent_idle_ = idle;
  for (Receiver* head : heads_) MS_TRY(head->idleness(idle));
  return {};
}

Status SourceInput::time(ProcTime now) {
  if (ended_) return {};
  if (options_.idle_timeout.value > 0) {
    for (auto& [name, split] : splits_) {
      if (!split.idle && !split.finished && elapsed(split.active_since, now) >= options_.idle_timeout)
        split.idle = true;
    }
  }
  const bool due = options_.watermark_interval.value == 0 || elapsed(sent_at_, now) >= options_.watermark_interval;
  if (due && combined() > sent_) MS_TRY(send_watermark(combined(), now));
  return idleness_changed();
}

ProcTime SourceInput::next_time() const {
  if (ended_) return ProcTime::max();
  // A source that is held back is woken when it may go on.
  ProcTime next = options_.paused() ? ProcTime::max() : reader_->next_time();
  if (combined() > sent_) next = std::min(next, sent_at_ + options_.watermark_interval);
  if (options_.idle_timeout.value > 0) {
    for (const auto& [name, split] : splits_) {
      if (!split.idle && !split.finished) next = std::min(next, split.active_since + options_.idle_timeout);
    }
  }
  return next;
}

Status SourceInput::snapshot(CheckpointId checkpoint, TaskSnapshot& into, std::function<void(Status)> durable) {
  MS_ASSIGN(std::vector<SplitState> positions, reader_->snapshot());
  OperatorState state{options_.state_id, into.task, {}, {}};
  ByteWriter writer;
  writer.varint(splits_.size());
  for (const auto& [name, split] : splits_) {
    writer.text(name);
    writer.fixed(split.watermark.value);
    writer.fixed(static_cast<uint8_t>(split.idle));
  }
  state.values.emplace_back(kWatermarks, writer.take());
  into.operators.push_back(std::move(state));
  into.sources.push_back({options_.state_id, positions});
  // The operators of the task refuse rows through the same policy, and they have passed their barrier.
  MS_ASSIGN(std::vector<Committable> letters, context_.bad_rows->prepare(checkpoint));
  for (Committable& committable : letters) into.committables.push_back(std::move(committable));
  handed_over_[checkpoint] = positions;
  reader_->make_durable(positions, std::move(durable));
  return {};
}

void SourceInput::checkpoint_complete(CheckpointId checkpoint) {
  const auto it = handed_over_.find(checkpoint);
  if (it != handed_over_.end()) reader_->checkpoint_complete(it->second);
  handed_over_.erase(handed_over_.begin(), handed_over_.upper_bound(checkpoint));
}

std::vector<SplitStatus> SourceInput::splits() const {
  std::vector<SplitStatus> all;
  for (const auto& [name, split] : splits_)
    all.push_back({name, split.watermark, split.idle, split.finished, split.last_row});
  return all;
}

}  // namespace millstream::stream
