// Precisions, lengths and nesting of written types.
#include "plan/internal/type_binder.h"

namespace millstream::plan {
namespace {

using column::Type;

Result<int> in_range(const BindContext& context, const sql::TypeName& name, std::optional<uint32_t> written,
                     int fallback, int low, int high, const char* what) {
  if (!written) return fallback;
  if (*written < static_cast<uint32_t>(low) || *written > static_cast<uint32_t>(high)) {
    return context.fail_at(name.span, ErrorCode::kInvalidArgument,
                           std::string(what) + " must be between " + std::to_string(low) + " and " +
                               std::to_string(high) + " (both inclusive).");
  }
  return static_cast<int>(*written);
}

Result<Type> bind_nullable(const BindContext& context, const sql::TypeName& name) {
  using sql::TypeKind;
  switch (name.kind) {
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
    case TypeKind::kDecimal: {
      MS_ASSIGN(const int precision, in_range(context, name, name.precision, 10, 1, 38, "Decimal precision"));
      if (name.scale && *name.scale > static_cast<uint32_t>(precision)) {
        return context.fail_at(
            name.span, ErrorCode::kInvalidArgument,
            "Decimal scale must be between 0 and the precision " + std::to_string(precision) + " (both inclusive).");
      }
      return Type::decimal(precision, static_cast<int>(name.scale.value_or(0)));
    }
    case TypeKind::kChar: {
      MS_ASSIGN(const int length,
                in_range(context, name, name.precision, 1, 1, column::kMaxLength, "Character string length"));
      return Type::character(length);
    }
    case TypeKind::kVarchar: {
      MS_ASSIGN(const int length, in_range(context, name, name.precision, column::kMaxLength, 1, column::kMaxLength,
                                           "Variable character string length"));
      return Type::varchar(length);
    }
    case TypeKind::kString:
      return Type::string();
    case TypeKind::kBinary: {
      MS_ASSIGN(const int length,
                in_range(context, name, name.precision, 1, 1, column::kMaxLength, "Binary string length"));
      return Type::binary(length);
    }
    case TypeKind::kVarbinary: {
      MS_ASSIGN(const int length, in_range(context, name, name.precision, column::kMaxLength, 1, column::kMaxLength,
                                           "Variable binary string length"));
      return Type::varbinary(length);
    }
    case TypeKind::kBytes:
      return Type::bytes();
    case TypeKind::kDate:
      return Type::date();
    case TypeKind::kTime: {
      MS_ASSIGN(const int precision, in_range(context, name, name.precision, 0, 0, 9, "Time precision"));
      if (precision > 3) {
        return context.unsupported(name.span, "TIME with more than 3 digits of a second is",
                                   "use TIME(3); Flink, too, keeps milliseconds only");
      }
      return Type::time(precision);
    }
    case TypeKind::kTimestamp: {
      MS_ASSIGN(const int precision, in_range(context, name, name.precision, 6, 0, 9, "Timestamp precision"));
      return Type::timestamp(precision);
    }
    case TypeKind::kTimestampLtz: {
      MS_ASSIGN(const int precision,
                in_range(context, name, name.precision, 6, 0, 9, "Timestamp with local time zone precision"));
      return Type::timestamp_ltz(precision);
    }
    case TypeKind::kInterval: {
      const sql::IntervalQualifier& qualifier = *name.interval;
      const bool months = qualifier.from == sql::TimeUnit::kYear || qualifier.from == sql::TimeUnit::kMonth;
      return months ? Type::interval_year_month() : Type::interval_day_time();
    }
    case TypeKind::kArray: {
      MS_ASSIGN(Type element, bind_type(context, name.arguments[0]));
      return Type::array(std::move(element));
    }
    case TypeKind::kMultiset: {
      MS_ASSIGN(Type element, bind_type(context, name.arguments[0]));
      return Type::multiset(std::move(element));
    }
    case TypeKind::kMap: {
      MS_ASSIGN(Type key, bind_type(context, name.arguments[0]));
      MS_ASSIGN(Type value, bind_type(context, name.arguments[1]));
      return Type::map(std::move(key), std::move(value));
    }
    case TypeKind::kRow: {
      std::vector<Type::Field> fields;
      for (const sql::RowField& field : name.fields) {
        for (const Type::Field& before : fields) {
          if (before.name == field.name.text) {
            return context.fail_at(field.span, ErrorCode::kInvalidArgument,
                                   "Field names must be unique. Found duplicates: [" + field.name.text + "]");
          }
        }
        MS_ASSIGN(Type type, bind_type(context, field.type));
        fields.push_back({field.name.text, std::move(type), field.comment.value_or("")});
      }
      return Type::row(std::move(fields));
    }
    case TypeKind::kNull:
      return context.fail_at(name.span, ErrorCode::kInvalidArgument, "NULL is not a type of a column.");
  }
  return context.fail_at(name.span, ErrorCode::kInternal, "a type that the binder does not know");
}

}  // namespace

Result<Type> bind_type(const BindContext& context, const sql::TypeName& name) {
  MS_ASSIGN(Type type, bind_nullable(context, name));
  return name.not_null ? type.not_null() : type;
}

}  // namespace millstream::plan
