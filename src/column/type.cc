// Types as values: construction, equality, and how Flink spells them in SQL and in the SQL Gateway's JSON.
#include "column/type.h"

#include "base/check.h"
#include "base/json.h"

namespace millstream::column {
namespace {

std::string in_parentheses(int number) { return "(" + std::to_string(number) + ")"; }

std::string quoted_identifier(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

// The names of Flink's LogicalTypeRoot.
std::string_view root_name_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyint:
      return "TINYINT";
    case TypeKind::kSmallint:
      return "SMALLINT";
    case TypeKind::kInteger:
      return "INTEGER";
    case TypeKind::kBigint:
      return "BIGINT";
    case TypeKind::kFloat:
      return "FLOAT";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      return "DECIMAL";
    case TypeKind::kChar:
      return "CHAR";
    case TypeKind::kVarchar:
      return "VARCHAR";
    case TypeKind::kBinary:
      return "BINARY";
    case TypeKind::kVarbinary:
      return "VARBINARY";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return "TIME_WITHOUT_TIME_ZONE";
    case TypeKind::kTimestamp:
      return "TIMESTAMP_WITHOUT_TIME_ZONE";
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP_WITH_LOCAL_TIME_ZONE";
    case TypeKind::kIntervalYearMonth:
      return "INTERVAL_YEAR_MONTH";
    case TypeKind::kIntervalDayTime:
      return "INTERVAL_DAY_TIME";
    case TypeKind::kArray:
      return "ARRAY";
    case TypeKind::kMap:
      return "MAP";
    case TypeKind::kMultiset:
      return "MULTISET";
    case TypeKind::kRow:
      return "ROW";
  }
  return "NULL";
}

std::string body_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInteger:
      return "INT";
    case TypeKind::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision()) + ", " + std::to_string(type.scale()) + ")";
    case TypeKind::kChar:
      return "CHAR" + in_parentheses(type.length());
    case TypeKind::kVarchar:
      return type.length() == kMaxLength ? "STRING" : "VARCHAR" + in_parentheses(type.length());
    case TypeKind::kBinary:
      return "BINARY" + in_parentheses(type.length());
    case TypeKind::kVarbinary:
      return type.length() == kMaxLength ? "BYTES" : "VARBINARY" + in_parentheses(type.length());
    case TypeKind::kTime:
      return "TIME" + in_parentheses(type.precision());
    case TypeKind::kTimestamp:
      return "TIMESTAMP" + in_parentheses(type.precision());
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP_LTZ" + in_parentheses(type.precision());
    case TypeKind::kIntervalYearMonth:
      return "INTERVAL YEAR(2) TO MONTH";
    case TypeKind::kIntervalDayTime:
      return "INTERVAL DAY(2) TO SECOND(3)";
    case TypeKind::kArray:
      return "ARRAY<" + type.element().to_sql() + ">";
    case TypeKind::kMultiset:
      return "MULTISET<" + type.element().to_sql() + ">";
    case TypeKind::kMap:
      return "MAP<" + type.key().to_sql() + ", " + type.value().to_sql() + ">";
    case TypeKind::kRow: {
      std::string out = "ROW<";
      for (const Type::Field& field : type.fields()) {
        if (out.size() > 4) out += ", ";
        out += quoted_identifier(field.name) + " " + field.type.to_sql();
        if (!field.comment.empty()) out += " " + quoted_text(field.comment);
      }
      return out + ">";
    }
    default:
      return std::string(root_name_of(type.kind()));
  }
}

Json gateway_json_of(const Type& type) {
  Json out = Json::object({{"type", Json(root_name_of(type.kind()))}});
  if (type.kind() == TypeKind::kNull) return out;
  out.set("nullable", type.nullable());
  switch (type.kind()) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      out.set("length", type.length());
      break;
    case TypeKind::kDecimal:
      out.set("precision", type.precision());
      out.set("scale", type.scale());
      break;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      out.set("precision", type.precision());
      break;
    case TypeKind::kIntervalYearMonth:
      out.set("precision", 2);
      out.set("resolution", "YEAR_TO_MONTH");
      break;
    case TypeKind::kIntervalDayTime:
      out.set("precision", 2);
      out.set("fractionalPrecision", 3);
      out.set("resolution", "DAY_TO_SECOND");
      break;
    case TypeKind::kArray:
    case TypeKind::kMultiset:
      out.set("elementType", gateway_json_of(type.element()));
      break;
    case TypeKind::kMap:
      out.set("keyType", gateway_json_of(type.key()));
      out.set("valueType", gateway_json_of(type.value()));
      break;
    case TypeKind::kRow: {
      Json::Array fields;
      for (const Type::Field& field : type.fields()) {
        Json entry = Json::object({{"name", Json(field.name)}, {"fieldType", gateway_json_of(field.type)}});
        if (!field.comment.empty()) entry.set("description", field.comment);
        fields.push_back(std::move(entry));
      }
      out.set("fields", Json(std::move(fields)));
      break;
    }
    default:
      break;
  }
  return out;
}

}  // namespace

Type Type::array(Type element) {
  Type type(TypeKind::kArray);
  type.fields_ = std::make_shared<const std::vector<Field>>(std::vector<Field>{{"element", std::move(element), {}}});
  return type;
}

Type Type::map(Type key, Type value) {
  Type type(TypeKind::kMap);
  type.fields_ = std::make_shared<const std::vector<Field>>(
      std::vector<Field>{{"key", std::move(key), {}}, {"value", std::move(value), {}}});
  return type;
}

Type Type::multiset(Type element) {
  Type type(TypeKind::kMultiset);
  type.fields_ = std::make_shared<const std::vector<Field>>(std::vector<Field>{{"element", std::move(element), {}}});
  return type;
}

Type Type::row(std::vector<Field> fields) {
  Type type(TypeKind::kRow);
  type.fields_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

PhysicalKind Type::physical() const {
  switch (kind_) {
    case TypeKind::kNull:
      return PhysicalKind::kInt8;
    case TypeKind::kBoolean:
      return PhysicalKind::kBool;
    case TypeKind::kTinyint:
      return PhysicalKind::kInt8;
    case TypeKind::kSmallint:
      return PhysicalKind::kInt16;
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
      return PhysicalKind::kInt32;
    case TypeKind::kBigint:
    case TypeKind::kIntervalDayTime:
      return PhysicalKind::kInt64;
    case TypeKind::kFloat:
      return PhysicalKind::kFloat;
    case TypeKind::kDouble:
      return PhysicalKind::kDouble;
    case TypeKind::kDecimal:
      return parameter_ <= 18 ? PhysicalKind::kInt64 : PhysicalKind::kInt128;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return parameter_ <= 6 ? PhysicalKind::kInt64 : PhysicalKind::kTimestamp;
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return PhysicalKind::kString;
    case TypeKind::kArray:
      return PhysicalKind::kArray;
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return PhysicalKind::kMap;
    case TypeKind::kRow:
      return PhysicalKind::kRow;
  }
  return PhysicalKind::kInt8;
}

Type Type::as_nullable(bool nullable) const {
  Type copy = *this;
  copy.nullable_ = nullable;
  return copy;
}

const std::vector<Type::Field>& Type::fields() const {
  static const std::vector<Field> none;
  return fields_ ? *fields_ : none;
}

const Type& Type::element() const {
  CHECK(kind_ == TypeKind::kArray || kind_ == TypeKind::kMultiset);
  return (*fields_)[0].type;
}

const Type& Type::key() const {
  CHECK(kind_ == TypeKind::kMap);
  return (*fields_)[0].type;
}

const Type& Type::value() const {
  CHECK(kind_ == TypeKind::kMap);
  return (*fields_)[1].type;
}

std::string Type::to_sql() const {
  std::string out = body_of(*this);
  if (!nullable_) out += " NOT NULL";
  return out;
}

std::string Type::to_gateway_json() const { return gateway_json_of(*this).to_text(); }

bool Type::operator==(const Type& other) const {
  if (kind_ != other.kind_ || nullable_ != other.nullable_ || parameter_ != other.parameter_ ||
      scale_ != other.scale_) {
    return false;
  }
  if (fields_ == other.fields_) return true;
  const auto& a = fields();
  const auto& b = other.fields();
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || !(a[i].type == b[i].type)) return false;
  }
  return true;
}

bool Type::same_but_nullability(const Type& other) const {
  if (kind_ != other.kind_ || parameter_ != other.parameter_ || scale_ != other.scale_) return false;
  if (fields_ == other.fields_) return true;
  const auto& a = fields();
  const auto& b = other.fields();
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || !a[i].type.same_but_nullability(b[i].type)) return false;
  }
  return true;
}

int Schema::index_of(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace millstream::column
