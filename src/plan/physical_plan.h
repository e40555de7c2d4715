// Physical plan: an immutable graph of operators with their types, changelog modes and keys. What stream/ runs.
//
// A node that several others read (a shared scan of a statement set) is one object with several parents. Adding an
// operator: a struct here, a rule that makes it (plan/), stream/operators/x.{h,cc}, its tests; std::visit names what
// is missing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "catalog/changelog_mode.h"
#include "catalog/table.h"
#include "column/value.h"
#include "function/definition.h"
#include "function/expression.h"

namespace millstream::plan {

struct PhysicalNode;
using PhysicalNodePtr = std::shared_ptr<const PhysicalNode>;

// Reads `table`. Output: for each of `decoded` (index into table->physical_schema()) a column, then one per metadata
// key. Computed columns come from a Calc right above, which `watermark` and `computed` describe so that they run per
// split, before splits are mixed: if `computed` is not empty it is the scan's output instead.
struct TableScan {
  catalog::TablePtr table;  // options with hints applied
  std::vector<int> decoded;
  // Paths to fields of ROW columns that nobody reads: a position in `decoded`, then fields. The source may give NULL
  // for them, but a record that is bad because of one is a bad record.
  std::vector<std::vector<int>> unread;
  std::vector<std::string> metadata;
  std::vector<function::ExpressionPtr> computed;  // over (decoded, metadata)
  function::ExpressionPtr
      condition;        // over (decoded, metadata); rows not TRUE are dropped after the watermark; may be null
  int event_time = -1;  // of the scan's output: the column whose NULL makes a row a bad one; -1: none
  // Per split, then combined; over the scan's output, TIMESTAMP or TIMESTAMP_LTZ. Null: the table has none, or batch
  // mode.
  function::ExpressionPtr watermark;
};
struct Values {
  std::vector<std::vector<column::Value>> rows;
};
struct Calc {
  function::ExpressionPtr condition;  // may be null
  std::vector<function::ExpressionPtr> projections;
};
// Rows to the task that owns the hash of `keys`; no keys: all to one task.
struct Exchange {
  std::vector<int> keys;
};
struct UnionAll {};
// Passes everything but -U.
struct DropUpdateBefore {};

struct AggregateCall {
  const function::AggregateFunction* function = nullptr;
  function::Signature signature;
  std::vector<int> arguments;  // columns of the input; empty for COUNT(*)
  int filter = -1;             // BOOLEAN column of the input, or none
  bool distinct = false;
  bool split = false;  // Flink works it out from a sum and a count: function::AggregateFunction::bind_split
  std::string name;
};
// Output: keys, then one column per call. Emits as Flink does without mini-batch: every input row gives its changes.
struct GroupAggregate {
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
  bool input_retracts = false;
  bool emit_update_before = true;
  // Batch mode: every group once, as +I, at the end of the input; without keys one row even if there was no input.
  bool at_end = false;
  Millis state_ttl{0};  // 0: forever
};

struct Window {
  enum class Kind { kTumble, kHop, kCumulate, kSession } kind = Kind::kTumble;
  Millis size{0}, slide{0}, gap{0}, offset{0};
};
// Event-time window aggregate over a window table function. Output: keys, calls, then the window columns named.
struct WindowAggregate {
  Window window;
  int time_column = 0;
  std::vector<int> keys;  // without the window columns
  std::vector<AggregateCall> calls;
  enum class Property { kStart, kEnd, kTime };
  std::vector<Property> properties;
};
// Rebuilds -U and drops repeats of an upsert source by its key. A row for which `condition` (over the input; may be
// null) is not TRUE counts as absent: a change into it is a -D of the row before, a change out of it a +I.
struct ChangelogNormalize {
  std::vector<int> keys;
  bool emit_update_before = true;
  function::ExpressionPtr condition;
  Millis state_ttl{0};
};
// Restores the order of changes in front of a keyed sink where it can break, or where the query's key is not the
// sink's.
struct SinkMaterialize {
  std::vector<int> sink_keys;
  std::vector<int> input_upsert_key;  // empty: rows are told apart by all their columns
  std::vector<int> drop_null;         // rows with NULL there are dropped, as the sink's drop_null_rows would too late
  Millis state_ttl{0};
};
// Writes to `table`; input columns are its writable columns in order. `sink_keys`: of the primary key, in the input.
// A -U that reaches a sink whose `accepted` has no update_before means a deletion of the key (a filter cut off its +U).
struct TableSink {
  catalog::TablePtr table;
  std::vector<int> sink_keys;
  catalog::ChangelogMode accepted;
  std::vector<std::string> writable_metadata;  // after the physical columns
  std::vector<int> not_null;                   // columns of the input that can be NULL and must not be
  bool drop_null_rows = false;  // table.exec.sink.not-null-enforcer: drop such a row; else it fails the job
};
// A SELECT's result for a client; changes with their kinds.
struct Collect {
  bool bounded_result = false;
};
// The first rows to come. Insert-only input, in one task; keeps its count in the checkpoint.
struct Limit {
  int64_t offset = 0;
  int64_t count = -1;
};
struct Sort {
  std::vector<int> columns;
  std::vector<bool> descending;
  std::vector<bool> nulls_last;
};  // bounded input only

struct PhysicalNode {
  std::variant<TableScan, Values, Calc, Exchange, UnionAll, DropUpdateBefore, GroupAggregate, WindowAggregate,
               ChangelogNormalize, SinkMaterialize, TableSink, Collect, Limit, Sort>
      node;
  std::vector<PhysicalNodePtr> inputs;
  column::Schema output;
  catalog::ChangelogMode changelog;  // of the output
  std::vector<int> upsert_key;       // columns that identify a row of the output; empty: none known
  SourcePosition position;           // in the statement
  // A stateful node's identity over restarts and changes of the statement: a hash of kind, keys, types, settings and
  // the inputs' ids; without positions, parallelism or generated numbers.
  std::string state_id;
};

// One statement (or statement set) to run as one job. `sinks` are TableSink nodes, or one Collect.
struct PhysicalPlan {
  std::vector<PhysicalNodePtr> sinks;
  bool bounded = false;  // every source ends by itself
};

}  // namespace millstream::plan
