// Nodes are numbered in the order in which their keys (kind, type, inputs) are first met.
#include "function/internal/expression_graph.h"

#include <string>
#include <unordered_map>

#include "base/check.h"

namespace millstream::function::internal {
namespace {

class GraphMaker {
 public:
  NodeId compile(const Expression& expression) {
    Node node;
    node.type = expression.type;
    node.position = expression.position;
    std::string key = expression.type.to_sql();
    bool shareable = true;
    if (const auto* column = std::get_if<ColumnReference>(&expression.node)) {
      node.kind = NodeKind::kColumn;
      node.index = column->index;
      key += " $" + std::to_string(column->index);
    } else if (const auto* literal = std::get_if<Literal>(&expression.node)) {
      node.kind = NodeKind::kLiteral;
      node.value = column::make_constant_vector(expression.type, literal->value, 1);
      key += " literal " + expression.to_text();
    } else if (const auto* call = std::get_if<Call>(&expression.node)) {
      compile_call(*call, node, key);
      shareable = call->function->deterministic;
    } else if (const auto* cast = std::get_if<Cast>(&expression.node)) {
      node.kind = NodeKind::kCast;
      node.null_on_failure = cast->null_on_failure;
      node.inputs = {compile(*cast->input)};
      key += cast->null_on_failure ? " try_cast" : " cast";
    } else if (const auto* logic = std::get_if<Logic>(&expression.node)) {
      node.kind = logic->kind == Logic::Kind::kAnd ? NodeKind::kAnd : NodeKind::kOr;
      for (const ExpressionPtr& operand : logic->operands) node.inputs.push_back(compile(*operand));
      key += node.kind == NodeKind::kAnd ? " and" : " or";
    } else if (const auto* choice = std::get_if<Case>(&expression.node)) {
      node.kind = NodeKind::kCase;
      for (const auto& [condition, result] : choice->branches) {
        node.inputs.push_back(compile(*condition));
        node.inputs.push_back(compile(*result));
      }
      node.inputs.push_back(compile(*choice->otherwise));
      key += " case";
    } else if (const auto* coalesce = std::get_if<Coalesce>(&expression.node)) {
      node.kind = NodeKind::kCoalesce;
      for (const ExpressionPtr& operand : coalesce->operands) node.inputs.push_back(compile(*operand));
      key += " coalesce";
    } else {
      const auto& access = std::get<FieldAccess>(expression.node);
      node.kind = NodeKind::kField;
      node.index = access.field;
      node.inputs = {compile(*access.input)};
      key += " field " + std::to_string(access.field);
    }
    return intern(std::move(node), std::move(key), shareable);
  }

  Graph take(NodeId root) {
    graph_.root = root;
    return std::move(graph_);
  }

 private:
  NodeId intern(Node node, std::string key, bool shareable) {
    for (const NodeId id : node.inputs) {
      key += ' ';
      key += std::to_string(id);
    }
    if (shareable) {
      const auto found = known_.find(key);
      if (found != known_.end()) return found->second;
    }
    node.foldable = node.kind != NodeKind::kColumn;
    if (node.function != nullptr &&
        (!node.function->deterministic || depends_on_time(*node.function, node.inputs.size()))) {
      node.foldable = false;
    }
    for (const NodeId id : node.inputs) {
      node.foldable = node.foldable && graph_.nodes[id].foldable;
      ++graph_.nodes[id].uses;
    }
    graph_.nodes.push_back(std::move(node));
    const auto id = static_cast<NodeId>(graph_.nodes.size() - 1);
    if (shareable) known_.emplace(std::move(key), id);
    return id;
  }

  void compile_call(const Call& call, Node& node, std::string& key) {
    for (const ExpressionPtr& argument : call.arguments) node.inputs.push_back(compile(*argument));
    key += " call ";
    key += call.function->name;
    key += '/';
    key += std::to_string(call.arguments.size());
    switch (call.function->form) {
      case CallForm::kIf:
        node.kind = NodeKind::kCase;
        return;
      case CallForm::kCoalesce:
        node.kind = NodeKind::kCoalesce;
        return;
      case CallForm::kNullIf:
        CHECK(false);
        return;
      case CallForm::kCall:
        break;
    }
    node.kind = NodeKind::kCall;
    node.function = call.function;
    Signature signature{node.type, {}};
    node.total = call.function->total;
    for (const NodeId id : node.inputs) {
      signature.arguments.push_back(graph_.nodes[id].type);
      node.total = node.total && !graph_.nodes[id].type.is_nested() &&
                   graph_.nodes[id].type.physical() != column::PhysicalKind::kString;
    }
    node.kernel = call.function->bind(signature);
    CHECK(node.kernel != nullptr);
  }

  Graph graph_;
  std::unordered_map<std::string, NodeId> known_;
};

}  // namespace

Graph make_graph(const Expression& expression) {
  GraphMaker maker;
  const NodeId root = maker.compile(expression);
  return maker.take(root);
}

}  // namespace millstream::function::internal
