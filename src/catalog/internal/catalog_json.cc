// Writing and reading the JSON form of tables, views and types.
#include "catalog/internal/catalog_json.h"

#include <array>

namespace millstream::catalog {
namespace {

using column::Type;
using column::TypeKind;

struct KindName {
  TypeKind kind;
  std::string_view name;
};
constexpr std::array kKindNames = {
    KindName{TypeKind::kNull, "NULL"},
    KindName{TypeKind::kBoolean, "BOOLEAN"},
    KindName{TypeKind::kTinyint, "TINYINT"},
    KindName{TypeKind::kSmallint, "SMALLINT"},
    KindName{TypeKind::kInteger, "INTEGER"},
    KindName{TypeKind::kBigint, "BIGINT"},
    KindName{TypeKind::kFloat, "FLOAT"},
    KindName{TypeKind::kDouble, "DOUBLE"},
    KindName{TypeKind::kDecimal, "DECIMAL"},
    KindName{TypeKind::kChar, "CHAR"},
    KindName{TypeKind::kVarchar, "VARCHAR"},
    KindName{TypeKind::kBinary, "BINARY"},
    KindName{TypeKind::kVarbinary, "VARBINARY"},
    KindName{TypeKind::kDate, "DATE"},
    KindName{TypeKind::kTime, "TIME"},
    KindName{TypeKind::kTimestamp, "TIMESTAMP"},
    KindName{TypeKind::kTimestampLtz, "TIMESTAMP_LTZ"},
    KindName{TypeKind::kIntervalYearMonth, "INTERVAL_YEAR_MONTH"},
    KindName{TypeKind::kIntervalDayTime, "INTERVAL_DAY_TIME"},
    KindName{TypeKind::kArray, "ARRAY"},
    KindName{TypeKind::kMap, "MAP"},
    KindName{TypeKind::kMultiset, "MULTISET"},
    KindName{TypeKind::kRow, "ROW"},
};

std::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::kCorrupt, "the stored catalog is damaged: " + std::move(what));
}

// The parameters that Type's factories want, which an INTEGER or an ARRAY does not have.
int parameter_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kDecimal:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.precision();
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return type.length();
    default:
      return -1;
  }
}

Result<Type> make_type(TypeKind kind, int parameter, int scale, std::vector<Type::Field> fields) {
  const size_t children = fields.size();
  switch (kind) {
    case TypeKind::kNull:
      return Type();
    case TypeKind::kBoolean:
      return Type::boolean();
    case TypeKind::kTinyint:
      return Type::tinyint();
    case TypeKind::kSmallint:
      return Type::smallint();
    case TypeKind::kInteger:
      return Type::integer();
    case TypeKind::kBigint:
      return Type::bigint();
    case TypeKind::kFloat:
      return Type::floating();
    case TypeKind::kDouble:
      return Type::double_precision();
    case TypeKind::kDecimal:
      return Type::decimal(parameter, scale);
    case TypeKind::kChar:
      return Type::character(parameter);
    case TypeKind::kVarchar:
      return Type::varchar(parameter);
    case TypeKind::kBinary:
      return Type::binary(parameter);
    case TypeKind::kVarbinary:
      return Type::varbinary(parameter);
    case TypeKind::kDate:
      return Type::date();
    case TypeKind::kTime:
      return Type::time(parameter);
    case TypeKind::kTimestamp:
      return Type::timestamp(parameter);
    case TypeKind::kTimestampLtz:
      return Type::timestamp_ltz(parameter);
    case TypeKind::kIntervalYearMonth:
      return Type::interval_year_month();
    case TypeKind::kIntervalDayTime:
      return Type::interval_day_time();
    case TypeKind::kArray:
      if (children == 1) return Type::array(fields[0].type);
      break;
    case TypeKind::kMultiset:
      if (children == 1) return Type::multiset(fields[0].type);
      break;
    case TypeKind::kMap:
      if (children == 2) return Type::map(fields[0].type, fields[1].type);
      break;
    case TypeKind::kRow:
      return Type::row(std::move(fields));
  }
  return corrupt("a nested type has the wrong number of parts");
}

Json column_json(const Column& column) {
  Json json = Json::object({{"name", column.name}, {"type", to_json(column.type)}});
  if (column.kind == Column::Kind::kComputed) json.set("expression", column.expression);
  if (column.kind == Column::Kind::kMetadata) {
    json.set("metadata", column.metadata_key);
    if (column.is_virtual) json.set("virtual", true);
  }
  if (!column.comment.empty()) json.set("comment", column.comment);
  return json;
}

Result<Column> column_from_json(const Json& json) {
  Column column;
  column.name = json["name"].string_or("");
  MS_ASSIGN(column.type, type_from_json(json["type"]));
  if (!json["expression"].is_null()) {
    column.kind = Column::Kind::kComputed;
    column.expression = json["expression"].string_or("");
  } else if (!json["metadata"].is_null()) {
    column.kind = Column::Kind::kMetadata;
    column.metadata_key = json["metadata"].string_or("");
    column.is_virtual = json["virtual"].bool_or(false);
  }
  column.comment = json["comment"].string_or("");
  if (column.name.empty()) return corrupt("a column has no name");
  return column;
}

Json texts_json(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return Json(std::move(array));
}

std::vector<std::string> texts_from_json(const Json& json) {
  std::vector<std::string> texts;
  if (const auto* array = json.if_array()) {
    for (const Json& element : *array) texts.push_back(element.string_or(""));
  }
  return texts;
}

}  // namespace

Json to_json(const Type& type) {
  std::string_view name;
  for (const KindName& entry : kKindNames) {
    if (entry.kind == type.kind()) name = entry.name;
  }
  Json json = Json::object({{"kind", name}});
  if (!type.nullable()) json.set("nullable", false);
  if (const int parameter = parameter_of(type); parameter >= 0) json.set("parameter", parameter);
  if (type.kind() == TypeKind::kDecimal) json.set("scale", type.scale());
  if (type.is_nested()) {
    Json::Array fields;
    for (const Type::Field& field : type.fields()) {
      Json entry = Json::object({{"name", field.name}, {"type", to_json(field.type)}});
      if (!field.comment.empty()) entry.set("comment", field.comment);
      fields.push_back(std::move(entry));
    }
    json.set("fields", Json(std::move(fields)));
  }
  return json;
}

Result<Type> type_from_json(const Json& json) {
  const std::string name = json["kind"].string_or("");
  const KindName* found = nullptr;
  for (const KindName& entry : kKindNames) {
    if (entry.name == name) found = &entry;
  }
  if (found == nullptr) return corrupt("there is no type '" + name + "'");
  std::vector<Type::Field> fields;
  if (const auto* array = json["fields"].if_array()) {
    for (const Json& entry : *array) {
      MS_ASSIGN(Type type, type_from_json(entry["type"]));
      fields.push_back({entry["name"].string_or(""), std::move(type), entry["comment"].string_or("")});
    }
  }
  MS_ASSIGN(Type type, make_type(found->kind, static_cast<int>(json["parameter"].int_or(0)),
                                 static_cast<int>(json["scale"].int_or(0)), std::move(fields)));
  return type.as_nullable(json["nullable"].bool_or(true));
}

Json to_json(const Options& options) {
  Json::Object members;
  for (const auto& [key, value] : options) members.emplace_back(key, value);
  return Json(std::move(members));
}

Options options_from_json(const Json& json) {
  Options options;
  if (const auto* members = json.if_object()) {
    for (const auto& [key, value] : *members) options[key] = value.string_or("");
  }
  return options;
}

Json to_json(const Object& object) {
  if (const auto* view = std::get_if<ViewPtr>(&object)) {
    return Json::object({{"view", (*view)->name},
                         {"columns", texts_json((*view)->column_names)},
                         {"query", (*view)->query},
                         {"comment", (*view)->comment}});
  }
  const Table& table = *std::get<TablePtr>(object);
  Json::Array columns;
  for (const Column& column : table.columns) columns.push_back(column_json(column));
  Json json = Json::object({{"table", table.name},
                            {"columns", Json(std::move(columns))},
                            {"primary_key", texts_json(table.primary_key)},
                            {"options", to_json(table.options)},
                            {"comment", table.comment}});
  if (table.watermark) {
    json.set("watermark",
             Json::object({{"column", table.watermark->column}, {"expression", table.watermark->expression}}));
  }
  return json;
}

Result<Object> object_from_json(const Json& json) {
  if (const std::string* name = json["view"].if_string()) {
    View view;
    view.name = *name;
    view.column_names = texts_from_json(json["columns"]);
    view.query = json["query"].string_or("");
    view.comment = json["comment"].string_or("");
    return Object(std::make_shared<const View>(std::move(view)));
  }
  const std::string* name = json["table"].if_string();
  if (name == nullptr) return corrupt("an object is neither a table nor a view");
  Table table;
  table.name = *name;
  if (const auto* columns = json["columns"].if_array()) {
    for (const Json& entry : *columns) {
      MS_ASSIGN(Column column, column_from_json(entry));
      table.columns.push_back(std::move(column));
    }
  }
  table.primary_key = texts_from_json(json["primary_key"]);
  table.options = options_from_json(json["options"]);
  table.comment = json["comment"].string_or("");
  if (!json["watermark"].is_null()) {
    table.watermark =
        Watermark{json["watermark"]["column"].string_or(""), json["watermark"]["expression"].string_or("")};
  }
  return Object(std::make_shared<const Table>(std::move(table)));
}

}  // namespace millstream::catalog
