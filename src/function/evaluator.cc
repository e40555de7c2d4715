// Evaluates the graph of an expression (internal/expression_graph.h) batch by batch.
//
// Every evaluation has a set of rows. CASE, AND, OR and COALESCE narrow it, so that an operand sees only the rows that
// reach it; a node used twice keeps its vector and gives it again to any subset of the rows that it was computed for.
#include "function/evaluator.h"

#include "base/check.h"
#include "function/definition.h"
#include "function/internal/cast.h"
#include "function/internal/expression_graph.h"
#include "function/internal/merge.h"

namespace millstream::function {
namespace {

using column::Batch;
using column::Reader;
using column::Rows;
using column::Type;
using column::Vector;
using column::VectorPtr;
using internal::Graph;
using internal::Node;
using internal::NodeId;
using internal::NodeKind;

// A set of rows and where it was narrowed from.
struct RowSet {
  Rows rows;
  uint64_t id = 0;
  const RowSet* parent = nullptr;

  [[nodiscard]] bool is_within(uint64_t other) const {
    for (const RowSet* set = this; set != nullptr; set = set->parent) {
      if (set->id == other) return true;
    }
    return false;
  }
};

bool is_true(const Reader<uint8_t>& values, size_t position) {
  return values[position] != 0 && !values.is_null(position);
}

}  // namespace

void KernelCall::refuse(size_t position, std::string message) {
  out.set_null(position);
  context.errors->push_back(RowError{static_cast<uint32_t>(position), ErrorCode::kBadRow, std::move(message), source});
}

struct Evaluator::Program {
  explicit Program(Graph graph) : nodes(std::move(graph.nodes)), root(graph.root) {}

  std::vector<Node> nodes;
  NodeId root;
  std::string time_zone;  // that folded values were computed with
  uint64_t next_set = 1;
  std::vector<std::vector<uint32_t>> spare_indexes;

  const Batch* input = nullptr;
  EvaluationContext* context = nullptr;

  // --- Row sets -----------------------------------------------------------------------------------------------------

  std::vector<uint32_t> take_index() {
    if (spare_indexes.empty()) return {};
    std::vector<uint32_t> index = std::move(spare_indexes.back());
    spare_indexes.pop_back();
    index.clear();
    return index;
  }
  void give_back(std::vector<uint32_t> index) { spare_indexes.push_back(std::move(index)); }

  RowSet narrowed(const RowSet& parent, const std::vector<uint32_t>& index) {
    return {Rows{index.data(), index.size()}, next_set++, &parent};
  }

  // --- Evaluation ---------------------------------------------------------------------------------------------------

  VectorPtr null_vector(const Type& type) const { return make_constant_vector(type, column::Value(), input->length); }

  VectorPtr evaluate(NodeId id, const RowSet& set) {
    Node& node = nodes[id];
    if (node.kind == NodeKind::kColumn) return input->columns[node.index];
    if (node.value) return node.value;
    if (set.rows.count == 0) return null_vector(node.type);
    if (node.uses > 1 && node.computed_for != 0 && set.is_within(node.computed_for)) return node.memo;

    const size_t errors = context->errors->size();
    VectorPtr result = compute(node, set);
    if (node.foldable && result->is_constant() && context->errors->size() == errors) {
      node.value = result;
    } else if (node.uses > 1) {
      node.memo = result;
      node.computed_for = set.id;
    }
    return result;
  }

  VectorPtr compute(Node& node, const RowSet& set) {
    switch (node.kind) {
      case NodeKind::kColumn:
      case NodeKind::kLiteral:
        break;
      case NodeKind::kCall:
        return call(node, set);
      case NodeKind::kCast:
        return cast(node, set);
      case NodeKind::kAnd:
        return logic(node, set, false);
      case NodeKind::kOr:
        return logic(node, set, true);
      case NodeKind::kCase:
        return choose(node, set);
      case NodeKind::kCoalesce:
        return coalesce(node, set);
      case NodeKind::kField:
        return field(node, set);
    }
    CHECK(false);
    return nullptr;
  }

  // Errors of one evaluation that stands for all rows become errors of each row.
  void spread_errors(size_t first, Rows rows) {
    auto& errors = *context->errors;
    const std::vector<RowError> single(errors.begin() + static_cast<ptrdiff_t>(first), errors.end());
    errors.resize(first);
    for (const RowError& error : single) {
      rows.for_each([&](size_t position) {
        errors.push_back(error);
        errors.back().position = static_cast<uint32_t>(position);
      });
    }
  }

  void prepare(Node& node, const std::vector<VectorPtr>& arguments) {
    node.prepared = true;
    if (node.function->prepare == nullptr) return;
    std::vector<column::Value> values(arguments.size());
    std::vector<Argument> known_arguments(arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      known_arguments[i].type = nodes[node.inputs[i]].type;
      if (!nodes[node.inputs[i]].value) continue;
      values[i] = value_at(*arguments[i], 0);
      known_arguments[i].constant = &values[i];
    }
    node.state = node.function->prepare(known_arguments);
  }

  VectorPtr call(Node& node, const RowSet& set) {
    std::vector<VectorPtr> arguments;
    arguments.reserve(node.inputs.size());
    bool constant = node.function->deterministic;
    for (const NodeId input_id : node.inputs) {
      arguments.push_back(evaluate(input_id, set));
      constant = constant && arguments.back()->is_constant();
    }
    if (!node.prepared) prepare(node, arguments);

    if (node.function->null_if_any_null) {
      for (const VectorPtr& argument : arguments) {
        if (argument->is_constant() && argument->is_null(0)) return null_vector(node.type);
      }
    }
    if (constant) {
      auto out = Vector::make_constant(node.type, input->length);
      const size_t errors = context->errors->size();
      KernelCall call{*context, arguments, Rows{nullptr, 1}, *out, node.state.get(), node.position};
      node.kernel(call);
      if (context->errors->size() > errors) spread_errors(errors, set.rows);
      return out;
    }

    auto out = Vector::make(node.type, input->length);
    Rows rows = set.rows;
    std::vector<uint32_t> valid;
    if (node.function->null_if_any_null && combine_validity(arguments, *out) && !node.total) {
      valid = take_index();
      rows.for_each([&](size_t position) {
        if (!out->is_null(position)) valid.push_back(static_cast<uint32_t>(position));
      });
      rows = Rows{valid.data(), valid.size()};
    }
    // A cheap kernel over most of the rows is faster without the indirection.
    if (node.total && rows.index != nullptr && rows.count * 2 > input->length) rows = Rows{nullptr, input->length};
    if (rows.count == 0) {
      give_back(std::move(valid));
      return null_vector(node.type);
    }
    KernelCall call{*context, arguments, rows, *out, node.state.get(), node.position};
    node.kernel(call);
    give_back(std::move(valid));
    return out;
  }

  // Marks in `out` what is NULL in any argument; whether there is such a position.
  static bool combine_validity(const std::vector<VectorPtr>& arguments, Vector& out) {
    bool nulls = false;
    for (const VectorPtr& argument : arguments) {
      if (argument->is_constant() || argument->validity() == nullptr) continue;
      const uint64_t* from = argument->validity();
      uint64_t* to = out.mutable_validity();
      for (size_t word = 0; word < (out.length() + 63) / 64; ++word) to[word] &= from[word];
      nulls = true;
    }
    return nulls;
  }

  VectorPtr cast(Node& node, const RowSet& set) {
    const VectorPtr from = evaluate(node.inputs[0], set);
    internal::CastCall call{*context, node.position, node.null_on_failure};
    if (!from->is_constant()) return internal::cast_vector(from, set.rows, node.type, call);
    const size_t errors = context->errors->size();
    VectorPtr result = internal::cast_vector(from, Rows{nullptr, 1}, node.type, call);
    if (context->errors->size() > errors) spread_errors(errors, set.rows);
    return result;
  }

  // AND (deciding = false) and OR (deciding = true): one operand of the deciding value decides, later ones are not
  // asked.
  VectorPtr logic(Node& node, const RowSet& set, bool deciding) {
    auto out = Vector::make(node.type, input->length);
    uint8_t* values = out->mutable_values<uint8_t>();
    std::vector<uint32_t> open = take_index();
    set.rows.for_each([&](size_t position) {
      values[position] = deciding ? 0 : 1;
      open.push_back(static_cast<uint32_t>(position));
    });
    bool narrowed_yet = false;
    for (const NodeId operand : node.inputs) {
      if (open.empty()) break;
      const RowSet rest = narrowed(set, open);
      const VectorPtr result = evaluate(operand, narrowed_yet ? rest : set);
      const Reader<uint8_t> reader(*result);
      size_t kept = 0;
      for (const uint32_t position : open) {
        const bool null = reader.is_null(position);
        if (null) out->set_null(position);
        const bool decides = !null && (reader[position] != 0) == deciding;
        if (decides) {
          values[position] = deciding ? 1 : 0;
          out->set_valid(position);
        }
        open[kept] = position;
        kept += decides ? 0 : 1;
      }
      narrowed_yet = narrowed_yet || kept < open.size();
      open.resize(kept);
    }
    give_back(std::move(open));
    return out;
  }

  VectorPtr choose(Node& node, const RowSet& set) {
    std::vector<uint32_t> open = take_index();
    set.rows.for_each([&](size_t position) { open.push_back(static_cast<uint32_t>(position)); });
    internal::VectorMerge merge(node.type, input->length);
    VectorPtr whole;  // when one branch takes every row
    bool first = true;
    for (size_t branch = 0; branch + 1 < node.inputs.size() && !open.empty(); branch += 2) {
      const RowSet here = narrowed(set, open);
      const RowSet& reaching = first ? set : here;
      const VectorPtr condition = evaluate(node.inputs[branch], reaching);
      std::vector<uint32_t> taken = take_index();
      std::vector<uint32_t> rest = take_index();
      const Reader<uint8_t> reader(*condition);
      for (const uint32_t position : open) (is_true(reader, position) ? taken : rest).push_back(position);
      if (!taken.empty()) {
        const bool all = first && rest.empty();
        const RowSet chosen = narrowed(reaching, taken);
        const VectorPtr result = evaluate(node.inputs[branch + 1], all ? set : chosen);
        if (all) {
          whole = result;
        } else {
          merge.take(result, chosen.rows);
        }
      }
      first = first && taken.empty();
      open.swap(rest);
      give_back(std::move(taken));
      give_back(std::move(rest));
    }
    if (!open.empty()) {
      const RowSet rest = narrowed(set, open);
      const VectorPtr result = evaluate(node.inputs.back(), first ? set : rest);
      if (first) {
        whole = result;
      } else {
        merge.take(result, rest.rows);
      }
    }
    give_back(std::move(open));
    return whole ? whole : merge.finish();
  }

  VectorPtr coalesce(Node& node, const RowSet& set) {
    std::vector<uint32_t> open = take_index();
    set.rows.for_each([&](size_t position) { open.push_back(static_cast<uint32_t>(position)); });
    internal::VectorMerge merge(node.type, input->length);
    VectorPtr whole;
    bool first = true;
    for (const NodeId operand : node.inputs) {
      const RowSet here = narrowed(set, open);
      const VectorPtr result = evaluate(operand, first ? set : here);
      const bool last = operand == node.inputs.back();
      std::vector<uint32_t> found = take_index();
      std::vector<uint32_t> rest = take_index();
      for (const uint32_t position : open) (last || !result->is_null(position) ? found : rest).push_back(position);
      if (first && rest.empty()) {
        whole = result;
      } else {
        merge.take(result, Rows{found.data(), found.size()});
      }
      first = first && found.empty();
      open.swap(rest);
      give_back(std::move(found));
      give_back(std::move(rest));
      if (open.empty()) break;
    }
    give_back(std::move(open));
    return whole ? whole : merge.finish();
  }

  // Whether the field is NULL wherever its row is, as the JSON decoder makes them: then it can be had without a copy.
  static bool is_null_with(const Vector& child, const Vector& row) {
    if (child.is_constant() || child.validity() == nullptr) return false;
    uint64_t beyond = 0;
    for (size_t word = 0; word < (row.length() + 63) / 64; ++word) {
      beyond |= child.validity()[word] & ~row.validity()[word];
    }
    return beyond == 0;
  }

  VectorPtr field(Node& node, const RowSet& set) {
    const VectorPtr row = evaluate(node.inputs[0], set);
    const VectorPtr& child = row->children()[node.index];
    if (row->validity() == nullptr) return child;
    if (row->is_constant()) return row->is_null(0) ? null_vector(node.type) : child;
    if (is_null_with(*child, *row)) return child;
    std::vector<uint32_t> positions(row->length());
    for (size_t i = 0; i < positions.size(); ++i) {
      positions[i] = row->is_null(i) ? column::kNoPosition : static_cast<uint32_t>(i);
    }
    return gather(*child, positions);
  }

  // --- Filters ------------------------------------------------------------------------------------------------------

  // Appends the rows of `set` for which the node is TRUE. NULL counts as FALSE, so AND may narrow and OR may unite.
  void filter(NodeId id, const RowSet& set, std::vector<uint32_t>& kept) {
    Node& node = nodes[id];
    if (node.kind == NodeKind::kAnd && !node.value) {
      std::vector<uint32_t> rows = take_index();
      filter(node.inputs[0], set, rows);
      for (size_t i = 1; i < node.inputs.size() && !rows.empty(); ++i) {
        const RowSet left = narrowed(set, rows);
        std::vector<uint32_t> next = take_index();
        filter(node.inputs[i], left, next);
        rows.swap(next);
        give_back(std::move(next));
      }
      kept.insert(kept.end(), rows.begin(), rows.end());
      give_back(std::move(rows));
      return;
    }
    const VectorPtr result = evaluate(id, set);
    if (result->is_constant()) {
      const Reader<uint8_t> reader(*result);
      if (is_true(reader, 0))
        set.rows.for_each([&](size_t position) { kept.push_back(static_cast<uint32_t>(position)); });
      return;
    }
    const uint8_t* values = result->values<uint8_t>();
    const uint64_t* validity = result->validity();
    size_t count = kept.size();
    kept.resize(count + set.rows.count);
    if (validity == nullptr) {
      set.rows.for_each([&](size_t position) {
        kept[count] = static_cast<uint32_t>(position);
        count += values[position] != 0;
      });
    } else {
      set.rows.for_each([&](size_t position) {
        kept[count] = static_cast<uint32_t>(position);
        count += (values[position] != 0) & ((validity[position >> 6] >> (position & 63)) & 1);
      });
    }
    kept.resize(count);
  }

  // --- A batch ------------------------------------------------------------------------------------------------------

  RowSet begin(const Batch& batch, Rows rows, EvaluationContext& evaluation_context) {
    DCHECK(evaluation_context.errors != nullptr);
    input = &batch;
    context = &evaluation_context;
    if (time_zone != context->time_zone) {
      time_zone = context->time_zone;
      for (Node& node : nodes) {
        if (node.kind != NodeKind::kLiteral) node.value = nullptr;
        node.prepared = false;
      }
    }
    return {rows, next_set++, nullptr};
  }

  void finish() {
    for (Node& node : nodes) {
      node.computed_for = 0;
      node.memo = nullptr;
    }
    input = nullptr;
    context = nullptr;
  }
};

Evaluator::Evaluator(const ExpressionPtr& expression)
    : program_(std::make_unique<Program>(internal::make_graph(*expression))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

column::VectorPtr Evaluator::evaluate(const column::Batch& input, column::Rows rows, EvaluationContext& context) {
  const RowSet set = program_->begin(input, rows, context);
  VectorPtr result = program_->evaluate(program_->root, set);
  program_->finish();
  if (result->is_constant() && result->length() != input.length) return Vector::constant_of(*result, 0, input.length);
  return result;
}

void Evaluator::filter(const column::Batch& input, column::Rows rows, EvaluationContext& context,
                       std::vector<uint32_t>& kept) {
  const RowSet set = program_->begin(input, rows, context);
  program_->filter(program_->root, set, kept);
  program_->finish();
}

Result<column::Value> evaluate_constant(const Expression& expression, const EvaluationContext& context) {
  std::vector<RowError> errors;
  EvaluationContext own = context;
  own.errors = &errors;
  Batch one_row;
  one_row.length = 1;
  Evaluator evaluator(std::make_shared<const Expression>(expression));
  const VectorPtr result = evaluator.evaluate(one_row, one_row.rows(), own);
  if (!errors.empty()) {
    Error error{errors[0].code, errors[0].message, {}, errors[0].source};
    return fail(std::move(error));
  }
  return value_at(*result, 0);
}

}  // namespace millstream::function
