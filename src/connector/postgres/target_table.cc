// Reading PostgreSQL's catalog, comparing types, and the bytes of an epoch.
#include "connector/postgres/target_table.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using column::TypeKind;

struct Found {
  std::string name;
  std::string type;       // format_type: "character varying(20)"
  std::string base_type;  // pg_type.typname: "varchar"; of a domain its base
  bool is_enum = false;
  bool not_null = false;
  bool has_default = false;
};

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::ranges::find(words, word) != words.end(); }

// Whether a value of `type` can go into the column; `cast` is set if that wants an explicit cast.
bool fits(const Type& type, const Found& column, std::string& cast) {
  const std::string& base = column.base_type;
  switch (type.kind()) {
    case TypeKind::kBoolean: return base == "bool";
    case TypeKind::kTinyint: case TypeKind::kSmallint: case TypeKind::kInteger: case TypeKind::kBigint:
      return one_of(base, {"int2", "int4", "int8", "numeric", "float4", "float8"});
    case TypeKind::kFloat: case TypeKind::kDouble: case TypeKind::kDecimal: return one_of(base, {"numeric", "float4", "float8"});
    case TypeKind::kChar: case TypeKind::kVarchar:
      if (one_of(base, {"text", "varchar", "bpchar", "name", "citext"})) return true;
      // Text that PostgreSQL reads as another type; a cast to a bounded string would cut it silently, so none is used there.
      if (one_of(base, {"uuid", "json", "jsonb", "inet", "cidr", "macaddr", "xml", "ltree", "hstore"}) || column.is_enum) {
        cast = column.type;
        return true;
      }
      return false;
    case TypeKind::kBinary: case TypeKind::kVarbinary: return base == "bytea";
    case TypeKind::kDate: return one_of(base, {"date", "timestamp", "timestamptz"});
    case TypeKind::kTime: return base == "time";
    case TypeKind::kTimestamp: return one_of(base, {"timestamp", "timestamptz"});
    case TypeKind::kTimestampLtz: return base == "timestamptz";
    case TypeKind::kArray: {
      if (!base.starts_with('_')) return false;
      Found element = column;
      element.base_type = base.substr(1);
      std::string element_cast;
      const bool same = fits(type.element(), element, element_cast) && element_cast.empty();
      cast = same ? column.type : "";
      return same;
    }
    default: return false;
  }
}

std::string suggested_type(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kDouble: return "double precision";
    case TypeKind::kFloat: return "real";
    case TypeKind::kDecimal: return "numeric(" + std::to_string(type.precision()) + ", " + std::to_string(type.scale()) + ")";
    default: {
      const auto stage = stage_type_of(type);
      return stage ? *stage : "text";
    }
  }
}

std::string suggested_cast(const Type& type, const Found& column) {
  const std::string& base = column.base_type;
  if (type.kind() == TypeKind::kTimestampLtz && base == "timestamp") return "CAST(… AS TIMESTAMP(" + std::to_string(type.precision()) + "))";
  if (one_of(base, {"text", "varchar", "bpchar"})) return "CAST(… AS STRING)";
  if (base == "int8") return "CAST(… AS BIGINT)";
  if (base == "int4") return "CAST(… AS INT)";
  if (base == "int2") return "CAST(… AS SMALLINT)";
  if (base == "float8") return "CAST(… AS DOUBLE)";
  if (base == "numeric") return "CAST(… AS DECIMAL(p, s))";
  if (base == "bool") return "CAST(… AS BOOLEAN)";
  if (base == "date") return "CAST(… AS DATE)";
  if (base == "timestamp") return "CAST(… AS TIMESTAMP(6))";
  if (base == "timestamptz") return "CAST(… AS TIMESTAMP_LTZ(6))";
  return {};
}

const Found* resolve(const std::vector<Found>& columns, const std::string& name) {
  const auto exact = std::ranges::find(columns, name, &Found::name);
  if (exact != columns.end()) return &*exact;
  const auto folded = std::ranges::find(columns, to_lower(name), &Found::name);
  return folded == columns.end() ? nullptr : &*folded;
}

Result<std::pair<std::string, std::string>> find_table(Connection& connection, const std::string& sql_table, const std::string& table_name) {
  const size_t dot = table_name.find('.');
  const std::string schema = dot == std::string::npos ? "" : table_name.substr(0, dot);
  const std::string name = dot == std::string::npos ? table_name : table_name.substr(dot + 1);
  // The spelling as it is wins over the folded one; without schema the search path decides.
  const std::array<std::string, 4> parameters = {name, to_lower(name), schema, to_lower(schema)};
  MS_ASSIGN(const QueryResult found,
            connection.run("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                           "WHERE c.relkind IN ('r', 'p', 'v', 'f') AND c.relname IN ($1, $2) AND "
                           "CASE WHEN $3 = '' THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname IN ($3, $4) END "
                           "ORDER BY c.relname = $1 DESC, n.nspname = $3 DESC, array_position(current_schemas(false), n.nspname) LIMIT 1",
                           parameters));
  if (!found.rows.empty()) return std::pair(*found.rows[0][0], *found.rows[0][1]);
  MS_ASSIGN(const QueryResult others,
            connection.run("SELECT CASE WHEN n.nspname = ANY (current_schemas(false)) THEN c.relname ELSE n.nspname || '.' || c.relname END "
                           "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND "
                           "n.nspname NOT IN ('pg_catalog', 'information_schema')"));
  std::vector<std::string> names;
  for (const auto& row : others.rows) names.push_back(*row[0]);
  const auto near = nearest(table_name, names);
  return fail(ErrorCode::kNotFound, "Table '" + table_name + "' of sink '" + sql_table + "' does not exist in the database.",
              near ? "Did you mean '" + *near + "'?" : "Create it in PostgreSQL, or correct 'table-name'.");
}

Result<std::vector<Found>> find_columns(Connection& connection, const std::string& schema, const std::string& name) {
  const std::array<std::string, 2> parameters = {schema, name};
  MS_ASSIGN(const QueryResult answer,
            connection.run("SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype) = 'e', "
                           "a.attnotnull, a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' "
                           "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                           "JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0) "
                           "WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                           parameters));
  std::vector<Found> columns;
  for (const auto& row : answer.rows) columns.push_back({*row[0], *row[1], *row[2], *row[3] == "t", *row[4] == "t", *row[5] == "t"});
  return columns;
}

// Whether some unique index that is not partial and has no expressions covers exactly these columns.
Result<bool> has_unique_index(Connection& connection, const TargetTable& table) {
  std::vector<std::string> keys;
  for (const TargetColumn& column : table.columns) {
    if (column.is_key) keys.push_back(column.target_name);
  }
  std::ranges::sort(keys);
  const std::array<std::string, 2> parameters = {table.schema, table.name};
  MS_ASSIGN(const QueryResult answer,
            connection.run("SELECT (SELECT string_agg(a.attname, chr(10) ORDER BY a.attname COLLATE \"C\") FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k "
                           "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
                           "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indisvalid "
                           "AND i.indpred IS NULL AND i.indexprs IS NULL",
                           parameters));
  const std::string wanted = join(keys, "\n");
  return std::ranges::any_of(answer.rows, [&](const auto& row) { return row[0] && *row[0] == wanted; });
}

}  // namespace

bool TargetTable::has_key() const { return std::ranges::any_of(columns, &TargetColumn::is_key); }

Result<std::string> stage_type_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean: return "boolean";
    case TypeKind::kTinyint: case TypeKind::kSmallint: return "smallint";
    case TypeKind::kInteger: return "integer";
    case TypeKind::kBigint: return "bigint";
    case TypeKind::kFloat: return "real";
    case TypeKind::kDouble: return "double precision";
    case TypeKind::kDecimal: return "numeric";
    case TypeKind::kChar: case TypeKind::kVarchar: return "text";
    case TypeKind::kBinary: case TypeKind::kVarbinary: return "bytea";
    case TypeKind::kDate: return "date";
    case TypeKind::kTime: return "time";
    case TypeKind::kTimestamp: return "timestamp";
    case TypeKind::kTimestampLtz: return "timestamptz";
    case TypeKind::kArray: {
      if (!type.element().is_nested()) {
        MS_ASSIGN(const std::string element, stage_type_of(type.element()));
        return element + "[]";
      }
      [[fallthrough]];
    }
    default:
      return fail(ErrorCode::kUnsupported, "PostgreSQL has no type for " + type.to_sql() + ".",
                  "Take its parts apart into columns, or turn it into text.");
  }
}

Result<TargetTable> describe_target(Connection& connection, const std::string& sql_table, const std::string& table_name,
                                    const column::Schema& schema, std::span<const int> keys) {
  TargetTable target;
  target.table = sql_table;
  MS_ASSIGN(const auto place, find_table(connection, sql_table, table_name));
  target.schema = place.first;
  target.name = place.second;
  MS_ASSIGN(const std::vector<Found> found, find_columns(connection, target.schema, target.name));
  const std::string shown = target.schema + "." + target.name;
  for (size_t i = 0; i < schema.size(); ++i) {
    const Type::Field& field = schema.fields[i];
    const Found* column = resolve(found, field.name);
    if (column == nullptr) {
      std::vector<std::string> names;
      for (const Found& one : found) names.push_back(one.name);
      const auto near = nearest(field.name, names);
      return fail(ErrorCode::kNotFound, "Column '" + field.name + "' of sink '" + sql_table + "' does not exist in PostgreSQL's table " + shown + ".",
                  (near ? "Did you mean '" + *near + "'? " : std::string()) + "Or: ALTER TABLE " + shown + " ADD COLUMN " + to_lower(field.name) + " " +
                      suggested_type(field.type) + ";");
    }
    TargetColumn described{field.name, column->name, {}, {}, std::ranges::find(keys, static_cast<int>(i)) != keys.end()};
    const auto stage = stage_type_of(field.type);
    if (!stage) return fail(stage.error().code, "Column '" + field.name + "' of sink '" + sql_table + "': " + stage.error().message, stage.error().hint);
    described.stage_type = *stage;
    if (!fits(field.type, *column, described.cast)) {
      const std::string cast = suggested_cast(field.type, *column);
      return fail(ErrorCode::kInvalidArgument,
                  "Column '" + field.name + "' of sink '" + sql_table + "' is " + field.type.as_nullable().to_sql() + ", but column '" + column->name +
                      "' of PostgreSQL's table " + shown + " is " + column->type + ".",
                  "ALTER TABLE " + shown + " ALTER COLUMN " + quoted(column->name) + " TYPE " + suggested_type(field.type) + ";" +
                      (cast.empty() ? "" : " or declare the SQL column to match and write " + cast + " in the query."));
    }
    target.columns.push_back(std::move(described));
  }
  for (const Found& column : found) {
    const bool written = std::ranges::any_of(target.columns, [&](const TargetColumn& c) { return c.target_name == column.name; });
    if (!written && column.not_null && !column.has_default) {
      return fail(ErrorCode::kInvalidArgument, "Column '" + column.name + "' of PostgreSQL's table " + shown + " is NOT NULL without a default, and sink '" +
                                                   sql_table + "' does not write it.",
                  "Add the column to the sink, or give it a default in PostgreSQL.");
    }
  }
  if (target.has_key()) {
    MS_ASSIGN(const bool unique, has_unique_index(connection, target));
    if (!unique) {
      std::vector<std::string> names;
      for (const TargetColumn& column : target.columns) {
        if (column.is_key) names.push_back(quoted(column.target_name));
      }
      return fail(ErrorCode::kInvalidArgument,
                  "Sink '" + sql_table + "' has the primary key (" + join(names, ", ") + "), but PostgreSQL's table " + shown +
                      " has no primary key or unique index on exactly these columns.",
                  "ALTER TABLE " + shown + " ADD PRIMARY KEY (" + join(names, ", ") + ");");
    }
  }
  return target;
}

ByteBuffer write_epoch(const Epoch& epoch) {
  ByteWriter writer;
  writer.fixed<uint8_t>(1);
  writer.text(epoch.target.table);
  writer.text(epoch.target.schema);
  writer.text(epoch.target.name);
  writer.varint(epoch.target.columns.size());
  for (const TargetColumn& column : epoch.target.columns) {
    writer.text(column.name);
    writer.text(column.target_name);
    writer.text(column.stage_type);
    writer.text(column.cast);
    writer.fixed<uint8_t>(column.is_key ? 1 : 0);
  }
  for (const auto* rows : {&epoch.upserts, &epoch.deletes}) {
    writer.varint(rows->size());
    for (const ByteSpan row : *rows) writer.bytes(row);
  }
  return writer.take();
}

Result<Epoch> parse_epoch(ByteSpan payload) {
  ByteReader reader(payload);
  if (const auto version = reader.fixed<uint8_t>(); version != 1) {
    return fail(ErrorCode::kCorrupt, "a committable of a PostgreSQL table has the unknown version " + std::to_string(version));
  }
  Epoch epoch;
  epoch.target.table = reader.text();
  epoch.target.schema = reader.text();
  epoch.target.name = reader.text();
  for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
    TargetColumn column;
    column.name = reader.text();
    column.target_name = reader.text();
    column.stage_type = reader.text();
    column.cast = reader.text();
    column.is_key = reader.fixed<uint8_t>() != 0;
    epoch.target.columns.push_back(std::move(column));
  }
  for (auto* rows : {&epoch.upserts, &epoch.deletes}) {
    for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) rows->push_back(reader.bytes());
  }
  if (!reader.at_end()) return fail(ErrorCode::kCorrupt, "a committable of a PostgreSQL table is cut off");
  return epoch;
}

}  // namespace millstream::connector::postgres
