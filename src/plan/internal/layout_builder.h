// Builds drafts from logical nodes; internal to the layout. One object per job; build_sinks() is called twice, see
// there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "plan/internal/bind_context.h"
#include "plan/internal/draft.h"
#include "plan/logical_plan.h"

namespace millstream::plan {

using Required = std::vector<bool>;  // which columns of a logical node somebody reads

// A draft and where the logical node's columns are in its output (-1: nobody reads it, so it is not there).
struct Built {
  Draft* draft = nullptr;
  std::vector<int> columns;
};

class LayoutBuilder {
 public:
  explicit LayoutBuilder(BindContext& context) : context_(context) {}

  // The sink drafts. The first call only learns which columns and conditions each table is read with; the second
  // builds one scan per table for all of them.
  Result<std::vector<Draft*>> build_sinks(const std::vector<LogicalSink>& sinks);
  void start_second_pass();

 private:
  // All readings of one table with the same options.
  struct ScanGroup {
    std::set<int> columns;                // declared ones
    std::vector<std::string> conditions;  // per reading; empty: none that may move
    std::set<int> condition_columns;      // declared ones that conditions look at
  };

  Result<Built> build(const LogicalPtr& node, const Required& required);
  Result<Built> build_scan(const LogicalNode& node, const LogicalScan& scan, const Required& required,
                           const function::ExpressionPtr& condition);
  Result<Built> build_filter(const LogicalNode& node, const LogicalFilter& filter, const Required& required);
  Result<Built> build_project(const LogicalNode& node, const LogicalProject& project, const Required& required);
  Result<Built> build_aggregate(const LogicalNode& node, const LogicalAggregate& aggregate, const Required& required);
  Result<Built> build_groups_of_one(const LogicalNode& node, const LogicalAggregate& aggregate,
                                    const Required& required);
  Result<Built> build_window_aggregate(const LogicalNode& node, const LogicalAggregate& aggregate);
  Result<Built> build_union(const LogicalNode& node, const Required& required);
  Result<Built> build_sort(const LogicalNode& node, const LogicalSort& sort, const Required& required);
  Result<Built> build_limit(const LogicalNode& node, const LogicalLimit& limit, const Required& required);
  Result<Built> build_values(const LogicalNode& node, const LogicalValues& values);
  Result<Draft*> build_table_sink(const LogicalSink& sink, Draft* input);

  Draft* calc(Draft* input, function::ExpressionPtr condition, std::vector<function::ExpressionPtr> projections,
              std::vector<std::string> names, SourcePosition position);
  Draft* exchange(Draft* input, std::vector<int> keys, SourcePosition position);
  Draft* normalize(Draft* scan, const std::vector<int>& keys, const function::ExpressionPtr& condition,
                   SourcePosition position);

  BindContext& context_;
  DraftTable drafts_;
  std::map<std::string, ScanGroup> groups_;
  bool learning_ = true;
};

// "1,2," for digests.
[[nodiscard]] std::string join_numbers(const std::vector<int>& numbers);
void require_references(const function::Expression& expression, Required& required);
// Whether "+U without -U" is enough for a consumer of `draft`: not behind a filter on what can change.
[[nodiscard]] bool can_do_without_before(const Draft& draft);
// Tells `draft` and everything below it what a consumer needs.
void require(Draft& draft, bool before, bool normalized);
// Drafts with their needs to the immutable plan.
[[nodiscard]] PhysicalPlan finish(const std::vector<Draft*>& sinks);
// "GroupAggregate(groupBy=[who], select=[…])": how Flink names a node in messages.
[[nodiscard]] std::string flink_name(const Draft& draft);

}  // namespace millstream::plan
