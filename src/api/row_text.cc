// Values to the Gateway's JSON, by hand: decimals are numbers of any length, which a tree of doubles could not hold.
#include "api/row_text.h"

#include "base/base64.h"
#include "base/json.h"

namespace millstream::api {
namespace {

using column::Type;
using column::TypeKind;
using column::Value;

void append_json(std::string& out, const Type& type, const Value& value);

void append_list(std::string& out, const Type& type, const Value::List& list) {
  const bool is_map = type.kind() == TypeKind::kMap || type.kind() == TypeKind::kMultiset;
  out += type.kind() == TypeKind::kArray ? '[' : '{';
  const size_t step = is_map ? 2 : 1;
  for (size_t i = 0; i < list.size(); i += step) {
    if (i > 0) out += ',';
    if (type.kind() == TypeKind::kArray) {
      append_json(out, type.element(), list[i]);
    } else if (type.kind() == TypeKind::kRow) {
      append_json_string(out, type.fields()[i].name);
      out += ':';
      append_json(out, type.fields()[i].type, list[i]);
    } else {
      const Type& key = type.kind() == TypeKind::kMap ? type.key() : type.element();
      append_json_string(out, list[i].is_null() ? "null" : column::to_text(key, list[i]));
      out += ':';
      append_json(out, type.kind() == TypeKind::kMap ? type.value() : Type::integer(), list[i + 1]);
    }
  }
  out += type.kind() == TypeKind::kArray ? ']' : '}';
}

void append_json(std::string& out, const Type& type, const Value& value) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  if (type.is_nested()) return append_list(out, type, value.as_list());
  if (type.is_numeric()) {
    const std::string text = column::to_text(type, value);
    // JSON has no NaN and no Infinity.
    const bool is_number = text.find_first_of("NI") == std::string::npos;
    if (is_number)
      out += text;
    else
      append_json_string(out, text);
    return;
  }
  switch (type.kind()) {
    case TypeKind::kBoolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      out += '"';
      append_base64(out, value.as_string());
      out += '"';
      return;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      std::string text = column::to_text(Type::timestamp(type.precision()), value);
      if (const size_t blank = text.find(' '); blank != std::string::npos) text[blank] = 'T';
      if (type.kind() == TypeKind::kTimestampLtz) text += 'Z';
      append_json_string(out, text);
      return;
    }
    default:
      append_json_string(out, column::to_text(type, value));
  }
}

std::string_view gateway_kind(column::RowKind kind) {
  switch (kind) {
    case column::RowKind::kInsert:
      return "INSERT";
    case column::RowKind::kUpdateBefore:
      return "UPDATE_BEFORE";
    case column::RowKind::kUpdateAfter:
      return "UPDATE_AFTER";
    case column::RowKind::kDelete:
      return "DELETE";
  }
  return "INSERT";
}

}  // namespace

void append_row(std::string& out, const column::Schema& schema, std::span<const Value> values, column::RowKind kind,
                RowFormat format) {
  out += R"({"kind":")";
  out += gateway_kind(kind);
  out += R"(","fields":[)";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    const Type& type = schema.fields[i].type;
    if (format == RowFormat::kJson || values[i].is_null())
      append_json(out, type, values[i]);
    else
      append_json_string(out, column::to_text(type, values[i]));
  }
  out += "]}";
}

std::string columns_text(const column::Schema& schema) {
  std::string out = "[";
  for (const auto& field : schema.fields) {
    if (out.size() > 1) out += ',';
    out += R"({"name":)";
    append_json_string(out, field.name);
    out += R"(,"logicalType":)" + field.type.to_gateway_json() + R"(,"comment":)";
    if (field.comment.empty())
      out += "null";
    else
      append_json_string(out, field.comment);
    out += '}';
  }
  return out + "]";
}

}  // namespace millstream::api
