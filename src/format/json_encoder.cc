// Writing JSON; one switch per value over its type, names written from prepared text.
#include "format/json_encoder.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/base64.h"
#include "column/calendar.h"
#include "column/decimal.h"
#include "column/number_text.h"
#include "format/internal/json_scanner.h"

namespace millstream::format {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;
using column::Vector;

template <typename T>
const T& value_of(const Vector& vector, size_t position) {
  return vector.values<T>()[vector.is_constant() ? 0 : position];
}

class JsonEncoder final : public Encoder {
 public:
  JsonEncoder(const column::Schema& fields, const JsonOptions& options) : options_(options), schema_(fields) {
    for (const Type::Field& field : fields.fields) names_.push_back(name_of(field.name));
  }

  Status encode(std::span<const column::VectorPtr> columns, column::Rows rows, EncodedRows& out) override {
    CHECK(columns.size() == names_.size());
    for (size_t r = 0; r < rows.count; ++r) {
      const size_t position = rows[r];
      const size_t start = out.bytes.size();
      out.bytes.push_back('{');
      bool first = true;
      for (size_t i = 0; i < columns.size(); ++i) {
        if (options_.ignore_null_fields && columns[i]->is_null(position)) continue;
        if (!first) out.bytes.push_back(',');
        first = false;
        out.bytes += names_[i];
        if (Status done = value(out.bytes, *columns[i], position); !done) {
          out.bytes.resize(start);
          return done;
        }
      }
      out.bytes.push_back('}');
      out.ends.push_back(out.bytes.size());
    }
    return {};
  }

 private:
  static std::string name_of(std::string_view name) {
    std::string text;
    append_jackson_string(text, name, PairEscapes::kYes);
    return text + ":";
  }

  static void number(std::string& out, int64_t value) {
    const fmt::format_int text(value);
    out.append(text.data(), text.size());
  }

  void decimal(std::string& out, const Vector& vector, size_t position) const {
    const column::Int128 unscaled = vector.type().physical() == PhysicalKind::kInt64
                                        ? value_of<int64_t>(vector, position)
                                        : value_of<column::Int128>(vector, position);
    std::array<char, column::kMaxDecimalText> buffer;
    if (options_.decimal_as_plain_number) {
      out.append(buffer.data(), column::write_decimal(buffer.data(), unscaled, vector.type().scale()));
      return;
    }
    const bool negative = unscaled < 0;
    const char* end = column::write_decimal(buffer.data(), negative ? -unscaled : unscaled, 0);
    append_big_decimal(out, negative, {buffer.data(), static_cast<size_t>(end - buffer.data())}, vector.type().scale());
  }

  // Fractions lose their trailing zeros, and the point if nothing is left.
  static void trimmed_time(std::string& out, const char* begin, const char* end) {
    while (end[-1] == '0') --end;
    if (end[-1] == '.') --end;
    out.append(begin, end);
  }

  void timestamp(std::string& out, const Vector& vector, size_t position) const {
    int64_t micros = 0;
    int32_t nanos = 0;
    if (vector.type().physical() == PhysicalKind::kTimestamp) {
      const auto& wide = value_of<column::WideTimestamp>(vector, position);
      micros = wide.micros;
      nanos = wide.nanos;
    } else {
      micros = value_of<int64_t>(vector, position);
    }
    std::array<char, column::kMaxTimestampText> buffer;
    const char separator = options_.timestamps == TimestampStandard::kSql ? ' ' : 'T';
    const char* end = column::write_timestamp(buffer.data(), micros, nanos, 9, separator);
    out.push_back('"');
    trimmed_time(out, buffer.data(), end);
    if (vector.type().kind() == TypeKind::kTimestampLtz) out.push_back('Z');
    out.push_back('"');
  }

  template <typename Float>
  static void floating(std::string& out, Float value, char* (*write)(char*, Float)) {
    std::array<char, column::kMaxNumberText> buffer;
    const bool quoted = !std::isfinite(value);
    if (quoted) out.push_back('"');
    out.append(buffer.data(), write(buffer.data(), value));
    if (quoted) out.push_back('"');
  }

  Status value(std::string& out, const Vector& vector, size_t position) {
    if (vector.is_null(position)) {
      out += "null";
      return {};
    }
    switch (vector.type().kind()) {
      case TypeKind::kNull:
        out += "null";
        break;
      case TypeKind::kBoolean:
        out += value_of<uint8_t>(vector, position) != 0 ? "true" : "false";
        break;
      case TypeKind::kTinyint:
        number(out, value_of<int8_t>(vector, position));
        break;
      case TypeKind::kSmallint:
        number(out, value_of<int16_t>(vector, position));
        break;
      case TypeKind::kInteger:
      case TypeKind::kIntervalYearMonth:
        number(out, value_of<int32_t>(vector, position));
        break;
      case TypeKind::kBigint:
      case TypeKind::kIntervalDayTime:
        number(out, value_of<int64_t>(vector, position));
        break;
      case TypeKind::kFloat:
        floating(out, value_of<float>(vector, position), column::write_float);
        break;
      case TypeKind::kDouble:
        floating(out, value_of<double>(vector, position), column::write_double);
        break;
      case TypeKind::kDecimal:
        decimal(out, vector, position);
        break;
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        append_jackson_string(out, value_of<column::StringRef>(vector, position).view(), PairEscapes::kYes);
        break;
      case TypeKind::kBinary:
      case TypeKind::kVarbinary:
        out.push_back('"');
        append_base64(out, value_of<column::StringRef>(vector, position).view());
        out.push_back('"');
        break;
      case TypeKind::kDate: {
        std::array<char, column::kMaxTimestampText> buffer;
        char* end = column::write_date(buffer.data(), value_of<int32_t>(vector, position));
        out.push_back('"');
        out.append(buffer.data(), end);
        out.push_back('"');
        break;
      }
      case TypeKind::kTime: {
        const int32_t millis = value_of<int32_t>(vector, position);
        std::array<char, column::kMaxTimestampText> buffer;
        const char* end = column::write_time(buffer.data(), millis / 1000, millis % 1000 * 1'000'000, 3);
        out.push_back('"');
        trimmed_time(out, buffer.data(), end);
        out.push_back('"');
        break;
      }
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz:
        timestamp(out, vector, position);
        break;
      case TypeKind::kArray:
        return array(out, vector, position);
      case TypeKind::kMap:
      case TypeKind::kMultiset:
        return map(out, vector, position);
      case TypeKind::kRow:
        return row(out, vector, position);
    }
    return {};
  }

  Status array(std::string& out, const Vector& vector, size_t position) {
    const auto slice = value_of<column::Slice>(vector, position);
    out.push_back('[');
    for (uint32_t i = 0; i < slice.size; ++i) {
      if (i > 0) out.push_back(',');
      MS_TRY(value(out, *vector.children()[0], slice.start + i));
    }
    out.push_back(']');
    return {};
  }

  Status map(std::string& out, const Vector& vector, size_t position) {
    const auto slice = value_of<column::Slice>(vector, position);
    const Vector& keys = *vector.children()[0];
    out.push_back('{');
    bool first = true;
    for (uint32_t i = slice.start; i < slice.start + slice.size; ++i) {
      std::string_view key = options_.map_null_key_literal;
      if (!keys.is_null(i)) {
        key = value_of<column::StringRef>(keys, i).view();
      } else if (options_.map_null_key == MapNullKey::kDrop) {
        continue;
      } else if (options_.map_null_key == MapNullKey::kFail) {
        return fail(
            ErrorCode::kBadRow,
            "JSON format doesn't support to serialize map data with null keys. You can drop null key entries or encode "
            "null in literals by specifying json.map-null-key.mode option.");
      }
      if (!first) out.push_back(',');
      first = false;
      append_jackson_string(out, key, PairEscapes::kYes);
      out.push_back(':');
      MS_TRY(value(out, *vector.children()[1], i));
    }
    out.push_back('}');
    return {};
  }

  Status row(std::string& out, const Vector& vector, size_t position) {
    const auto& fields = vector.type().fields();
    out.push_back('{');
    bool first = true;
    for (size_t i = 0; i < fields.size(); ++i) {
      const Vector& child = *vector.children()[i];
      if (options_.ignore_null_fields && child.is_null(position)) continue;
      if (!first) out.push_back(',');
      first = false;
      append_jackson_string(out, fields[i].name, PairEscapes::kYes);
      out.push_back(':');
      MS_TRY(value(out, child, position));
    }
    out.push_back('}');
    return {};
  }

  JsonOptions options_;
  column::Schema schema_;
  std::vector<std::string> names_;  // quoted, with the colon
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_json_encoder(const column::Schema& fields, const JsonOptions& options) {
  for (const Type::Field& field : fields.fields) MS_TRY(check_json_type(field.type));
  return std::make_unique<JsonEncoder>(fields, options);
}

}  // namespace millstream::format
