// Paths of field accesses collected from a scan's own expressions and from the projections right above it. Anything
// else that reads a scan reads its columns whole.
#include "plan/internal/unread_fields.h"

#include <set>

#include "plan/internal/expression_tree.h"

namespace millstream::plan {

using column::Type;
using column::TypeKind;

namespace {

// What is read of a column or of a field: all of it, or some of its fields.
struct Use {
  bool whole = false;
  std::map<int, Use> fields;

  void add(const Use& other) {
    whole = whole || other.whole;
    for (const auto& [field, use] : other.fields) fields[field].add(use);
  }
};
using Uses = std::vector<Use>;  // one per column

// The use that the path `expression` names; null if it is no path from a column.
Use* use_of(const function::Expression& expression, Uses& columns) {
  if (const auto* reference = std::get_if<function::ColumnReference>(&expression.node))
    return &columns[static_cast<size_t>(reference->index)];
  const auto* access = std::get_if<function::FieldAccess>(&expression.node);
  Use* row = access == nullptr ? nullptr : use_of(*access->input, columns);
  return row == nullptr ? nullptr : &row->fields[access->field];
}

void add_reads(const function::ExpressionPtr& expression, Uses& columns) {
  if (expression == nullptr) return;
  if (Use* use = use_of(*expression, columns)) {
    use->whole = true;
    return;
  }
  for (const function::ExpressionPtr& child : children_of(*expression)) add_reads(child, columns);
}

void list_unread(const Type& type, const Use& use, std::vector<int>& path, std::vector<std::vector<int>>& unread) {
  if (use.whole || type.kind() != TypeKind::kRow) return;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    path.push_back(static_cast<int>(i));
    const auto read = use.fields.find(static_cast<int>(i));
    if (read == use.fields.end()) {
      unread.push_back(path);
    } else {
      list_unread(type.fields()[i].type, read->second, path, unread);
    }
    path.pop_back();
  }
}

// `output`: what is read of the scan's output.
void set_unread(TableScan& scan, Uses output) {
  add_reads(scan.watermark, output);
  if (scan.event_time >= 0) output[static_cast<size_t>(scan.event_time)].whole = true;
  Uses given(scan.decoded.size() + scan.metadata.size());
  add_reads(scan.condition, given);
  if (scan.computed.empty()) {
    for (size_t i = 0; i < given.size(); ++i) given[i].add(output[i]);
  }
  for (size_t i = 0; i < scan.computed.size(); ++i) {
    if (const auto* reference = std::get_if<function::ColumnReference>(&scan.computed[i]->node)) {
      given[static_cast<size_t>(reference->index)].add(output[i]);
    } else {
      add_reads(scan.computed[i], given);
    }
  }
  const column::Schema physical = scan.table->physical_schema();
  scan.unread.clear();
  for (size_t i = 0; i < scan.decoded.size(); ++i) {
    std::vector<int> path = {static_cast<int>(i)};
    list_unread(physical.fields[static_cast<size_t>(scan.decoded[i])].type, given[i], path, scan.unread);
  }
}

class Readers {
 public:
  void visit(Draft& draft) {
    if (!visited_.insert(&draft).second) return;
    for (Draft* input : draft.inputs) {
      if (std::holds_alternative<TableScan>(input->node)) add_reader(*input, draft);
      visit(*input);
    }
  }
  void finish() {
    for (auto& [scan, uses] : scans_) set_unread(std::get<TableScan>(scan->node), std::move(uses));
  }

 private:
  void add_reader(Draft& scan, const Draft& reader) {
    Uses& uses = scans_.try_emplace(&scan, scan.output.size()).first->second;
    if (const auto* calc = std::get_if<Calc>(&reader.node)) {
      add_reads(calc->condition, uses);
      for (const function::ExpressionPtr& projection : calc->projections) add_reads(projection, uses);
      return;
    }
    for (Use& use : uses) use.whole = true;
  }

  std::set<const Draft*> visited_;
  std::map<Draft*, Uses> scans_;
};

}  // namespace

void find_unread_fields(const std::vector<Draft*>& sinks) {
  Readers readers;
  for (Draft* sink : sinks) readers.visit(*sink);
  readers.finish();
}

}  // namespace millstream::plan
