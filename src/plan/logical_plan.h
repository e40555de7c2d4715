// Logical plan: what a query means, before it is laid out: relational nodes with names, types and time attributes.
//
// Immutable; built by the binder, rewritten by making new nodes, turned into a physical plan by internal/layout.h.
// Column indexes of a node's expressions are those of its input.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "catalog/object_path.h"
#include "catalog/table.h"
#include "column/value.h"
#include "function/expression.h"
#include "plan/physical_plan.h"

namespace millstream::plan {

// Whether a TIMESTAMP column still carries the stream's time. Every computation on it, casts included, loses that.
enum class TimeAttribute { kNone, kRowtime, kProctime };
// Columns that a window table function adds; kept through renaming, lost by computation.
enum class WindowRole { kNone, kStart, kEnd, kTime };

struct LogicalColumn {
  std::string name;
  column::Type type;
  TimeAttribute time = TimeAttribute::kNone;
  WindowRole window = WindowRole::kNone;
};

struct LogicalNode;
using LogicalPtr = std::shared_ptr<const LogicalNode>;

// Reads a table. Columns: all declared ones, in order. `table` has the OPTIONS hints applied.
struct LogicalScan {
  catalog::ObjectPath path;
  catalog::TablePtr table;
  std::vector<function::ExpressionPtr> computed;  // per declared column; null unless computed; over declared columns
  function::ExpressionPtr watermark;              // over declared columns; null: none
  int time_column = -1;
};
struct LogicalValues {
  std::vector<std::vector<column::Value>> rows;
};
struct LogicalFilter {
  function::ExpressionPtr condition;
};
struct LogicalProject {
  std::vector<function::ExpressionPtr> expressions;
};
// Columns: keys, then one per call.
struct LogicalAggregate {
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
};
// Columns: the input's, then window_start, window_end and window_time.
struct LogicalWindow {
  Window window;
  int time_column = 0;
};
struct LogicalUnion {};
struct LogicalSort {
  std::vector<int> columns;
  std::vector<bool> descending;
  std::vector<bool> nulls_last;
};
struct LogicalLimit {
  int64_t offset = 0;
  int64_t count = -1;
};

struct LogicalNode {
  std::variant<LogicalScan, LogicalValues, LogicalFilter, LogicalProject, LogicalAggregate, LogicalWindow, LogicalUnion,
               LogicalSort, LogicalLimit>
      node;
  std::vector<LogicalPtr> inputs;
  std::vector<LogicalColumn> columns;
  SourcePosition position;

  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&node);
  }
};

// One INSERT, or a query whose result goes to a client (no table).
struct LogicalSink {
  catalog::ObjectPath path;
  catalog::TablePtr table;   // null: Collect
  LogicalPtr input;          // columns: the table's writable ones in order, already of their types
  bool deduplicate = false;  // ON CONFLICT DO DEDUPLICATE was written
  SourcePosition position;
};

}  // namespace millstream::plan
