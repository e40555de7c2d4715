// Fencing, the guarded transaction, and what to do when its outcome is unknown.
#include "connector/postgres/internal/commit_session.h"

#include <array>

#include "base/logging.h"
#include "base/text.h"
#include "connector/postgres/internal/tuple_json.h"
#include "env/failpoint.h"

namespace millstream::connector::postgres {
namespace {

// A lost commit must not be forgotten by a crash of the server, a blocked one must say so, and one that hangs on our
// side must not keep the next attempt waiting for ever.
constexpr const char* kSessionSettings =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; "
    "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = 0; SET jit = "
    "off; "
    "SET temp_buffers = '64MB'; SET client_min_messages = 'error'";
constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS millstream_commit (job text PRIMARY KEY, attempt bigint NOT NULL, checkpoint bigint "
    "NOT NULL, target text NOT NULL)";
constexpr const char* kFence =
    "INSERT INTO millstream_commit AS c (job, attempt, checkpoint, target) VALUES ($1, $2::bigint, 0, $3) "
    "ON CONFLICT (job) DO UPDATE SET attempt = EXCLUDED.attempt, target = EXCLUDED.target "
    "WHERE c.attempt < EXCLUDED.attempt OR (c.attempt = EXCLUDED.attempt AND c.target = EXCLUDED.target) RETURNING "
    "c.checkpoint";
constexpr const char* kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
// Deferred constraints would speak at COMMIT only, when it is too late to find the row.
constexpr const char* kConstraintsNow = "SET CONSTRAINTS ALL IMMEDIATE";
constexpr const char* kAdvance =
    "UPDATE millstream_commit SET checkpoint = $1::bigint WHERE job = $2 AND attempt = $3::bigint AND checkpoint < "
    "$1::bigint AND checkpoint >= $4::bigint";
constexpr const char* kWhoHolds = "SELECT attempt, checkpoint, target FROM millstream_commit WHERE job = $1";

constexpr int kConflictRetries = 3;
constexpr const char* kReplacedHint = "cancel the job that took its place, or start this one again";

}  // namespace

Result<std::vector<TableEpoch>> group_by_table(const std::vector<stream::Committable>& epoch) {
  std::vector<TableEpoch> tables;
  for (const stream::Committable& committable : epoch) {
    MS_ASSIGN(EpochPayload payload, read_payload(committable.payload));
    const std::string_view layout = as_text(payload.header_bytes);
    auto table = std::ranges::find(tables, layout, &TableEpoch::layout);
    if (table == tables.end()) {
      TableEpoch added;
      added.keys = payload.header.key_columns();
      added.header = std::move(payload.header);
      added.layout = layout;
      table = tables.insert(tables.end(), std::move(added));
    }
    if (payload.row_count > 0) table->rows.push_back(payload.rows);
    if (payload.delete_count > 0) table->deletes.push_back(payload.deletes);
    table->row_count += payload.row_count;
    table->delete_count += payload.delete_count;
  }
  return tables;
}

CommitSession::CommitSession(ConnectionSettings settings, stream::SinkIdentity identity, PostgresParts parts,
                             Interrupt& interrupt)
    : settings_(std::move(settings)), identity_(std::move(identity)), parts_(std::move(parts)), interrupt_(interrupt) {}

std::unexpected<Error> CommitSession::failed(const ServerError& error, std::string_view doing) {
  may_retry_at_once_ = error.lost || error.sqlstate.starts_with("57P") || error.in_class("40");
  return fail(to_error(error, settings_, doing));
}

void CommitSession::disconnect() {
  loader_.reset();
  connection_.reset();
}

Status CommitSession::connect() {
  if (connection_) return {};
  MS_ASSIGN(connection_, Connection::open(parts_.env.clock(), settings_, parts_.resolve, interrupt_));
  loader_ = std::make_unique<EpochLoader>(*connection_, parts_.most_refused_rows);
  if (auto set = connection_->execute(kSessionSettings); !set) {
    auto error = failed(set.error(), "setting up the session");
    disconnect();
    return error;
  }
  return {};
}

// Whatever stands in a transaction that failed is rolled back by closing its connection.
template <typename F>
auto CommitSession::with_second_try(F&& work) {
  for (int tries = 0;; ++tries) {
    const bool was_connected = connection_ != nullptr;
    may_retry_at_once_ = false;
    auto result = work();
    if (result) return result;
    const bool is_conflict = connection_ != nullptr && !connection_->lost();
    disconnect();
    if (!may_retry_at_once_ || interrupt_.raised()) return result;
    if (tries >= (is_conflict ? kConflictRetries : was_connected ? 1 : 0)) return result;
  }
}

Result<CheckpointId> CommitSession::recover(AttemptId attempt) {
  identity_.attempt = attempt;
  return with_second_try([this] { return try_recover(); });
}

Result<CheckpointId> CommitSession::try_recover() {
  MS_TRY(connect());
  FAILPOINT("postgres.recover.before_fence");
  const auto exists = connection_->execute("SELECT to_regclass('millstream_commit') IS NOT NULL");
  if (!exists) return failed(exists.error(), "looking for table millstream_commit");
  if (exists->text(0, 0) != "t") {
    // Two jobs that create it at the same time: one gets an error of a catalog's index, and then it exists.
    const auto created = connection_->execute(kCreateTable);
    if (!created && created.error().sqlstate != "23505" && created.error().sqlstate != "42P07" &&
        created.error().sqlstate != "42710") {
      auto error = failed(created.error(), "creating table millstream_commit");
      if (error.error().code != ErrorCode::kUnavailable) {
        error.error().hint = "let user " + settings_.user + " create tables there, or create it: " + kCreateTable +
                             "; and GRANT SELECT, INSERT, UPDATE";
      }
      return error;
    }
  }
  const std::vector<std::string> fence{identity_.job, std::to_string(identity_.attempt.value), settings_.target()};
  const auto fenced = connection_->execute(kFence, fence);
  if (!fenced) return failed(fenced.error(), "taking over job " + identity_.job);
  if (fenced->rows() == 0) {
    const auto holder = connection_->execute(kWhoHolds, std::vector<std::string>{identity_.job});
    if (!holder) return failed(holder.error(), "reading table millstream_commit");
    if (holder->rows() > 0 && holder->number(0, 0) == identity_.attempt.value) {
      return fail(ErrorCode::kInvalidArgument,
                  "tables of job " + identity_.job + " reach the same database as " + std::string(holder->text(0, 2)) +
                      " and as " + settings_.target(),
                  "write host, database, username and currentSchema the same way in all of them: they commit together");
    }
    return fail(ErrorCode::kConflict,
                "PostgreSQL " + settings_.server() + ": attempt " + std::to_string(identity_.attempt.value) +
                    " of job " + identity_.job + " was replaced by attempt " +
                    (holder->rows() > 0 ? std::string(holder->text(0, 0)) : "another"),
                kReplacedHint);
  }
  FAILPOINT("postgres.recover.after_fence");
  held_ = CheckpointId(fenced->number(0, 0));
  return held_;
}

Status CommitSession::commit(CheckpointId checkpoint, const std::vector<stream::Committable>& epoch) {
  MS_ASSIGN(const std::vector<TableEpoch> tables, group_by_table(epoch));
  return with_second_try([&] { return try_commit(checkpoint, tables); });
}

std::vector<std::string> CommitSession::update_parameters(CheckpointId checkpoint) const {
  return {std::to_string(checkpoint.value), identity_.job, std::to_string(identity_.attempt.value),
          std::to_string(held_.value)};
}

Status CommitSession::try_commit(CheckpointId checkpoint, const std::vector<TableEpoch>& tables) {
  MS_TRY(connect());
  FAILPOINT("postgres.commit.before_begin");
  uint64_t count = 0;
  for (const TableEpoch& table : tables) count += table.row_count + table.delete_count;
  const bool few = count <= EpochLoader::kFewRows;
  if (auto ready = loader_->get_ready(tables, few); !ready) return failed(ready.error(), "preparing a commit");
  if (few) {
    MS_ASSIGN(const bool done, commit_few(checkpoint, tables));
    if (done) return {};
    if (auto rolled_back = connection_->execute("ROLLBACK"); !rolled_back)
      return failed(rolled_back.error(), "rolling back");
    if (auto ready = loader_->get_ready(tables, false); !ready) return failed(ready.error(), "preparing a commit");
  }
  return commit_many(checkpoint, tables);
}

// Two trips to the server: everything up to the rows, and COMMIT once the guard is known to have held.
Result<bool> CommitSession::commit_few(CheckpointId checkpoint, const std::vector<TableEpoch>& tables) {
  FAILPOINT("postgres.commit.before_update");
  Connection::Pipeline pipeline(*connection_);
  pipeline.begin();
  pipeline.add(kBegin, {});
  pipeline.add(kConstraintsNow, {});
  pipeline.add(kAdvance, update_parameters(checkpoint));
  loader_->load_few(tables, pipeline);
  const auto answers = pipeline.finish();
  if (!answers) {
    const ServerError& error = answers.error();
    if (!error.lost && (error.in_class("22") || error.in_class("23"))) return false;
    return failed(error, "writing rows");
  }
  if ((*answers)[2].affected() == 0) {
    if (auto rolled_back = connection_->execute("ROLLBACK"); !rolled_back)
      return failed(rolled_back.error(), "rolling back");
    MS_TRY(explain_no_update(checkpoint));
    return true;
  }
  FAILPOINT("postgres.commit.after_update");
  FAILPOINT("postgres.commit.after_rows");
  MS_TRY(finish_transaction());
  held_ = checkpoint;
  return true;
}

Status CommitSession::commit_many(CheckpointId checkpoint, const std::vector<TableEpoch>& tables) {
  FAILPOINT("postgres.commit.before_update");
  if (auto begun = connection_->execute(std::string(kBegin) + "; " + kConstraintsNow); !begun)
    return failed(begun.error(), "beginning a transaction");
  const auto advanced = connection_->execute(kAdvance, update_parameters(checkpoint));
  if (!advanced) return failed(advanced.error(), "moving table millstream_commit");
  if (advanced->affected() == 0) {
    if (auto rolled_back = connection_->execute("ROLLBACK"); !rolled_back)
      return failed(rolled_back.error(), "rolling back");
    return explain_no_update(checkpoint);
  }
  FAILPOINT("postgres.commit.after_update");
  const auto refused = loader_->load(tables);
  if (!refused) return failed(refused.error(), "writing rows");
  FAILPOINT("postgres.commit.after_rows");
  MS_TRY(report(checkpoint, *refused));
  MS_TRY(finish_transaction());
  held_ = checkpoint;
  return {};
}

Status CommitSession::explain_no_update(CheckpointId checkpoint) {
  const auto holder = connection_->execute(kWhoHolds, std::vector<std::string>{identity_.job});
  if (!holder) return failed(holder.error(), "reading table millstream_commit");
  const std::string where = "PostgreSQL " + settings_.server() + ": ";
  if (holder->rows() == 0) {
    return fail(ErrorCode::kConflict,
                where + "the row of job " + identity_.job + " is gone from table millstream_commit",
                "start the job again");
  }
  const int64_t attempt = holder->number(0, 0), held = holder->number(0, 1);
  if (attempt != identity_.attempt.value) {
    return fail(ErrorCode::kConflict,
                where + "attempt " + std::to_string(identity_.attempt.value) + " of job " + identity_.job +
                    " was replaced by attempt " + std::to_string(attempt),
                kReplacedHint);
  }
  if (held == checkpoint.value) {
    held_ = checkpoint;
    return {};
  }
  if (held > checkpoint.value) {
    return fail(ErrorCode::kConflict,
                where + "it holds checkpoint " + std::to_string(held) + " of job " + identity_.job +
                    ", which is ahead of " + std::to_string(checkpoint.value),
                kReplacedHint);
  }
  return fail(
      ErrorCode::kConflict,
      where + "it held checkpoint " + std::to_string(held_.value) + " of job " + identity_.job + " and now holds " +
          std::to_string(held) + ": commits were lost",
      "it was restored, or a standby that lagged behind took over; restore the job to a checkpoint that it holds");
}

Status CommitSession::report(CheckpointId checkpoint, const std::vector<RefusedTuple>& refused) {
  if (refused.empty()) return {};
  if (reported_for_ != checkpoint) {
    reported_.clear();
    reported_for_ = checkpoint;
  }
  const auto shown_of = [](const RefusedTuple& row) {
    const std::vector<WireColumn>& columns = row.is_delete ? row.table->keys : row.table->header.columns;
    return RefusedRow{row.table->header.sql_name, row.is_delete, tuple_to_json(columns, row.tuple), row.error.sqlstate,
                      row.error.message};
  };
  const auto bad_row = [&](const std::string& what, const RefusedTuple& row) {
    const RefusedRow shown = shown_of(row);
    return fail(ErrorCode::kBadRow,
                "PostgreSQL " + settings_.server() + " refused " + what + " of table " + shown.table + " (" +
                    row.table->header.shown_name + "): " + shown.message + " (SQLSTATE " + shown.sqlstate + ")",
                "the row: " + shown.row_json);
  };
  if (!parts_.refused_row) return bad_row("a row", refused[0]);
  if (refused.size() > parts_.most_refused_rows) {
    return bad_row("more than " + std::to_string(parts_.most_refused_rows) + " rows of one checkpoint, the last one",
                   refused.back());
  }
  for (const RefusedTuple& row : refused) {
    std::string identity = row.table->layout + (row.is_delete ? '-' : '+') + std::string(as_text(row.tuple));
    if (reported_.contains(identity)) continue;
    MS_TRY(parts_.refused_row(shown_of(row)));
    reported_.insert(std::move(identity));
  }
  log_warning("job {}, checkpoint {}: PostgreSQL {} refused {} rows, the first of table {}: SQLSTATE {}", identity_.job,
              checkpoint.value, settings_.server(), refused.size(), refused[0].table->header.shown_name,
              refused[0].error.sqlstate);
  return {};
}

Status CommitSession::finish_transaction() {
  FAILPOINT("postgres.commit.before_commit");
  const auto committed = connection_->execute("COMMIT");
  // A broken connection leaves the outcome open; the guard of the next try tells.
  if (!committed) return failed(committed.error(), "COMMIT");
  if (committed->command() != "COMMIT") {
    return fail(ErrorCode::kInternal, "PostgreSQL " + settings_.server() + " rolled back at COMMIT without saying why");
  }
  FAILPOINT("postgres.commit.after_commit");
  return {};
}

}  // namespace millstream::connector::postgres
