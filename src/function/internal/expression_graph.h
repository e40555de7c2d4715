// An expression as a graph in which equal sub-expressions are one node: what an Evaluator works on.
//
// The nodes hold what is computed too: folded constants, a kernel's prepared state, the vector of a node used twice.
// One evaluator owns the graph.
#pragma once

#include <memory>
#include <vector>

#include "function/definition.h"

namespace millstream::function::internal {

using NodeId = uint32_t;

enum class NodeKind : uint8_t { kColumn, kLiteral, kCall, kCast, kAnd, kOr, kCase, kCoalesce, kField };

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  column::Type type;
  SourcePosition position;
  std::vector<NodeId> inputs;  // kCase: condition, result, …, otherwise
  int index = 0;               // kColumn, kField
  bool null_on_failure = false;
  bool foldable = false;  // the same for every row and every batch
  int uses = 0;

  const ScalarFunction* function = nullptr;
  Kernel kernel = nullptr;
  bool total = false;  // as the function, if no argument could point to bytes that are gone
  bool prepared = false;
  std::shared_ptr<void> state;

  column::VectorPtr value;    // kLiteral, or the folded result
  uint64_t computed_for = 0;  // the row set that `memo` belongs to; 0: none
  column::VectorPtr memo;
};

struct Graph {
  std::vector<Node> nodes;  // a node's inputs come before it
  NodeId root = 0;
};

[[nodiscard]] Graph make_graph(const Expression& expression);

}  // namespace millstream::function::internal
