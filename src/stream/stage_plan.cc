// Depth first from the sinks; a node that several read is visited once.
#include "stream/stage_plan.h"

#include <fmt/core.h>

namespace millstream::stream {
namespace {

struct NameOf {
  std::string operator()(const plan::TableScan& scan) const { return "Source: " + scan.table->name; }
  std::string operator()(const plan::TableSink& sink) const { return "Sink: " + sink.table->name; }
  std::string operator()(const plan::Values&) const { return "Values"; }
  std::string operator()(const plan::Calc&) const { return "Calc"; }
  std::string operator()(const plan::Exchange&) const { return "Exchange"; }
  std::string operator()(const plan::UnionAll&) const { return "Union"; }
  std::string operator()(const plan::DropUpdateBefore&) const { return "DropUpdateBefore"; }
  std::string operator()(const plan::GroupAggregate&) const { return "GroupAggregate"; }
  std::string operator()(const plan::WindowAggregate&) const { return "WindowAggregate"; }
  std::string operator()(const plan::ChangelogNormalize&) const { return "ChangelogNormalize"; }
  std::string operator()(const plan::SinkMaterialize&) const { return "SinkMaterialize"; }
  std::string operator()(const plan::Collect&) const { return "Collect"; }
  std::string operator()(const plan::Limit&) const { return "Limit"; }
  std::string operator()(const plan::Sort&) const { return "Sort"; }
};

struct Planner {
  StagePlan out;
  int parallelism;
  std::map<std::string, int> seen_ids;

  int visit(const plan::PhysicalNodePtr& pointer) {
    const plan::PhysicalNode* node = pointer.get();
    if (const auto it = out.stage_of.find(node); it != out.stage_of.end()) return it->second;
    std::vector<int> input_stages;
    for (const auto& input : node->inputs) input_stages.push_back(visit(input));
    int stage = 0;
    const bool is_root =
        std::holds_alternative<plan::TableScan>(node->node) || std::holds_alternative<plan::Values>(node->node);
    const auto* exchange = std::get_if<plan::Exchange>(&node->node);
    if (is_root || input_stages.size() != 1 || (exchange != nullptr && parallelism > 1)) {
      stage = static_cast<int>(out.stages.size());
      out.stages.emplace_back();
      if (is_root) out.stages.back().root = node;
      for (size_t i = 0; i < input_stages.size(); ++i) {
        const bool by_key = exchange != nullptr && parallelism > 1;
        out.edges.push_back(
            {input_stages[i], node->inputs[i].get(), stage, by_key, by_key ? exchange->keys : std::vector<int>{}});
      }
    } else {
      stage = input_stages[0];
    }
    if (!is_root) out.stages[static_cast<size_t>(stage)].nodes.push_back(node);
    out.stage_of[node] = stage;
    std::string id = node->state_id.empty() ? display_name_of(*node) : node->state_id;
    if (const int nth = seen_ids[id]++; nth > 0) id += fmt::format("#{}", nth);
    out.state_ids[node] = std::move(id);
    return stage;
  }
};

}  // namespace

std::string display_name_of(const plan::PhysicalNode& node) { return std::visit(NameOf{}, node.node); }

StagePlan StagePlan::of(const plan::PhysicalPlan& plan, int parallelism) {
  Planner planner{{}, parallelism, {}};
  for (const auto& sink : plan.sinks) planner.visit(sink);
  return std::move(planner.out);
}

}  // namespace millstream::stream
