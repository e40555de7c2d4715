// One line per node of the physical plan; std::visit refuses to compile if one is missing.
#include "stream/operators/make_operator.h"

#include "stream/operators/bounded.h"
#include "stream/operators/calc.h"
#include "stream/operators/changelog_normalize.h"
#include "stream/operators/endings.h"
#include "stream/operators/group_aggregate.h"
#include "stream/operators/pass_through.h"
#include "stream/operators/sink_materialize.h"
#include "stream/operators/window_aggregate.h"

namespace millstream::stream {
namespace {

using Made = Result<std::unique_ptr<Operator>>;

struct Maker {
  const OperatorRequest& request;

  [[nodiscard]] const column::Schema& input() const { return request.node.inputs[0]->output; }

  Made operator()(const plan::TableScan&) const { return fail(ErrorCode::kInternal, "a scan is not an operator"); }
  Made operator()(const plan::Values&) const {
    return fail(ErrorCode::kInternal, "a list of values is not an operator");
  }
  Made operator()(const plan::Calc& node) const { return std::make_unique<Calc>(node); }
  Made operator()(const plan::Exchange&) const { return std::make_unique<PassThrough>(); }
  Made operator()(const plan::UnionAll&) const { return std::make_unique<PassThrough>(); }
  Made operator()(const plan::DropUpdateBefore&) const { return std::make_unique<DropUpdateBefore>(); }
  Made operator()(const plan::GroupAggregate& node) const {
    return GroupAggregate::make(node, input(), request.settings.net_changes);
  }
  Made operator()(const plan::WindowAggregate& node) const {
    return WindowAggregate::make(node, input(), request.node.output,
                                 !request.node.inputs[0]->changelog.is_insert_only(), request.settings.time_zone);
  }
  Made operator()(const plan::ChangelogNormalize& node) const {
    return std::make_unique<ChangelogNormalize>(node, input());
  }
  Made operator()(const plan::SinkMaterialize& node) const { return std::make_unique<SinkMaterialize>(node, input()); }
  Made operator()(const plan::TableSink& node) const {
    CHECK(request.sink != nullptr);
    MS_ASSIGN(auto writer, request.sink->make_writer());
    return std::make_unique<TableSinkOperator>(node, input(), std::move(writer));
  }
  Made operator()(const plan::Collect&) const {
    if (request.results == nullptr) return fail(ErrorCode::kInternal, "a SELECT needs a receiver for its result");
    return std::make_unique<CollectOperator>(*request.results, request.results_mutex);
  }
  Made operator()(const plan::Limit& node) const { return std::make_unique<Limit>(node); }
  Made operator()(const plan::Sort& node) const { return std::make_unique<Sort>(node); }
};

}  // namespace

Result<std::unique_ptr<Operator>> make_operator(const OperatorRequest& request) {
  return std::visit(Maker{request}, request.node.node);
}

}  // namespace millstream::stream
