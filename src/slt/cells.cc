// Cells to values and back. Scalars go through the engine's own CAST from text, so that there is one parser of dates.
#include "slt/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "function/evaluator.h"
#include "function/expression.h"

namespace millstream::slt {
namespace {

using column::Type;
using column::TypeKind;
using column::Value;

Result<Value> cast_text(const Type& type, std::string text) {
  auto cast = std::make_shared<function::Expression>();
  cast->type = type;
  cast->node = function::Cast{function::literal(Type::string().not_null(), Value(std::move(text))), false};
  std::vector<function::RowError> errors;
  function::EvaluationContext context;
  context.errors = &errors;
  return function::evaluate_constant(*cast, context);
}

std::string_view without_fraction_zeros(std::string_view text) {
  if (text.find('.') == std::string_view::npos) return text;
  while (text.ends_with('0')) text.remove_suffix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

// "00:00:10", "2024-02-29", "2024-02-29T12:00:00Z" and "2024-02-29 12:00:00" to what CAST reads.
std::string timestamp_text(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.find('-', 1) == std::string_view::npos) return "1970-01-01 " + std::string(text);
  std::string result(text);
  if (const size_t t = result.find('T'); t != std::string::npos) result[t] = ' ';
  if (result.find(' ') == std::string::npos) result += " 00:00:00";
  return result;
}

Result<Value> bytes_of(std::string_view text) {
  if (!text.starts_with("x'") || !text.ends_with("'")) return Value(std::string(text));
  const std::string_view digits = text.size() < 3 ? "" : text.substr(2, text.size() - 3);
  if (text.size() < 3 || digits.size() % 2 != 0)
    return fail(ErrorCode::kParse, fmt::format("'{}' is not hexadecimal", text));
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    int byte = 0;
    const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    if (error != std::errc() || end != digits.data() + i + 2) {
      return fail(ErrorCode::kParse, fmt::format("'{}' is not hexadecimal", text));
    }
    bytes += static_cast<char>(byte);
  }
  return Value(std::move(bytes));
}

// "+1-02" is months, "+1 02:03:04.500" milliseconds.
Result<Value> interval_of(const Type& type, std::string_view text) {
  int64_t sign = 1;
  if (text.starts_with('+') || text.starts_with('-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  int64_t parts[5] = {};
  int count = 0;
  for (size_t at = 0; at < text.size() && count < 5; ++count) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), parts[count]);
    if (error != std::errc()) return fail(ErrorCode::kParse, fmt::format("'{}' is not an interval", text));
    at = static_cast<size_t>(end - text.data()) + 1;
  }
  if (type.kind() == TypeKind::kIntervalYearMonth) return Value(sign * (parts[0] * 12 + parts[1]));
  return Value(sign * ((((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3]) * 1000 + parts[4]));
}

Result<Value> value_from_json(const Type& type, const Json& json);

Result<Value> nested_from_json(const Type& type, const Json& json) {
  Value::List list;
  if (type.kind() == TypeKind::kArray) {
    const Json::Array* elements = json.if_array();
    if (elements == nullptr) return fail(ErrorCode::kParse, "an ARRAY cell is a JSON array");
    for (const Json& element : *elements) {
      MS_ASSIGN(Value value, value_from_json(type.element(), element));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }
  if (type.kind() == TypeKind::kRow) {
    const auto& fields = type.fields();
    const Json::Array* elements = json.if_array();
    if (elements != nullptr ? elements->size() != fields.size() : json.if_object() == nullptr)
      return fail(ErrorCode::kParse, fmt::format("a ROW cell is the list of its {} fields", fields.size()));
    for (size_t i = 0; i < fields.size(); ++i) {
      const Json& member = elements ? (*elements)[i] : json[fields[i].name];
      MS_ASSIGN(Value value, value_from_json(fields[i].type, member));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }
  // MAP and MULTISET
  const bool is_map = type.kind() == TypeKind::kMap;
  const Type& key_type = is_map ? type.key() : type.element();
  const Type value_type = is_map ? type.value() : Type::integer();
  if (const Json::Object* members = json.if_object()) {
    for (const auto& [name, member] : *members) {
      MS_ASSIGN(Value key, parse_cell(key_type, name));
      MS_ASSIGN(Value value, value_from_json(value_type, member));
      list.push_back(std::move(key));
      list.push_back(std::move(value));
    }
  } else if (const Json::Array* pairs = json.if_array()) {
    for (const Json& pair : *pairs) {
      const Json::Array* two = pair.if_array();
      if (two == nullptr || two->size() != 2)
        return fail(ErrorCode::kParse, "a MAP cell is an object or [[key,value],…]");
      MS_ASSIGN(Value key, value_from_json(key_type, (*two)[0]));
      MS_ASSIGN(Value value, value_from_json(value_type, (*two)[1]));
      list.push_back(std::move(key));
      list.push_back(std::move(value));
    }
  } else {
    return fail(ErrorCode::kParse, "a MAP cell is an object or [[key,value],…]");
  }
  return Value(std::move(list));
}

Result<Value> value_from_json(const Type& type, const Json& json) {
  if (json.is_null()) return Value();
  if (type.is_nested()) return nested_from_json(type, json);
  if (const std::string* text = json.if_string()) {
    return type.is_character() ? Result<Value>(Value(*text)) : parse_cell(type, *text);
  }
  return parse_cell(type, json.to_text());
}

std::string nested_text(const Type& type, const Value& value);

std::string json_of(const Type& type, const Value& value) {
  if (value.is_null()) return "null";
  if (type.is_nested()) return nested_text(type, value);
  if (type.is_numeric() || type.kind() == TypeKind::kBoolean) {
    std::string text = column::to_text(type, value);
    return type.kind() == TypeKind::kBoolean ? to_lower(text) : text;
  }
  std::string out;
  append_json_string(out, type.is_character() ? value.as_string() : print_cell(type, value));
  return out;
}

std::string nested_text(const Type& type, const Value& value) {
  const Value::List& list = value.as_list();
  std::vector<std::string> parts;
  if (type.kind() == TypeKind::kArray || type.kind() == TypeKind::kRow) {
    for (size_t i = 0; i < list.size(); ++i) {
      parts.push_back(json_of(type.kind() == TypeKind::kArray ? type.element() : type.fields()[i].type, list[i]));
    }
    return "[" + join(parts, ",") + "]";
  }
  const bool is_map = type.kind() == TypeKind::kMap;
  const Type& key_type = is_map ? type.key() : type.element();
  const Type value_type = is_map ? type.value() : Type::integer();
  for (size_t i = 0; i + 1 < list.size(); i += 2) {
    std::string key;
    append_json_string(key, list[i].is_null()         ? "null"
                            : key_type.is_character() ? list[i].as_string()
                                                      : print_cell(key_type, list[i]));
    parts.push_back(key + ":" + json_of(value_type, list[i + 1]));
  }
  std::sort(parts.begin(), parts.end());
  return "{" + join(parts, ",") + "}";
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || text == "NULL" || text == "----") return true;
  if (text == "+I" || text == "-U" || text == "+U" || text == "-D") return true;
  if (text[0] == '"' || text[0] == '[' || text[0] == '{' || text[0] == '#') return true;
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

std::string quoted_if_needed(std::string text) {
  if (!needs_quotes(text)) return text;
  std::string out;
  append_json_string(out, text);
  return out;
}

// The next cell of a line; quoted strings and JSON keep their blanks.
Result<std::string_view> next_cell(std::string_view& line) {
  line = trim(line);
  if (line.empty()) return std::string_view{};
  size_t end = 0;
  int depth = 0;
  bool in_string = false;
  const bool structured = line[0] == '[' || line[0] == '{' || line[0] == '"';
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (in_string) {
      if (c == '\\')
        ++end;
      else if (c == '"')
        in_string = false;
    } else if (structured && c == '"') {
      in_string = true;
    } else if (structured && (c == '[' || c == '{')) {
      ++depth;
    } else if (structured && (c == ']' || c == '}')) {
      --depth;
    } else if (depth == 0 && (c == ' ' || c == '\t')) {
      break;
    }
  }
  if (in_string || depth != 0) return fail(ErrorCode::kParse, fmt::format("unfinished cell: {}", line));
  const std::string_view cell = line.substr(0, end);
  line.remove_prefix(end);
  return cell;
}

}  // namespace

Result<Value> parse_cell(const Type& type, std::string_view text) {
  if (text == "NULL") return Value();
  std::string plain(text);
  if (text.starts_with('"')) {
    MS_ASSIGN(Json json, Json::parse(text));
    if (json.if_string() == nullptr) return fail(ErrorCode::kParse, fmt::format("not a quoted string: {}", text));
    plain = *json.if_string();
  }
  switch (type.kind()) {
    case TypeKind::kChar:
      return cast_text(type, plain);
    case TypeKind::kVarchar:
      return Value(std::move(plain));
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return bytes_of(plain);
    case TypeKind::kTimestamp:
      return cast_text(type, timestamp_text(plain));
    case TypeKind::kTimestampLtz: {
      // Cells are UTC whatever the session's zone: read as TIMESTAMP, which is stored alike.
      return cast_text(Type::timestamp(type.precision()), timestamp_text(plain));
    }
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
      return interval_of(type, plain);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: {
      MS_ASSIGN(Json json, Json::parse(plain));
      return value_from_json(type, json);
    }
    default:
      return cast_text(type, plain);
  }
}

std::string print_cell(const Type& type, const Value& value) {
  if (value.is_null()) return "NULL";
  switch (type.kind()) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBoolean:
      return value.as_bool() ? "true" : "false";
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return quoted_if_needed(value.as_string());
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string text = "x'";
      for (const char c : value.as_string()) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return text + "'";
    }
    case TypeKind::kTime:
      return std::string(without_fraction_zeros(column::to_text(type, value)));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      std::string text = column::to_text(Type::timestamp(type.precision()), value);
      if (const size_t blank = text.find(' '); blank != std::string::npos) text[blank] = 'T';
      text = std::string(without_fraction_zeros(text));
      return type.kind() == TypeKind::kTimestampLtz ? text + "Z" : text;
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      return nested_text(type, value);
    default:
      return quoted_if_needed(column::to_text(type, value));
  }
}

Result<TestRow> parse_row(std::string_view line, const column::Schema& schema) {
  TestRow row;
  std::string_view rest = trim(line);
  for (const auto kind : {column::RowKind::kInsert, column::RowKind::kUpdateBefore, column::RowKind::kUpdateAfter,
                          column::RowKind::kDelete}) {
    const std::string_view name = column::short_name_of(kind);
    if (rest.starts_with(name) && (rest.size() == name.size() || rest[name.size()] == ' ')) {
      row.kind = kind;
      rest.remove_prefix(name.size());
      break;
    }
  }
  for (const auto& field : schema.fields) {
    MS_ASSIGN(std::string_view cell, next_cell(rest));
    if (cell.empty()) {
      return fail(ErrorCode::kParse,
                  fmt::format("'{}' has {} cells, {} are needed", line, row.values.size(), schema.size()));
    }
    auto value = parse_cell(field.type, cell);
    if (!value) {
      return fail(ErrorCode::kParse,
                  fmt::format("cell '{}' is not a {} ({})", cell, field.type.to_sql(), value.error().message));
    }
    row.values.push_back(*std::move(value));
  }
  if (!trim(rest).empty())
    return fail(ErrorCode::kParse, fmt::format("'{}' has more than {} cells", line, schema.size()));
  return row;
}

std::string print_row(const TestRow& row, const column::Schema& schema, bool with_kind) {
  std::string text = with_kind ? std::string(column::short_name_of(row.kind)) : "";
  for (size_t i = 0; i < row.values.size(); ++i) {
    if (!text.empty()) text += ' ';
    text += print_cell(schema.fields[i].type, row.values[i]);
  }
  return text;
}

std::vector<TestRow> rows_of(const column::Batch& batch) {
  std::vector<TestRow> rows;
  batch.rows().for_each([&](size_t position) {
    TestRow row;
    row.kind = batch.kind_at(position);
    for (const auto& column : batch.columns) row.values.push_back(column::value_at(*column, position));
    rows.push_back(std::move(row));
  });
  return rows;
}

column::Batch batch_of(std::span<const TestRow> rows, const column::Schema& schema) {
  column::Batch batch;
  batch.length = rows.size();
  bool only_inserts = true;
  std::vector<column::RowKind> kinds;
  for (const TestRow& row : rows) {
    kinds.push_back(row.kind);
    only_inserts = only_inserts && row.kind == column::RowKind::kInsert;
  }
  if (!only_inserts) batch.kinds = std::make_shared<const std::vector<column::RowKind>>(std::move(kinds));
  for (size_t i = 0; i < schema.size(); ++i) {
    std::vector<Value> values;
    for (const TestRow& row : rows) values.push_back(row.values[i]);
    batch.columns.push_back(column::make_vector(schema.fields[i].type, values));
  }
  return batch;
}

}  // namespace millstream::slt
