// One generator per family of types, each with one loop; NULLs are set in a second one.
#include "connector/datagen/random_values.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "column/calendar.h"
#include "column/decimal.h"
#include "column/value.h"

namespace millstream::connector::datagen {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;
using column::Vector;

constexpr int64_t kTextLength = 100;  // of STRING and BYTES
constexpr int64_t kCollectionLength = 3;
constexpr int64_t kLongestCollection = 100'000;
constexpr int64_t kMonths = 120'000;  // ten thousand years
constexpr int64_t kDays = 3'652'425;

// Seeds of nested generators and second purposes must differ from the column's own.
uint64_t seed_for(uint64_t seed, uint64_t purpose) {
  return mix(seed ^ 0x6a09e667f3bcc909ULL, static_cast<int64_t>(purpose));
}

uint64_t seed_of_name(const std::string& path) {
  uint64_t seed = 14695981039346656037ULL;  // FNV-1a
  for (const char c : path) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return seed;
}

class Integers final : public Generator {
 public:
  Integers(Type type, int64_t least, int64_t greatest)
      : type_(std::move(type)),
        least_(least),
        width_(static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least) + 1) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    const auto fill = [&]<typename T>(T* values) {
      for (size_t i = 0; i < span.count; ++i) {
        const uint64_t bits = mix(span.seed, span.first + static_cast<int64_t>(i));
        values[i] = static_cast<T>(static_cast<uint64_t>(least_) + (width_ == 0 ? bits : below(bits, width_)));
      }
    };
    switch (type_.physical()) {
      case PhysicalKind::kBool:
      case PhysicalKind::kInt8:
        fill(reinterpret_cast<uint8_t*>(vector->raw_values()));
        break;
      case PhysicalKind::kInt16:
        fill(vector->mutable_values<int16_t>());
        break;
      case PhysicalKind::kInt32:
        fill(vector->mutable_values<int32_t>());
        break;
      default:
        fill(vector->mutable_values<int64_t>());
        break;
    }
    return vector;
  }

 private:
  Type type_;
  int64_t least_;
  uint64_t width_;  // 0: all 64 bits
};

class Floats final : public Generator {
 public:
  Floats(Type type, double least, double greatest) : type_(std::move(type)), least_(least), greatest_(greatest) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    const auto fill = [&]<typename T>(T* values) {
      for (size_t i = 0; i < span.count; ++i) {
        const double share = unit(mix(span.seed, span.first + static_cast<int64_t>(i)));
        // The difference of the ends may overflow.
        values[i] = static_cast<T>(least_ * (1 - share) + greatest_ * share);
      }
    };
    if (type_.physical() == PhysicalKind::kFloat)
      fill(vector->mutable_values<float>());
    else
      fill(vector->mutable_values<double>());
    return vector;
  }

 private:
  Type type_;
  double least_, greatest_;
};

class Decimals final : public Generator {
 public:
  // Ends are unscaled.
  Decimals(Type type, column::Int128 least, column::Int128 greatest)
      : type_(std::move(type)), least_(least), greatest_(greatest) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    const auto width = static_cast<unsigned __int128>(greatest_ - least_) + 1;
    const auto fill = [&]<typename T>(T* values) {
      for (size_t i = 0; i < span.count; ++i) {
        const int64_t row = span.first + static_cast<int64_t>(i);
        const auto bits = static_cast<unsigned __int128>(mix(span.seed, row)) << 64 | mix(seed_for(span.seed, 1), row);
        values[i] = static_cast<T>(least_ + static_cast<column::Int128>(bits % width));
      }
    };
    if (type_.physical() == PhysicalKind::kInt64)
      fill(vector->mutable_values<int64_t>());
    else
      fill(vector->mutable_values<column::Int128>());
    return vector;
  }

 private:
  Type type_;
  column::Int128 least_, greatest_;
};

// Text of hexadecimal digits, or bytes.
class Strings final : public Generator {
 public:
  Strings(Type type, int64_t length, bool varies) : type_(std::move(type)), length_(length), varies_(varies) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    auto* values = vector->mutable_values<column::StringRef>();
    const bool is_text = type_.is_character();
    const uint64_t length_seed = seed_for(span.seed, 1);
    for (size_t i = 0; i < span.count; ++i) {
      const int64_t row = span.first + static_cast<int64_t>(i);
      const auto length = static_cast<size_t>(
          varies_ ? 1 + static_cast<int64_t>(below(mix(length_seed, row), static_cast<uint64_t>(length_))) : length_);
      char* out = vector->allocate_bytes(length);
      const uint64_t seed = mix(span.seed, row);
      size_t at = 0;
      for (int64_t word = 0; at < length; ++word) {
        uint64_t bits = mix(seed, word);
        const size_t step = is_text ? 16 : 8;
        for (size_t k = 0; k < step && at < length; ++k, ++at) {
          out[at] = is_text ? "0123456789abcdef"[bits & 15] : static_cast<char>(bits & 255);
          bits >>= is_text ? 4 : 8;
        }
      }
      values[i] = column::StringRef({out, length});
    }
    return vector;
  }

 private:
  Type type_;
  int64_t length_;
  bool varies_;
};

// Now, or up to `past` before.
class Times final : public Generator {
 public:
  Times(Type type, Millis past) : type_(std::move(type)), past_(past) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    // Milliseconds, cut to the type's precision.
    const int64_t grain = type_.kind() == TypeKind::kTime || type_.precision() >= 3
                              ? 1
                              : static_cast<int64_t>(column::power_of_ten(3 - type_.precision()));
    for (size_t i = 0; i < span.count; ++i) {
      int64_t millis = span.now.value;
      if (past_.value > 0)
        millis -= static_cast<int64_t>(
            below(mix(span.seed, span.first + static_cast<int64_t>(i)), static_cast<uint64_t>(past_.value) + 1));
      switch (type_.kind()) {
        case TypeKind::kDate:
          vector->mutable_values<int32_t>()[i] =
              static_cast<int32_t>(column::floor_divide(millis, column::kMillisPerDay));
          break;
        case TypeKind::kTime:
          vector->mutable_values<int32_t>()[i] =
              static_cast<int32_t>(column::floor_modulo(millis, column::kMillisPerDay));
          break;
        default:
          millis -= column::floor_modulo(millis, grain);
          if (type_.physical() == PhysicalKind::kTimestamp)
            vector->mutable_values<column::WideTimestamp>()[i] = {millis * 1000, 0, 0};
          else
            vector->mutable_values<int64_t>()[i] = millis * 1000;
      }
    }
    return vector;
  }

 private:
  Type type_;
  Millis past_;
};

class Rows final : public Generator {
 public:
  Rows(Type type, std::vector<std::unique_ptr<Generator>> fields)
      : type_(std::move(type)), fields_(std::move(fields)) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    for (size_t i = 0; i < fields_.size(); ++i) vector->set_child(i, fields_[i]->generate(span));
    return vector;
  }

 private:
  Type type_;
  std::vector<std::unique_ptr<Generator>> fields_;
};

// ARRAY, MAP and MULTISET of `length` draws; equal keys of maps become one.
class Collections final : public Generator {
 public:
  Collections(Type type, int64_t length, std::vector<std::unique_ptr<Generator>> parts)
      : type_(std::move(type)), length_(length), parts_(std::move(parts)) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    RowSpan inner = span;
    inner.first = span.first * length_;
    inner.count = span.count * static_cast<size_t>(length_);
    auto* slices = vector->mutable_values<column::Slice>();
    const auto length = static_cast<uint32_t>(length_);
    for (uint32_t i = 0; i < span.count; ++i) slices[i] = {i * length, length};
    auto first = parts_[0]->generate(inner);
    if (type_.kind() == TypeKind::kArray) {
      vector->set_child(0, std::move(first));
      return vector;
    }
    // Positions of different keys, row by row, and how often each was drawn.
    std::vector<uint32_t> kept;
    std::vector<int32_t> counts;
    for (uint32_t i = 0; i < span.count; ++i) {
      const auto start = static_cast<uint32_t>(kept.size());
      for (uint32_t k = i * length; k < (i + 1) * length; ++k) {
        const column::Value key = column::value_at(*first, k);
        uint32_t same = start;
        while (same < kept.size() && column::value_at(*first, kept[same]) != key) ++same;
        if (same == kept.size()) {
          kept.push_back(k);
          counts.push_back(1);
        } else {
          ++counts[same];
        }
      }
      slices[i] = {start, static_cast<uint32_t>(kept.size()) - start};
    }
    vector->set_child(0, column::gather(*first, kept));
    if (type_.kind() == TypeKind::kMap) {
      vector->set_child(1, column::gather(*parts_[1]->generate(inner), kept));
    } else {
      auto times = Vector::make(Type::integer().not_null(), counts.size());
      std::ranges::copy(counts, times->mutable_values<int32_t>());
      vector->set_child(1, std::move(times));
    }
    return vector;
  }

 private:
  Type type_;
  int64_t length_;
  std::vector<std::unique_ptr<Generator>> parts_;
};

// Gives each field its own seed, and its NULLs.
class Field final : public Generator {
 public:
  Field(const std::string& path, double null_rate, std::unique_ptr<Generator> values)
      : seed_(seed_of_name(path)), null_rate_(null_rate), values_(std::move(values)) {}
  [[nodiscard]] std::shared_ptr<Vector> generate(const RowSpan& span) const override {
    RowSpan own = span;
    own.seed = span.seed ^ seed_;
    auto vector = values_->generate(own);
    if (null_rate_ <= 0) return vector;
    const uint64_t seed = seed_for(own.seed, 2);
    for (size_t i = 0; i < span.count; ++i) {
      if (unit(mix(seed, span.first + static_cast<int64_t>(i))) < null_rate_) vector->set_null(i);
    }
    return vector;
  }

 private:
  uint64_t seed_;
  double null_rate_;
  std::unique_ptr<Generator> values_;
};

struct Limits {
  int64_t least, greatest;
};
Limits limits_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
      return {std::numeric_limits<int8_t>::min(), std::numeric_limits<int8_t>::max()};
    case TypeKind::kSmallint:
      return {std::numeric_limits<int16_t>::min(), std::numeric_limits<int16_t>::max()};
    case TypeKind::kInteger:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    case TypeKind::kIntervalYearMonth:
      return {0, kMonths};
    case TypeKind::kIntervalDayTime:
      return {0, kDays * column::kMillisPerDay};
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

std::unexpected<Error> wrong_ends(const std::string& key, const Type& type) {
  return fail(ErrorCode::kInvalidArgument, "'" + key + ".min' must not be larger than '" + key +
                                               ".max', and both must be values of " + type.to_sql() + ".");
}

Result<std::unique_ptr<Generator>> make_integers(const std::string& key, const Type& type, FieldOptions& options) {
  const Limits limits = limits_of(type.kind());
  MS_ASSIGN(const auto least, options.integer(key + ".min"));
  MS_ASSIGN(const auto greatest, options.integer(key + ".max"));
  const Limits wanted{least.value_or(limits.least), greatest.value_or(limits.greatest)};
  if (wanted.least > wanted.greatest || wanted.least < limits.least || wanted.greatest > limits.greatest)
    return wrong_ends(key, type);
  return std::make_unique<Integers>(type, wanted.least, wanted.greatest);
}

Result<std::unique_ptr<Generator>> make_floats(const std::string& key, const Type& type, FieldOptions& options) {
  const bool is_float = type.kind() == TypeKind::kFloat;
  const double greatest_of_type =
      is_float ? static_cast<double>(std::numeric_limits<float>::max()) : std::numeric_limits<double>::max();
  // As in Flink: the smallest positive number, not the most negative one.
  const double least_of_type = is_float ? static_cast<double>(std::numeric_limits<float>::denorm_min())
                                        : std::numeric_limits<double>::denorm_min();
  MS_ASSIGN(const auto written_least, options.number(key + ".min"));
  MS_ASSIGN(const auto written_greatest, options.number(key + ".max"));
  const double least = written_least.value_or(least_of_type);
  const double greatest = written_greatest.value_or(greatest_of_type);
  if (!(least <= greatest) || least < -greatest_of_type || greatest > greatest_of_type) return wrong_ends(key, type);
  return std::make_unique<Floats>(type, least, greatest);
}

Result<std::unique_ptr<Generator>> make_decimals(const std::string& key, const Type& type, FieldOptions& options) {
  const column::DecimalShape shape{type.precision(), type.scale()};
  column::Int128 greatest = column::power_of_ten(shape.precision) - 1;
  // Without a lower end Flink takes the smallest positive double, which is 0 here.
  column::Int128 least = 0;
  for (const auto& [name, end] : {std::pair(".min", &least), std::pair(".max", &greatest)}) {
    const auto written = options.text(key + name);
    if (!written) continue;
    switch (column::parse_decimal(*written, shape, *end)) {
      case column::DecimalParse::kOk:
        break;
      case column::DecimalParse::kMalformed:
        return fail(ErrorCode::kInvalidArgument,
                    "Invalid value for option '" + key + name + "': '" + *written + "' is not a number.");
      case column::DecimalParse::kOverflow:
        *end = (written->find('-') == std::string::npos ? 1 : -1) * (column::power_of_ten(shape.precision) - 1);
        break;
    }
  }
  if (least > greatest) return wrong_ends(key, type);
  return std::make_unique<Decimals>(type, least, greatest);
}

Result<std::unique_ptr<Generator>> make_strings(const std::string& key, const Type& type, FieldOptions& options) {
  const bool fixed = type.kind() == TypeKind::kChar || type.kind() == TypeKind::kBinary;
  const bool open = type.length() == column::kMaxLength;  // STRING and BYTES
  if (fixed) {
    for (const char* name : {".length", ".var-len"}) {
      if (options.text(key + name)) {
        return fail(
            ErrorCode::kInvalidArgument,
            std::string("Custom length for fixed-length type (char, binary) is not supported ('") + key + name + "').");
      }
    }
    return std::make_unique<Strings>(type, type.length(), false);
  }
  MS_ASSIGN(const auto written, options.integer(key + ".length"));
  const int64_t length = written.value_or(open ? kTextLength : type.length());
  if (length < 1 || length > type.length()) {
    return fail(ErrorCode::kInvalidArgument,
                "Custom length '" + std::to_string(length) +
                    "' for variable-length type (varchar, string, varbinary, bytes) field '" + key.substr(7) +
                    "' should be between 1 and '" + std::to_string(type.length()) + "' defined in the schema.");
  }
  const std::string varies = options.text(key + ".var-len").value_or("false");
  const auto parsed = parse_boolean(varies);
  if (!parsed)
    return fail(ErrorCode::kInvalidArgument,
                "Invalid value for option '" + key + ".var-len': '" + varies + "' is not true or false.");
  return std::make_unique<Strings>(type, length, *parsed);
}

Result<std::unique_ptr<Generator>> make_times(const std::string& key, const Type& type, FieldOptions& options) {
  Millis past(0);
  if (type.is_timestamp()) {
    if (const auto written = options.text(key + ".max-past")) {
      MS_ASSIGN(past, parse_duration(*written));
    }
  }
  return std::make_unique<Times>(type, past);
}

Result<std::unique_ptr<Generator>> make_collections(const std::string& path, const Type& type, FieldOptions& options) {
  MS_ASSIGN(const auto written, options.integer("fields." + path + ".length"));
  const int64_t length = written.value_or(kCollectionLength);
  if (length < 0 || length > kLongestCollection) {
    return fail(ErrorCode::kInvalidArgument,
                "'fields." + path + ".length' must be between 0 and " + std::to_string(kLongestCollection) + ".");
  }
  std::vector<std::unique_ptr<Generator>> parts(type.kind() == TypeKind::kMap ? 2 : 1);
  if (type.kind() == TypeKind::kMap) {
    MS_ASSIGN(parts[0], make_random(path + ".key", type.key(), options));
    MS_ASSIGN(parts[1], make_random(path + ".value", type.value(), options));
  } else {
    MS_ASSIGN(parts[0], make_random(path + ".element", type.element(), options));
  }
  return std::make_unique<Collections>(type, length, std::move(parts));
}

Result<std::unique_ptr<Generator>> make_values(const std::string& path, const Type& type, FieldOptions& options) {
  const std::string key = "fields." + path;
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return std::make_unique<Integers>(type, 0, 1);
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
      return make_integers(key, type, options);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return make_floats(key, type, options);
    case TypeKind::kDecimal:
      return make_decimals(key, type, options);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return make_strings(key, type, options);
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return make_times(key, type, options);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return make_collections(path, type, options);
    case TypeKind::kRow: {
      std::vector<std::unique_ptr<Generator>> fields;
      for (const Type::Field& field : type.fields()) {
        MS_ASSIGN(auto made, make_random(path + "." + field.name, field.type, options));
        fields.push_back(std::move(made));
      }
      return std::make_unique<Rows>(type, std::move(fields));
    }
    case TypeKind::kNull:
      break;
  }
  return fail(ErrorCode::kUnsupported, "Unsupported type for random generator: " + type.to_sql() + " ('" + key + "').");
}

}  // namespace

Result<std::unique_ptr<Generator>> make_random(const std::string& path, const Type& type, FieldOptions& options) {
  const std::string key = "fields." + path + ".null-rate";
  MS_ASSIGN(const auto null_rate, options.number(key));
  if (null_rate && !(*null_rate >= 0 && *null_rate <= 1))
    return fail(ErrorCode::kInvalidArgument, "'" + key + "' must be between 0 and 1.");
  if (null_rate && *null_rate > 0 && !type.nullable())
    return fail(ErrorCode::kInvalidArgument, "'" + key + "' is set, but the type is " + type.to_sql() + ".");
  MS_ASSIGN(auto values, make_values(path, type, options));
  return std::make_unique<Field>(path, null_rate.value_or(0), std::move(values));
}

}  // namespace millstream::connector::datagen
