// Matching a query's columns with a sink's.
#include "plan/internal/sink_binder.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "function/definition.h"
#include "plan/internal/expression_binder.h"
#include "plan/internal/query_binder.h"

namespace millstream::plan {

using catalog::Column;
using function::ExpressionPtr;

namespace {

// Which types INSERT casts by itself: those that lose no digits in front of the point. As Apache Flink's
// LogicalTypeCasts.
bool can_store(const column::Type& from, const column::Type& to) {
  using column::TypeKind;
  if (from.kind() == TypeKind::kNull || from.same_but_nullability(to)) return true;
  switch (to.kind()) {
    case TypeKind::kChar:
    case TypeKind::kBinary:
      return from.kind() == to.kind();
    case TypeKind::kVarchar:
      return from.is_character();
    case TypeKind::kVarbinary:
      return from.is_binary();
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint:
      return from.is_integer() && from.kind() <= to.kind();
    case TypeKind::kFloat:
      return from.is_numeric() && from.kind() != TypeKind::kDouble;
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return from.is_numeric();
    case TypeKind::kDate:
      return from.kind() == TypeKind::kTimestamp;
    case TypeKind::kTime:
      return from.kind() == TypeKind::kTime || from.kind() == TypeKind::kTimestamp;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return from.is_timestamp();
    default:
      break;
  }
  if (!from.is_nested() || from.kind() != to.kind() || from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (!can_store(from.fields()[i].type, to.fields()[i].type)) return false;
  }
  return true;
}

// Columns that INSERT can write, in declared order.
std::vector<int> writable_columns(const catalog::Table& table) {
  std::vector<int> columns;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (column.kind == Column::Kind::kComputed) continue;
    if (column.kind == Column::Kind::kMetadata && column.is_virtual) continue;
    columns.push_back(static_cast<int>(i));
  }
  return columns;
}

std::string schema_text(const std::vector<LogicalColumn>& columns) {
  std::string text;
  for (const LogicalColumn& column : columns) {
    if (!text.empty()) text += ", ";
    text += column.name + ": " + type_text(column.type, column.time);
  }
  return "[" + text + "]";
}

// Flink's names for a result with repeated ones: ts, ts0, ts1.
void make_unique(std::vector<LogicalColumn>& columns) {
  std::set<std::string> taken;
  for (const LogicalColumn& column : columns) taken.insert(column.name);
  std::set<std::string> used;
  for (LogicalColumn& column : columns) {
    if (used.insert(column.name).second) continue;
    for (int i = 0;; ++i) {
      const std::string name = column.name + std::to_string(i);
      if (taken.contains(name)) continue;
      column.name = name;
      taken.insert(name);
      used.insert(name);
      break;
    }
  }
}

Status check_times(const BindContext& context, std::vector<LogicalColumn> columns, const std::string& table,
                   sql::SourceSpan span) {
  make_unique(columns);
  std::vector<std::string> times;
  for (const LogicalColumn& column : columns) {
    if (column.time == TimeAttribute::kRowtime) times.push_back(column.name);
  }
  if (times.size() <= 1) return {};
  return context.fail_at(
      span, ErrorCode::kInvalidArgument,
      "The query contains more than one rowtime attribute column [" + join(times, ", ") + "] for writing into table '" +
          table +
          "'. Please select the column that should be used as the event-time timestamp for the table "
          "sink by casting all other columns to regular TIMESTAMP or TIMESTAMP_LTZ.");
}

// `positions[i]` is the declared column that the query's column i goes to.
Result<LogicalSink> match(BindContext& context, const catalog::ObjectPath& path, catalog::TablePtr table,
                          const LogicalPtr& query, const std::vector<int>& positions, sql::SourceSpan span) {
  const std::string name = path.to_dotted();
  std::vector<LogicalColumn> sink_columns;
  for (const int position : positions) {
    const Column& column = table->columns[static_cast<size_t>(position)];
    sink_columns.push_back({column.name, column.type, TimeAttribute::kNone, WindowRole::kNone});
  }
  const auto mismatch = [&](const std::string& cause) {
    return context.fail_at(span, ErrorCode::kInvalidArgument,
                           "Column types of query result and sink for '" + name + "' do not match. Cause: " + cause +
                               " Query schema: " + schema_text(query->columns) +
                               " Sink schema: " + schema_text(sink_columns));
  };
  if (query->columns.size() != positions.size()) return mismatch("Different number of columns.");
  for (size_t i = 0; i < positions.size(); ++i) {
    const column::Type& from = query->columns[i].type;
    if (!can_store(from, sink_columns[i].type)) {
      return mismatch("Incompatible types for sink column '" + sink_columns[i].name + "' at position " +
                      std::to_string(i + 1) + ".");
    }
  }
  MS_TRY(check_times(context, query->columns, name, span));

  // The plan's order: physical columns, then metadata; what is not given is NULL.
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (const bool metadata : {false, true}) {
    for (const int column : writable_columns(*table)) {
      const Column& target = table->columns[static_cast<size_t>(column)];
      if ((target.kind == Column::Kind::kMetadata) != metadata) continue;
      const auto given = std::ranges::find(positions, column);
      names.push_back(target.name);
      if (given == positions.end()) {
        if (!target.type.nullable()) {
          return context.fail_at(span, ErrorCode::kInvalidArgument,
                                 "Column '" + target.name + "' has no default value and does not allow NULLs");
        }
        expressions.push_back(function::literal(target.type, column::Value()));
        continue;
      }
      const auto from = static_cast<size_t>(given - positions.begin());
      expressions.push_back(
          cast_to(function::column_reference(static_cast<int>(from), query->columns[from].type), target.type));
    }
  }
  LogicalSink sink;
  sink.path = path;
  sink.table = std::move(table);
  sink.position = context.locate(span);
  sink.input = make_project(query, std::move(expressions), std::move(names), sink.position);
  return sink;
}

}  // namespace

std::string type_text(const column::Type& type, TimeAttribute time) {
  if (time == TimeAttribute::kNone) return type.to_sql();
  std::string text = type.as_nullable().to_sql() + (time == TimeAttribute::kRowtime ? " *ROWTIME*" : " *PROCTIME*");
  return type.nullable() ? text : text + " NOT NULL";
}

Result<LogicalSink> bind_into(BindContext& context, const catalog::ObjectPath& path, catalog::TablePtr table,
                              const LogicalPtr& query, sql::SourceSpan span) {
  std::vector<int> positions = writable_columns(*table);
  return match(context, path, std::move(table), query, positions, span);
}

Result<LogicalSink> bind_insert(BindContext& context, const sql::Insert& insert, sql::SourceSpan span) {
  const catalog::SessionCatalog& catalog = context.plan().catalog;
  const auto path = context.qualify(insert.table);
  if (!path) return std::unexpected(path.error());
  const auto object = catalog.find(*path);
  if (!object) {
    const auto near = nearest(path->name, catalog.names(path->parent(), catalog::SessionCatalog::Kind::kTables));
    return context.fail_at(insert.table.span, ErrorCode::kNotFound,
                           "Cannot find table '" + path->to_quoted() + "' in any of the catalogs [" +
                               join(catalog.shared().catalog_names(), ", ") + "], nor as a temporary table.",
                           near ? "did you mean '" + *near + "'?" : "SHOW TABLES lists the tables");
  }
  if (catalog::is_view(*object)) {
    return context.fail_at(insert.table.span, ErrorCode::kInvalidArgument,
                           "View '" + path->to_dotted() + "' cannot be written to");
  }
  if (insert.overwrite) {
    return context.fail_at(span, ErrorCode::kInvalidArgument,
                           "INSERT OVERWRITE requires that the sink of table '" + path->to_dotted() +
                               "' supports overwriting, and no connector of Millstream does",
                           "use INSERT INTO");
  }
  if (!insert.partition.empty())
    return context.unsupported(insert.partition.front().name.span, "INSERT into a PARTITION is");
  catalog::TablePtr table = std::get<catalog::TablePtr>(*object);
  for (const sql::Hint& hint : insert.hints) {
    if (to_upper(hint.name.text) != "OPTIONS") {
      return context.unsupported(hint.span, "The hint " + hint.name.text + " is", "OPTIONS works");
    }
    catalog::Table copy = *table;
    for (const sql::Property& property : hint.properties) copy.options[property.key] = property.value;
    table = std::make_shared<const catalog::Table>(std::move(copy));
  }
  if (const Status checked = context.plan().connectors.check(*table, true); !checked) {
    return std::unexpected(context.placed(checked.error(), insert.table.span));
  }

  const std::vector<int> writable = writable_columns(*table);
  std::vector<int> positions;
  for (const sql::Name& name : insert.columns) {
    std::vector<std::string> candidates;
    int found = -1;
    for (const int column : writable) {
      candidates.push_back(table->columns[static_cast<size_t>(column)].name);
      if (name.parts.size() == 1 && candidates.back() == name.last()) found = column;
    }
    if (name.parts.size() > 1) return context.unsupported(name.span, "INSERT into a field of a row is");
    if (found < 0) {
      const auto near = nearest(name.last(), candidates);
      return context.fail_at(name.span, ErrorCode::kNotFound, "Unknown target column '" + name.last() + "'",
                             near ? "did you mean '" + *near + "'?" : "");
    }
    if (std::ranges::find(positions, found) != positions.end()) {
      return context.fail_at(name.span, ErrorCode::kInvalidArgument,
                             "Target column '" + name.last() + "' is assigned more than once");
    }
    positions.push_back(found);
  }
  MS_ASSIGN(LogicalPtr query, QueryBinder(context).bind(*insert.query));
  if (positions.empty()) {
    positions = writable;
  } else if (positions.size() != query->columns.size()) {
    return context.fail_at(insert.query->span, ErrorCode::kInvalidArgument,
                           "Number of columns must match number of query columns");
  }
  const bool has_key = !table->primary_key.empty();
  MS_ASSIGN(LogicalSink sink, match(context, *path, std::move(table), query, positions, insert.table.span));
  switch (insert.on_conflict) {
    case sql::ConflictAction::kUnspecified:
      break;
    case sql::ConflictAction::kDeduplicate:
      sink.deduplicate = true;
      break;
    case sql::ConflictAction::kNothing:
    case sql::ConflictAction::kError:
      if (!has_key) {
        sink.deduplicate = true;  // refused by the layout, which knows what the sink accepts
        break;
      }
      return context.unsupported(
          span,
          insert.on_conflict == sql::ConflictAction::kNothing ? "ON CONFLICT DO NOTHING is" : "ON CONFLICT DO ERROR is",
          "ON CONFLICT DO DEDUPLICATE works");
  }
  return sink;
}

Result<LogicalSink> bind_collect(BindContext& context, const sql::Query& query) {
  MS_ASSIGN(LogicalPtr bound, QueryBinder(context).bind(query));
  MS_TRY(check_times(context, bound->columns, "*anonymous_collect$1*", query.span));
  LogicalNode named = *bound;
  make_unique(named.columns);
  LogicalSink sink;
  sink.input = std::make_shared<const LogicalNode>(std::move(named));
  sink.position = context.locate(query.span);
  return sink;
}

}  // namespace millstream::plan
