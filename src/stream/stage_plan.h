// Cuts a physical plan into stages: what can be fused runs in one task, exchanges and unions begin a new stage.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/physical_plan.h"

namespace millstream::stream {

struct Stage {
  // A TableScan or Values (the stage's root), or null: the stage reads channels.
  const plan::PhysicalNode* root = nullptr;
  // Operators, inputs first; the first one reads the root or the channels.
  std::vector<const plan::PhysicalNode*> nodes;
};

// Rows from one stage to another: by key where the consumer is an Exchange and there is more than one task, else from
// each task to the one with the same index.
struct StageEdge {
  int from_stage = 0;
  const plan::PhysicalNode* from = nullptr;
  int to_stage = 0;
  bool by_key = false;
  std::vector<int> keys;
};

struct StagePlan {
  std::vector<Stage> stages;
  std::vector<StageEdge> edges;
  std::map<const plan::PhysicalNode*, int> stage_of;
  std::map<const plan::PhysicalNode*, std::string> state_ids;  // the node's, or one made of its kind and place

  static StagePlan of(const plan::PhysicalPlan& plan, int parallelism);
};

// "GroupAggregate", "Source: orders", "Sink: totals".
[[nodiscard]] std::string display_name_of(const plan::PhysicalNode& node);

}  // namespace millstream::stream
