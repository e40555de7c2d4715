// A whole job over a PostgreSQL that is away when it starts, and one that goes away under a commit.
#include <gmock/gmock.h>

#include <condition_variable>
#include <thread>

#include "connector/postgres/internal/test_database.h"
#include "connector/postgres/postgres_sink.h"
#include "stream/pipeline.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using stream::PipelinePhase;
using testing::ElementsAre;

class OutageTest : public testing::Test, public stream::Connectors {
 protected:
  OutageTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millstream_outage_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    server_.rows(database_, "CREATE TABLE t (id bigint PRIMARY KEY, note text)");
  }
  ~OutageTest() override {
    pipeline_.reset();
    std::filesystem::remove_all(folder_);
  }

  Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan&) override {
    return fail(ErrorCode::kInternal, "no source");
  }
  Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input) override {
    return make_postgres_sink(sink, input, PostgresParts{*env_, budget_, nullptr, nullptr});
  }

  // INSERT INTO t VALUES (1, 'a'), (2, 'b')
  void start_insert() {
    const auto table =
        test_table("t", {{"id", Type::bigint(), ""}, {"note", Type::string(), ""}}, {"id"}, database_, "t");
    auto values = std::make_shared<plan::PhysicalNode>();
    values->node = plan::Values{{{number(1), text("a")}, {number(2), text("b")}}};
    values->output = table->physical_schema();
    values->state_id = "values";
    auto sink = std::make_shared<plan::PhysicalNode>();
    sink->node = sink_of(table);
    sink->inputs = {values};
    sink->output = table->physical_schema();
    sink->state_id = "sink";
    auto plan = std::make_shared<plan::PhysicalPlan>();
    plan->sinks = {sink};
    plan->bounded = true;
    stream::PipelineSettings settings;
    settings.job = "insert";
    settings.checkpoint_directory = folder_ + "/checkpoints";
    stream::PipelineHooks hooks;
    hooks.on_state_change = [this] {
      const std::scoped_lock lock(mutex_);
      changed_ = true;
      changes_.notify_all();
    };
    pipeline_ = *stream::Pipeline::create(*env_, scheduler_, *this, budget_, plan, settings, hooks);
    pipeline_->start();
  }
  template <typename F>
  stream::PipelineState wait_for(F&& wanted) {
    for (;;) {
      const stream::PipelineState state = pipeline_->state();
      if (wanted(state) || stream::is_over(state.phase)) return state;
      std::unique_lock lock(mutex_);
      changes_.wait(lock, [this] { return changed_; });
      changed_ = false;
    }
  }
  void expect_finished() {
    const stream::PipelineState state = wait_for([](const auto&) { return false; });
    EXPECT_EQ(name_of(state.phase), name_of(PipelinePhase::kFinished)) << (state.error ? state.error->to_string() : "");
    EXPECT_THAT(server_.rows(database_, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a", "2|b"));
  }

  TestServer& server_ = TestServer::get();
  std::string database_ = server_.make_database();
  std::string folder_;
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  MemoryBudget budget_{"test", 1_GiB};
  stream::Scheduler scheduler_{*env_, 1};
  std::mutex mutex_;
  std::condition_variable changes_;
  bool changed_ = false;
  std::unique_ptr<stream::Pipeline> pipeline_;
};

TEST_F(OutageTest, AJobWaitsForItsDatabaseAndSaysSo) {
  server_.stop();
  start_insert();
  const stream::PipelineState waiting =
      wait_for([](const stream::PipelineState& state) { return state.reason.find("refused") != std::string::npos; });
  EXPECT_EQ(name_of(waiting.phase), name_of(PipelinePhase::kWaiting))
      << (waiting.error ? waiting.error->to_string() : "");
  EXPECT_EQ(waiting.reason, "PostgreSQL 127.0.0.1:" + std::to_string(server_.port()) + ": TCP: Connection refused");
  server_.start();
  expect_finished();
}

TEST_F(OutageTest, ACommitThatTheServersEndInterruptsIsRepeated) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> blocker(PQconnectdb(server_.info(database_).c_str()), PQfinish);
  PQclear(PQexec(blocker.get(), "BEGIN; INSERT INTO t VALUES (1, 'under way')"));
  start_insert();
  while (server_.rows(database_, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").empty())
    std::this_thread::yield();
  server_.stop();
  server_.start();
  expect_finished();
}

}  // namespace
}  // namespace millstream::connector::postgres
