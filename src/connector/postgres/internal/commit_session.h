// The committer's protocol, blocking: fences earlier attempts, applies epochs exactly once, survives lost connections.
//
// One thread. The row of the job in millstream_commit says which checkpoint the database holds; every transaction that
// writes rows moves it. Steps and failpoints: docs/format/postgres-committable.md.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connector/postgres/internal/epoch_loader.h"
#include "connector/postgres/postgres_sink.h"
#include "stream/sink.h"

namespace millstream::connector::postgres {

class CommitSession {
 public:
  CommitSession(ConnectionSettings settings, stream::SinkIdentity identity, PostgresParts parts, Interrupt& interrupt);

  // As stream::Committer. A connection that turns out to be dead is replaced once at once; after that kUnavailable is
  // the caller's to repeat.
  Result<CheckpointId> recover(AttemptId attempt);
  Status commit(CheckpointId checkpoint, const std::vector<stream::Committable>& epoch);

 private:
  Status connect();
  void disconnect();
  Result<CheckpointId> try_recover();
  Status try_commit(CheckpointId checkpoint, const std::vector<TableEpoch>& tables);
  // False: the transaction must be rolled back and done again with load().
  Result<bool> commit_few(CheckpointId checkpoint, const std::vector<TableEpoch>& tables);
  Status commit_many(CheckpointId checkpoint, const std::vector<TableEpoch>& tables);
  // After the UPDATE changed no row: success if this epoch is in the database already.
  Status explain_no_update(CheckpointId checkpoint);
  Status finish_transaction();
  Status report(CheckpointId checkpoint, const std::vector<RefusedTuple>& refused);
  std::vector<std::string> update_parameters(CheckpointId checkpoint) const;
  std::unexpected<Error> failed(const ServerError& error, std::string_view doing);
  template <typename F>
  auto with_second_try(F&& work);

  ConnectionSettings settings_;
  stream::SinkIdentity identity_;
  PostgresParts parts_;
  Interrupt& interrupt_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<EpochLoader> loader_;
  CheckpointId held_{0};            // the least that the database must hold
  bool may_retry_at_once_ = false;  // the last error was a broken connection or a conflict of transactions
  CheckpointId reported_for_{0};
  std::set<std::string> reported_;  // refused rows already handed over for that checkpoint
};

// The payloads of an epoch, by table. They are views into `epoch`.
Result<std::vector<TableEpoch>> group_by_table(const std::vector<stream::Committable>& epoch);

}  // namespace millstream::connector::postgres
