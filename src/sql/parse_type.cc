// Type names, and the names of types and units.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql {

std::string_view name_of(TimeUnit unit) {
  static constexpr std::string_view kNames[] = {"NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND",     "MINUTE",
                                                "HOUR",       "DAY",         "WEEK",        "MONTH",      "QUARTER",
                                                "YEAR",       "DECADE",      "CENTURY",     "MILLENNIUM", "DOW",
                                                "ISODOW",     "DOY",         "ISOYEAR",     "EPOCH"};
  return kNames[static_cast<size_t>(unit)];
}

std::string_view name_of(TypeKind kind) {
  static constexpr std::string_view kNames[] = {
      "BOOLEAN",   "TINYINT",       "SMALLINT", "INT",    "BIGINT",    "FLOAT",    "DOUBLE", "DECIMAL",
      "CHAR",      "VARCHAR",       "STRING",   "BINARY", "VARBINARY", "BYTES",    "DATE",   "TIME",
      "TIMESTAMP", "TIMESTAMP_LTZ", "INTERVAL", "ARRAY",  "MAP",       "MULTISET", "ROW",    "NULL"};
  return kNames[static_cast<size_t>(kind)];
}

namespace internal {
namespace {

struct TypeWord {
  std::string_view word;
  TypeKind kind;
  int parameters;  // how many numbers may stand in parentheses
};
constexpr auto kSimpleTypes = std::to_array<TypeWord>({
    {"BOOLEAN", TypeKind::kBoolean, 0},     {"TINYINT", TypeKind::kTinyint, 0},
    {"SMALLINT", TypeKind::kSmallint, 0},   {"INT", TypeKind::kInteger, 0},
    {"INTEGER", TypeKind::kInteger, 0},     {"BIGINT", TypeKind::kBigint, 0},
    {"FLOAT", TypeKind::kFloat, 0},         {"DOUBLE", TypeKind::kDouble, 0},
    {"DECIMAL", TypeKind::kDecimal, 2},     {"DEC", TypeKind::kDecimal, 2},
    {"NUMERIC", TypeKind::kDecimal, 2},     {"CHAR", TypeKind::kChar, 1},
    {"CHARACTER", TypeKind::kChar, 1},      {"VARCHAR", TypeKind::kVarchar, 1},
    {"STRING", TypeKind::kString, 0},       {"BINARY", TypeKind::kBinary, 1},
    {"VARBINARY", TypeKind::kVarbinary, 1}, {"BYTES", TypeKind::kBytes, 0},
    {"DATE", TypeKind::kDate, 0},           {"TIME", TypeKind::kTime, 1},
    {"TIMESTAMP", TypeKind::kTimestamp, 1}, {"TIMESTAMP_LTZ", TypeKind::kTimestampLtz, 1},
    {"NULL", TypeKind::kNull, 0},
});
constexpr auto kRefusedTypes = std::to_array<std::string_view>(
    {"RAW", "VARIANT", "BITMAP", "STRUCTURED", "ANY", "REAL", "UUID", "JSON", "GEOMETRY"});

}  // namespace

// type [NOT NULL | NULL]
Result<TypeName> Parser::type() {
  MS_ASSIGN(TypeName result, type_without_suffix());
  const size_t from = stream_.position();
  if (stream_.accept_all({"NOT", "NULL"})) {
    result.not_null = true;
    result.span = covering(result.span, stream_.span_since(from));
  } else {
    stream_.accept("NULL");
  }
  return result;
}

// A type without NOT NULL of its own, as CAST takes it; elements and fields inside may have it.
Result<TypeName> Parser::type_without_suffix() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  const size_t from = stream_.position();
  const std::string_view word = stream_.text_of(stream_.current());
  TypeName result;
  const auto simple = std::ranges::find_if(kSimpleTypes, [&](const TypeWord& row) { return stream_.is(row.word, 0); });
  if (simple != kSimpleTypes.end()) {
    stream_.advance();
    result.kind = simple->kind;
    if (result.kind == TypeKind::kDouble) stream_.accept("PRECISION");
    if (result.kind == TypeKind::kChar && stream_.accept("VARYING")) result.kind = TypeKind::kVarchar;
    if (result.kind == TypeKind::kBinary && stream_.accept("VARYING")) result.kind = TypeKind::kVarbinary;
    MS_TRY(type_parameters(result, simple->parameters));
    if (result.kind == TypeKind::kTime || result.kind == TypeKind::kTimestamp) {
      const SourceSpan zone = stream_.current().span;
      if (stream_.accept("WITHOUT")) {
        MS_TRY(stream_.expect_all({"TIME", "ZONE"}));
      } else if (stream_.accept("WITH")) {
        if (stream_.is("TIME", 0)) {
          return stream_.unsupported(covering(zone, stream_.current().span),
                                     "Encountered \"TIME\": WITH TIME ZONE is not supported",
                                     "use TIMESTAMP_LTZ, which is TIMESTAMP WITH LOCAL TIME ZONE");
        }
        MS_TRY(stream_.expect_all({"LOCAL", "TIME", "ZONE"}));
        if (result.kind == TypeKind::kTime) {
          return stream_.unsupported(stream_.span_since(from), "TIME WITH LOCAL TIME ZONE is not supported",
                                     "use TIME or TIMESTAMP_LTZ");
        }
        result.kind = TypeKind::kTimestampLtz;
      }
    }
  } else if (stream_.accept("INTERVAL")) {
    result.kind = TypeKind::kInterval;
    MS_ASSIGN(result.interval, interval_qualifier());
  } else if (stream_.accept("ROW")) {
    result.kind = TypeKind::kRow;
    if (!stream_.is("<", 0) && !stream_.is("<>", 0)) {
      MS_TRY(stream_.expect("("));
      MS_ASSIGN(result.fields, row_fields(")"));
    } else if (!stream_.accept("<>")) {
      stream_.advance();
      MS_ASSIGN(result.fields, row_fields(">"));
    }
  } else if (stream_.is("ARRAY", 0) || stream_.is("MAP", 0) || stream_.is("MULTISET", 0)) {
    result.kind = stream_.is("ARRAY", 0) ? TypeKind::kArray
                  : stream_.is("MAP", 0) ? TypeKind::kMap
                                         : TypeKind::kMultiset;
    stream_.advance();
    MS_TRY(stream_.expect("<"));
    MS_ASSIGN(TypeName first, type());
    result.arguments.push_back(std::move(first));
    if (result.kind == TypeKind::kMap) {
      MS_TRY(stream_.expect(","));
      MS_ASSIGN(TypeName value, type());
      result.arguments.push_back(std::move(value));
    }
    MS_TRY(stream_.expect(">"));
  } else if (std::ranges::any_of(kRefusedTypes, [&](std::string_view one) { return stream_.is(one, 0); })) {
    return stream_.unsupported(stream_.current().span, "the type " + to_upper(word) + " is not supported",
                               stream_.is("REAL", 0) ? "use FLOAT" : "");
  } else {
    stream_.note_expected(kAnyType);
    if (stream_.current().kind == TokenKind::kWord && !stream_.current().reserved) {
      std::vector<std::string> words{"INTERVAL", "ROW", "ARRAY", "MAP", "MULTISET"};
      for (const TypeWord& row : kSimpleTypes) words.emplace_back(row.word);
      const auto near = nearest(word, words);
      return stream_.fail_at(stream_.current().span, ErrorCode::kParse, "Unknown type '" + std::string(word) + "'",
                             near ? "did you mean " + *near + "?" : "");
    }
    return stream_.fail_here();
  }
  result.span = stream_.span_since(from);
  // INT ARRAY is ARRAY<INT>.
  while (stream_.is("ARRAY", 0) || stream_.is("MULTISET", 0)) {
    TypeName outer;
    outer.kind = stream_.is("ARRAY", 0) ? TypeKind::kArray : TypeKind::kMultiset;
    stream_.advance();
    outer.arguments.push_back(std::move(result));
    outer.span = stream_.span_since(from);
    result = std::move(outer);
    MS_TRY(grow());
  }
  return result;
}

Status Parser::type_parameters(TypeName& result, int count) {
  if (count == 0 || !stream_.accept("(")) return {};
  MS_ASSIGN(result.precision, stream_.whole_number());
  if (count == 2 && stream_.accept(",")) {
    MS_ASSIGN(result.scale, stream_.whole_number());
  }
  return stream_.expect(")");
}

// name type [NOT NULL] ['comment'], ... and the closing mark.
Result<std::vector<RowField>> Parser::row_fields(std::string_view close) {
  std::vector<RowField> fields;
  if (stream_.accept(close)) return fields;
  do {
    const size_t from = stream_.position();
    RowField field;
    MS_ASSIGN(field.name, stream_.identifier());
    MS_ASSIGN(field.type, type());
    if (stream_.current().kind == TokenKind::kString) {
      MS_ASSIGN(TextLiteral text, stream_.text_literal());
      field.comment = std::move(text.value);
    }
    field.span = stream_.span_since(from);
    fields.push_back(std::move(field));
  } while (stream_.accept(","));
  MS_TRY(stream_.expect(close));
  return fields;
}

}  // namespace internal
}  // namespace millstream::sql
