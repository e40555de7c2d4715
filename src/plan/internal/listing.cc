// Rows of SHOW and DESCRIBE, and canonical DDL.
#include "plan/internal/listing.h"

#include <algorithm>

#include "base/text.h"
#include "plan/internal/query_binder.h"
#include "plan/internal/sink_binder.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace millstream::plan {

using catalog::Column;
using column::Type;
using column::Value;

namespace {

// SQL's LIKE: % any text, _ one character (byte: names are compared as written).
bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches(pattern.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern.front() == '\\' && pattern.size() > 1) {
    return pattern[1] == text.front() && matches(pattern.substr(2), text.substr(1));
  }
  if (pattern.front() != '_' && pattern.front() != text.front()) return false;
  return matches(pattern.substr(1), text.substr(1));
}

bool passes(const std::optional<sql::ShowPattern>& pattern, const std::string& name) {
  if (!pattern) return true;
  const bool matched =
      pattern->ignore_case ? matches(to_lower(pattern->pattern), to_lower(name)) : matches(pattern->pattern, name);
  return matched != pattern->negated;
}

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

std::string quoted(const std::string& name) {
  std::string text = "`";
  for (const char letter : name) text += letter == '`' ? std::string("``") : std::string(1, letter);
  return text + "`";
}

bool is_secret(std::string_view key) {
  const std::string lower = to_lower(key);
  for (const std::string_view ending :
       {"password", "secret", "token", "jaas.config", "user-info", "api-key", "access-key"}) {
    if (lower.ends_with(ending)) return true;
  }
  return false;
}

std::string extras_of(const Column& column) {
  if (column.kind == Column::Kind::kComputed) return "AS " + column.expression;
  if (column.kind != Column::Kind::kMetadata) return "";
  std::string text = "METADATA";
  if (column.metadata_key != column.name) text += " FROM '" + column.metadata_key + "'";
  if (column.is_virtual) text += " VIRTUAL";
  return text;
}

}  // namespace

StatementResult name_list(const std::string& header, const std::vector<std::string>& names,
                          const std::optional<sql::ShowPattern>& pattern) {
  StatementResult result;
  result.schema.fields.push_back({header, Type::string(), ""});
  for (const std::string& name : names) {
    if (passes(pattern, name)) result.rows.push_back({Value(name)});
  }
  return result;
}

StatementResult one_text(const std::string& header, std::string text) {
  StatementResult result;
  result.schema.fields.push_back({header, Type::string(), ""});
  result.rows.push_back({Value(std::move(text))});
  return result;
}

Result<StatementResult> describe(BindContext& context, const catalog::ObjectPath& path, const catalog::Object& object,
                                 sql::SourceSpan span, const std::optional<sql::ShowPattern>& pattern) {
  struct Line {
    std::string name;
    Type type;
    TimeAttribute time = TimeAttribute::kNone;
    std::string key, extras, watermark, comment;
  };
  std::vector<Line> lines;
  if (const auto* pointer = std::get_if<catalog::TablePtr>(&object)) {
    const catalog::Table& table = **pointer;
    MS_ASSIGN(const LogicalPtr scan, make_scan(context, path, *pointer, span));
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      Line line{column.name, column.type, scan->columns[i].time, "", extras_of(column), "", column.comment};
      if (std::ranges::find(table.primary_key, column.name) != table.primary_key.end()) {
        line.key = "PRI(" + join(table.primary_key, ", ") + ")";
      }
      if (table.watermark && table.watermark->column == column.name) line.watermark = table.watermark->expression;
      lines.push_back(std::move(line));
    }
  } else {
    const catalog::View& view = *std::get<catalog::ViewPtr>(object);
    sql::Name name;
    name.span = span;
    for (const std::string& part : {path.catalog, path.database, path.name}) name.parts.push_back({span, part});
    MS_ASSIGN(const LogicalPtr bound, QueryBinder(context).scan_table(name, {}, span));
    (void)view;
    for (const LogicalColumn& column : bound->columns)
      lines.push_back({column.name, column.type, column.time, "", "", "", ""});
  }
  const bool has_comments = std::ranges::any_of(lines, [](const Line& line) { return !line.comment.empty(); });
  StatementResult result;
  result.schema.fields = {{"name", Type::string(), ""},   {"type", Type::string(), ""},
                          {"null", Type::boolean(), ""},  {"key", Type::string(), ""},
                          {"extras", Type::string(), ""}, {"watermark", Type::string(), ""}};
  if (has_comments) result.schema.fields.push_back({"comment", Type::string(), ""});
  for (const Line& line : lines) {
    if (!passes(pattern, line.name)) continue;
    std::vector<Value> row{Value(line.name),
                           Value(type_text(line.type.as_nullable(), line.time)),
                           Value(line.type.nullable()),
                           text_or_null(line.key),
                           text_or_null(line.extras),
                           text_or_null(line.watermark)};
    if (has_comments) row.push_back(text_or_null(line.comment));
    result.rows.push_back(std::move(row));
  }
  return result;
}

std::string ddl_of(const catalog::ObjectPath& path, const catalog::Object& object, bool mask_secrets) {
  const auto comment = [](const std::string& text) {
    return text.empty() ? std::string() : "COMMENT " + sql::quote_text(text) + "\n";
  };
  if (const auto* view = std::get_if<catalog::ViewPtr>(&object)) {
    std::string text = std::string("CREATE ") + ((*view)->temporary ? "TEMPORARY " : "") + "VIEW " + path.to_quoted();
    if (!(*view)->column_names.empty()) {
      text += " (\n";
      for (size_t i = 0; i < (*view)->column_names.size(); ++i) {
        text += (i > 0 ? ",\n  " : "  ") + quoted((*view)->column_names[i]);
      }
      text += "\n)";
    }
    text += "\n" + comment((*view)->comment) + "AS " + (*view)->query + "\n";
    return text;
  }
  const catalog::Table& table = *std::get<catalog::TablePtr>(object);
  std::vector<std::string> elements;
  for (const Column& column : table.columns) {
    std::string line = quoted(column.name) + " ";
    if (column.kind == Column::Kind::kComputed)
      line += extras_of(column);
    else if (column.kind == Column::Kind::kMetadata)
      line += column.type.to_sql() + " " + extras_of(column);
    else
      line += column.type.to_sql();
    if (!column.comment.empty()) line += " COMMENT " + sql::quote_text(column.comment);
    elements.push_back(std::move(line));
  }
  if (table.watermark)
    elements.push_back("WATERMARK FOR " + quoted(table.watermark->column) + " AS " + table.watermark->expression);
  if (!table.primary_key.empty()) {
    std::vector<std::string> keys;
    for (const std::string& key : table.primary_key) keys.push_back(quoted(key));
    elements.push_back("PRIMARY KEY (" + join(keys, ", ") + ") NOT ENFORCED");
  }
  std::string text =
      std::string("CREATE ") + (table.temporary ? "TEMPORARY " : "") + "TABLE " + path.to_quoted() + " (\n  ";
  for (size_t i = 0; i < elements.size(); ++i) text += (i > 0 ? ",\n  " : "") + elements[i];
  text += "\n)\n" + comment(table.comment) + "WITH (\n";
  bool first = true;
  for (const auto& [key, value] : table.options) {
    text += std::string(first ? "" : ",\n") + "  " + sql::quote_text(key) + " = " +
            (mask_secrets && is_secret(key) ? std::string("'******'") : sql::quote_text(value));
    first = false;
  }
  return text + "\n)\n";
}

}  // namespace millstream::plan
