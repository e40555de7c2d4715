// The `script` connector: tables whose rows a test file feeds, and sinks that remember every change they were given.
//
// One ScriptTables per test file run holds what was fed; one ScriptConnectors per stream reads it and collects its
// output. Rows appear to readers when feed() returns; a restarted pipeline resumes at its checkpointed position.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "catalog/connector_spec.h"
#include "slt/cells.h"
#include "stream/connectors.h"

namespace millstream::slt {

// Any thread. The split of a row is 0 unless the table has the option 'splits' and the file says otherwise.
class ScriptTables {
 public:
  void feed(const std::string& table, std::vector<TestRow> rows);
  // Every source ends behind the rows fed so far.
  void end();
  void mark_idle(const std::string& table, int split);

  [[nodiscard]] size_t size(const std::string& table) const;
  [[nodiscard]] std::vector<TestRow> slice(const std::string& table, size_t from, size_t count) const;
  [[nodiscard]] bool ended() const;
  [[nodiscard]] bool is_idle(const std::string& table) const;
  // Called after every feed and end, from the feeding thread.
  size_t add_listener(std::function<void()> listener);
  void remove_listener(size_t id);

 private:
  void notify();

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<TestRow>> rows_;
  std::set<std::string> idle_;
  std::map<size_t, std::function<void()>> listeners_;
  size_t next_listener_ = 1;
  bool ended_ = false;
};

// What one stream's sinks received, by table name, in order. Any thread.
class ScriptOutput {
 public:
  struct Table {
    column::Schema schema;
    std::vector<int> key;  // of the sink's primary key
    std::vector<TestRow> rows;
  };
  void declare(const std::string& table, column::Schema schema, std::vector<int> key);
  void append(const std::string& table, std::vector<TestRow> rows);
  [[nodiscard]] Table read(const std::string& table) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Table> tables_;
};

// The connector's description for the planner.
[[nodiscard]] catalog::ConnectorSpec script_spec();

class ScriptConnectors final : public stream::Connectors {
 public:
  // `others` serves every other connector; may be null. All outlive this.
  ScriptConnectors(ScriptTables& tables, ScriptOutput& output, stream::Connectors* others, bool rows_one_by_one)
      : tables_(tables), output_(output), others_(others), rows_one_by_one_(rows_one_by_one) {}
  // Reads end behind the rows fed so far, whatever comes later: for `query` blocks.
  void bound_reads() { bounded_ = true; }

  Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan) override;
  Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input) override;

 private:
  ScriptTables& tables_;
  ScriptOutput& output_;
  stream::Connectors* others_;
  bool rows_one_by_one_;
  bool bounded_ = false;
};

}  // namespace millstream::slt
