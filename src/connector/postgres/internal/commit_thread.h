// The committer that a job sees: hands its calls to a thread of its own, because CommitSession waits for the server.
//
// Destroying it interrupts a call that is under way; calls that have not begun are forgotten, without an answer. It may
// be destroyed by the callback of its own call.
#pragma once

#include <memory>
#include <thread>

#include "connector/postgres/internal/jdbc_url.h"
#include "connector/postgres/postgres_sink.h"
#include "stream/sink.h"

namespace millstream::connector::postgres {

class CommitThread final : public stream::Committer {
 public:
  CommitThread(ConnectionSettings settings, stream::SinkIdentity identity, const PostgresParts& parts);
  ~CommitThread() override;
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void recover(AttemptId attempt, std::function<void(Result<CheckpointId>)> done) override;
  void commit(CheckpointId checkpoint, std::vector<stream::Committable> epoch,
              std::function<void(Status)> done) override;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace millstream::connector::postgres
