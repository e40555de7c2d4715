// One `stream` or `query` of a test file: its plan, its pipeline over restarts, and what it has put out so far.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "env/fake.h"
#include "plan/planner.h"
#include "slt/script_connector.h"
#include "stream/pipeline.h"
#include "stream/scheduler.h"

namespace millstream::slt {

// What all streams of a file share. Outlives them.
struct World {
  env::FakeEnv env{1};
  MemoryBudget budget{"slt", 256_MiB};
  stream::Scheduler scheduler{env, 0};
  ScriptTables tables;
};

class StreamRun {
 public:
  struct Options {
    int parallelism = 1;
    bool rows_one_by_one = false;
    bool bounded = false;  // reads end behind the rows fed so far
    bool storing = true;   // keeps checkpoints, so that restart() works
    Millis watermark_interval{0};
    std::string time_zone = "UTC";
  };
  StreamRun(World& world, std::string name, plan::PlannedStatement planned, Options options);
  ~StreamRun();

  // Starts the pipeline (again, from the last checkpoint, after stop()).
  Status start();
  // Until everything fed so far has arrived. The pipeline's error is kept for error(), not returned.
  void drain();
  Status checkpoint();
  // Drops the pipeline; start() continues from the last checkpoint with `parallelism` tasks.
  void stop(int parallelism);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] std::optional<Error> error() const { return error_; }
  // The table that `emits name` means: the query's result, the only sink, or the sink of that name; null if none.
  [[nodiscard]] std::optional<ScriptOutput::Table> output(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> output_names() const;
  // Summed over operators and attempts: "late_rows", "bad_rows", "nulled_fields", "records_in", "records_out".
  [[nodiscard]] std::optional<int64_t> counter(const std::string& name) const;
  [[nodiscard]] int64_t source_rows() const { return source_rows_; }
  [[nodiscard]] int64_t source_batches() const { return source_batches_; }

 private:
  class Receiver;
  void keep_counters();

  World& world_;
  std::string name_;
  std::shared_ptr<const plan::PhysicalPlan> plan_;
  Options options_;
  ScriptOutput output_;
  ScriptConnectors connectors_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<stream::Pipeline> pipeline_;
  std::optional<Error> error_;
  std::vector<std::string> sinks_;
  std::map<std::string, int64_t> counters_;  // of attempts that are over
  int64_t attempts_ = 0;
  int64_t source_rows_ = 0, source_batches_ = 0;
};

}  // namespace millstream::slt
