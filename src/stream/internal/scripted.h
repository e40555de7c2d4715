// For tests of this module: sources that give what a test appends, sinks that write down what arrives, plans by hand.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "column/value.h"
#include "env/fake.h"
#include "stream/pipeline.h"

namespace millstream::stream::scripted {

using column::RowKind;
using column::Type;
using column::Value;

// Rows as tests write them: "+I ann 5" or "ann 5", cells by white space, NULL for null.
inline Value cell_of(const Type& type, const std::string& text) {
  if (text == "NULL") return Value();
  if (type.physical() == column::PhysicalKind::kString) return Value(text);
  if (type.physical() == column::PhysicalKind::kDouble) return Value(std::stod(text));
  if (type.physical() == column::PhysicalKind::kBool) return Value(text == "1");
  if (type.is_timestamp()) return Value(static_cast<int64_t>(std::stoll(text)) * 1000);  // milliseconds
  return Value(static_cast<int64_t>(std::stoll(text)));
}
inline column::Batch batch_of(const std::vector<Type>& types, const std::vector<std::string>& lines) {
  std::vector<std::vector<Value>> columns(types.size());
  auto kinds = std::make_shared<std::vector<RowKind>>();
  bool changes = false;
  for (const std::string& line : lines) {
    std::vector<std::string> words;
    for (const auto word : split(line, ' ')) words.emplace_back(word);
    RowKind kind = RowKind::kInsert;
    size_t first = 0;
    for (const RowKind k : {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete}) {
      if (words[0] != column::short_name_of(k)) continue;
      kind = k;
      first = 1;
    }
    kinds->push_back(kind);
    changes |= kind != RowKind::kInsert;
    for (size_t c = 0; c < types.size(); ++c) columns[c].push_back(cell_of(types[c], words[first + c]));
  }
  column::Batch batch;
  batch.length = lines.size();
  for (size_t c = 0; c < types.size(); ++c) batch.columns.push_back(column::make_vector(types[c], columns[c]));
  if (changes) batch.kinds = std::move(kinds);
  return batch;
}
inline std::string cell_text(const Type& type, const Value& value) {
  if (value.is_null()) return "NULL";
  if (type.physical() == column::PhysicalKind::kString) return value.as_string();
  if (type.physical() == column::PhysicalKind::kDouble) return std::to_string(value.as_double());
  if (type.physical() == column::PhysicalKind::kBool) return value.as_bool() ? "1" : "0";
  if (type.is_timestamp()) return std::to_string(value.as_int() / 1000);
  return std::to_string(value.as_int());
}
inline std::vector<std::string> lines_of(const column::Batch& batch) {
  std::vector<std::string> lines;
  batch.rows().for_each([&](size_t row) {
    std::string line(column::short_name_of(batch.kind_at(row)));
    for (const auto& column : batch.columns) line += " " + cell_text(column->type(), column::value_at(*column, row));
    lines.push_back(std::move(line));
  });
  return lines;
}

// What a source gives: lists of batches per split, which tests extend at any time.
class Feed {
 public:
  explicit Feed(const std::vector<std::string>& splits = {"0"}) {
    for (const auto& split : splits) splits_[split];
  }
  void append(const std::string& split, column::Batch batch) {
    std::vector<std::function<void()>> wakes;
    {
      const std::scoped_lock lock(mutex_);
      splits_[split].push_back(std::move(batch));
      wakes = wakes_;
    }
    for (const auto& wake : wakes) wake();
  }
  void append(column::Batch batch) { append(splits_.begin()->first, std::move(batch)); }
  void idle(const std::string& split) {
    change([&] { idle_.insert(split); });
  }
  void finish() {
    change([&] { finished_ = true; });
  }
  void add_split(const std::string& split) {
    const std::scoped_lock lock(mutex_);
    splits_[split];
  }

  std::vector<SplitState> splits() {
    const std::scoped_lock lock(mutex_);
    std::vector<SplitState> all;
    for (const auto& [name, batches] : splits_) all.push_back({name, "0", false});
    return all;
  }
  // Error of the next discover() calls, oldest first.
  std::deque<Error> discover_errors;
  std::vector<std::vector<SplitState>> committed;  // checkpoint_complete
  Status durable;                                  // what make_durable answers
  Millis discovery_interval{0};

 private:
  friend class FeedReader;
  template <typename Change>
  void change(Change&& how) {
    std::vector<std::function<void()>> wakes;
    {
      const std::scoped_lock lock(mutex_);
      how();
      wakes = wakes_;
    }
    for (const auto& wake : wakes) wake();
  }
  std::mutex mutex_;
  std::map<std::string, std::vector<column::Batch>> splits_;
  std::set<std::string> idle_;
  bool finished_ = false;
  std::vector<std::function<void()>> wakes_;
};

class FeedReader final : public SourceReader {
 public:
  explicit FeedReader(Feed& feed) : feed_(feed) {}
  Status open(const SourceContext& context, std::vector<SplitState> splits) override {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.wakes_.push_back(context.wake);
    for (auto& split : splits)
      positions_.push_back({std::move(split.split), static_cast<size_t>(std::stoul(split.position))});
    return {};
  }
  Status add_splits(std::vector<SplitState> splits) override {
    for (auto& split : splits)
      positions_.push_back({std::move(split.split), static_cast<size_t>(std::stoul(split.position))});
    return {};
  }
  Result<PollResult> poll(SourceOutput& out, size_t) override {
    bool all_done = true;
    for (size_t tried = 0; tried < positions_.size(); ++tried) {
      auto& [name, position] = positions_[next_++ % positions_.size()];
      column::Batch batch;
      bool is_idle = false;
      {
        const std::scoped_lock lock(feed_.mutex_);
        const auto& batches = feed_.splits_[name];
        is_idle = feed_.idle_.erase(name) > 0;
        if (position < batches.size()) batch = batches[position];
        all_done &= feed_.finished_ && position >= batches.size();
      }
      if (batch.length > 0) {
        ++position;
        if (!is_idle) {
          MS_TRY(out.emit(name, std::move(batch)));
          return PollResult::kReady;
        }
      }
      if (is_idle) out.idle(name);
    }
    const std::scoped_lock lock(feed_.mutex_);
    return all_done && feed_.finished_ ? PollResult::kFinished : PollResult::kWaiting;
  }
  Result<std::vector<SplitState>> snapshot() override {
    std::vector<SplitState> states;
    for (const auto& [name, position] : positions_) states.push_back({name, std::to_string(position), false});
    return states;
  }
  void make_durable(const std::vector<SplitState>&, std::function<void(Status)> done) override {
    Status status;
    {
      const std::scoped_lock lock(feed_.mutex_);
      status = feed_.durable;
    }
    done(status);
  }
  void checkpoint_complete(const std::vector<SplitState>& positions) override {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.committed.push_back(positions);
  }

 private:
  Feed& feed_;
  std::vector<std::pair<std::string, size_t>> positions_;
  size_t next_ = 0;
};

class FeedSource final : public Source {
 public:
  explicit FeedSource(Feed& feed) : feed_(feed) {}
  Result<std::vector<SplitState>> discover() override {
    if (!feed_.discover_errors.empty()) {
      const Error error = feed_.discover_errors.front();
      feed_.discover_errors.pop_front();
      return std::unexpected(error);
    }
    return feed_.splits();
  }
  [[nodiscard]] Millis discovery_interval() const override { return feed_.discovery_interval; }
  Result<std::unique_ptr<SourceReader>> make_reader() override { return std::make_unique<FeedReader>(feed_); }

 private:
  Feed& feed_;
};

// What arrived at a sink table. With a target its lines come by commits only, in epochs.
class Table {
 public:
  std::string target;              // empty: written through
  size_t full_after = ~size_t{0};  // lines of an epoch
  std::deque<Error> commit_errors;
  Sink::Wishes wishes;
  std::vector<std::string> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(lines_, {});
  }
  [[nodiscard]] std::vector<std::string> lines() {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  [[nodiscard]] CheckpointId held() {
    const std::scoped_lock lock(mutex_);
    return held_;
  }
  int closed = 0;
  void add(std::vector<std::string> lines) {
    const std::scoped_lock lock(mutex_);
    for (auto& line : lines) lines_.push_back(std::move(line));
  }

 private:
  friend class TableCommitter;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  CheckpointId held_{0};
  AttemptId attempt_{0};
};

class TableWriter final : public SinkWriter {
 public:
  explicit TableWriter(Table& table) : table_(table) {}
  Status open(const OperatorContext&) override { return {}; }
  Status write(const column::Batch& batch) override {
    auto lines = lines_of(batch);
    if (table_.target.empty())
      table_.add(std::move(lines));
    else
      epoch_.insert(epoch_.end(), lines.begin(), lines.end());
    return {};
  }
  [[nodiscard]] bool is_full() const override { return epoch_.size() >= table_.full_after; }
  Result<std::vector<Committable>> prepare(CheckpointId) override {
    std::vector<Committable> all;
    if (epoch_.empty()) return all;
    const std::string text = join(epoch_, "\n");
    epoch_.clear();
    all.push_back({table_.target, "t", ByteBuffer(as_bytes(text).begin(), as_bytes(text).end())});
    return all;
  }
  Status close() override {
    ++table_.closed;
    return {};
  }

 private:
  Table& table_;
  std::vector<std::string> epoch_;
};

class TableCommitter final : public Committer {
 public:
  explicit TableCommitter(Table& table) : table_(table) {}
  void recover(AttemptId attempt, std::function<void(Result<CheckpointId>)> done) override {
    CheckpointId held;
    {
      const std::scoped_lock lock(table_.mutex_);
      table_.attempt_ = attempt;
      held = table_.held_;
    }
    attempt_ = attempt;
    done(held);
  }
  void commit(CheckpointId checkpoint, std::vector<Committable> epoch, std::function<void(Status)> done) override {
    Status status;
    {
      const std::scoped_lock lock(table_.mutex_);
      if (!table_.commit_errors.empty()) {
        status = std::unexpected(table_.commit_errors.front());
        table_.commit_errors.pop_front();
      } else if (table_.attempt_ != attempt_ || table_.held_ >= checkpoint) {
        status = fail(ErrorCode::kConflict, "fenced");
      } else {
        table_.held_ = checkpoint;
        for (const Committable& committable : epoch) {
          for (const auto line : split(as_text(committable.payload), '\n')) table_.lines_.emplace_back(line);
        }
      }
    }
    done(status);
  }

 private:
  Table& table_;
  AttemptId attempt_{0};
};

class TableSinkOf final : public Sink {
 public:
  explicit TableSinkOf(Table& table) : table_(table) {}
  Result<std::unique_ptr<SinkWriter>> make_writer() override { return std::make_unique<TableWriter>(table_); }
  [[nodiscard]] Wishes wishes() const override { return table_.wishes; }
  [[nodiscard]] std::string target() const override { return table_.target; }
  Result<std::unique_ptr<Committer>> make_committer(const SinkIdentity&) override {
    return std::make_unique<TableCommitter>(table_);
  }

 private:
  Table& table_;
};

// Refused rows go to a table as an epoch of letters, committed like a sink's.
class LetterPolicy final : public BadRowPolicy {
 public:
  explicit LetterPolicy(Table& letters) : letters_(letters) {}
  Status refuse(const BadRow& row) override {
    epoch_.push_back(row.operator_name + ": " + row.message);
    return {};
  }
  void nulled(std::string_view column, const BadRow&) override { epoch_.push_back("nulled " + std::string(column)); }
  Result<std::vector<Committable>> prepare(CheckpointId) override {
    std::vector<Committable> all;
    if (epoch_.empty()) return all;
    const std::string text = join(epoch_, "\n");
    epoch_.clear();
    all.push_back({letters_.target, "letters", ByteBuffer(as_bytes(text).begin(), as_bytes(text).end())});
    return all;
  }
  [[nodiscard]] bool is_full() const override { return epoch_.size() >= letters_.full_after; }

 private:
  Table& letters_;
  std::vector<std::string> epoch_;
};

class ScriptedConnectors final : public Connectors {
 public:
  std::map<std::string, Feed*> feeds;
  std::map<std::string, Table*> tables;
  Result<std::unique_ptr<Source>> make_source(const plan::TableScan& scan) override {
    return std::make_unique<FeedSource>(*feeds.at(scan.table->name));
  }
  Result<std::unique_ptr<Sink>> make_sink(const plan::TableSink& sink, const column::Schema&) override {
    return std::make_unique<TableSinkOf>(*tables.at(sink.table->name));
  }
};

// Plans by hand.
inline column::Schema schema_of(const std::vector<Type>& types) {
  column::Schema schema;
  for (size_t c = 0; c < types.size(); ++c) schema.fields.push_back({"c" + std::to_string(c), types[c], ""});
  return schema;
}
inline catalog::TablePtr table_named(const std::string& name) {
  auto table = std::make_shared<catalog::Table>();
  table->name = name;
  return table;
}
template <typename Node>
plan::PhysicalNodePtr make_node(Node node, std::vector<plan::PhysicalNodePtr> inputs, const std::vector<Type>& types,
                                catalog::ChangelogMode mode = {}, std::string id = {}) {
  auto made = std::make_shared<plan::PhysicalNode>();
  made->node = std::move(node);
  made->inputs = std::move(inputs);
  made->output = schema_of(types);
  made->changelog = mode;
  made->state_id = std::move(id);
  return made;
}
inline plan::PhysicalNodePtr scan_of(const std::string& name, const std::vector<Type>& types, int time_column = -1,
                                     catalog::ChangelogMode mode = {}) {
  plan::TableScan scan;
  scan.table = table_named(name);
  for (int c = 0; c < static_cast<int>(types.size()); ++c) scan.decoded.push_back(c);
  if (time_column >= 0) {
    scan.event_time = time_column;
    scan.watermark = function::column_reference(time_column, types[static_cast<size_t>(time_column)]);
  }
  return make_node(scan, {}, types, mode, "scan-" + name);
}
inline plan::PhysicalNodePtr sink_of(const std::string& name, plan::PhysicalNodePtr input) {
  plan::TableSink sink;
  sink.table = table_named(name);
  std::vector<Type> types;
  for (const auto& field : input->output.fields) types.push_back(field.type);
  return make_node(sink, {std::move(input)}, types);
}
inline std::shared_ptr<const plan::PhysicalPlan> plan_of(std::vector<plan::PhysicalNodePtr> sinks) {
  auto made = std::make_shared<plan::PhysicalPlan>();
  made->sinks = std::move(sinks);
  return made;
}

// Aggregates of this test's own: COUNT(*), SUM and MAX over BIGINT in slots, MIN kept beside the row; and UP_TO_100, a
// sum that stops at 100, so that the order of its values matters.
struct NumberSlot {
  int64_t count;
  int64_t value;
};
template <int kWhat>  // 0 count, 1 sum, 2 greatest, 3 sum up to 100
function::AggregateKernel number_kernel() {
  function::AggregateKernel kernel;
  kernel.slot_bytes = sizeof(NumberSlot);
  kernel.initialise = [](std::byte* slot) { *reinterpret_cast<NumberSlot*>(slot) = {0, 0}; };
  kernel.update = [](std::span<std::byte* const> slots, const column::Vector* argument, column::Rows rows, int sign) {
    for (size_t i = 0; i < slots.size(); ++i) {
      auto& slot = *reinterpret_cast<NumberSlot*>(slots[i]);
      if (argument != nullptr && argument->is_null(rows[i])) continue;
      const int64_t value = argument == nullptr ? 1 : column::Reader<int64_t>(*argument)[rows[i]];
      if (kWhat == 2)
        slot.value = slot.count == 0 ? value : std::max(slot.value, value);
      else
        slot.value += sign * value;
      if (kWhat == 3) slot.value = std::min<int64_t>(slot.value, 100);
      slot.count += sign;
    }
  };
  kernel.result = [](std::span<const std::byte* const> slots, std::span<const uint32_t> positions,
                     column::Vector& out) {
    for (size_t i = 0; i < slots.size(); ++i) {
      const auto& slot = *reinterpret_cast<const NumberSlot*>(slots[i]);
      out.mutable_values<int64_t>()[positions[i]] = kWhat == 0 ? slot.count : slot.value;
      if (kWhat != 0 && slot.count == 0) out.set_null(positions[i]);
    }
  };
  kernel.order_matters = kWhat == 3;
  return kernel;
}
inline const function::AggregateFunction& aggregate(const std::string& name) {
  using function::AggregateFunction;
  static const std::map<std::string, AggregateFunction> all = [] {
    std::map<std::string, AggregateFunction> made;
    made["COUNT"].bind = [](const function::Signature&, bool) { return number_kernel<0>(); };
    made["SUM"].bind = [](const function::Signature&, bool) { return number_kernel<1>(); };
    made["UP_TO_100"].bind = [](const function::Signature&, bool) { return number_kernel<3>(); };
    made["MAX"].bind = [](const function::Signature&, bool retracting) {
      return retracting ? function::AggregateKernel{} : number_kernel<2>();
    };
    made["MAX"].keeps = function::Keeps::kGreatest;
    made["MIN"].bind = [](const function::Signature&, bool) { return function::AggregateKernel{}; };
    made["MIN"].keeps = function::Keeps::kLeast;
    made["LAST_VALUE"].bind = [](const function::Signature&, bool) { return function::AggregateKernel{}; };
    made["LAST_VALUE"].keeps = function::Keeps::kLatest;
    for (auto& [key, function] : made) function.name = made.find(key)->first;
    return made;
  }();
  return all.at(name);
}
inline plan::AggregateCall call_of(const std::string& name, int argument, const Type& result, bool distinct = false,
                                   int filter = -1) {
  plan::AggregateCall call;
  call.function = &aggregate(name);
  call.signature.result = result;
  if (argument >= 0) call.arguments = {argument};
  call.distinct = distinct;
  call.filter = filter;
  call.name = name;
  return call;
}

}  // namespace millstream::stream::scripted
