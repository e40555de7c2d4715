// One loop per physical type.
#include "connector/datagen/sequence_values.h"

#include <charconv>

#include "column/decimal.h"

namespace millstream::connector::datagen {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;

class Sequence final : public Generator {
 public:
  Sequence(Type type, int64_t start, int64_t rows) : type_(std::move(type)), start_(start), rows_(rows) {}

  [[nodiscard]] std::optional<int64_t> rows() const override { return rows_; }

  [[nodiscard]] std::shared_ptr<column::Vector> generate(const RowSpan& span) const override {
    auto vector = column::Vector::make(type_, span.count);
    const int64_t first = start_ + span.first;
    const auto fill = [&]<typename T>(T* values, column::Int128 factor = 1) {
      for (size_t i = 0; i < span.count; ++i)
        values[i] =
            static_cast<T>(factor == 1 ? first + static_cast<int64_t>(i) : (first + static_cast<int64_t>(i)) * factor);
    };
    const column::Int128 unit = type_.kind() == TypeKind::kDecimal ? column::power_of_ten(type_.scale()) : 1;
    switch (type_.physical()) {
      case PhysicalKind::kInt8:
        fill(vector->mutable_values<int8_t>());
        break;
      case PhysicalKind::kInt16:
        fill(vector->mutable_values<int16_t>());
        break;
      case PhysicalKind::kInt32:
        fill(vector->mutable_values<int32_t>());
        break;
      case PhysicalKind::kInt64:
        fill(vector->mutable_values<int64_t>(), unit);
        break;
      case PhysicalKind::kInt128:
        fill(vector->mutable_values<column::Int128>(), unit);
        break;
      case PhysicalKind::kFloat:
        fill(vector->mutable_values<float>());
        break;
      case PhysicalKind::kDouble:
        fill(vector->mutable_values<double>());
        break;
      default: {  // text
        auto* values = vector->mutable_values<column::StringRef>();
        for (size_t i = 0; i < span.count; ++i) {
          char text[24];
          const auto end = std::to_chars(text, text + sizeof text, first + static_cast<int64_t>(i));
          values[i] = vector->add_string({text, static_cast<size_t>(end.ptr - text)});
        }
      }
    }
    return vector;
  }

 private:
  Type type_;
  int64_t start_;
  int64_t rows_;
};

// The largest number that the type can count to.
int64_t largest(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kTinyint:
      return std::numeric_limits<int8_t>::max();
    case TypeKind::kSmallint:
      return std::numeric_limits<int16_t>::max();
    case TypeKind::kInteger:
      return std::numeric_limits<int32_t>::max();
    case TypeKind::kDecimal: {
      const int digits = type.precision() - type.scale();
      return digits >= 19 ? std::numeric_limits<int64_t>::max()
                          : static_cast<int64_t>(column::power_of_ten(digits)) - 1;
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return type.length() >= 19 ? std::numeric_limits<int64_t>::max()
                                 : static_cast<int64_t>(column::power_of_ten(type.length())) - 1;
    default:
      return std::numeric_limits<int64_t>::max();
  }
}

}  // namespace

Result<std::unique_ptr<Generator>> make_sequence(const std::string& path, const Type& type, FieldOptions& options) {
  const std::string key = "fields." + path;
  const bool counts = type.is_numeric() || type.is_character();
  if (!counts) {
    return fail(ErrorCode::kUnsupported,
                "Unsupported type for sequence generator: " + type.to_sql() + " ('" + key + ".kind').",
                "Numbers and text can count; use 'random' for other types.");
  }
  MS_ASSIGN(const std::optional<int64_t> start, options.integer(key + ".start"));
  MS_ASSIGN(const std::optional<int64_t> end, options.integer(key + ".end"));
  for (const auto& [present, name] : {std::pair(start.has_value(), ".start"), std::pair(end.has_value(), ".end")}) {
    if (!present)
      return fail(ErrorCode::kInvalidArgument,
                  "Could not find required property '" + key + name + "' for sequence generator.");
  }
  if (*end < *start)
    return fail(ErrorCode::kInvalidArgument, "'" + key + ".end' must not be less than '" + key + ".start'.");
  const int64_t most = largest(type);
  if (*end > most || *start < -most - (type.kind() <= TypeKind::kBigint ? 1 : 0)) {
    return fail(ErrorCode::kInvalidArgument, "The sequence of '" + key + "' does not fit into " + type.to_sql() + ".");
  }
  const auto rows = static_cast<__int128>(*end) - *start + 1;
  return std::make_unique<Sequence>(
      type, *start,
      rows > std::numeric_limits<int64_t>::max() ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(rows));
}

}  // namespace millstream::connector::datagen
