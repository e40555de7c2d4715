// One byte for NULL or not, then the value: integers in their width, text with its length, elements in order.
#include "state/nested_cell.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millstream::state {
namespace {

using column::Int128;
using column::PhysicalKind;
using column::Reader;
using column::Slice;
using column::StringRef;
using column::Type;
using column::TypeKind;
using column::Value;
using column::Vector;
using column::WideTimestamp;

uint64_t normalised(double value) {
  if (std::isnan(value)) return 0x7ff8000000000000u;
  return std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
}

void encode_map(const Vector& map, Slice slice, ByteWriter& out) {
  std::vector<std::string> entries(slice.size);
  for (uint32_t e = 0; e < slice.size; ++e) {
    ByteWriter entry;
    encode_cell(*map.children()[0], slice.start + e, entry);
    encode_cell(*map.children()[1], slice.start + e, entry);
    entries[e] = as_text(entry.view());
  }
  std::sort(entries.begin(), entries.end());
  out.varint(slice.size);
  for (const std::string& entry : entries) out.raw(as_bytes(entry));
}

// The element types of a MULTISET are the element and INTEGER.
Type key_type_of(const Type& map) { return map.kind() == TypeKind::kMultiset ? map.element() : map.key(); }
Type value_type_of(const Type& map) { return map.kind() == TypeKind::kMultiset ? Type::integer() : map.value(); }

}  // namespace

void encode_cell(const Vector& vector, size_t position, ByteWriter& out) {
  if (vector.is_null(position)) {
    out.fixed(uint8_t{0});
    return;
  }
  out.fixed(uint8_t{1});
  switch (vector.type().physical()) {
    case PhysicalKind::kBool:
      out.fixed(Reader<uint8_t>(vector)[position]);
      return;
    case PhysicalKind::kInt8:
      out.fixed(Reader<int8_t>(vector)[position]);
      return;
    case PhysicalKind::kInt16:
      out.fixed(Reader<int16_t>(vector)[position]);
      return;
    case PhysicalKind::kInt32:
      out.fixed(Reader<int32_t>(vector)[position]);
      return;
    case PhysicalKind::kInt64:
      out.fixed(Reader<int64_t>(vector)[position]);
      return;
    case PhysicalKind::kFloat:
      out.fixed(normalised(Reader<float>(vector)[position]));
      return;
    case PhysicalKind::kDouble:
      out.fixed(normalised(Reader<double>(vector)[position]));
      return;
    case PhysicalKind::kInt128: {
      const auto value = static_cast<unsigned __int128>(Reader<Int128>(vector)[position]);
      out.fixed(static_cast<uint64_t>(value));
      out.fixed(static_cast<uint64_t>(value >> 64));
      return;
    }
    case PhysicalKind::kTimestamp: {
      const WideTimestamp value = Reader<WideTimestamp>(vector)[position];
      out.fixed(value.micros);
      out.fixed(value.nanos);
      return;
    }
    case PhysicalKind::kString: {
      const Reader<StringRef> reader(vector);
      out.text(reader[position].view());
      return;
    }
    case PhysicalKind::kRow: {
      const size_t at = vector.is_constant() ? 0 : position;
      for (const auto& child : vector.children()) encode_cell(*child, at, out);
      return;
    }
    case PhysicalKind::kArray: {
      const Slice slice = Reader<Slice>(vector)[position];
      out.varint(slice.size);
      for (uint32_t e = 0; e < slice.size; ++e) encode_cell(*vector.children()[0], slice.start + e, out);
      return;
    }
    case PhysicalKind::kMap:
      encode_map(vector, Reader<Slice>(vector)[position], out);
      return;
  }
}

Value decode_cell(const Type& type, ByteReader& reader) {
  if (reader.fixed<uint8_t>() == 0) return Value();
  switch (type.physical()) {
    case PhysicalKind::kBool:
      return Value(reader.fixed<uint8_t>() != 0);
    case PhysicalKind::kInt8:
      return Value(int64_t{reader.fixed<int8_t>()});
    case PhysicalKind::kInt16:
      return Value(int64_t{reader.fixed<int16_t>()});
    case PhysicalKind::kInt32:
      return Value(int64_t{reader.fixed<int32_t>()});
    case PhysicalKind::kInt64:
      return Value(reader.fixed<int64_t>());
    case PhysicalKind::kFloat:
    case PhysicalKind::kDouble:
      return Value(std::bit_cast<double>(reader.fixed<uint64_t>()));
    case PhysicalKind::kInt128: {
      const uint64_t low = reader.fixed<uint64_t>();
      const uint64_t high = reader.fixed<uint64_t>();
      return Value(static_cast<Int128>((static_cast<unsigned __int128>(high) << 64) | low));
    }
    case PhysicalKind::kTimestamp: {
      WideTimestamp value;
      value.micros = reader.fixed<int64_t>();
      value.nanos = reader.fixed<int32_t>();
      return Value(value);
    }
    case PhysicalKind::kString:
      return Value(std::string(reader.text()));
    case PhysicalKind::kRow: {
      Value::List fields;
      for (const auto& field : type.fields()) fields.push_back(decode_cell(field.type, reader));
      return Value(std::move(fields));
    }
    case PhysicalKind::kArray: {
      Value::List elements;
      const uint64_t count = reader.varint();
      for (uint64_t e = 0; e < count && reader.ok(); ++e) elements.push_back(decode_cell(type.element(), reader));
      return Value(std::move(elements));
    }
    case PhysicalKind::kMap: {
      Value::List entries;
      const uint64_t count = reader.varint();
      for (uint64_t e = 0; e < count && reader.ok(); ++e) {
        entries.push_back(decode_cell(key_type_of(type), reader));
        entries.push_back(decode_cell(value_type_of(type), reader));
      }
      return Value(std::move(entries));
    }
  }
  return Value();
}

}  // namespace millstream::state
