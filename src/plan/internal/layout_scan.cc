// The layout of table scans: one per table and job, with only what is read, filtered and timed per split.
#include <algorithm>

#include "base/text.h"
#include "function/definition.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/layout_builder.h"

namespace millstream::plan {

using catalog::Column;
using function::ExpressionPtr;

namespace {

std::string group_key(const LogicalScan& scan) {
  std::string key = scan.path.to_quoted();
  for (const auto& [name, value] : scan.table->options) key += "\n" + name + "=" + value;
  return key;
}

// What each column is of what the connector gives: itself; for a metadata column of another type than the connector's a
// cast; for a computed one what it computes. References are to declared columns.
struct Columns {
  std::vector<ExpressionPtr> given;  // null: computed
  std::vector<ExpressionPtr> values;

  [[nodiscard]] bool is_plain(size_t column) const {
    return given[column] != nullptr && std::holds_alternative<function::ColumnReference>(given[column]->node);
  }
};

Result<Columns> columns_of(const LogicalNode& node, const LogicalScan& scan, const catalog::ConnectorSpec& connector) {
  Columns columns;
  for (size_t i = 0; i < node.columns.size(); ++i) {
    const Column& declared = scan.table->columns[i];
    const column::Type& type = node.columns[i].type;
    if (declared.kind != Column::Kind::kMetadata) {
      columns.given.push_back(
          declared.kind == Column::Kind::kComputed ? nullptr : function::column_reference(static_cast<int>(i), type));
      continue;
    }
    const auto known = std::ranges::find_if(
        connector.metadata, [&](const auto& m) { return m.readable && m.key == declared.metadata_key; });
    if (known == connector.metadata.end()) {
      std::vector<std::string> keys;
      for (const auto& metadata : connector.metadata) {
        if (metadata.readable) keys.push_back(metadata.key);
      }
      const auto near = nearest(declared.metadata_key, keys);
      return std::unexpected(
          Error{ErrorCode::kInvalidArgument,
                "Invalid metadata key '" + declared.metadata_key + "' in column '" + declared.name + "' of table '" +
                    scan.path.to_dotted() + "'. " +
                    (keys.empty() ? "Connector '" + connector.name + "' has no metadata to read."
                                  : "Connector '" + connector.name +
                                        "' supports the following metadata keys for reading: " + join(keys, ", ")),
                near ? "did you mean '" + *near + "'?" : "", node.position});
    }
    if (!function::can_cast(known->type, type)) {
      return std::unexpected(Error{ErrorCode::kInvalidArgument,
                                   "Invalid data type for metadata column '" + declared.name + "' of table '" +
                                       scan.path.to_dotted() + "'. The column cannot be declared as '" + type.to_sql() +
                                       "' because the type must be castable from metadata type '" +
                                       known->type.to_sql() + "'.",
                                   "", node.position});
    }
    ExpressionPtr given = function::column_reference(static_cast<int>(i), known->type);
    if (!known->type.same_but_nullability(type)) {
      given = make_expression(type, function::Cast{std::move(given), false}, node.position);
    }
    columns.given.push_back(std::move(given));
  }
  for (size_t i = 0; i < node.columns.size(); ++i) {
    columns.values.push_back(
        columns.given[i] != nullptr ? columns.given[i] : function::substitute_columns(scan.computed[i], columns.given));
  }
  return columns;
}

}  // namespace

Draft* LayoutBuilder::normalize(Draft* scan, const std::vector<int>& keys, const ExpressionPtr& condition,
                                SourcePosition position) {
  Draft* arrived = exchange(scan, keys, position);
  Draft draft;
  draft.inputs = {arrived};
  draft.output = arrived->output;
  draft.position = position;
  draft.bounded = arrived->bounded;
  draft.updates = true;
  draft.deletes = true;
  draft.deletes_by_key = arrived->deletes_by_key;
  draft.upsert_keys = {keys};
  draft.hashed_by = keys;
  draft.column_meanings = arrived->column_meanings;
  ChangelogNormalize result;
  result.keys = keys;
  result.condition = condition;
  result.state_ttl = context_.settings().state_ttl();
  draft.meaning = hash_combine(arrived->meaning, hash_text("normalize " + std::to_string(result.state_ttl.value)));
  std::string digest = std::to_string(keys.size());
  if (condition != nullptr) {
    draft.meaning = hash_combine(draft.meaning, meaning_of(*condition, arrived->column_meanings));
    digest += condition->to_text();
  }
  draft.node = std::move(result);
  return drafts_.intern(std::move(draft), digest);
}

Result<Built> LayoutBuilder::build_scan(const LogicalNode& node, const LogicalScan& scan, const Required& required,
                                        const ExpressionPtr& condition) {
  const catalog::Table& table = *scan.table;
  ScanGroup& group = groups_[group_key(scan)];
  const bool can_push = condition != nullptr && condition->is_deterministic();
  if (learning_) {
    for (size_t i = 0; i < required.size(); ++i) {
      if (required[i]) group.columns.insert(static_cast<int>(i));
    }
    group.conditions.push_back(can_push ? condition->to_text() : "");
  }
  if (learning_ && condition != nullptr) {
    for (const int column : function::referenced_columns(*condition)) group.condition_columns.insert(column);
  }
  // A condition that not all readings share is applied by each of them, so its columns must be there.
  const bool pushes = can_push && std::ranges::all_of(group.conditions, [&](const std::string& other) {
                        return other == group.conditions.front();
                      });
  std::set<int> columns = group.columns;
  const auto need = [&](const function::Expression& expression) {
    for (const int column : function::referenced_columns(expression)) columns.insert(column);
  };
  if (!pushes) columns.insert(group.condition_columns.begin(), group.condition_columns.end());

  MS_ASSIGN(const catalog::ConnectorSpec* connector, context_.plan().connectors.find(table.connector()));
  MS_ASSIGN(const Columns laid_columns, columns_of(node, scan, *connector));
  catalog::ChangelogMode mode;
  if (connector->source_mode) {
    auto given = connector->source_mode(table);
    if (!given) {
      Error error = given.error();
      if (!error.position) error.position = node.position;
      return std::unexpected(std::move(error));
    }
    mode = *given;
  }
  const bool bounded = connector->is_bounded && connector->is_bounded(table);
  const bool is_upsert = mode.update_after && !mode.update_before;
  if (!context_.is_streaming()) {
    if (!bounded) {
      return std::unexpected(Error{ErrorCode::kInvalidArgument,
                                   "Querying an unbounded table '" + scan.path.to_dotted() +
                                       "' in batch mode is not allowed. The table source is unbounded.",
                                   "SET 'execution.runtime-mode' = 'streaming', or bound the source with its options",
                                   node.position});
    }
    if (!mode.is_insert_only()) {
      return std::unexpected(Error{ErrorCode::kInvalidArgument,
                                   "Querying a table in batch mode is currently only possible for INSERT-only table "
                                   "sources. But the source for table '" +
                                       scan.path.to_dotted() + "' produces other changelog messages than just INSERT.",
                                   "SET 'execution.runtime-mode' = 'streaming'", node.position});
    }
  }
  std::vector<int> key_columns;  // declared
  for (const std::string& key : table.primary_key) key_columns.push_back(table.index_of(key));
  if (is_upsert) {
    if (key_columns.empty()) {
      return std::unexpected(Error{ErrorCode::kInvalidArgument,
                                   "Table '" + scan.path.to_dotted() +
                                       "' produces a changelog stream that contains UPDATE_AFTER but no UPDATE_BEFORE. "
                                       "This requires defining a primary key constraint on the table.",
                                   "add PRIMARY KEY (…) NOT ENFORCED", node.position});
    }
    columns.insert(key_columns.begin(), key_columns.end());
  }
  // Also where this query does not wait for event time: all queries of a table see the same rows (one without an event
  // time is a bad one), and its watermark shows how far the table has come.
  const bool timed = scan.watermark != nullptr && context_.is_streaming();
  if (timed) {
    columns.insert(scan.time_column);
    need(*scan.watermark);
  }

  // The condition goes into the scan; for an upsert source what looks at more than its key goes into the normalisation,
  // which must see every row of a key.
  ExpressionPtr scan_condition;
  ExpressionPtr normalize_condition;
  if (pushes) {
    std::vector<ExpressionPtr> parts, of_key, of_row;
    split_conjunction(condition, parts);
    for (const ExpressionPtr& part : parts) {
      const std::vector<int> looked_at = function::referenced_columns(*part);
      const bool only_key = std::ranges::all_of(
          looked_at, [&](int column) { return std::ranges::find(key_columns, column) != key_columns.end(); });
      (is_upsert && !only_key ? of_row : of_key).push_back(part);
    }
    if (!of_key.empty()) {
      const ExpressionPtr front = join_conjunction(std::move(of_key));
      scan_condition = function::substitute_columns(front, laid_columns.values);
      if (!scan_condition->is_deterministic()) {
        scan_condition = nullptr;
        need(*condition);
        of_row = {condition};
      }
    }
    if (!of_row.empty() && is_upsert) {
      normalize_condition = join_conjunction(std::move(of_row));
      need(*normalize_condition);
    }
  }
  const bool filtered = scan_condition != nullptr || normalize_condition != nullptr;

  // What the connector must give: read columns, and what computed ones and the condition are made of.
  std::set<int> given;
  bool computes = false;
  for (const int column : columns) {
    computes = computes || !laid_columns.is_plain(static_cast<size_t>(column));
    for (const int part : function::referenced_columns(*laid_columns.values[static_cast<size_t>(column)]))
      given.insert(part);
  }
  if (scan_condition != nullptr) {
    for (const int part : function::referenced_columns(*scan_condition)) given.insert(part);
  }
  TableScan result;
  result.table = scan.table;
  std::vector<int> given_position(node.columns.size(), -1);  // among (decoded, metadata)
  int physical = 0;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != Column::Kind::kPhysical) continue;
    if (given.contains(static_cast<int>(i))) {
      given_position[i] = static_cast<int>(result.decoded.size());
      result.decoded.push_back(physical);
    }
    ++physical;
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != Column::Kind::kMetadata || !given.contains(static_cast<int>(i))) continue;
    given_position[i] = static_cast<int>(result.decoded.size() + result.metadata.size());
    result.metadata.push_back(table.columns[i].metadata_key);
  }

  Draft draft;
  draft.position = node.position;
  draft.bounded = bounded;
  draft.updates = mode.update_after || mode.update_before;
  draft.deletes = mode.remove;
  draft.deletes_by_key = mode.delete_by_key;
  draft.source_gives_before = mode.update_before;
  std::vector<int> output_position(node.columns.size(), -1);
  const auto output = [&](size_t column) {
    output_position[column] = static_cast<int>(draft.output.size());
    draft.output.fields.push_back({node.columns[column].name, node.columns[column].type, ""});
    draft.column_meanings.push_back(hash_text(scan.path.to_quoted() + "." + node.columns[column].name));
  };
  if (computes) {
    for (const int column : columns) {
      const auto i = static_cast<size_t>(column);
      output(i);
      result.computed.push_back(function::remap_columns(laid_columns.values[i], given_position));
    }
  } else {
    std::vector<std::pair<int, size_t>> in_order;
    for (const int column : given)
      in_order.emplace_back(given_position[static_cast<size_t>(column)], static_cast<size_t>(column));
    std::ranges::sort(in_order);
    for (const auto& [position, column] : in_order) output(column);
  }
  if (scan_condition != nullptr) result.condition = function::remap_columns(scan_condition, given_position);
  if (timed) {
    result.event_time = output_position[static_cast<size_t>(scan.time_column)];
    result.watermark = function::remap_columns(scan.watermark, output_position);
  }
  draft.meaning = hash_text("scan " + scan.path.to_quoted());
  if (result.condition != nullptr) {
    std::vector<uint64_t> meanings;
    for (const int column : given) {
      meanings.resize(std::max(meanings.size(), static_cast<size_t>(given_position[static_cast<size_t>(column)]) + 1));
      meanings[static_cast<size_t>(given_position[static_cast<size_t>(column)])] =
          hash_text(scan.path.to_quoted() + "." + node.columns[static_cast<size_t>(column)].name);
    }
    draft.meaning = hash_combine(draft.meaning, meaning_of(*result.condition, meanings));
  }
  if (!key_columns.empty()) {
    std::vector<int> key;
    for (const int column : key_columns) key.push_back(output_position[static_cast<size_t>(column)]);
    if (std::ranges::none_of(key, [](int position) { return position < 0; }))
      draft.upsert_keys.push_back(std::move(key));
  }
  draft.node = std::move(result);
  std::string digest = group_key(scan);
  for (const int column : columns) digest += "|" + std::to_string(column);
  const auto& laid = std::get<TableScan>(draft.node);
  if (laid.condition != nullptr) digest += "?" + laid.condition->to_text();
  if (timed) digest += "timed";
  Draft* scanned = drafts_.intern(std::move(draft), digest);
  if (is_upsert) {
    std::vector<int> keys;
    for (const int column : key_columns) keys.push_back(output_position[static_cast<size_t>(column)]);
    ExpressionPtr remapped;
    if (normalize_condition != nullptr) remapped = function::remap_columns(normalize_condition, output_position);
    scanned = normalize(scanned, keys, remapped, node.position);
  }
  if (condition == nullptr || filtered) return Built{scanned, std::move(output_position)};

  // Not pushed: a filter of its own.
  std::vector<ExpressionPtr> projections;
  std::vector<std::string> names;
  std::vector<int> places(required.size(), -1);
  for (size_t i = 0; i < required.size(); ++i) {
    if (!required[i]) continue;
    places[i] = static_cast<int>(projections.size());
    projections.push_back(function::column_reference(output_position[i], node.columns[i].type));
    names.push_back(node.columns[i].name);
  }
  Draft* kept = calc(scanned, function::remap_columns(condition, output_position), std::move(projections),
                     std::move(names), node.position);
  return Built{kept, std::move(places)};
}

}  // namespace millstream::plan
