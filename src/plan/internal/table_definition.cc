// Elements of CREATE TABLE and their checks, in Flink's words.
#include "plan/internal/table_definition.h"

#include <algorithm>

#include "base/text.h"
#include "plan/internal/expression_binder.h"
#include "plan/internal/type_binder.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace millstream::plan {

using catalog::Column;
using column::Type;
using function::ExpressionPtr;

Status TableDefinition::add(const sql::TableElement& element) {
  if (const auto* column = std::get_if<sql::ColumnDefinition>(&element)) return add_column(*column);
  if (const auto* key = std::get_if<sql::PrimaryKey>(&element)) return set_primary_key(key->columns, key->span);
  const auto& watermark = std::get<sql::WatermarkDefinition>(element);
  if (watermark.column.parts.size() > 1) {
    return context_.unsupported(watermark.column.span, "A watermark on a field of a row is",
                                "declare a computed column for it: ts AS event.ts");
  }
  if (table_.watermark) {
    return context_.fail_at(watermark.span, ErrorCode::kInvalidArgument,
                            "Multiple WATERMARK declarations are not supported yet.");
  }
  table_.watermark = catalog::Watermark{watermark.column.last(), sql::print(watermark.value)};
  watermark_span_ = watermark.column.span;
  written_watermark_ = &watermark.value;
  return {};
}

Status TableDefinition::add_column(const sql::ColumnDefinition& definition) {
  if (definition.name.parts.size() > 1) {
    return context_.unsupported(definition.name.span, "A column that is a field of a row is");
  }
  if (definition.position) return context_.unsupported(definition.span, "FIRST and AFTER are");
  Column column;
  column.name = definition.name.last();
  column.comment = definition.comment.value_or("");
  if (table_.index_of(column.name) >= 0) {
    const Column& other = table_.columns[static_cast<size_t>(table_.index_of(column.name))];
    const char* kind = other.kind == Column::Kind::kComputed   ? "generated"
                       : other.kind == Column::Kind::kMetadata ? "metadata"
                                                               : "regular";
    return context_.fail_at(
        definition.span, ErrorCode::kAlreadyExists,
        std::string("A ") + kind + " Column named '" + column.name + "' already exists in the table.");
  }
  if (const auto* physical = std::get_if<sql::PhysicalColumn>(&definition.kind)) {
    MS_ASSIGN(column.type, bind_type(context_, physical->type));
    if (physical->primary_key) {
      table_.columns.push_back(std::move(column));
      return set_primary_key({definition.name.parts.front()}, definition.span);
    }
  } else if (const auto* metadata = std::get_if<sql::MetadataColumn>(&definition.kind)) {
    column.kind = Column::Kind::kMetadata;
    MS_ASSIGN(column.type, bind_type(context_, metadata->type));
    column.metadata_key = metadata->key.value_or(column.name);
    column.is_virtual = metadata->is_virtual;
  } else if (const auto* computed = std::get_if<sql::ComputedColumn>(&definition.kind)) {
    column.kind = Column::Kind::kComputed;
    column.expression = sql::print(computed->value);
    written_.emplace_back(column.name, &computed->value);
  } else {
    return context_.unsupported(definition.span, "A column without a type is", "give its type");
  }
  table_.columns.push_back(std::move(column));
  return {};
}

Status TableDefinition::set_primary_key(const std::vector<sql::Identifier>& columns, sql::SourceSpan span) {
  if (!table_.primary_key.empty()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument, "Duplicate primary key definition");
  }
  std::vector<std::string> repeated;
  for (const sql::Identifier& column : columns) {
    if (std::ranges::find(table_.primary_key, column.text) != table_.primary_key.end()) repeated.push_back(column.text);
    table_.primary_key.push_back(column.text);
  }
  if (!repeated.empty()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument,
                            "Invalid primary key 'PK_" + join(table_.primary_key, "_") +
                                "'. A primary key must not contain duplicate columns. Found: [" + join(repeated, ", ") +
                                "]");
  }
  key_span_ = span;
  return {};
}

Status TableDefinition::add_like(const sql::LikeClause& like) {
  const catalog::SessionCatalog& catalog = context_.plan().catalog;
  const auto path = context_.qualify(like.table);
  if (!path) return std::unexpected(path.error());
  const auto object = catalog.find(*path);
  if (!object || catalog::is_view(*object)) {
    return context_.fail_at(like.table.span, ErrorCode::kNotFound,
                            "Source table '" + path->to_quoted() + "' of the LIKE clause not found in the catalog");
  }
  const catalog::Table& other = *std::get<catalog::TablePtr>(*object);
  // Unless said otherwise everything is taken, and an option that both have is the new table's.
  const auto merge_of = [&](sql::LikeFeature feature, sql::LikeMerge fallback) {
    sql::LikeMerge merge = fallback;
    for (const sql::LikeOption& option : like.options) {
      if (option.feature == sql::LikeFeature::kAll) {
        merge = option.merge == sql::LikeMerge::kExcluding ? sql::LikeMerge::kExcluding : fallback;
      }
    }
    for (const sql::LikeOption& option : like.options) {
      if (option.feature == feature) merge = option.merge;
    }
    return merge;
  };
  const auto includes = [&](sql::LikeFeature feature) {
    return merge_of(feature, sql::LikeMerge::kIncluding) != sql::LikeMerge::kExcluding;
  };
  std::vector<Column> columns;
  for (const Column& column : other.columns) {
    if (column.kind == Column::Kind::kComputed && !includes(sql::LikeFeature::kGenerated)) continue;
    if (column.kind == Column::Kind::kMetadata && !includes(sql::LikeFeature::kMetadata)) continue;
    const int own = table_.index_of(column.name);
    if (own >= 0) {
      const bool may_replace =
          (column.kind == Column::Kind::kComputed &&
           merge_of(sql::LikeFeature::kGenerated, sql::LikeMerge::kIncluding) == sql::LikeMerge::kOverwriting) ||
          (column.kind == Column::Kind::kMetadata &&
           merge_of(sql::LikeFeature::kMetadata, sql::LikeMerge::kIncluding) == sql::LikeMerge::kOverwriting);
      if (!may_replace) {
        return context_.fail_at(like.span, ErrorCode::kAlreadyExists,
                                "A column named '" + column.name + "' already exists in the base table.");
      }
      continue;
    }
    columns.push_back(column);
  }
  table_.columns.insert(table_.columns.begin(), columns.begin(), columns.end());
  if (includes(sql::LikeFeature::kConstraints) && !other.primary_key.empty()) {
    if (!table_.primary_key.empty()) {
      return context_.fail_at(
          like.span, ErrorCode::kAlreadyExists,
          "The base table already has a primary key. You might want to specify EXCLUDING CONSTRAINTS.");
    }
    table_.primary_key = other.primary_key;
  }
  if (includes(sql::LikeFeature::kWatermarks) && other.watermark) {
    const bool overwrites =
        merge_of(sql::LikeFeature::kWatermarks, sql::LikeMerge::kIncluding) == sql::LikeMerge::kOverwriting;
    if (table_.watermark && !overwrites) {
      return context_.fail_at(like.span, ErrorCode::kAlreadyExists,
                              "There already exists a watermark spec for column '" + other.watermark->column +
                                  "' in the base table. You might want to specify EXCLUDING WATERMARKS or OVERWRITING "
                                  "WATERMARKS.");
    }
    if (!table_.watermark) table_.watermark = other.watermark;
  }
  const sql::LikeMerge options = merge_of(sql::LikeFeature::kOptions, sql::LikeMerge::kOverwriting);
  if (options != sql::LikeMerge::kExcluding) {
    for (const auto& [key, value] : other.options) {
      const auto [found, is_new] = table_.options.try_emplace(key, value);
      if (!is_new && options == sql::LikeMerge::kIncluding) {
        return context_.fail_at(like.span, ErrorCode::kAlreadyExists,
                                "There already exists an option ['" + key + "' -> '" + found->second +
                                    "'] in the base table. You might want to specify EXCLUDING OPTIONS or OVERWRITING "
                                    "OPTIONS.");
      }
    }
  }
  return {};
}

Status TableDefinition::add_query_columns(const std::vector<LogicalColumn>& columns, sql::SourceSpan span) {
  for (const LogicalColumn& column : columns) {
    if (table_.index_of(column.name) >= 0) {
      return context_.unsupported(span, "Declaring again a column of the query in CREATE TABLE AS is",
                                  "leave column '" + column.name + "' out");
    }
    table_.columns.push_back(Column{column.name, column.type, Column::Kind::kPhysical, "", "", false, ""});
  }
  return {};
}

Status TableDefinition::drop_column(const std::string& name, sql::SourceSpan span) {
  const int index = table_.index_of(name);
  if (index < 0) {
    return context_.fail_at(span, ErrorCode::kNotFound, "The column `" + name + "` does not exist in the base table.");
  }
  if (std::ranges::find(table_.primary_key, name) != table_.primary_key.end()) {
    return context_.fail_at(span, ErrorCode::kConflict, "The column `" + name + "` is used as the primary key.");
  }
  if (table_.watermark && table_.watermark->column == name) {
    return context_.fail_at(span, ErrorCode::kConflict,
                            "The column `" + name + "` is referenced by watermark expression.");
  }
  table_.columns.erase(table_.columns.begin() + index);
  return {};
}

Result<ExpressionPtr> TableDefinition::bind_stored(const std::string& text, const std::vector<LogicalColumn>& columns,
                                                   sql::SourceSpan span) {
  auto parsed = sql::parse_expression(text);
  if (!parsed) return std::unexpected(context_.placed(parsed.error(), span));
  const BindContext::StoredText stored(context_, text, context_.locate(span));
  const Scope scope{columns, {}};
  ExpressionBinder binder(context_, scope, "a computed column");
  return binder.bind_value(*parsed);
}

Result<catalog::Table> TableDefinition::finish(const catalog::ObjectPath& path) {
  table_.name = path.name;
  std::vector<std::string> names;
  for (const Column& column : table_.columns) names.push_back(column.name);
  for (const std::string& key : table_.primary_key) {
    const int index = table_.index_of(key);
    if (index < 0) {
      const auto near = nearest(key, names);
      return context_.fail_at(key_span_, ErrorCode::kNotFound,
                              "Primary key column '" + key + "' is not defined in the schema",
                              near ? "did you mean '" + *near + "'?" : "");
    }
    Column& column = table_.columns[static_cast<size_t>(index)];
    if (column.kind != Column::Kind::kPhysical) {
      return context_.fail_at(key_span_, ErrorCode::kInvalidArgument,
                              "Could not create a PRIMARY KEY with column '" + key +
                                  "'. A PRIMARY KEY constraint must be declared on physical columns.");
    }
    column.type = column.type.not_null();
  }

  // Computed columns see the ones that the connector gives, and not each other.
  Scope scope;
  std::vector<int> where;
  for (const Column& column : table_.columns) {
    if (column.kind == Column::Kind::kComputed) continue;
    scope.columns.push_back({column.name, column.type, TimeAttribute::kNone, WindowRole::kNone});
  }
  const auto in_flinks_words = [&](Error error) {
    // Flink says it this way of names in CREATE TABLE.
    if (error.message.ends_with(" not found in any table") && error.message.starts_with("Column ")) {
      const size_t end = error.message.find(" not found");
      error.message = "Unknown identifier " + error.message.substr(7, end - 7);
    }
    return error;
  };
  for (Column& column : table_.columns) {
    if (column.kind != Column::Kind::kComputed) continue;
    const auto written =
        std::ranges::find(written_, column.name, &std::pair<std::string, const sql::Expression*>::first);
    Result<ExpressionPtr> bound = [&]() -> Result<ExpressionPtr> {
      if (written == written_.end()) return bind_stored(column.expression, scope.columns, {});
      ExpressionBinder binder(context_, scope, "a computed column");
      return binder.bind_value(*written->second);
    }();
    if (!bound) return std::unexpected(in_flinks_words(bound.error()));
    column.type = (*bound)->type;
  }

  if (table_.watermark) {
    const int index = table_.index_of(table_.watermark->column);
    if (index < 0) {
      std::string available;
      for (const std::string& name : names) available += (available.empty() ? "'" : ", '") + name + "'";
      const auto near = nearest(table_.watermark->column, names);
      return context_.fail_at(watermark_span_, ErrorCode::kNotFound,
                              "The rowtime attribute field '" + table_.watermark->column +
                                  "' is not defined in the table schema. Available fields: [" + available + "]",
                              near ? "did you mean '" + *near + "'?" : "");
    }
    const auto is_time = [](const Type& type) { return type.is_timestamp() && type.precision() <= 3; };
    const std::string wants = "TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the ";
    const Type& time = table_.columns[static_cast<size_t>(index)].type;
    if (!is_time(time)) {
      return context_.fail_at(watermark_span_, ErrorCode::kInvalidArgument,
                              "Invalid data type of time field for watermark definition. The field must be of type " +
                                  wants + "time field type is " + time.to_sql());
    }
    Scope all;
    for (const Column& column : table_.columns) {
      all.columns.push_back({column.name, column.type, TimeAttribute::kNone, WindowRole::kNone});
    }
    Result<ExpressionPtr> bound = [&]() -> Result<ExpressionPtr> {
      if (written_watermark_ == nullptr) return bind_stored(table_.watermark->expression, all.columns, watermark_span_);
      ExpressionBinder binder(context_, all, "a watermark");
      return binder.bind_value(*written_watermark_);
    }();
    if (!bound) return std::unexpected(in_flinks_words(bound.error()));
    if (!is_time((*bound)->type)) {
      return context_.fail_at(watermark_span_, ErrorCode::kInvalidArgument,
                              "Invalid data type of expression for watermark definition. The field must be of type " +
                                  wants + "watermark expression type is " + (*bound)->type.to_sql());
    }
  }
  return table_;
}

}  // namespace millstream::plan
