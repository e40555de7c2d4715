// The layout of sinks: what they accept of what the query gives, keys, order of changes, NULLs.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "plan/internal/column_names.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/layout_builder.h"

namespace millstream::plan {

using catalog::ChangelogMode;
using catalog::Column;

namespace {

bool same_set(std::vector<int> a, std::vector<int> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

bool is_subset(const std::vector<int>& part, const std::vector<int>& whole) {
  return std::ranges::all_of(part, [&](int column) { return std::ranges::find(whole, column) != whole.end(); });
}

// The nearest node below that makes the changes, for messages.
const Draft* origin_of_changes(const Draft* draft) {
  if (std::holds_alternative<Calc>(draft->node) || std::holds_alternative<Exchange>(draft->node)) {
    return origin_of_changes(draft->inputs[0]);
  }
  if (std::holds_alternative<UnionAll>(draft->node)) {
    for (const Draft* input : draft->inputs) {
      if (!input->insert_only()) return origin_of_changes(input);
    }
  }
  return draft;
}

}  // namespace

Result<std::vector<Draft*>> LayoutBuilder::build_sinks(const std::vector<LogicalSink>& sinks) {
  std::vector<Draft*> result;
  for (const LogicalSink& sink : sinks) {
    MS_ASSIGN(const Built built, build(sink.input, Required(sink.input->columns.size(), true)));
    // All columns, in the query's order and under its names.
    std::vector<function::ExpressionPtr> projections;
    std::vector<std::string> names;
    for (size_t i = 0; i < built.columns.size(); ++i) {
      projections.push_back(function::column_reference(built.columns[i], sink.input->columns[i].type));
      names.push_back(sink.input->columns[i].name);
    }
    Draft* input = calc(built.draft, nullptr, std::move(projections), std::move(names), sink.position);
    if (sink.table != nullptr) {
      MS_ASSIGN(Draft * laid, build_table_sink(sink, input));
      result.push_back(laid);
      continue;
    }
    require(*input, true, true);
    Draft draft;
    draft.inputs = {input};
    draft.output = input->output;
    draft.position = sink.position;
    draft.bounded = input->bounded;
    draft.updates = input->updates;
    draft.deletes = input->deletes;
    draft.upsert_keys = input->upsert_keys;
    draft.meaning = hash_combine(input->meaning, hash_text("collect"));
    draft.node = Collect{!context_.is_streaming()};
    result.push_back(drafts_.intern(std::move(draft), "collect"));
  }
  return result;
}

Result<Draft*> LayoutBuilder::build_table_sink(const LogicalSink& sink, Draft* input) {
  const catalog::Table& table = *sink.table;
  const std::string name = sink.path.to_dotted();
  const auto refuse = [&](ErrorCode code, std::string message, std::string hint = {}) {
    return std::unexpected(Error{code, std::move(message), std::move(hint), sink.position});
  };
  MS_ASSIGN(const catalog::ConnectorSpec* connector, context_.plan().connectors.find(table.connector()));

  TableSink result;
  result.table = sink.table;
  result.drop_null_rows = context_.settings().drops_nulls();
  int at = 0;
  const auto writable = [&](const Column& column) {
    // A DECIMAL that overflowed is NULL whatever its type says.
    const column::Type& given = input->output.fields[static_cast<size_t>(at)].type;
    const bool may_be_null = given.nullable() || given.kind() == column::TypeKind::kDecimal;
    if (!column.type.nullable() && may_be_null) result.not_null.push_back(at);
    for (const std::string& key : table.primary_key) {
      if (key == column.name) result.sink_keys.push_back(at);
    }
    ++at;
  };
  for (const Column& column : table.columns) {
    if (column.kind == Column::Kind::kPhysical) writable(column);
  }
  for (const Column& column : table.columns) {
    if (column.kind != Column::Kind::kMetadata || column.is_virtual) continue;
    const auto known = std::ranges::find_if(connector->metadata,
                                            [&](const auto& m) { return m.writable && m.key == column.metadata_key; });
    if (known == connector->metadata.end()) {
      std::vector<std::string> keys;
      for (const auto& metadata : connector->metadata) {
        if (metadata.writable) keys.push_back(metadata.key);
      }
      return refuse(ErrorCode::kInvalidArgument,
                    "Invalid metadata key '" + column.metadata_key + "' in column '" + column.name + "' of table '" +
                        name + "'. " +
                        (keys.empty() ? "Connector '" + connector->name + "' has no metadata to write."
                                      : "Connector '" + connector->name +
                                            "' supports the following metadata keys for writing: " + join(keys, ", ")),
                    "declare the column VIRTUAL to leave it out when writing");
    }
    if (known->type.physical() != column.type.physical()) {
      return refuse(ErrorCode::kUnsupported,
                    "Writing metadata '" + column.metadata_key + "' from a column of type " + column.type.to_sql() +
                        " is not supported yet.",
                    "declare column '" + column.name + "' as " + known->type.as_nullable().to_sql());
    }
    result.writable_metadata.push_back(column.metadata_key);
    writable(column);
  }
  // The key's own order is the declared one of the key.
  if (result.sink_keys.size() > 1) {
    std::vector<int> ordered;
    for (const std::string& key : table.primary_key) {
      for (const int column : result.sink_keys) {
        if (input->output.fields[static_cast<size_t>(column)].name == key) ordered.push_back(column);
      }
    }
    if (ordered.size() == result.sink_keys.size()) result.sink_keys = ordered;
  }

  const ChangelogMode offered{true, input->updates, input->updates, input->deletes, false};
  result.accepted = ChangelogMode::insert_only();
  if (connector->sink_mode) {
    auto accepted = connector->sink_mode(table, offered);
    if (!accepted) {
      Error error = accepted.error();
      if (!error.position) error.position = sink.position;
      return std::unexpected(std::move(error));
    }
    result.accepted = *accepted;
  }
  const bool lacks_update = input->updates && !result.accepted.update_after;
  const bool lacks_delete = input->deletes && !result.accepted.remove;
  if (lacks_update || lacks_delete) {
    const char* changes = lacks_update && lacks_delete ? "update and delete" : lacks_update ? "update" : "delete";
    return refuse(
        ErrorCode::kInvalidArgument,
        "Table sink '" + name + "' doesn't support consuming " + changes + " changes which is produced by node " +
            flink_name(*origin_of_changes(input)),
        "write it to a table with a PRIMARY KEY and a connector that takes updates, such as upsert-kafka or jdbc");
  }

  const bool has_key = !result.sink_keys.empty();
  const bool is_upsert_sink = has_key && result.accepted.update_after && !result.accepted.update_before;
  const bool keys_match =
      std::ranges::any_of(input->upsert_keys, [&](const auto& key) { return same_set(key, result.sink_keys); });
  const bool key_within =
      std::ranges::any_of(input->upsert_keys, [&](const auto& key) { return is_subset(key, result.sink_keys); });

  if (sink.deduplicate && !is_upsert_sink && !(has_key && result.accepted.update_after)) {
    // A sink that takes inserts only, or whose table has no key, has no conflicts to handle.
    if (!has_key || result.accepted.is_insert_only()) {
      const auto probed = connector->sink_mode ? connector->sink_mode(table, ChangelogMode::retract())
                                               : Result<ChangelogMode>(ChangelogMode::insert_only());
      if (!has_key || !probed || probed->is_insert_only()) {
        return refuse(ErrorCode::kInvalidArgument,
                      "ON CONFLICT clause is only allowed for upsert sinks. The sink '" + name +
                          "' is not an upsert sink because it only accepts INSERT (append-only) changes.");
      }
    }
  }
  if (has_key && !sink.deduplicate && !keys_match && !key_within &&
      *parse_boolean(context_.settings().get("table.exec.sink.require-on-conflict"))) {
    const std::string upsert_key =
        input->upsert_keys.empty() ? "" : names_of(input->upsert_keys.front(), input->output);
    return refuse(
        ErrorCode::kInvalidArgument,
        "The query has an upsert key that differs from the primary key of the sink table '" + name +
            "'. Primary key: [" + join(table.primary_key, ", ") +
            "], upsert key: " + (upsert_key.empty() ? "" : "[" + upsert_key + "]") +
            ". This can lead to non-deterministic results when multiple records with different upsert keys "
            "map to the same primary key. Please specify an ON CONFLICT clause to define how conflicts should "
            "be handled: ON CONFLICT DO DEDUPLICATE",
        "or SET 'table.exec.sink.require-on-conflict' = 'false'");
  }

  const std::string materialize = to_upper(context_.settings().get("table.exec.sink.upsert-materialize"));
  const bool materializes =
      is_upsert_sink && materialize != "NONE" && (materialize == "FORCE" || (!input->insert_only() && !key_within));
  // Flink: only an exactly matching key lets a sink do without -U.
  const bool needs_before =
      input->updates && (result.accepted.update_before || !keys_match || !can_do_without_before(*input));
  // A sink that replaces by key does not mind repeats; but only the source's own key says who was meant.
  const bool needs_rows = input->deletes_by_key && !result.accepted.delete_by_key;
  const bool needs_normalized = needs_before || needs_rows || !is_upsert_sink || !keys_match;
  require(*input, needs_before, needs_normalized);

  Draft* arrived = input;
  const bool shuffles = to_upper(context_.settings().get("table.exec.sink.keyed-shuffle")) != "NONE";
  const bool in_place = arrived->hashed_by && is_subset(*arrived->hashed_by, result.sink_keys) && !materializes;
  if (has_key && shuffles && !in_place) arrived = exchange(arrived, result.sink_keys, sink.position);
  if (materializes) {
    SinkMaterialize materialized;
    materialized.sink_keys = result.sink_keys;
    if (keys_match) {
      materialized.input_upsert_key = result.sink_keys;
    } else if (!input->upsert_keys.empty()) {
      materialized.input_upsert_key = input->upsert_keys.front();
    }
    materialized.state_ttl = context_.settings().state_ttl();
    if (result.drop_null_rows) materialized.drop_null = std::exchange(result.not_null, {});
    arrived = exchange(arrived, result.sink_keys, sink.position);
    Draft draft = *arrived;
    draft.inputs = {arrived};
    draft.position = sink.position;
    draft.updates = draft.deletes = true;
    draft.needs_before = draft.needs_normalized = draft.visited = false;
    draft.upsert_keys = {result.sink_keys};
    draft.meaning = hash_combine(arrived->meaning, hash_text("materialize " + join(table.primary_key, ",")));
    draft.node = std::move(materialized);
    arrived = drafts_.intern(std::move(draft), sink.path.to_quoted());
  }
  if (arrived != input) require(*arrived, needs_before && !materializes, needs_normalized);

  Draft draft;
  draft.inputs = {arrived};
  draft.output = arrived->output;
  draft.position = sink.position;
  draft.bounded = arrived->bounded;
  draft.updates = arrived->updates;
  draft.deletes = arrived->deletes;
  draft.needs_before = needs_before && !materializes;
  draft.meaning = hash_text("sink " + sink.path.to_quoted());
  draft.node = std::move(result);
  // Two INSERTs of a set into one table are two sinks.
  return drafts_.intern(std::move(draft), sink.path.to_quoted() + "@" + std::to_string(sink.position.offset));
}

}  // namespace millstream::plan
