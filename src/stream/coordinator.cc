// Start, run and end of a pipeline; checkpoint_cycle.cc has the checkpoints.
#include "stream/coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/logging.h"
#include "column/key.h"
#include "stream/internal/background.h"
#include "stream/operators/make_operator.h"

namespace millstream::stream {
namespace {

constexpr Millis kFirstBackoff(100);
constexpr Millis kLongestBackoff(5000);

}  // namespace

Coordinator::Coordinator(env::Env& env, Scheduler& scheduler, Connectors& connectors, MemoryBudget& budget,
                         std::shared_ptr<const plan::PhysicalPlan> plan, PipelineSettings settings, PipelineHooks hooks)
    : env_(env),
      scheduler_(scheduler),
      connectors_(connectors),
      budget_(budget),
      plan_(std::move(plan)),
      settings_(std::move(settings)),
      checkpoint_interval_(settings_.checkpoint_interval),
      hooks_(std::move(hooks)),
      stages_(StagePlan::of(*plan_, settings_.parallelism)) {
  if (!settings_.checkpoint_directory.empty()) store_.emplace(env_.files(), settings_.checkpoint_directory);
}

Status Coordinator::prepare_tables() {
  for (const auto& [node, stage] : stages_.stage_of) {
    if (const auto* scan = std::get_if<plan::TableScan>(&node->node)) {
      MS_ASSIGN(tables_.sources[node], connectors_.make_source(*scan));
    } else if (const auto* sink = std::get_if<plan::TableSink>(&node->node)) {
      column::Schema schema = node->inputs.empty() ? node->output : node->inputs[0]->output;
      MS_ASSIGN(tables_.sinks[node], connectors_.make_sink(*sink, schema));
      const Sink& made = *tables_.sinks[node];
      const std::string target = made.target();
      if (target.empty()) continue;
      const Sink::Wishes wishes = made.wishes();
      if (wishes.longest_interval && settings_.checkpoint_interval.value > 0)
        checkpoint_interval_ = std::min(checkpoint_interval_, *wishes.longest_interval);
      if (wishes.most_retries) {
        const auto known = most_retries_.emplace(target, *wishes.most_retries).first;
        known->second = std::min(known->second, *wishes.most_retries);
      }
      if (!store_) {
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("table {} commits with checkpoints, and this job has no checkpoint directory",
                                sink->table->name));
      }
      if (committers_.contains(target)) continue;
      MS_ASSIGN(committers_[target], tables_.sinks[node]->make_committer({settings_.job, settings_.attempt}));
      targets_.push_back(target);
    }
  }
  if (hooks_.make_dead_letter_committer && !tables_.sources.empty() &&
      !committers_.contains(hooks_.dead_letter_target)) {
    MS_ASSIGN(auto committer, hooks_.make_dead_letter_committer({settings_.job, settings_.attempt}));
    if (committer) {
      committers_[hooks_.dead_letter_target] = std::move(committer);
      targets_.push_back(hooks_.dead_letter_target);
    }
  }
  for (const Stage& stage : stages_.stages) {
    for (const plan::PhysicalNode* node : stage.nodes) {
      if (std::holds_alternative<plan::TableSink>(node->node)) continue;  // its writer is made when it starts
      MS_TRY(make_operator({*node, settings_, nullptr, hooks_.results, nullptr}));
    }
  }
  return {};
}

void Coordinator::post(std::function<void()> message) {
  {
    const std::scoped_lock lock(mutex_);
    if (shut_) return;
    mailbox_.push_back(std::move(message));
  }
  scheduler_.wake(*this);
}

StepResult Coordinator::run() {
  for (;;) {
    std::vector<std::function<void()>> messages;
    {
      const std::scoped_lock lock(mutex_);
      messages.swap(mailbox_);
    }
    for (auto& message : messages) message();
    bool fired = false;
    while (!timers_.empty() && timers_.begin()->first <= env_.clock().now()) {
      auto timer = timers_.extract(timers_.begin());
      timer.mapped()();
      fired = true;
    }
    if (messages.empty() && !fired) return StepResult::kWaiting;
  }
}

ProcTime Coordinator::next_time() const { return timers_.empty() ? ProcTime::max() : timers_.begin()->first; }

void Coordinator::set_state(PipelineState state) {
  phase_ = state.phase;
  {
    const std::scoped_lock lock(mutex_);
    state_ = std::move(state);
  }
  if (hooks_.on_state_change) hooks_.on_state_change();
}

PipelineState Coordinator::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

// What a pipeline that goes on is held up by; empty: nothing.
void Coordinator::set_reason(std::string reason) {
  if (over() || state().reason == reason) return;
  set_state({phase_, std::move(reason), std::nullopt});
}

// With a back-off that doubles until something succeeds.
void Coordinator::retry_later(const Error& error, std::function<void()> again) {
  constexpr int64_t kMostDoublings = 10;
  const Millis backoff = std::min(kLongestBackoff, Millis(kFirstBackoff.value << std::min(retries_++, kMostDoublings)));
  set_reason(error.message);
  at(env_.clock().now() + backoff, [this, again = std::move(again)] {
    if (!over()) again();
  });
}

void Coordinator::start() {
  if (phase_ != PipelinePhase::kCreated && phase_ != PipelinePhase::kWaiting) return;
  if (phase_ == PipelinePhase::kCreated)
    set_state({PipelinePhase::kWaiting, "looking for sources and checkpoints", std::nullopt});
  in_background<Result<Prepared>>([this] { return prepare(); },
                                  [this](Result<Prepared> result) { prepared(std::move(result)); });
}

Status Coordinator::check_sinks() {
  for (const auto& [node, sink] : tables_.sinks) MS_TRY(sink->check());
  return {};
}

Result<Coordinator::Prepared> Coordinator::prepare() {
  MS_TRY(check_sinks());
  if (store_) {
    MS_ASSIGN(const std::vector<CheckpointId> ids, store_->list());
    std::optional<Error> damage;
    for (const CheckpointId id : ids) {
      auto loaded = store_->load(id);
      Result<Prepared> result = loaded ? prepare_from(&*loaded) : std::unexpected(loaded.error());
      if (result && damage) log_warning("job {}: going on from checkpoint {}", settings_.job, id.value);
      if (result || result.error().code != ErrorCode::kCorrupt) return result;
      log_warning("job {}: checkpoint {} cannot be used: {}", settings_.job, id.value, result.error().message);
      damage = result.error();
    }
    if (damage) {
      damage->message = fmt::format("no checkpoint of job {} in {} can be used: {}", settings_.job,
                                    settings_.checkpoint_directory, damage->message);
      damage->hint = "restore the folder from a copy, or remove it to begin anew";
      return std::unexpected(*damage);
    }
    if (!settings_.restore_directory.empty()) {
      CheckpointStore other(env_.files(), settings_.restore_directory);
      MS_ASSIGN(const std::vector<CheckpointId> saved, other.list());
      if (saved.empty()) return fail(ErrorCode::kNotFound, "there is no checkpoint in " + settings_.restore_directory);
      MS_ASSIGN(LoadedCheckpoint loaded, other.load(saved.front()));
      return prepare_from(&loaded);
    }
  }
  return prepare_from(nullptr);
}

Result<Coordinator::Prepared> Coordinator::prepare_from(const LoadedCheckpoint* checkpoint) {
  Prepared prepared;
  for (const auto& [node, source] : tables_.sources) {
    const std::vector<SplitState>* stored =
        checkpoint == nullptr ? nullptr : checkpoint->splits(stages_.state_ids.at(node));
    if (stored == nullptr) {
      MS_ASSIGN(prepared.splits[node], source->discover());
      continue;
    }
    prepared.splits[node] = *stored;
    MS_ASSIGN(std::vector<SplitState> found, source->discover_more());
    for (SplitState& split : found) {
      const bool known =
          std::any_of(stored->begin(), stored->end(), [&](const SplitState& s) { return s.split == split.split; });
      if (!known) prepared.splits[node].push_back(std::move(split));
    }
  }
  const AssemblyRequest request{env_,
                                scheduler_,
                                budget_,
                                *plan_,
                                stages_,
                                settings_,
                                hooks_,
                                tables_,
                                weak_from_this(),
                                [this] { return paused_.load(std::memory_order_relaxed); },
                                prepared.splits,
                                checkpoint};
  MS_ASSIGN(prepared.tasks, assemble(request));
  if (checkpoint != nullptr) prepared.restored = checkpoint->manifest();
  return prepared;
}

void Coordinator::prepared(Result<Prepared> result) {
  if (over()) return;
  if (!result) {
    if (result.error().code == ErrorCode::kUnavailable) return retry_later(result.error(), [this] { start(); });
    return fail_with(result.error());
  }
  retries_ = 0;
  tasks_ = std::move(result->tasks);
  known_splits_ = std::move(result->splits);
  restored_ = std::move(result->restored);
  if (restored_) last_ = restored_->id;
  if (restored_) {
    // The statement changed, or what its hooks supply: nobody is left to say whether that epoch was applied.
    std::set<std::string> left;
    for (const Committable& committable : restored_->committables) {
      if (!committers_.contains(committable.target)) left.insert(committable.target);
    }
    for (const std::string& target : left) {
      log_warning("job {}: checkpoint {} has an epoch for {}, which the job no longer writes", settings_.job,
                  last_.value, target);
    }
  }
  {
    const std::scoped_lock lock(mutex_);
    published_tasks_ = tasks_;
    if (restored_) checkpoint_numbers_.restored_from = checkpoint_numbers_.last = restored_->id;
  }
  recover(0);
}

void Coordinator::recover(size_t target) {
  if (over()) return;
  if (target == targets_.size()) return restored_ ? launch() : store_start_positions();
  set_state({PipelinePhase::kWaiting, "asking " + targets_[target] + " for its last checkpoint", std::nullopt});
  committers_[targets_[target]]->recover(
      settings_.attempt, [weak = weak_from_this(), target](Result<CheckpointId> held) {
        const auto self = weak.lock();
        if (!self) return;
        self->post([self = self.get(), target, held = std::move(held)] {
          if (self->over()) return;
          if (held) return self->recovered(target, *held);
          if (can_retry(held.error().code))
            return self->retry_later(held.error(), [self, target] { self->recover(target); });
          self->fail_with(held.error());
        });
      });
}

void Coordinator::recovered(size_t target, CheckpointId held) {
  const CheckpointId ours = restored_ ? restored_->id : CheckpointId(0);
  if (held > ours) {
    return fail_with({ErrorCode::kConflict,
                      fmt::format("{} holds checkpoint {} of job {}, but the newest usable one here is {}",
                                  targets_[target], held.value, settings_.job, ours.value),
                      "restore the checkpoint folder, or give the job a new name",
                      {}});
  }
  std::vector<Committable> epoch;
  if (restored_) {
    for (const Committable& committable : restored_->committables) {
      if (committable.target == targets_[target]) epoch.push_back(committable);
    }
  }
  if (held == ours || epoch.empty()) {
    retries_ = 0;
    return recover(target + 1);
  }
  committers_[targets_[target]]->commit(ours, std::move(epoch), [weak = weak_from_this(), target, held](Status done) {
    const auto self = weak.lock();
    if (!self) return;
    self->post([self = self.get(), target, held, done = std::move(done)] {
      if (self->over()) return;
      if (done) {
        self->retries_ = 0;
        return self->recover(target + 1);
      }
      if (can_retry(done.error().code))
        return self->retry_later(done.error(), [self, target, held] { self->recovered(target, held); });
      self->fail_with(done.error());
    });
  });
}

void Coordinator::store_start_positions() {
  if (!store_) return launch();
  auto content = std::make_shared<CheckpointContent>();
  content->id = CheckpointId(0);
  content->attempt = settings_.attempt;
  content->job = settings_.job;
  content->parallelism = settings_.parallelism;
  for (const auto& [node, splits] : known_splits_) content->sources.push_back({stages_.state_ids.at(node), splits});
  in_background<Result<Bytes>>([this, content] { return store_->write(*content); },
                               [this](Result<Bytes> size) {
                                 if (over()) return;
                                 if (size) return launch();
                                 const ErrorCode code = size.error().code;
                                 if (code == ErrorCode::kDiskFull)
                                   return retry_later(size.error(), [this] { store_start_positions(); });
                                 fail_with(size.error());
                               });
}

void Coordinator::launch() {
  retries_ = 0;
  for (const auto& task : tasks_) scheduler_.add(task);
  set_state({PipelinePhase::kRunning, {}, std::nullopt});
  last_begun_ = env_.clock().now();
  schedule_checkpoint();
  for (const auto& [node, source] : tables_.sources) {
    if (source->discovery_interval().value > 0) {
      at(env_.clock().now() + source->discovery_interval(), [this, node = node] { look_for_splits(node); });
    }
  }
}

void Coordinator::look_for_splits(const plan::PhysicalNode* node) {
  if (over() || stopping_) return;
  Source* source = tables_.sources.at(node).get();
  in_background<Result<std::vector<SplitState>>>(
      [source] { return source->discover_more(); },
      [this, node, source](Result<std::vector<SplitState>> found) {
        if (over() || stopping_) return;
        at(env_.clock().now() + source->discovery_interval(), [this, node] { look_for_splits(node); });
        if (!found) {
          log_warning("job {}: looking for new splits of {}: {}", settings_.job, display_name_of(*node),
                      found.error().message);
          return;
        }
        auto& known = known_splits_.at(node);
        for (SplitState& split : *found) {
          if (std::any_of(known.begin(), known.end(), [&](const SplitState& s) { return s.split == split.split; }))
            continue;
          const size_t index = known.size() % static_cast<size_t>(settings_.parallelism);
          known.push_back(split);
          for (const auto& task : tasks_) {
            if (task->stage() != stages_.stage_of.at(node) || static_cast<size_t>(task->index()) != index) continue;
            task->offer_splits({split});
            scheduler_.wake(*task);
          }
        }
      });
}

void Coordinator::task_failed(Error error) {
  post([this, error = std::move(error)] { fail_with(error); });
}
void Coordinator::task_ended() {
  post([this] {
    ++ended_tasks_;
    maybe_finish();
  });
}
void Coordinator::wake_all() {
  post([this] {
    for (const auto& task : tasks_) scheduler_.wake(*task);
  });
}

void Coordinator::end(PipelinePhase phase, std::optional<Error> error) {
  if (over()) return;
  for (const auto& task : tasks_) scheduler_.remove(*task);
  if (phase == PipelinePhase::kFinished) {
    for (const auto& task : tasks_) {
      if (Status closed = task->close(); !closed && !error) {
        phase = PipelinePhase::kFailed;
        error = closed.error();
      }
    }
  }
  timers_.clear();
  const Error reason = error.value_or(Error{ErrorCode::kCancelled, "the job ended", {}, {}});
  set_state({phase, {}, error});
  answer(waiting_for_this_, std::unexpected(reason));
  answer(waiting_for_next_, std::unexpected(reason));
}

void Coordinator::answer(std::vector<CheckpointCallback>& waiters, const Result<CheckpointId>& result) {
  for (auto& waiter : std::exchange(waiters, {})) waiter(result);
}

void Coordinator::shut_down() {
  {
    const std::scoped_lock lock(mutex_);
    shut_ = true;
  }
  scheduler_.remove(*this);
  for (const auto& task : tasks_) scheduler_.remove(*task);
  std::unique_lock lock(mutex_);
  no_background_.wait(lock, [&] { return background_ == 0; });
  mailbox_.clear();  // may hold prepared tasks
  published_tasks_.clear();
  lock.unlock();
  underway_.reset();  // pages give back what they charged before the budgets go
  tasks_.clear();
  if (!over()) phase_ = PipelinePhase::kCancelled;
  const Error reason{ErrorCode::kCancelled, "the job ended", {}, {}};
  answer(waiting_for_this_, std::unexpected(reason));
  answer(waiting_for_next_, std::unexpected(reason));
}

PipelineSnapshot Coordinator::snapshot() const {
  PipelineSnapshot out;
  std::vector<std::shared_ptr<StageTask>> tasks;
  {
    const std::scoped_lock lock(mutex_);
    out.state = state_;
    out.checkpoints = checkpoint_numbers_;
    tasks = published_tasks_;
  }
  const auto add = [](OperatorCounters& sum, const OperatorCounters& one, bool first) {
    sum.records_in += one.records_in;
    sum.records_out += one.records_out;
    sum.batches_in += one.batches_in;
    sum.batches_out += one.batches_out;
    sum.late_rows += one.late_rows;
    sum.bad_rows += one.bad_rows;
    sum.nulled_fields += one.nulled_fields;
    sum.state_bytes += one.state_bytes;
    sum.watermark = first ? one.watermark : std::min(sum.watermark, one.watermark);
  };
  for (size_t s = 0; s < stages_.stages.size(); ++s) {
    const Stage& stage = stages_.stages[s];
    const bool is_scan = stage.root != nullptr && std::holds_alternative<plan::TableScan>(stage.root->node);
    std::vector<OperatorSnapshot> operators;
    if (is_scan) operators.push_back({stage.root, display_name_of(*stage.root), static_cast<int>(s), {}});
    for (const plan::PhysicalNode* node : stage.nodes)
      operators.push_back({node, display_name_of(*node), static_cast<int>(s), {}});
    StageSnapshot shares{static_cast<int>(s), 0, 0, 0, -1};
    int count = 0;
    for (const auto& task : tasks) {
      if (task->stage() != static_cast<int>(s)) continue;
      const StageTask::Published published = task->published();
      const bool first = count++ == 0;
      if (is_scan) {
        add(operators[0].counters, published.source, first);
        for (const SplitStatus& split : published.splits) {
          out.splits.push_back({stage.root, split.split, split.watermark, split.idle, split.finished, split.last_row});
        }
        if (published.lag >= 0) shares.lag = std::max<int64_t>(shares.lag, 0) + published.lag;
      }
      for (size_t n = 0; n < published.nodes.size(); ++n)
        add(operators[n + (is_scan ? 1 : 0)].counters, published.nodes[n], first);
      const double total = static_cast<double>(published.busy_nanos + published.idle_nanos + published.blocked_nanos);
      if (total <= 0) continue;
      shares.busy += static_cast<double>(published.busy_nanos) / total;
      shares.idle += static_cast<double>(published.idle_nanos) / total;
      shares.blocked += static_cast<double>(published.blocked_nanos) / total;
    }
    if (count > 0) {
      shares.busy /= count;
      shares.idle /= count;
      shares.blocked /= count;
    }
    for (OperatorSnapshot& op : operators) out.operators.push_back(std::move(op));
    out.stages.push_back(shares);
  }
  std::stable_partition(out.operators.begin(), out.operators.end(), [](const OperatorSnapshot& op) {
    return std::holds_alternative<plan::TableScan>(op.node->node);
  });
  return out;
}

}  // namespace millstream::stream
