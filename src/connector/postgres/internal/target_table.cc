// Questions to pg_catalog, and errors that say what to change.
#include "connector/postgres/internal/target_table.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

constexpr const char* kFindTable =
    "SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relrowsecurity "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname IN ($1, $2) "
    "AND CASE WHEN $3 = '' THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname IN ($3, $4) END "
    "ORDER BY n.nspname = $3 DESC, array_position(current_schemas(false), n.nspname), c.relname = $1 DESC LIMIT 1";
constexpr const char* kAllTables =
    "SELECT CASE WHEN n.nspname = ANY (current_schemas(false)) THEN c.relname::text ELSE n.nspname || '.' || c.relname "
    "END "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' "
    "LIMIT 1000";
// A domain is seen as its base type (domains over domains: the outermost base).
constexpr const char* kColumns =
    "SELECT a.attname, b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, "
    "CASE WHEN b.typcategory = 'A' THEN b.typelem ELSE 0 END, b.typcategory::text, pg_catalog.format_type(a.atttypid, "
    "a.atttypmod), "
    "pg_catalog.quote_ident(bn.nspname) || '.' || pg_catalog.quote_ident(b.typname), a.attnotnull, a.atthasdef OR "
    "a.attidentity <> '', "
    "a.attgenerated <> '' OR a.attidentity = 'a' "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END "
    "JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace "
    "WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
// The columns of every index that ON CONFLICT (columns) can take.
constexpr const char* kUniqueIndexes =
    "SELECT (SELECT string_agg(a.attname, E'\\n' ORDER BY a.attname COLLATE \"C\") FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) "
    "FROM pg_catalog.pg_index i WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate "
    "AND i.indpred IS NULL AND i.indexprs IS NULL";
constexpr const char* kMissingPrivileges =
    "SELECT string_agg(p, ', ') FROM unnest(string_to_array($2, ',')) p WHERE NOT has_table_privilege($1::oid, p)";

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quote_identifier(name);
  return text;
}

bool is_true(const Answer& answer, int row, int column) { return answer.text(row, column) == "t"; }

const TargetColumn* resolve(const std::vector<TargetColumn>& columns, const std::string& name) {
  const auto exact = std::ranges::find(columns, name, &TargetColumn::name);
  if (exact != columns.end()) return &*exact;
  const auto folded = std::ranges::find(columns, to_lower(name), &TargetColumn::name);
  return folded == columns.end() ? nullptr : &*folded;
}

// PostgreSQL's answer, or its error as ours.
Result<Answer> ask(Connection& connection, const ConnectionSettings& settings, const char* question,
                   std::vector<std::string> parameters) {
  auto answer = connection.execute(question, parameters);
  if (!answer) return fail(to_error(answer.error(), settings, "reading the catalog"));
  return *std::move(answer);
}

}  // namespace

Result<TableName> parse_table_name(std::string_view text, const std::string& database) {
  std::vector<TableName::Part> parts;
  size_t at = 0;
  const auto malformed = [&](std::string why) {
    return fail(ErrorCode::kInvalidArgument, "option 'table-name': " + std::move(why) + ": " + std::string(text),
                "write table or schema.table; a name with capitals or a dot in double quotes");
  };
  for (;;) {
    TableName::Part part;
    if (at < text.size() && text[at] == '"') {
      part.quoted = true;
      for (++at;; ++at) {
        if (at >= text.size()) return malformed("a double quote is not closed");
        if (text[at] != '"') {
          part.text += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '"') {
          part.text += text[at++];
        } else {
          ++at;
          break;
        }
      }
    } else {
      const size_t dot = std::min(text.find('.', at), text.size());
      part.text = std::string(text.substr(at, dot - at));
      at = dot;
    }
    if (part.text.empty()) return malformed("a part of the name is empty");
    parts.push_back(std::move(part));
    if (at == text.size()) break;
    if (text[at] != '.') return malformed("a dot is missing behind a quoted name");
    ++at;
  }
  if (parts.size() == 3 && parts[0].text == database) parts.erase(parts.begin());
  if (parts.size() > 2) return malformed("too many parts (another database needs another 'url')");
  TableName name;
  name.table = std::move(parts.back());
  if (parts.size() == 2) name.schema = std::move(parts.front());
  return name;
}

Result<TargetTable> find_target_table(Connection& connection, const ConnectionSettings& settings,
                                      const std::string& sql_table, std::string_view table_name,
                                      const column::Schema& input, std::span<const int> keys) {
  const std::string sink = "sink table " + sql_table;
  MS_ASSIGN(const TableName name, parse_table_name(table_name, settings.database));
  const auto folded = [](const TableName::Part& part) { return part.quoted ? part.text : to_lower(part.text); };
  MS_ASSIGN(const Answer found, ask(connection, settings, kFindTable,
                                    {name.table.text, folded(name.table), name.schema.text, folded(name.schema)}));
  if (found.rows() == 0) {
    MS_ASSIGN(const Answer all, ask(connection, settings, kAllTables, {}));
    std::vector<std::string> names;
    for (int i = 0; i < all.rows(); ++i) names.emplace_back(all.text(i, 0));
    const auto near = nearest(table_name, names);
    const std::string schema =
        name.schema.text.empty() ? (settings.schema.empty() ? "" : settings.schema + ".") : name.schema.text + ".";
    return fail(ErrorCode::kNotFound,
                sink + ": database " + settings.database + " of " + settings.server() + " has no table " + schema +
                    name.table.text,
                near ? "did you mean '" + *near + "'? Else create it there, or correct 'table-name'"
                     : "create it there, or correct 'table-name'");
  }
  const std::string oid(found.text(0, 0));
  TargetTable target;
  target.sql_name = sql_table;
  target.shown_name = std::string(found.text(0, 1)) + "." + std::string(found.text(0, 2));
  target.quoted_name = quote_identifier(found.text(0, 1)) + "." + quote_identifier(found.text(0, 2));
  if (const std::string_view kind = found.text(0, 3); kind != "r" && kind != "p") {
    return fail(ErrorCode::kUnsupported,
                sink + ": " + target.shown_name + " is not a table but a " +
                    (kind == "v"   ? "view"
                     : kind == "m" ? "materialized view"
                                   : "foreign table"),
                "write to the table behind it");
  }

  // COPY into such a table is refused, INSERT is not.
  const bool has_row_security = is_true(found, 0, 4);

  MS_ASSIGN(const Answer described, ask(connection, settings, kColumns, {oid}));
  std::vector<TargetColumn> columns;
  std::vector<std::string> names;
  for (int i = 0; i < described.rows(); ++i) {
    TargetColumn column;
    column.name = described.text(i, 0);
    column.type_oid = static_cast<uint32_t>(described.number(i, 1));
    column.type_modifier = static_cast<int32_t>(described.number(i, 2));
    column.element_oid = static_cast<uint32_t>(described.number(i, 3));
    column.type_category = described.text(i, 4)[0];
    column.type_text = described.text(i, 5);
    column.cast_name = described.text(i, 6);
    column.is_not_null = is_true(described, i, 7);
    column.has_default = is_true(described, i, 8);
    column.is_generated = is_true(described, i, 9);
    names.push_back(column.name);
    columns.push_back(std::move(column));
  }
  for (size_t i = 0; i < input.size(); ++i) {
    const std::string& sql_name = input.fields[i].name;
    const TargetColumn* column = resolve(columns, sql_name);
    if (column == nullptr) {
      const auto near = nearest(sql_name, names);
      return fail(ErrorCode::kNotFound,
                  sink + ": PostgreSQL table " + target.shown_name + " has no column for '" + sql_name + "'",
                  (near ? "did you mean '" + *near + "'? " : std::string()) + "Its columns: " + join(names, ", "));
    }
    if (column->is_generated) {
      return fail(ErrorCode::kInvalidArgument,
                  sink + ": column '" + column->name + "' of PostgreSQL table " + target.shown_name +
                      " is generated by PostgreSQL and cannot be written",
                  "leave '" + sql_name + "' out of the SQL table");
    }
    auto match = match_column(sql_name, input.fields[i].type, *column, target.shown_name);
    if (!match) {
      match.error().message = sink + ": " + match.error().message;
      return fail(std::move(match).error());
    }
    match->is_direct &= !has_row_security;
    match->is_key = std::ranges::find(keys, static_cast<int>(i)) != keys.end();
    if (std::ranges::find(target.columns, match->name, &WireColumn::name) != target.columns.end()) {
      return fail(ErrorCode::kInvalidArgument, sink + ": two columns of the SQL table are column '" + match->name +
                                                   "' of PostgreSQL table " + target.shown_name + ", one of them '" +
                                                   sql_name + "'");
    }
    target.columns.push_back(*std::move(match));
  }
  for (const TargetColumn& column : columns) {
    if (!column.is_not_null || column.has_default || column.is_generated) continue;
    if (std::ranges::find(target.columns, column.name, &WireColumn::name) != target.columns.end()) continue;
    return fail(ErrorCode::kInvalidArgument,
                sink + ": column '" + column.name + "' of PostgreSQL table " + target.shown_name +
                    " is NOT NULL without a default, and the SQL table does not have it",
                "add '" + column.name + "' to the SQL table, or ALTER TABLE " + target.shown_name + " ALTER COLUMN " +
                    quote_identifier(column.name) + " DROP NOT NULL");
  }
  std::vector<std::string> key_names;
  for (const WireColumn& column : target.columns) {
    if (column.is_key) key_names.push_back(column.name);
  }
  if (!key_names.empty()) {
    MS_ASSIGN(const Answer indexes, ask(connection, settings, kUniqueIndexes, {oid}));
    std::vector<std::string> sorted = key_names;
    std::ranges::sort(sorted);
    const std::string wanted = join(sorted, "\n");
    bool has_index = false;
    for (int i = 0; i < indexes.rows(); ++i) has_index |= indexes.text(i, 0) == wanted;
    if (!has_index) {
      return fail(ErrorCode::kInvalidArgument,
                  sink + ": its PRIMARY KEY is (" + names_text(key_names) + "), but PostgreSQL table " +
                      target.shown_name + " has no primary key or unique index on exactly these columns",
                  "ALTER TABLE " + target.quoted_name + " ADD PRIMARY KEY (" + names_text(key_names) + ")");
    }
  }
  const std::string wanted = key_names.empty() ? "INSERT" : "SELECT,INSERT,UPDATE,DELETE";
  MS_ASSIGN(const Answer missing, ask(connection, settings, kMissingPrivileges, {oid, wanted}));
  if (!missing.is_null(0, 0)) {
    const std::string privileges(missing.text(0, 0));
    return fail(
        ErrorCode::kPermission,
        sink + ": user " + settings.user + " may not " + privileges + " on PostgreSQL table " + target.shown_name,
        "GRANT " + privileges + " ON " + target.quoted_name + " TO " + quote_identifier(settings.user));
  }
  return target;
}

}  // namespace millstream::connector::postgres
