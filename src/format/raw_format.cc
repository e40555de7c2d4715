// Raw records: views of their bytes for text and binary, fixed widths for numbers.
#include "format/raw_format.h"

#include "base/text.h"
#include "format/internal/growing_column.h"

namespace millstream::format {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;

struct RawOptions {
  bool little_endian = false;
};

Result<RawOptions> read_options(const column::Schema& fields, const FormatOptions& options) {
  RawOptions result;
  for (const auto& [key, value] : options) {
    if (key == "charset") {
      if (!equals_ignoring_case(value, "UTF-8")) {
        return fail(ErrorCode::kUnsupported, "Unsupported 'raw.charset' name: " + value + ".",
                    "Only UTF-8 is supported.");
      }
    } else if (key == "endianness") {
      if (value != "big-endian" && value != "little-endian") {
        return fail(ErrorCode::kInvalidArgument, "Unsupported endianness name: " + value + ".",
                    "Use 'big-endian' or 'little-endian'.");
      }
      result.little_endian = value == "little-endian";
    } else {
      return fail(ErrorCode::kInvalidArgument, "Unknown option 'raw." + key + "'.",
                  "Known ones are raw.charset and raw.endianness.");
    }
  }
  if (fields.size() != 1) {
    std::string names;
    for (const Type::Field& field : fields.fields) names += (names.empty() ? "" : ", ") + field.name;
    return fail(ErrorCode::kInvalidArgument,
                "The 'raw' format only supports single physical column. However the defined schema contains "
                "multiple physical columns: [" +
                    names + "]");
  }
  const Type& type = fields.fields[0].type;
  const bool supported = type.is_character() || type.is_binary() || type.is_integer() ||
                         type.kind() == TypeKind::kBoolean || type.kind() == TypeKind::kFloat ||
                         type.kind() == TypeKind::kDouble;
  if (!supported)
    return fail(ErrorCode::kUnsupported, "The 'raw' format doesn't supports '" + type.to_sql() + "' as column type.");
  return result;
}

template <typename Int>
Int load(std::string_view bytes, bool little) {
  const auto* at = reinterpret_cast<const std::byte*>(bytes.data());
  return little ? load_little_endian<Int>(at) : load_big_endian<Int>(at);
}

class RawDecoder final : public Decoder {
 public:
  RawDecoder(Type::Field field, RawOptions options) : field_(std::move(field)), options_(options) {}

  void decode(std::span<const std::string_view> records, const std::shared_ptr<const void>& owner,
              Decoded& out) override {
    out.columns.clear();
    out.kept.clear();
    out.problems.clear();
    GrowingColumn column(field_.type, records.size());
    const uint32_t width = column.physical() == PhysicalKind::kString ? 0 : column::value_size_of(column.physical());
    for (uint32_t position = 0; position < records.size(); ++position) {
      const std::string_view record = records[position];
      if (record.data() == nullptr) continue;
      if (width != 0 && record.size() != width) {
        out.problems.push_back({DecodeProblem::Kind::kRefused, position, 0,
                                "Size of data received for deserializing " + field_.type.to_sql() + " type is not " +
                                    std::to_string(width) + "."});
        continue;
      }
      set(column, position, record);
      out.kept.push_back(position);
    }
    out.columns.push_back(column.finish(records.size(), owner));
  }

 private:
  void set(GrowingColumn& column, size_t position, std::string_view record) const {
    const bool little = options_.little_endian;
    switch (column.physical()) {
      case PhysicalKind::kString:
        column.set(position, column::StringRef(record));
        break;
      case PhysicalKind::kBool:
        column.set(position, static_cast<uint8_t>(record[0] != 0));
        break;
      case PhysicalKind::kInt8:
        column.set(position, static_cast<int8_t>(record[0]));
        break;
      case PhysicalKind::kInt16:
        column.set(position, load<int16_t>(record, little));
        break;
      case PhysicalKind::kInt32:
        column.set(position, load<int32_t>(record, little));
        break;
      case PhysicalKind::kInt64:
        column.set(position, load<int64_t>(record, little));
        break;
      case PhysicalKind::kFloat:
        column.set(position, std::bit_cast<float>(load<uint32_t>(record, little)));
        break;
      case PhysicalKind::kDouble:
        column.set(position, std::bit_cast<double>(load<uint64_t>(record, little)));
        break;
      default:
        break;
    }
  }

  Type::Field field_;
  RawOptions options_;
};

class RawEncoder final : public Encoder {
 public:
  explicit RawEncoder(RawOptions options) : options_(options) {}

  Status encode(std::span<const column::VectorPtr> columns, column::Rows rows, EncodedRows& out) override {
    const column::Vector& vector = *columns[0];
    for (size_t r = 0; r < rows.count; ++r) {
      const size_t position = vector.is_constant() ? 0 : rows[r];
      if (!vector.is_null(position)) append(vector, position, out.bytes);
      out.ends.push_back(out.bytes.size());
    }
    return {};
  }

 private:
  template <typename Int>
  void append_int(Int value, std::string& out) const {
    std::array<std::byte, sizeof(Int)> bytes;
    if (options_.little_endian)
      store_little_endian(bytes.data(), value);
    else
      store_big_endian(bytes.data(), value);
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void append(const column::Vector& vector, size_t position, std::string& out) const {
    switch (vector.type().physical()) {
      case PhysicalKind::kString:
        out += vector.values<column::StringRef>()[position].view();
        break;
      case PhysicalKind::kBool:
        append_int(vector.values<uint8_t>()[position], out);
        break;
      case PhysicalKind::kInt8:
        append_int(vector.values<int8_t>()[position], out);
        break;
      case PhysicalKind::kInt16:
        append_int(vector.values<int16_t>()[position], out);
        break;
      case PhysicalKind::kInt32:
        append_int(vector.values<int32_t>()[position], out);
        break;
      case PhysicalKind::kInt64:
        append_int(vector.values<int64_t>()[position], out);
        break;
      case PhysicalKind::kFloat:
        append_int(std::bit_cast<uint32_t>(vector.values<float>()[position]), out);
        break;
      case PhysicalKind::kDouble:
        append_int(std::bit_cast<uint64_t>(vector.values<double>()[position]), out);
        break;
      default:
        break;
    }
  }

  RawOptions options_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_raw_decoder(const column::Schema& fields, const FormatOptions& options) {
  MS_ASSIGN(const RawOptions read, read_options(fields, options));
  return std::make_unique<RawDecoder>(fields.fields[0], read);
}

Result<std::unique_ptr<Encoder>> make_raw_encoder(const column::Schema& fields, const FormatOptions& options) {
  MS_ASSIGN(const RawOptions read, read_options(fields, options));
  return std::make_unique<RawEncoder>(read);
}

}  // namespace millstream::format
