// Single values: to and from vectors, and as text.
#include "column/value.h"

#include <charconv>

#include "column/calendar.h"
#include "column/decimal.h"
#include "column/number_text.h"

namespace millstream::column {
namespace {

Value list_of(const Vector& vector, size_t position) {
  Value::List list;
  const auto& children = vector.children();
  if (vector.type().physical() == PhysicalKind::kRow) {
    for (const VectorPtr& child : children) list.push_back(value_at(*child, position));
  } else {
    const Slice slice = Reader<Slice>(vector)[position];
    for (uint32_t e = slice.start; e < slice.start + slice.size; ++e) {
      for (const VectorPtr& child : children) list.push_back(value_at(*child, e));
    }
  }
  return Value(std::move(list));
}

void store(Vector& vector, size_t position, const Value& value) {
  if (value.is_null()) {
    vector.set_null(position);
    return;
  }
  switch (vector.type().physical()) {
    case PhysicalKind::kBool:
      vector.mutable_values<uint8_t>()[position] = value.as_bool() ? 1 : 0;
      break;
    case PhysicalKind::kInt8:
      vector.mutable_values<int8_t>()[position] = static_cast<int8_t>(value.as_int());
      break;
    case PhysicalKind::kInt16:
      vector.mutable_values<int16_t>()[position] = static_cast<int16_t>(value.as_int());
      break;
    case PhysicalKind::kInt32:
      vector.mutable_values<int32_t>()[position] = static_cast<int32_t>(value.as_int());
      break;
    case PhysicalKind::kInt64:
      vector.mutable_values<int64_t>()[position] = static_cast<int64_t>(value.as_int128());
      break;
    case PhysicalKind::kFloat:
      vector.mutable_values<float>()[position] = static_cast<float>(value.as_double());
      break;
    case PhysicalKind::kDouble:
      vector.mutable_values<double>()[position] = value.as_double();
      break;
    case PhysicalKind::kInt128:
      vector.mutable_values<Int128>()[position] = value.as_int128();
      break;
    case PhysicalKind::kTimestamp:
      vector.mutable_values<WideTimestamp>()[position] = value.as_timestamp();
      break;
    case PhysicalKind::kString:
      vector.mutable_values<StringRef>()[position] = vector.add_string(value.as_string());
      break;
    case PhysicalKind::kRow:
    case PhysicalKind::kArray:
    case PhysicalKind::kMap:
      CHECK(false);
      break;
  }
}

// One vector per child of a nested type, with the children of all values behind each other.
void fill_children(Vector& vector, std::span<const Value> values, bool constant, size_t length) {
  const Type& type = vector.type();
  if (type.physical() == PhysicalKind::kRow) {
    for (size_t c = 0; c < type.fields().size(); ++c) {
      std::vector<Value> child;
      child.reserve(values.size());
      for (const Value& value : values) {
        CHECK(value.is_null() || value.as_list().size() == type.fields().size());
        child.push_back(value.is_null() ? Value() : value.as_list()[c]);
      }
      vector.set_child(c, constant ? make_constant_vector(type.fields()[c].type, child[0], length)
                                   : make_vector(type.fields()[c].type, child));
    }
    return;
  }
  const std::vector<Type> types = type.kind() == TypeKind::kArray ? std::vector<Type>{type.element()}
                                  : type.kind() == TypeKind::kMultiset
                                      ? std::vector<Type>{type.element(), Type::integer()}
                                      : std::vector<Type>{type.key(), type.value()};
  std::vector<std::vector<Value>> children(types.size());
  Slice* slices = vector.mutable_values<Slice>();
  for (size_t i = 0; i < values.size(); ++i) {
    slices[i].start = static_cast<uint32_t>(children[0].size());
    if (values[i].is_null()) continue;
    const Value::List& list = values[i].as_list();
    CHECK(list.size() % types.size() == 0);
    slices[i].size = static_cast<uint32_t>(list.size() / types.size());
    for (size_t e = 0; e < list.size(); ++e) children[e % types.size()].push_back(list[e]);
  }
  for (size_t c = 0; c < types.size(); ++c) vector.set_child(c, make_vector(types[c], children[c]));
}

void fill(Vector& vector, std::span<const Value> values, bool constant, size_t length) {
  if (vector.type().is_nested()) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_null()) vector.set_null(i);
    }
    fill_children(vector, values, constant, length);
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) store(vector, i, values[i]);
}

void append_text(std::string& out, const Type& type, const Value& value);

template <typename Write>
void append_written(std::string& out, Write write) {
  char buffer[64];
  out.append(buffer, write(buffer));
}

WideTimestamp wide(const Type& type, const Value& value) {
  return type.physical() == PhysicalKind::kTimestamp ? value.as_timestamp() : WideTimestamp{value.as_int()};
}

void append_nested(std::string& out, const Type& type, const Value::List& list) {
  switch (type.kind()) {
    case TypeKind::kRow:
      out += '(';
      for (size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ", ";
        append_text(out, type.fields()[i].type, list[i]);
      }
      out += ')';
      return;
    case TypeKind::kArray:
      out += '[';
      for (size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ", ";
        append_text(out, type.element(), list[i]);
      }
      out += ']';
      return;
    default: {
      const Type key = type.kind() == TypeKind::kMap ? type.key() : type.element();
      const Type content = type.kind() == TypeKind::kMap ? type.value() : Type::integer();
      out += '{';
      for (size_t i = 0; i + 1 < list.size(); i += 2) {
        if (i > 0) out += ", ";
        append_text(out, key, list[i]);
        out += '=';
        append_text(out, content, list[i + 1]);
      }
      out += '}';
    }
  }
}

void append_text(std::string& out, const Type& type, const Value& value) {
  if (value.is_null()) {
    out += "NULL";
    return;
  }
  switch (type.kind()) {
    case TypeKind::kNull:
      out += "NULL";
      break;
    case TypeKind::kBoolean:
      out += value.as_bool() ? "TRUE" : "FALSE";
      break;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint:
      out += std::to_string(value.as_int());
      break;
    case TypeKind::kFloat:
      append_written(out, [&](char* p) { return write_float(p, static_cast<float>(value.as_double())) - p; });
      break;
    case TypeKind::kDouble:
      append_written(out, [&](char* p) { return write_double(p, value.as_double()) - p; });
      break;
    case TypeKind::kDecimal:
      append_written(out, [&](char* p) { return write_decimal(p, value.as_int128(), type.scale()) - p; });
      break;
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      out += value.as_string();
      break;
    case TypeKind::kDate:
      append_written(out, [&](char* p) { return write_date(p, value.as_int()) - p; });
      break;
    case TypeKind::kTime:
      append_written(out, [&](char* p) {
        return write_time_shortly(p, static_cast<int32_t>(value.as_int()), type.precision()) - p;
      });
      break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      append_written(out, [&](char* p) {
        const WideTimestamp t = wide(type, value);
        return write_timestamp(p, t.micros, t.nanos, type.precision()) - p;
      });
      break;
    case TypeKind::kIntervalYearMonth:
      append_written(out, [&](char* p) { return write_year_month(p, static_cast<int32_t>(value.as_int())) - p; });
      break;
    case TypeKind::kIntervalDayTime:
      append_written(out, [&](char* p) { return write_day_time(p, value.as_int()) - p; });
      break;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      append_nested(out, type, value.as_list());
      break;
  }
}

}  // namespace

Int128 Value::as_int128() const {
  if (const auto* small = std::get_if<int64_t>(&data_)) return *small;
  return std::get<Int128>(data_);
}

Value without_field(const Value& value, std::span<const int> path) {
  if (path.empty() || value.is_null()) return Value();
  Value::List fields = value.as_list();
  Value& field = fields[static_cast<size_t>(path[0])];
  field = without_field(field, path.subspan(1));
  return Value(std::move(fields));
}

Value value_at(const Vector& vector, size_t position) {
  if (vector.is_null(position)) return Value();
  switch (vector.type().physical()) {
    case PhysicalKind::kBool:
      return Value(Reader<uint8_t>(vector)[position] != 0);
    case PhysicalKind::kInt8:
      return Value(int64_t{Reader<int8_t>(vector)[position]});
    case PhysicalKind::kInt16:
      return Value(int64_t{Reader<int16_t>(vector)[position]});
    case PhysicalKind::kInt32:
      return Value(int64_t{Reader<int32_t>(vector)[position]});
    case PhysicalKind::kInt64:
      return Value(Reader<int64_t>(vector)[position]);
    case PhysicalKind::kFloat:
      return Value(static_cast<double>(Reader<float>(vector)[position]));
    case PhysicalKind::kDouble:
      return Value(Reader<double>(vector)[position]);
    case PhysicalKind::kInt128:
      return Value(Reader<Int128>(vector)[position]);
    case PhysicalKind::kTimestamp:
      return Value(Reader<WideTimestamp>(vector)[position]);
    case PhysicalKind::kString:
      return Value(std::string(Reader<StringRef>(vector)[position].view()));
    case PhysicalKind::kRow:
    case PhysicalKind::kArray:
    case PhysicalKind::kMap:
      return list_of(vector, position);
  }
  return Value();
}

VectorPtr make_vector(const Type& type, std::span<const Value> values) {
  auto vector = Vector::make(type, values.size());
  fill(*vector, values, false, values.size());
  return vector;
}

VectorPtr make_constant_vector(const Type& type, const Value& value, size_t length) {
  auto vector = Vector::make_constant(type, length);
  fill(*vector, {&value, 1}, true, length);
  return vector;
}

std::string to_text(const Type& type, const Value& value) {
  if (value.is_null()) return "null";
  std::string out;
  append_text(out, type, value);
  return out;
}

}  // namespace millstream::column
