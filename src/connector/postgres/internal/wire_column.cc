// Which SQL types fit which PostgreSQL types.
#include "connector/postgres/internal/wire_column.h"

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;
using column::TypeKind;

struct KindRow {
  WireKind kind;
  uint32_t oid;
  uint32_t array_oid;
  std::string_view name;
};
// Object ids of built-in types never change (pg_type.dat).
constexpr KindRow kKinds[kWireKinds] = {
    {WireKind::kBool, 16, 1000, "boolean"},
    {WireKind::kInt2, 21, 1005, "smallint"},
    {WireKind::kInt4, 23, 1007, "integer"},
    {WireKind::kInt8, 20, 1016, "bigint"},
    {WireKind::kFloat4, 700, 1021, "real"},
    {WireKind::kFloat8, 701, 1022, "double precision"},
    {WireKind::kNumeric, 1700, 1231, "numeric"},
    {WireKind::kText, 25, 1009, "text"},
    {WireKind::kBytea, 17, 1001, "bytea"},
    {WireKind::kDate, 1082, 1182, "date"},
    {WireKind::kTime, 1083, 1183, "time"},
    {WireKind::kTimestamp, 1114, 1115, "timestamp"},
    {WireKind::kTimestampTz, 1184, 1185, "timestamptz"},
};
const KindRow& row_of(WireKind kind) { return kKinds[static_cast<size_t>(kind)]; }

constexpr uint32_t kVarchar = 1043, kBpchar = 1042, kJson = 114, kJsonb = 3802, kUuid = 2950;

// The modifier of numeric(precision, scale): PostgreSQL 15 keeps the scale in eleven bits, signed.
int numeric_precision(int32_t modifier) { return ((modifier - 4) >> 16) & 0xffff; }
int numeric_scale(int32_t modifier) { return (((modifier - 4) & 0x7ff) ^ 1024) - 1024; }

struct Match {
  WireKind kind;
  bool cast = false;
};

int integer_width(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
      return 2;
    case TypeKind::kInteger:
      return 4;
    default:
      return 8;
  }
}
WireKind integer_kind(int width) {
  return width == 2 ? WireKind::kInt2 : width == 4 ? WireKind::kInt4 : WireKind::kInt8;
}

// Nothing if it does not fit; `fix` then says what would.
std::optional<Match> match_scalar(const Type& sql, uint32_t oid, int32_t modifier, char category,
                                  std::string_view type_name, std::string& fix) {
  const auto suggest = [&fix](std::string_view type) { fix = std::string(type); };
  switch (sql.kind()) {
    case TypeKind::kBoolean:
      if (oid == 16) return Match{WireKind::kBool};
      suggest("boolean");
      return std::nullopt;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint: {
      const int width = integer_width(sql.kind());
      if (oid == 21 && width == 2) return Match{WireKind::kInt2};
      if (oid == 23 && width <= 4) return Match{WireKind::kInt4};
      if (oid == 20) return Match{WireKind::kInt8};
      // PostgreSQL converts these by itself on assignment, exactly.
      if (oid == 1700 || (oid == 701 && width <= 4) || (oid == 700 && width == 2)) return Match{integer_kind(width)};
      suggest(row_of(integer_kind(width)).name);
      return std::nullopt;
    }
    case TypeKind::kFloat:
      if (oid == 700) return Match{WireKind::kFloat4};
      if (oid == 701) return Match{WireKind::kFloat8};
      suggest("real");
      return std::nullopt;
    case TypeKind::kDouble:
      if (oid == 701) return Match{WireKind::kFloat8};
      suggest("double precision");
      return std::nullopt;
    case TypeKind::kDecimal: {
      fix = "numeric(" + std::to_string(sql.precision()) + ", " + std::to_string(sql.scale()) + ")";
      if (oid != 1700) return std::nullopt;
      if (modifier < 4) return Match{WireKind::kNumeric};
      const int precision = numeric_precision(modifier), scale = numeric_scale(modifier);
      if (scale < sql.scale() || precision - scale < sql.precision() - sql.scale()) return std::nullopt;
      return Match{WireKind::kNumeric};
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      if (oid == 25 || oid == kVarchar) return Match{WireKind::kText};
      // Without the cast a delete would compare as text, past the index.
      if (oid == kBpchar) return Match{WireKind::kText, true};
      if (oid == kJson || oid == kJsonb || oid == kUuid || category == 'E' || type_name == "citext")
        return Match{WireKind::kText, true};
      suggest("text");
      return std::nullopt;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      if (oid == 17) return Match{WireKind::kBytea};
      suggest("bytea");
      return std::nullopt;
    case TypeKind::kDate:
      if (oid == 1082) return Match{WireKind::kDate};
      suggest("date");
      return std::nullopt;
    case TypeKind::kTime:
      if (oid == 1083) return Match{WireKind::kTime};
      suggest("time");
      return std::nullopt;
    case TypeKind::kTimestamp:
      if (oid == 1114) return Match{WireKind::kTimestamp};
      suggest("timestamp");
      return std::nullopt;
    case TypeKind::kTimestampLtz:
      if (oid == 1184) return Match{WireKind::kTimestampTz};
      suggest("timestamptz");
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// What to write in the SQL table so that it fits the target as it is.
std::string sql_type_for(uint32_t oid, int32_t modifier) {
  switch (oid) {
    case 16:
      return "BOOLEAN";
    case 21:
      return "SMALLINT";
    case 23:
      return "INT";
    case 20:
      return "BIGINT";
    case 700:
      return "FLOAT";
    case 701:
      return "DOUBLE";
    case 1700:
      if (modifier >= 4) {
        const int precision = numeric_precision(modifier), scale = numeric_scale(modifier);
        if (scale < 0 || scale > precision || precision > column::kMaxDecimalPrecision) return {};
        return "DECIMAL(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
      }
      return "DECIMAL(38, 18)";
    case 25:
    case kVarchar:
    case kBpchar:
    case kJson:
    case kJsonb:
    case kUuid:
      return "STRING";
    case 17:
      return "BYTES";
    case 1082:
      return "DATE";
    case 1083:
      return "TIME";
    case 1114:
      return "TIMESTAMP(6)";
    case 1184:
      return "TIMESTAMP_LTZ(6)";
    default:
      return {};
  }
}

}  // namespace

std::string sql_name_of(WireType type) { return std::string(row_of(type.kind).name) + (type.is_array ? "[]" : ""); }
uint32_t oid_of(WireType type) { return type.is_array ? row_of(type.kind).array_oid : row_of(type.kind).oid; }
uint32_t element_oid_of(WireKind kind) { return row_of(kind).oid; }

Result<WireColumn> match_column(const std::string& sql_column, const Type& sql, const TargetColumn& target,
                                const std::string& table) {
  const std::string what = "column '" + sql_column + "' is " + sql.as_nullable().to_sql() + ", but column '" +
                           target.name + "' of PostgreSQL table " + table + " is " + target.type_text;
  std::string fix;
  std::optional<Match> match;
  const bool is_array = sql.kind() == TypeKind::kArray;
  const std::string bare_name = target.cast_name.substr(target.cast_name.rfind('.') + 1);
  if (is_array) {
    if (target.element_oid != 0 && target.type_category == 'A') {
      match = match_scalar(sql.element(), target.element_oid, target.type_modifier, 0, "", fix);
    } else {
      match_scalar(sql.element(), 0, -1, 0, "", fix);
    }
    if (!fix.empty()) fix += "[]";
  } else if (sql.kind() == TypeKind::kMap || sql.kind() == TypeKind::kMultiset || sql.kind() == TypeKind::kRow) {
    return fail(ErrorCode::kInvalidArgument,
                what + ": " + sql.as_nullable().to_sql() + " cannot be written to PostgreSQL",
                "write its fields as columns of their own, or CAST it to STRING");
  } else if (sql.kind() == TypeKind::kIntervalYearMonth || sql.kind() == TypeKind::kIntervalDayTime ||
             sql.kind() == TypeKind::kNull) {
    return fail(ErrorCode::kInvalidArgument, what + ": this type cannot be written to PostgreSQL",
                "CAST it to STRING or BIGINT");
  } else if (target.element_oid == 0 || target.type_category != 'A') {
    match = match_scalar(sql, target.type_oid, target.type_modifier, target.type_category, bare_name, fix);
  } else {
    match_scalar(sql, 0, -1, 0, "", fix);
  }
  if (!match) {
    const std::string other =
        target.type_category == 'A' ? std::string() : sql_type_for(target.type_oid, target.type_modifier);
    std::string hint;
    if (!other.empty() && !is_array) hint = "declare '" + sql_column + "' as " + other + " and CAST to it";
    if (!fix.empty())
      hint += std::string(hint.empty() ? "" : ", or ") + "ALTER TABLE " + table + " ALTER COLUMN \"" + target.name +
              "\" TYPE " + fix;
    if (hint.empty()) hint = "declare '" + sql_column + "' as STRING only for text, json, uuid and enum columns";
    return fail(ErrorCode::kInvalidArgument, what, std::move(hint));
  }
  WireColumn column;
  column.name = target.name;
  column.type = {match->kind, is_array};
  if (match->cast) column.cast = target.cast_name;
  const uint32_t oid = target.type_oid;
  column.is_direct = oid == oid_of(column.type) || (!is_array && match->kind == WireKind::kText &&
                                                    (oid == kVarchar || oid == kBpchar || oid == kJson));
  return column;
}

}  // namespace millstream::connector::postgres
