// Changelog modes: what consumers need goes down the graph, what nodes give comes up, and drafts become nodes.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <set>

#include "base/check.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/layout_builder.h"
#include "plan/internal/share_expressions.h"

namespace millstream::plan {

namespace {

// A condition that looks at more than a key of its rows can be true before an update and false behind it.
bool filters_changes(const Draft& draft) {
  const auto* calc = std::get_if<Calc>(&draft.node);
  if (calc == nullptr || calc->condition == nullptr) return false;
  const std::vector<int> looked_at = function::referenced_columns(*calc->condition);
  return std::ranges::none_of(draft.inputs[0]->upsert_keys, [&](const std::vector<int>& key) {
    return std::ranges::all_of(looked_at, [&](int column) { return std::ranges::find(key, column) != key.end(); });
  });
}

bool passes_changes(const Draft& draft) {
  return std::holds_alternative<Calc>(draft.node) || std::holds_alternative<Exchange>(draft.node) ||
         std::holds_alternative<UnionAll>(draft.node) || std::holds_alternative<Sort>(draft.node) ||
         std::holds_alternative<Limit>(draft.node) || std::holds_alternative<Collect>(draft.node) ||
         std::holds_alternative<TableSink>(draft.node);
}

class Finisher {
 public:
  PhysicalPlan run(const std::vector<Draft*>& sinks) {
    PhysicalPlan plan;
    plan.bounded = true;
    for (const Draft* sink : sinks) {
      plan.sinks.push_back(node_of(*sink));
      plan.bounded = plan.bounded && sink->bounded;
    }
    return plan;
  }

 private:
  PhysicalNodePtr node_of(const Draft& draft) {
    if (const auto found = nodes_.find(&draft); found != nodes_.end()) return found->second;
    PhysicalNodePtr made = make(draft);
    nodes_[&draft] = made;
    return made;
  }

  PhysicalNodePtr make(const Draft& draft) {
    if (const auto* calc = std::get_if<Calc>(&draft.node)) return make_calc(draft, *calc);
    if (std::holds_alternative<ChangelogNormalize>(draft.node) && !draft.needs_normalized && !draft.needs_before &&
        std::get<ChangelogNormalize>(draft.node).condition == nullptr) {
      // Whoever reads this replaces rows by the source's key: the source's changes will do as they are.
      const Draft* below = draft.inputs[0];
      if (std::holds_alternative<Exchange>(below->node)) below = below->inputs[0];
      return node_of(*below);
    }
    PhysicalNode node;
    node.node = draft.node;
    for (const Draft* input : draft.inputs) node.inputs.push_back(node_of(*input));
    node.output = draft.output;
    node.position = draft.position;
    if (!draft.upsert_keys.empty()) node.upsert_key = draft.upsert_keys.front();

    node.changelog.insert = true;
    node.changelog.update_after = draft.updates;
    node.changelog.remove = draft.deletes;
    if (auto* scan = std::get_if<TableScan>(&node.node)) {
      (void)scan;
      node.changelog.update_before = draft.source_gives_before;
    } else if (auto* aggregate = std::get_if<GroupAggregate>(&node.node)) {
      aggregate->emit_update_before = draft.needs_before;
      node.changelog.update_before = draft.updates && draft.needs_before;
    } else if (auto* normalize = std::get_if<ChangelogNormalize>(&node.node)) {
      normalize->emit_update_before = draft.needs_before;
      node.changelog.update_before = draft.needs_before;
    } else if (const auto* materialize = std::get_if<SinkMaterialize>(&node.node)) {
      const bool replaces =
          materialize->input_upsert_key == materialize->sink_keys && can_do_without_before(*draft.inputs[0]);
      if (replaces && node.inputs[0]->changelog.update_before) node.inputs[0] = without_before(node.inputs[0]);
      node.changelog.update_before = false;
    } else if (passes_changes(draft)) {
      for (const PhysicalNodePtr& input : node.inputs) {
        node.changelog.update_before = node.changelog.update_before || input->changelog.update_before;
      }
    }
    if (auto* sink = std::get_if<TableSink>(&node.node)) {
      if (node.inputs[0]->changelog.update_before && !draft.needs_before && !sink->accepted.update_before) {
        node.inputs[0] = without_before(node.inputs[0]);
        node.changelog.update_before = false;
      }
    }
    return finished(std::move(node), draft.meaning);
  }

  // Expressions that several columns need are computed once, in a stage below.
  PhysicalNodePtr make_calc(const Draft& draft, const Calc& calc) {
    PhysicalNodePtr below = node_of(*draft.inputs[0]);
    const std::vector<CalcStage> stages =
        share_expressions({calc.condition, calc.projections}, draft.inputs[0]->output.size());
    for (size_t i = 0; i < stages.size(); ++i) {
      PhysicalNode node;
      node.node = Calc{stages[i].condition, stages[i].projections};
      node.inputs = {below};
      node.position = draft.position;
      node.changelog = below->changelog;
      if (i + 1 == stages.size()) {
        node.output = draft.output;
        if (!draft.upsert_keys.empty()) node.upsert_key = draft.upsert_keys.front();
      } else {
        for (size_t column = 0; column < stages[i].projections.size(); ++column) {
          const function::Expression& projection = *stages[i].projections[column];
          const auto* reference = std::get_if<function::ColumnReference>(&projection.node);
          node.output.fields.push_back({reference != nullptr
                                            ? below->output.fields[static_cast<size_t>(reference->index)].name
                                            : "$shared" + std::to_string(column),
                                        projection.type, ""});
        }
      }
      below = finished(std::move(node), hash_combine(draft.meaning, i));
    }
    return below;
  }

  // In front of the exchange, so that what is dropped does not travel.
  PhysicalNodePtr without_before(const PhysicalNodePtr& input) {
    if (const auto found = dropping_.find(input.get()); found != dropping_.end()) return found->second;
    PhysicalNode node;
    if (std::holds_alternative<Exchange>(input->node)) {
      node = *input;
      node.inputs[0] = without_before(input->inputs[0]);
    } else {
      node.node = DropUpdateBefore{};
      node.inputs = {input};
      node.output = input->output;
      node.position = input->position;
      node.upsert_key = input->upsert_key;
      node.changelog = input->changelog;
    }
    node.changelog.update_before = false;
    PhysicalNodePtr made = finished(std::move(node), hash_text("drop " + input->state_id));
    dropping_[input.get()] = made;
    return made;
  }

  PhysicalNodePtr finished(PhysicalNode node, uint64_t meaning) {
    meaning = hash_combine(meaning, node.node.index());
    // Two nodes that mean the same but are two (a random value between them) are told apart by their order.
    const int repeat = used_[meaning]++;
    char text[32];
    std::snprintf(text, sizeof text, repeat == 0 ? "%016" PRIx64 : "%016" PRIx64 "-%d", meaning, repeat + 1);
    node.state_id = text;
    return std::make_shared<const PhysicalNode>(std::move(node));
  }

  std::map<const Draft*, PhysicalNodePtr> nodes_;
  std::map<const PhysicalNode*, PhysicalNodePtr> dropping_;
  std::map<uint64_t, int> used_;
};

std::string column_list(const std::vector<int>& columns, const column::Schema& schema) {
  std::string text;
  for (const int column : columns) {
    text += (text.empty() ? "" : ", ") + schema.fields[static_cast<size_t>(column)].name;
  }
  return text;
}

}  // namespace

bool can_do_without_before(const Draft& draft) {
  if (!draft.updates) return true;
  if (filters_changes(draft)) return false;
  if (!passes_changes(draft)) return true;
  return std::ranges::all_of(draft.inputs, [](const Draft* input) { return can_do_without_before(*input); });
}

void require(Draft& draft, bool before, bool normalized) {
  before = before && draft.updates;
  normalized = normalized && !draft.insert_only();
  const bool news = !draft.visited || (before && !draft.needs_before) || (normalized && !draft.needs_normalized);
  if (!news) return;
  draft.visited = true;
  draft.needs_before = draft.needs_before || before;
  draft.needs_normalized = draft.needs_normalized || normalized;
  for (Draft* input : draft.inputs) {
    if (std::holds_alternative<GroupAggregate>(draft.node)) {
      require(*input, true, true);
    } else if (std::holds_alternative<SinkMaterialize>(draft.node)) {
      // The sink has said whether it needs -U.
      require(*input, false, true);
    } else if (passes_changes(draft)) {
      const bool filters = filters_changes(draft);
      require(*input, draft.needs_before || filters, draft.needs_normalized || filters);
    }
  }
}

PhysicalPlan finish(const std::vector<Draft*>& sinks) { return Finisher().run(sinks); }

std::string flink_name(const Draft& draft) {
  if (const auto* aggregate = std::get_if<GroupAggregate>(&draft.node)) {
    const column::Schema& input = draft.inputs[0]->output;
    const std::string keys = column_list(aggregate->keys, input);
    std::string select = keys;
    for (const AggregateCall& call : aggregate->calls) {
      std::string arguments = call.arguments.empty() ? "*" : column_list(call.arguments, input);
      if (call.distinct) arguments = "DISTINCT " + arguments;
      select += (select.empty() ? "" : ", ") + std::string(call.function->name) + "(" + arguments + ") AS " + call.name;
    }
    return "GroupAggregate(" + (keys.empty() ? "" : "groupBy=[" + keys + "], ") + "select=[" + select + "])";
  }
  if (const auto* scan = std::get_if<TableScan>(&draft.node))
    return "TableSourceScan(table=[[" + scan->table->name + "]])";
  if (std::holds_alternative<ChangelogNormalize>(draft.node))
    return "ChangelogNormalize(key=[" + column_list(std::get<ChangelogNormalize>(draft.node).keys, draft.output) + "])";
  return "a query";
}

}  // namespace millstream::plan
