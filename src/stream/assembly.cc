// Stage by stage; channels are made where an edge is, and kept by both tasks.
#include "stream/assembly.h"

#include <fmt/core.h>

#include "stream/channel_input.h"
#include "stream/operators/make_operator.h"
#include "stream/values_input.h"

namespace millstream::stream {
namespace {

// The default policy, and the one behind the first stateful operator.
class FailOnBadRow final : public BadRowPolicy {
 public:
  Status refuse(const BadRow& row) override {
    return fail(row.code, fmt::format("{}: {}", row.operator_name, row.message));
  }
  void nulled(std::string_view column, const BadRow& row) override {
    (void)column;
    (void)row;
  }
};

struct Assembler {
  const AssemblyRequest& request;
  const int parallelism;
  std::vector<std::vector<std::shared_ptr<StageTask>>> tasks;                       // [stage][index]
  std::vector<std::vector<std::map<const plan::PhysicalNode*, ChainNode*>>> nodes;  // [stage][index]
  std::vector<std::vector<std::vector<ChannelInput::Way>>> ways;                    // [stage][index]
  std::vector<std::vector<std::vector<Receiver*>>> heads;                           // [stage][index]
  std::vector<std::vector<std::vector<std::pair<const plan::PhysicalNode*, Router*>>>> routers;
  std::shared_ptr<std::mutex> results_mutex = std::make_shared<std::mutex>();

  explicit Assembler(const AssemblyRequest& r) : request(r), parallelism(r.settings.parallelism) {}

  std::function<void()> waker_of(int stage, int index) {
    return [scheduler = &request.scheduler,
            task = std::weak_ptr(tasks[static_cast<size_t>(stage)][static_cast<size_t>(index)])] {
      if (const auto alive = task.lock()) scheduler->wake(*alive);
    };
  }

  void make_tasks() {
    for (size_t s = 0; s < request.stages.stages.size(); ++s) {
      tasks.emplace_back();
      for (int i = 0; i < parallelism; ++i) {
        tasks.back().push_back(std::make_shared<StageTask>(request.env, request.host, static_cast<int>(s), i));
      }
    }
    const auto size = static_cast<size_t>(parallelism);
    nodes.assign(tasks.size(), std::vector<std::map<const plan::PhysicalNode*, ChainNode*>>(size));
    ways.assign(tasks.size(), std::vector<std::vector<ChannelInput::Way>>(size));
    heads.assign(tasks.size(), std::vector<std::vector<Receiver*>>(size));
    routers.resize(tasks.size());
    for (auto& stage : routers) stage.resize(size);
  }

  void connect(const StageEdge& edge) {
    const auto from = static_cast<size_t>(edge.from_stage);
    const auto to = static_cast<size_t>(edge.to_stage);
    for (int i = 0; i < parallelism; ++i) {
      const auto producer = static_cast<size_t>(i);
      std::vector<Router::Target> targets;
      for (int j = edge.by_key ? 0 : i; j < (edge.by_key ? parallelism : i + 1); ++j) {
        const auto consumer = static_cast<size_t>(j);
        auto channel = std::make_shared<Channel>();
        tasks[from][producer]->keep(channel);
        tasks[to][consumer]->keep(channel);
        targets.push_back({channel.get(), waker_of(edge.to_stage, j)});
        ways[to][consumer].push_back({channel.get(), waker_of(edge.from_stage, i)});
      }
      Router& router = tasks[from][producer]->add_router(std::make_unique<Router>(edge.keys, std::move(targets)));
      routers[from][producer].emplace_back(edge.from, &router);
    }
  }

  OperatorContext context_for(StageTask& task, const std::string& name, BadRowPolicy* policy) {
    auto budget = std::make_shared<MemoryBudget>(name, request.budget.limit(), &request.budget);
    task.keep(budget);
    OperatorContext context;
    context.clock = &request.env.clock();
    context.budget = budget.get();
    context.bad_rows = policy;
    context.time_zone = request.settings.time_zone;
    context.task_index = task.index();
    context.parallelism = parallelism;
    context.rows_one_by_one = request.settings.rows_one_by_one;
    return context;
  }

  [[nodiscard]] std::unique_ptr<state::SnapshotReader> restored_state(const plan::PhysicalNode* node, int index) const {
    return request.restored == nullptr
               ? nullptr
               : request.restored->reader(request.stages.state_ids.at(node), index, parallelism);
  }

  Status build(size_t stage_number, int index) {
    const Stage& stage = request.stages.stages[stage_number];
    const auto i = static_cast<size_t>(index);
    StageTask& task = *tasks[stage_number][i];
    auto& chain = nodes[stage_number][i];
    auto& stage_heads = heads[stage_number][i];

    const auto* scan = stage.root != nullptr ? std::get_if<plan::TableScan>(&stage.root->node) : nullptr;
    auto failing = std::make_shared<FailOnBadRow>();
    task.keep(failing);
    BadRowPolicy* policy = failing.get();
    if (scan != nullptr && request.hooks.make_bad_row_policy) {
      if (std::shared_ptr<BadRowPolicy> own = request.hooks.make_bad_row_policy(*scan)) {
        policy = own.get();
        task.keep(std::move(own));
      }
    }

    std::map<const plan::PhysicalNode*, bool> behind_state;
    std::vector<std::pair<ChainNode*, OperatorContext>> to_open;
    for (const plan::PhysicalNode* node : stage.nodes) {
      OperatorRequest made{*node, request.settings, nullptr, request.hooks.results, results_mutex};
      if (const auto sink = request.tables.sinks.find(node); sink != request.tables.sinks.end())
        made.sink = sink->second.get();
      MS_ASSIGN(auto op, make_operator(made));
      const std::string name = display_name_of(*node);
      ChainNode& added =
          task.add_node(std::make_unique<ChainNode>(node, name, request.stages.state_ids.at(node), std::move(op)));
      chain[node] = &added;
      const plan::PhysicalNode* input = node->inputs.size() == 1 ? node->inputs[0].get() : nullptr;
      const auto before = input != nullptr ? chain.find(input) : chain.end();
      if (before != chain.end())
        before->second->add_receiver(&added);
      else
        stage_heads.push_back(&added);
      // Rows may be dropped only in front of the first stateful operator.
      const bool behind = scan == nullptr || (before != chain.end() && behind_state[input]);
      behind_state[node] = behind || is_stateful(*node);
      to_open.emplace_back(&added, context_for(task, name, behind ? failing.get() : policy));
    }
    for (const auto& [from, router] : routers[stage_number][i]) {
      if (from == stage.root)
        stage_heads.push_back(router);
      else
        chain.at(from)->add_receiver(router);
    }
    task.set_heads(stage_heads);

    std::unique_ptr<StageInput> input;
    if (scan != nullptr) {
      MS_ASSIGN(auto reader, request.tables.sources.at(stage.root)->make_reader());
      std::vector<SplitState> own;
      const auto& all = request.splits.at(stage.root);
      for (size_t k = i; k < all.size(); k += static_cast<size_t>(parallelism)) own.push_back(all[k]);
      SourceInputOptions options{request.stages.state_ids.at(stage.root), request.settings.watermark_interval,
                                 request.settings.source_idle_timeout, request.paused};
      auto source = std::make_unique<SourceInput>(*scan, std::move(reader), std::move(own),
                                                  context_for(task, display_name_of(*stage.root), policy),
                                                  std::move(options), waker_of(task.stage(), index), stage_heads);
      task.set_source(source.get());
      task.set_root();
      input = std::move(source);
    } else if (stage.root != nullptr) {
      column::Batch rows = batch_of(std::get<plan::Values>(stage.root->node), stage.root->output);
      if (index > 0) rows = batch_of(plan::Values{}, stage.root->output);
      input = std::make_unique<ValuesInput>(std::move(rows), request.stages.state_ids.at(stage.root),
                                            request.settings.rows_one_by_one, stage_heads);
      task.set_root();
    } else {
      input = std::make_unique<ChannelInput>(ways[stage_number][i], stage_heads);
    }

    for (auto& [node, context] : to_open) {
      MS_TRY(node->open(std::move(context), restored_state(node->node(), index).get()));
    }
    MS_TRY(input->open(stage.root == nullptr ? nullptr : restored_state(stage.root, index).get()));
    task.set_input(std::move(input));
    return {};
  }

  static bool is_stateful(const plan::PhysicalNode& node) {
    return std::holds_alternative<plan::GroupAggregate>(node.node) ||
           std::holds_alternative<plan::WindowAggregate>(node.node) ||
           std::holds_alternative<plan::ChangelogNormalize>(node.node) ||
           std::holds_alternative<plan::SinkMaterialize>(node.node) || std::holds_alternative<plan::Sort>(node.node);
  }
};

}  // namespace

Result<std::vector<std::shared_ptr<StageTask>>> assemble(const AssemblyRequest& request) {
  Assembler assembler(request);
  assembler.make_tasks();
  for (const StageEdge& edge : request.stages.edges) assembler.connect(edge);
  std::vector<std::shared_ptr<StageTask>> all;
  for (size_t s = 0; s < assembler.tasks.size(); ++s) {
    for (int i = 0; i < assembler.parallelism; ++i) {
      MS_TRY(assembler.build(s, i));
      all.push_back(assembler.tasks[s][static_cast<size_t>(i)]);
    }
  }
  return all;
}

}  // namespace millstream::stream
