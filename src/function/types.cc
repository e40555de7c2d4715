// The conversions between types: common types, what may be cast, and what the binder may cast by itself.
#include <algorithm>

#include "column/decimal.h"
#include "function/definition.h"
#include "function/internal/inference.h"

namespace millstream::function {
namespace {

using column::Type;
using column::TypeKind;

std::unexpected<Error> no_common_type(const Type& a, const Type& b) {
  return fail(ErrorCode::kInvalidArgument,
              "No common type of " + a.as_nullable().to_sql() + " and " + b.as_nullable().to_sql(), "CAST one of them");
}

// Calcite's least restrictive DECIMAL: integer digits win over the scale.
Type common_decimal(const Type& a, const Type& b) {
  const auto x = column::shape_of(a);
  const auto y = column::shape_of(b);
  const int digits = std::min(std::max(x.precision - x.scale, y.precision - y.scale), column::kMaxDecimalPrecision);
  const int scale = std::min(std::max(x.scale, y.scale), column::kMaxDecimalPrecision - digits);
  return Type::decimal(digits + scale, scale);
}

Result<Type> common_of_two(const Type& a, const Type& b, CommonTypeOf purpose);

Result<Type> common_nested(const Type& a, const Type& b, CommonTypeOf purpose) {
  switch (a.kind()) {
    case TypeKind::kArray: {
      MS_ASSIGN(const Type element, common_of_two(a.element(), b.element(), purpose));
      return Type::array(element);
    }
    case TypeKind::kMultiset: {
      MS_ASSIGN(const Type element, common_of_two(a.element(), b.element(), purpose));
      return Type::multiset(element);
    }
    case TypeKind::kMap: {
      MS_ASSIGN(const Type key, common_of_two(a.key(), b.key(), purpose));
      MS_ASSIGN(const Type value, common_of_two(a.value(), b.value(), purpose));
      return Type::map(key, value);
    }
    default: {
      if (a.fields().size() != b.fields().size()) return no_common_type(a, b);
      std::vector<Type::Field> fields;
      for (size_t i = 0; i < a.fields().size(); ++i) {
        MS_ASSIGN(Type field, common_of_two(a.fields()[i].type, b.fields()[i].type, purpose));
        fields.push_back({a.fields()[i].name, std::move(field), a.fields()[i].comment});
      }
      return Type::row(std::move(fields));
    }
  }
}

// Numbers, of which not both are exact.
Type common_approximate(const Type& a, const Type& b, CommonTypeOf purpose) {
  if (!a.is_exact_numeric() && !b.is_exact_numeric() && purpose == CommonTypeOf::kResults) return a;
  if (a.kind() == TypeKind::kDecimal && purpose == CommonTypeOf::kArguments) return b.as_nullable();
  const auto single = [](const Type& type) { return type.kind() == TypeKind::kFloat || type.is_integer(); };
  return single(a) && single(b) ? Type::floating() : Type::double_precision();
}

// Where one is a DATE, or both are TIMESTAMPs of the same or of both kinds.
Result<Type> common_point_in_time(const Type& a, const Type& b, CommonTypeOf purpose) {
  if (!a.is_timestamp() || !b.is_timestamp()) {
    const bool local = a.kind() == TypeKind::kTimestampLtz || b.kind() == TypeKind::kTimestampLtz;
    if (purpose != CommonTypeOf::kArguments || local) return no_common_type(a, b);
    return Type::date();
  }
  const int precision = std::max(a.precision(), b.precision());
  bool local = a.kind() == TypeKind::kTimestampLtz || b.kind() == TypeKind::kTimestampLtz;
  // Calcite takes the second where the precisions differ.
  if (purpose == CommonTypeOf::kResults)
    local = (a.precision() == b.precision() ? a : b).kind() == TypeKind::kTimestampLtz;
  return local ? Type::timestamp_ltz(precision) : Type::timestamp(precision);
}

Result<Type> common_ignoring_nullability(const Type& a, const Type& b, CommonTypeOf purpose) {
  if (a.kind() == TypeKind::kNull) return b;
  if (b.kind() == TypeKind::kNull || a.same_but_nullability(b)) {
    if (!a.is_nested() || b.kind() == TypeKind::kNull) return a;
    return common_nested(a, b, purpose);  // elements may differ in nullability
  }
  if (a.is_character() && b.is_character()) return Type::varchar(std::max(a.length(), b.length()));
  if (a.is_binary() && b.is_binary()) return Type::varbinary(std::max(a.length(), b.length()));
  if (a.is_integer() && b.is_integer()) return a.kind() > b.kind() ? a : b;
  if (a.is_exact_numeric() && b.is_exact_numeric()) return common_decimal(a, b);
  if (a.is_numeric() && b.is_numeric()) return common_approximate(a, b, purpose);
  const auto is_point = [](const Type& type) { return type.is_timestamp() || type.kind() == TypeKind::kDate; };
  if (is_point(a) && is_point(b)) return common_point_in_time(a, b, purpose);
  if (a.kind() == TypeKind::kTime && b.kind() == TypeKind::kTime)
    return Type::time(std::max(a.precision(), b.precision()));
  if (a.kind() == b.kind() && a.is_nested()) return common_nested(a, b, purpose);
  return no_common_type(a, b);
}

Result<Type> common_of_two(const Type& a, const Type& b, CommonTypeOf purpose) {
  MS_ASSIGN(const Type common, common_ignoring_nullability(a, b, purpose));
  return common.as_nullable(a.nullable() || b.nullable());
}

bool can_cast_nested(const Type& from, const Type& to) {
  if (from.kind() != to.kind() || from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (!can_cast(from.fields()[i].type, to.fields()[i].type)) return false;
  }
  return true;
}

}  // namespace

Result<Type> common_type(std::span<const Type> types, CommonTypeOf purpose) {
  if (types.empty()) return fail(ErrorCode::kInvalidArgument, "There is no common type of nothing");
  Type common = types[0];
  for (const Type& type : types.subspan(1)) {
    MS_ASSIGN(common, common_of_two(common, type, purpose));
  }
  return common;
}

bool can_cast_implicitly(const Type& from, const Type& to) {
  if (from.kind() == TypeKind::kNull || from.same_but_nullability(to)) return true;
  if (from.is_character() && to.is_character()) return true;
  if (from.is_binary() && to.is_binary()) return true;
  if (from.is_numeric() && to.is_numeric()) return true;
  if (from.is_timestamp() && to.is_timestamp()) return true;
  if (from.kind() == TypeKind::kTime && to.kind() == TypeKind::kTime) return true;
  if (from.kind() == TypeKind::kDate && to.is_timestamp()) return true;
  if (from.is_nested() && from.kind() == to.kind() && from.fields().size() == to.fields().size()) {
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (!can_cast_implicitly(from.fields()[i].type, to.fields()[i].type)) return false;
    }
    return true;
  }
  return false;
}

bool can_cast(const Type& from, const Type& to) {
  if (from.kind() == TypeKind::kNull || from.same_but_nullability(to)) return true;
  if (to.kind() == TypeKind::kNull) return false;
  if (to.is_character()) return true;
  const auto number_like = [](const Type& type) { return type.is_numeric() || type.kind() == TypeKind::kBoolean; };
  if (to.is_binary()) return from.is_character() || from.is_binary();
  if (from.is_binary()) return false;
  if (from.is_character()) return number_like(to) || internal::is_datetime(to);
  if (number_like(from) && number_like(to)) return true;
  if (internal::is_datetime(from) && internal::is_datetime(to)) {
    return !(from.kind() == TypeKind::kDate && to.kind() == TypeKind::kTime) &&
           !(from.kind() == TypeKind::kTime && to.kind() == TypeKind::kDate);
  }
  return from.is_nested() && can_cast_nested(from, to);
}

}  // namespace millstream::function
