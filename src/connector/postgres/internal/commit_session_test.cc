// The commit protocol against a real PostgreSQL: once, fenced, whole after a kill at every step, refused rows apart.
#include "connector/postgres/internal/commit_session.h"

#include <gmock/gmock.h>

#include <thread>

#include "connector/postgres/internal/epoch_buffer.h"
#include "connector/postgres/internal/test_database.h"
#include "env/failpoint.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using column::Value;
using testing::ElementsAre;
using testing::IsEmpty;
using enum column::RowKind;

class CommitSessionTest : public testing::Test {
 protected:
  void TearDown() override { env::disarm_failpoints(); }

  struct Target {
    TargetTable table;
    column::Schema schema;
  };
  Target target(const std::string& name, const std::vector<Type::Field>& fields, std::vector<std::string> key = {}) {
    const auto table = test_table(name, fields, std::move(key), database_, name);
    settings_ = *read_connection_settings(*table);
    auto connection = Connection::open(env_->clock(), settings_, nullptr, interrupt_);
    EXPECT_TRUE(connection) << connection.error().to_string();
    auto found =
        find_target_table(**connection, settings_, name, name, column::Schema{fields}, sink_of(table).sink_keys);
    EXPECT_TRUE(found) << found.error().to_string();
    return {*std::move(found), column::Schema{fields}};
  }
  static stream::Committable epoch_of(const Target& target, const std::vector<Row>& rows,
                                      std::vector<column::RowKind> kinds = {}) {
    EpochBuffer buffer(target.table);
    EXPECT_TRUE(buffer.add(batch_of(target.schema, rows, std::move(kinds))));
    return {"", target.table.sql_name, buffer.take()};
  }
  std::unique_ptr<CommitSession> session(const std::string& job = "j") {
    PostgresParts parts{*env_, budget_, nullptr, nullptr};
    parts.most_refused_rows = most_refused_;
    if (takes_refused_) {
      parts.refused_row = [this](const RefusedRow& row) -> Status {
        refused_.push_back(row.table + (row.is_delete ? " - " : " + ") + row.row_json + " " + row.sqlstate + " " +
                           row.message);
        return {};
      };
    }
    return std::make_unique<CommitSession>(settings_, stream::SinkIdentity{job, AttemptId(1)}, parts, interrupt_);
  }
  // 100 rows (id, "n<id>") from `first` on: too many to go one by one.
  static std::vector<Row> many(int64_t first) {
    std::vector<Row> rows;
    for (int64_t id = first; id < first + 100; ++id) rows.push_back({number(id), text("n" + std::to_string(id))});
    return rows;
  }
  std::vector<std::string> rows(const std::string& query) { return server_.rows(database_, query); }
  [[nodiscard]] std::string server_name() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  TestServer& server_ = TestServer::get();
  std::string database_ = server_.make_database();
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  MemoryBudget budget_{"test", 1_GiB};
  Interrupt interrupt_;
  ConnectionSettings settings_;
  bool takes_refused_ = true;
  size_t most_refused_ = 10'000;
  std::vector<std::string> refused_;
  const std::vector<Type::Field> id_note_{{"id", Type::bigint(), ""}, {"note", Type::string(), ""}};
};

TEST_F(CommitSessionTest, CommittingTwiceIsOnce) {
  rows("CREATE TABLE t (id bigint, note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_EQ(s->recover(AttemptId(1)), CheckpointId(0));
  for (const auto& epoch : {std::vector{epoch_of(t, {{number(1), text("a")}})}, std::vector{epoch_of(t, many(10))}}) {
    static int64_t checkpoint = 0;
    ++checkpoint;
    ASSERT_TRUE(s->commit(CheckpointId(checkpoint), epoch));
    const Status again = s->commit(CheckpointId(checkpoint), epoch);
    EXPECT_TRUE(again) << again.error().to_string();
  }
  EXPECT_THAT(rows("SELECT count(*), min(id), max(id) FROM t"), ElementsAre("101|1|109"));
  EXPECT_THAT(rows("SELECT job, attempt, checkpoint FROM millstream_commit"), ElementsAre("j|1|2"));
}

TEST_F(CommitSessionTest, AllTablesChangeInOneTransaction) {
  rows("CREATE TABLE t (id bigint, note text); CREATE TABLE u (id bigint PRIMARY KEY, note text)");
  const Target t = target("t", id_note_), u = target("u", id_note_, {"id"});
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  const std::vector epoch{epoch_of(t, many(0)), epoch_of(u, many(0)), epoch_of(t, many(100))};
  env::arm_failpoint("postgres.commit.before_commit", env::FailAction::kError);
  ASSERT_FALSE(s->commit(CheckpointId(1), epoch));
  EXPECT_THAT(
      rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u), (SELECT checkpoint FROM millstream_commit)"),
      ElementsAre("0|0|0"));
  ASSERT_TRUE(s->commit(CheckpointId(1), epoch));
  EXPECT_THAT(rows("SELECT count(*) FROM t UNION ALL SELECT count(*) FROM u"), ElementsAre("200", "100"));
}

TEST_F(CommitSessionTest, AnOlderAttemptIsFenced) {
  rows("CREATE TABLE t (id bigint, note text)");
  const Target t = target("t", id_note_);
  const auto older = session(), newer = session();
  ASSERT_TRUE(older->recover(AttemptId(1)));
  ASSERT_TRUE(older->commit(CheckpointId(1), {epoch_of(t, {{number(1), text("a")}})}));
  ASSERT_EQ(newer->recover(AttemptId(2)), CheckpointId(1));
  const std::string expected = "PostgreSQL " + server_name() + ": attempt 1 of job j was replaced by attempt 2";
  for (const auto& epoch : {std::vector{epoch_of(t, {{number(2), text("b")}})}, std::vector{epoch_of(t, many(10))}}) {
    const Status fenced = older->commit(CheckpointId(2), epoch);
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().code, ErrorCode::kConflict);
    EXPECT_EQ(fenced.error().message, expected);
  }
  const auto late = older->recover(AttemptId(1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_EQ(late.error().message, expected);
  ASSERT_TRUE(newer->commit(CheckpointId(2), {epoch_of(t, {{number(3), text("c")}})}));
  EXPECT_THAT(rows("SELECT id FROM t ORDER BY 1"), ElementsAre("1", "3"));
}

// The newer attempt must not read the checkpoint before the older one's transaction has ended.
TEST_F(CommitSessionTest, FencingWaitsForATransactionUnderWay) {
  rows("CREATE TABLE t (id bigint PRIMARY KEY, note text)");
  const Target t = target("t", id_note_, {"id"});
  const auto older = session(), newer = session();
  ASSERT_TRUE(older->recover(AttemptId(1)));
  auto blocker = Connection::open(env_->clock(), settings_, nullptr, interrupt_);
  ASSERT_TRUE((*blocker)->execute("BEGIN; INSERT INTO t VALUES (50, 'under way')"));
  Status committed;
  std::thread committing([&] { committed = older->commit(CheckpointId(1), {epoch_of(t, many(0))}); });
  const auto waits = [&](const std::string& what) {
    while (rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '" + what + "%'").empty())
      std::this_thread::yield();
  };
  waits("INSERT INTO \"public\"");
  Result<CheckpointId> held = CheckpointId(-1);
  std::thread fencing([&] { held = newer->recover(AttemptId(2)); });
  waits("INSERT INTO millstream_commit");
  ASSERT_TRUE((*blocker)->execute("ROLLBACK"));
  committing.join();
  fencing.join();
  EXPECT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(held, CheckpointId(1));
}

// A process that dies at any step leaves a database from which the next attempt goes on.
TEST_F(CommitSessionTest, KilledAtEachStepTheNextAttemptReplays) {
  const char* steps[] = {"postgres.recover.before_fence", "postgres.recover.after_fence",
                         "postgres.commit.before_begin",  "postgres.commit.before_update",
                         "postgres.commit.after_update",  "postgres.commit.after_rows",
                         "postgres.commit.before_commit", "postgres.commit.after_commit"};
  int number_of_table = 0;
  for (const bool is_large : {false, true}) {
    for (const char* step : steps) {
      SCOPED_TRACE(std::string(step) + (is_large ? ", large epoch" : ", small epoch"));
      const std::string name = "t" + std::to_string(++number_of_table);
      rows("CREATE TABLE " + name + " (id bigint, note text)");
      const Target t = target(name, id_note_);
      const std::vector epoch{
          epoch_of(t, is_large ? many(0) : std::vector<Row>{{number(0), text("n0")}, {number(1), text("n1")}})};
      const pid_t child = fork();
      if (child == 0) {
        env::arm_failpoint(step, env::FailAction::kKill);
        const auto s = session(name);
        if (s->recover(AttemptId(1))) (void)s->commit(CheckpointId(1), epoch);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the step was not reached";
      const auto s = session(name);
      const auto held = s->recover(AttemptId(2));
      ASSERT_TRUE(held) << held.error().to_string();
      EXPECT_EQ(held->value, std::string(step).ends_with("after_commit") ? 1 : 0);
      const Status replayed = s->commit(CheckpointId(1), epoch);
      EXPECT_TRUE(replayed) << replayed.error().to_string();
      EXPECT_THAT(rows("SELECT count(*), count(DISTINCT id) FROM " + name), ElementsAre(is_large ? "100|100" : "2|2"));
      EXPECT_THAT(rows("SELECT attempt, checkpoint FROM millstream_commit WHERE job = '" + name + "'"),
                  ElementsAre("2|1"));
    }
  }
}

TEST_F(CommitSessionTest, RefusedRowsAreSetAsideWhileOthersLand) {
  rows("CREATE TABLE t (id bigint PRIMARY KEY, note varchar(5) CHECK (note <> 'bad'))");
  const Target t = target("t", id_note_, {"id"});
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  ASSERT_TRUE(s->commit(CheckpointId(1),
                        {epoch_of(t, {{number(1), text("ok")}, {number(2), text("bad")}, {number(3), Value()}})}));
  EXPECT_THAT(rows("SELECT * FROM t ORDER BY id"), ElementsAre("1|ok", "3|~"));
  EXPECT_THAT(refused_, ElementsAre("t + {\"id\":2,\"note\":\"bad\"} 23514 new row for relation \"t\" violates check "
                                    "constraint \"t_note_check\": "
                                    "Failing row contains (2, bad)."));
  refused_.clear();
  std::vector<Row> large = many(100);
  large[7][1] = text("bad");
  large[50][1] = text("too long");
  large[51][1] = text(std::string("a\0b", 3));
  large[99][1] = text("bad");
  ASSERT_TRUE(s->commit(CheckpointId(2), {epoch_of(t, large)}));
  EXPECT_THAT(rows("SELECT count(*) FROM t WHERE id >= 100"), ElementsAre("96"));
  EXPECT_THAT(
      refused_,
      ElementsAre("t + {\"id\":107,\"note\":\"bad\"} 23514 new row for relation \"t\" violates check constraint "
                  "\"t_note_check\": Failing row contains (107, bad).",
                  "t + {\"id\":150,\"note\":\"too long\"} 22001 value too long for type character varying(5)",
                  "t + {\"id\":151,\"note\":\"a\\u0000b\"} 22021 invalid byte sequence for encoding \"UTF8\": 0x00",
                  "t + {\"id\":199,\"note\":\"bad\"} 23514 new row for relation \"t\" violates check constraint "
                  "\"t_note_check\": Failing row contains (199, bad)."));
}

TEST_F(CommitSessionTest, RefusedRowsAreReportedOnceHoweverOftenTheCommitIsTried) {
  rows("CREATE TABLE t (id bigint CHECK (id > 0), note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  const std::vector epoch{epoch_of(t, {{number(1), text("a")}, {number(-1), text("b")}})};
  env::arm_failpoint("postgres.commit.before_commit", env::FailAction::kError);
  ASSERT_FALSE(s->commit(CheckpointId(1), epoch));
  ASSERT_TRUE(s->commit(CheckpointId(1), epoch));
  EXPECT_EQ(refused_.size(), 1u);
  EXPECT_THAT(rows("SELECT id FROM t"), ElementsAre("1"));
}

TEST_F(CommitSessionTest, WithoutAHookARefusedRowFailsTheCommit) {
  takes_refused_ = false;
  rows("CREATE TABLE t (id bigint CHECK (id > 0), note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  const Status status = s->commit(CheckpointId(1), {epoch_of(t, {{number(1), text("a")}, {number(-1), text("b")}})});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadRow);
  EXPECT_EQ(status.error().message,
            "PostgreSQL " + server_name() +
                " refused a row of table t (public.t): new row for relation \"t\" violates check constraint "
                "\"t_id_check\": Failing row contains (-1, b). (SQLSTATE 23514)");
  EXPECT_EQ(status.error().hint, "the row: {\"id\":-1,\"note\":\"b\"}");
  EXPECT_THAT(rows("SELECT id FROM t"), IsEmpty());
}

// Then it is the table, and no row of the checkpoint is committed or set aside.
TEST_F(CommitSessionTest, MoreRefusedRowsThanTheLimitFailTheCommit) {
  rows("CREATE TABLE t (id bigint CHECK (id < 0), note text)");
  const Target t = target("t", id_note_);
  most_refused_ = 100;
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  const auto refusing = [&](int64_t count) {
    std::vector<Row> batch{{number(-1), text("good")}};
    for (int64_t id = 0; id < count; ++id) batch.push_back({number(id), text("bad")});
    return std::vector{epoch_of(t, batch)};
  };
  const Status failed = s->commit(CheckpointId(1), refusing(101));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kBadRow);
  EXPECT_EQ(failed.error().message,
            "PostgreSQL " + server_name() +
                " refused more than 100 rows of one checkpoint, the last one of table t (public.t): new row for "
                "relation \"t\" violates check constraint \"t_id_check\": Failing row contains (100, bad). "
                "(SQLSTATE 23514)");
  EXPECT_EQ(failed.error().hint, "the row: {\"id\":100,\"note\":\"bad\"}");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_THAT(rows("SELECT id FROM t"), IsEmpty());
  // As many as the limit are set aside.
  const Status taken = s->commit(CheckpointId(1), refusing(100));
  EXPECT_TRUE(taken) << taken.error().to_string();
  EXPECT_EQ(refused_.size(), 100u);
  EXPECT_THAT(rows("SELECT id FROM t"), ElementsAre("-1"));
}

// Tables that refer to each other go through whatever the order of the INSERTs, and so do values that change hands.
TEST_F(CommitSessionTest, RowsThatWaitForOthersOfTheEpochGoThrough) {
  rows(
      "CREATE TABLE parent (id bigint PRIMARY KEY, note text); "
      "CREATE TABLE child (id bigint PRIMARY KEY, note text UNIQUE, FOREIGN KEY (id) REFERENCES parent)");
  const Target parent = target("parent", id_note_, {"id"}), child = target("child", id_note_, {"id"});
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  ASSERT_TRUE(s->commit(CheckpointId(1), {epoch_of(child, many(0)), epoch_of(parent, many(0))}));
  ASSERT_TRUE(s->commit(CheckpointId(2), {epoch_of(child, {{number(3), text("n4")}, {number(4), text("new")}})}));
  EXPECT_THAT(rows("SELECT count(*) FROM child UNION ALL SELECT count(*) FROM parent"), ElementsAre("100", "100"));
  EXPECT_THAT(rows("SELECT note FROM child WHERE id IN (3, 4) ORDER BY id"), ElementsAre("n4", "new"));
  EXPECT_THAT(refused_, IsEmpty());
  // Deletes of parents wait for those of children, and an orphan is refused alone.
  ASSERT_TRUE(s->commit(CheckpointId(3),
                        {epoch_of(child, {{number(5), text("x")}, {number(1000), text("y")}}, {kDelete, kInsert}),
                         epoch_of(parent, {{number(5), text("x")}}, {kDelete})}));
  EXPECT_THAT(rows("SELECT count(*) FROM child UNION ALL SELECT count(*) FROM parent"), ElementsAre("99", "99"));
  ASSERT_EQ(refused_.size(), 1u);
  EXPECT_THAT(refused_[0], testing::StartsWith("child + {\"id\":1000,\"note\":\"y\"} 23503 "));
}

// COMMIT would be too late to find the row.
TEST_F(CommitSessionTest, DeferredConstraintsSpeakBeforeCommit) {
  rows(
      "CREATE TABLE parent (id bigint PRIMARY KEY); INSERT INTO parent VALUES (1); "
      "CREATE TABLE child (id bigint REFERENCES parent DEFERRABLE INITIALLY DEFERRED, note text)");
  const Target child = target("child", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  ASSERT_TRUE(s->commit(CheckpointId(1), {epoch_of(child, {{number(1), text("a")}, {number(2), text("b")}})}));
  std::vector<Row> large(60, Row{number(1), text("c")});
  large[30][0] = number(3);
  ASSERT_TRUE(s->commit(CheckpointId(2), {epoch_of(child, large)}));
  EXPECT_THAT(rows("SELECT id, count(*) FROM child GROUP BY id"), ElementsAre("1|60"));
  ASSERT_EQ(refused_.size(), 2u);
  EXPECT_THAT(refused_[0], testing::StartsWith("child + {\"id\":2,\"note\":\"b\"} 23503 "));
  EXPECT_THAT(refused_[1], testing::StartsWith("child + {\"id\":3,\"note\":\"c\"} 23503 "));
}

TEST_F(CommitSessionTest, OneKeyFromTwoWritersIsTakenFromBoth) {
  rows("CREATE TABLE t (id bigint PRIMARY KEY, note text)");
  const Target t = target("t", id_note_, {"id"});
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  std::vector<Row> second = many(50);
  for (Row& row : second) row[1] = text("second");
  ASSERT_TRUE(s->commit(CheckpointId(1), {epoch_of(t, many(0)), epoch_of(t, second)}));
  EXPECT_THAT(rows("SELECT note = 'second', count(*) FROM t GROUP BY 1 ORDER BY 1"), ElementsAre("f|50", "t|100"));
  EXPECT_THAT(refused_, IsEmpty());
}

TEST_F(CommitSessionTest, TheServerMayRestartBetweenEpochs) {
  rows("CREATE TABLE t (id bigint, note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  ASSERT_TRUE(s->commit(CheckpointId(1), {epoch_of(t, many(0))}));
  server_.stop();
  const std::vector epoch{epoch_of(t, many(100))};
  const Status down = s->commit(CheckpointId(2), epoch);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(down.error().message, "PostgreSQL " + server_name() + ": TCP: Connection refused");
  server_.start();
  const Status up = s->commit(CheckpointId(2), epoch);
  EXPECT_TRUE(up) << up.error().to_string();
  // A connection that is found dead is replaced within the call.
  server_.stop();
  server_.start();
  EXPECT_TRUE(s->commit(CheckpointId(3), {epoch_of(t, {{number(7), text("x")}})}));
  EXPECT_THAT(rows("SELECT count(*) FROM t"), ElementsAre("201"));
}

TEST_F(CommitSessionTest, ADatabaseThatLostCommitsIsNoticed) {
  rows("CREATE TABLE t (id bigint, note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  ASSERT_TRUE(s->commit(CheckpointId(4), {epoch_of(t, many(0))}));
  rows("UPDATE millstream_commit SET checkpoint = 2");
  const Status lost = s->commit(CheckpointId(5), {epoch_of(t, many(100))});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kConflict);
  EXPECT_EQ(lost.error().message,
            "PostgreSQL " + server_name() + ": it held checkpoint 4 of job j and now holds 2: commits were lost");
  rows("UPDATE millstream_commit SET checkpoint = 9");
  const Status ahead = s->commit(CheckpointId(5), {epoch_of(t, many(100))});
  ASSERT_FALSE(ahead);
  EXPECT_EQ(ahead.error().message,
            "PostgreSQL " + server_name() + ": it holds checkpoint 9 of job j, which is ahead of 5");
  EXPECT_THAT(rows("SELECT count(*) FROM t"), ElementsAre("100"));
}

TEST_F(CommitSessionTest, OneDatabaseSpeltTwoWaysIsSaid) {
  rows("CREATE TABLE t (id bigint, note text)");
  target("t", id_note_);
  ASSERT_TRUE(session()->recover(AttemptId(1)));
  const std::string first = settings_.target();
  settings_.address.host = "localhost";
  const auto second = session()->recover(AttemptId(1));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(second.error().message,
            "tables of job j reach the same database as " + first + " and as " + settings_.target());
}

TEST_F(CommitSessionTest, ATableThatIsGoneIsSaid) {
  rows("CREATE TABLE t (id bigint, note text)");
  const Target t = target("t", id_note_);
  const auto s = session();
  ASSERT_TRUE(s->recover(AttemptId(1)));
  rows("DROP TABLE t");
  const Status gone = s->commit(CheckpointId(1), {epoch_of(t, many(0))});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(gone.error().message, "PostgreSQL " + server_name() +
                                      ", preparing a commit: relation \"public.t\" does not exist (SQLSTATE 42P01)");
}

}  // namespace
}  // namespace millstream::connector::postgres
