// Conversions from text by type, and collections of several draws.
#include "connector/faker/column_maker.h"

#include <algorithm>

#include "base/text.h"
#include "column/calendar.h"
#include "column/decimal.h"
#include "column/number_text.h"
#include "column/value.h"

namespace millstream::connector::faker {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;
using column::Vector;

constexpr int64_t kLongestCollection = 100'000;
constexpr int64_t kTried = 20;  // values drawn when the table is used first

uint64_t seed_of(std::string_view path) {
  uint64_t seed = 14695981039346656037ULL;  // FNV-1a
  for (const char c : path) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return seed;
}

// The first `length` characters of the text.
std::string_view cut(std::string_view text, int32_t length) {
  if (text.size() <= static_cast<size_t>(length)) return text;
  size_t at = 0;
  for (int32_t n = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && n++ == length) break;
  }
  return text.substr(0, at);
}

void set_time(const Type& type, int64_t micros, Vector& vector, size_t i) {
  switch (type.kind()) {
    case TypeKind::kDate:
      vector.mutable_values<int32_t>()[i] = static_cast<int32_t>(column::floor_divide(micros, column::kMicrosPerDay));
      return;
    case TypeKind::kTime:
      vector.mutable_values<int32_t>()[i] =
          static_cast<int32_t>(column::floor_modulo(micros, column::kMicrosPerDay) / 1000);
      return;
    default:
      break;
  }
  if (type.precision() < 6)
    micros -= column::floor_modulo(micros, static_cast<int64_t>(column::power_of_ten(6 - type.precision())));
  if (type.physical() == PhysicalKind::kTimestamp)
    vector.mutable_values<column::WideTimestamp>()[i] = {micros, 0, 0};
  else
    vector.mutable_values<int64_t>()[i] = micros;
}

template <typename Int>
bool set_integer(std::string_view text, Vector& vector, size_t i) {
  const auto value = parse_integer(trim(text));
  if (!value || *value < std::numeric_limits<Int>::min() || *value > std::numeric_limits<Int>::max()) return false;
  vector.mutable_values<Int>()[i] = static_cast<Int>(*value);
  return true;
}

// False: the text is no value of the type.
bool set_from_text(const Type& type, std::string_view text, Vector& vector, size_t i) {
  switch (type.kind()) {
    case TypeKind::kChar: {
      std::string padded(cut(text, type.length()));
      const auto characters =
          std::ranges::count_if(padded, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
      padded.append(static_cast<size_t>(type.length() - characters), ' ');
      vector.mutable_values<column::StringRef>()[i] = vector.add_string(padded);
      return true;
    }
    case TypeKind::kVarchar:
      vector.mutable_values<column::StringRef>()[i] = vector.add_string(cut(text, type.length()));
      return true;
    case TypeKind::kBoolean:
      vector.mutable_values<uint8_t>()[i] = equals_ignoring_case(trim(text), "true") ? 1 : 0;
      return true;
    case TypeKind::kTinyint:
      return set_integer<int8_t>(text, vector, i);
    case TypeKind::kSmallint:
      return set_integer<int16_t>(text, vector, i);
    case TypeKind::kInteger:
      return set_integer<int32_t>(text, vector, i);
    case TypeKind::kBigint:
      return set_integer<int64_t>(text, vector, i);
    case TypeKind::kFloat: {
      const auto value = column::parse_float(text);
      if (value) vector.mutable_values<float>()[i] = *value;
      return value.has_value();
    }
    case TypeKind::kDouble: {
      const auto value = column::parse_double(text);
      if (value) vector.mutable_values<double>()[i] = *value;
      return value.has_value();
    }
    case TypeKind::kDecimal: {
      column::Int128 value = 0;
      if (column::parse_decimal(text, {type.precision(), type.scale()}, value) != column::DecimalParse::kOk)
        return false;
      if (type.physical() == PhysicalKind::kInt64)
        vector.mutable_values<int64_t>()[i] = static_cast<int64_t>(value);
      else
        vector.mutable_values<column::Int128>()[i] = value;
      return true;
    }
    case TypeKind::kDate: {
      const auto days = column::parse_date(trim(text).substr(0, trim(text).find(' ')));
      if (days) vector.mutable_values<int32_t>()[i] = *days;
      return days.has_value();
    }
    case TypeKind::kTime: {
      const auto time = column::parse_time(trim(text));
      if (time) vector.mutable_values<int32_t>()[i] = static_cast<int32_t>(time->micros / 1000);
      return time.has_value();
    }
    default: {
      const auto time = column::parse_timestamp(trim(text));
      if (time) set_time(type, time->micros, vector, i);
      return time.has_value();
    }
  }
}

class Scalars final : public ColumnMaker {
 public:
  Scalars(std::string path, Type type, std::string expression, PiecePtr piece)
      : path_(std::move(path)), type_(std::move(type)), expression_(std::move(expression)), piece_(std::move(piece)) {
    takes_time_ = piece_->is_time() &&
                  (type_.is_timestamp() || type_.kind() == TypeKind::kDate || type_.kind() == TypeKind::kTime);
  }

  [[nodiscard]] Result<std::shared_ptr<Vector>> make(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    const uint64_t seed = span.seed ^ seed_of(path_);
    std::string text;
    for (size_t i = 0; i < span.count; ++i) {
      Draw draw{mix(seed, span.first + static_cast<int64_t>(i)), span.now};
      if (takes_time_) {
        set_time(type_, piece_->time(draw) * 1000, *vector, i);
        continue;
      }
      text.clear();
      piece_->append(draw, text);
      if (!set_from_text(type_, text, *vector, i)) {
        return fail(ErrorCode::kBadRow, "The expression '" + expression_ + "' of 'fields." + path_ +
                                            ".expression' gave '" + text + "', which is no " + type_.to_sql() + ".");
      }
    }
    return vector;
  }

 private:
  std::string path_;
  Type type_;
  std::string expression_;
  PiecePtr piece_;
  bool takes_time_ = false;
};

class Rows final : public ColumnMaker {
 public:
  Rows(Type type, std::vector<std::unique_ptr<ColumnMaker>> fields)
      : type_(std::move(type)), fields_(std::move(fields)) {}
  [[nodiscard]] Result<std::shared_ptr<Vector>> make(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    for (size_t i = 0; i < fields_.size(); ++i) {
      MS_ASSIGN(auto child, fields_[i]->make(span));
      vector->set_child(i, std::move(child));
    }
    return vector;
  }

 private:
  Type type_;
  std::vector<std::unique_ptr<ColumnMaker>> fields_;
};

// ARRAY, MAP and MULTISET of `length` draws; equal keys become one.
class Collections final : public ColumnMaker {
 public:
  Collections(Type type, int64_t length, std::unique_ptr<ColumnMaker> first, std::unique_ptr<ColumnMaker> second)
      : type_(std::move(type)), length_(length), first_(std::move(first)), second_(std::move(second)) {}
  [[nodiscard]] Result<std::shared_ptr<Vector>> make(const RowSpan& span) const override {
    auto vector = Vector::make(type_, span.count);
    RowSpan inner = span;
    inner.first = span.first * length_;
    inner.count = span.count * static_cast<size_t>(length_);
    MS_ASSIGN(auto drawn, first_->make(inner));
    auto* slices = vector->mutable_values<column::Slice>();
    const auto length = static_cast<uint32_t>(length_);
    if (type_.kind() == TypeKind::kArray) {
      for (uint32_t i = 0; i < span.count; ++i) slices[i] = {i * length, length};
      vector->set_child(0, std::move(drawn));
      return vector;
    }
    std::vector<uint32_t> kept;
    std::vector<int32_t> times;
    for (uint32_t i = 0; i < span.count; ++i) {
      const auto start = static_cast<uint32_t>(kept.size());
      for (uint32_t k = i * length; k < (i + 1) * length; ++k) {
        const column::Value key = column::value_at(*drawn, k);
        uint32_t same = start;
        while (same < kept.size() && column::value_at(*drawn, kept[same]) != key) ++same;
        if (same < kept.size()) {
          ++times[same];
          continue;
        }
        kept.push_back(k);
        times.push_back(1);
      }
      slices[i] = {start, static_cast<uint32_t>(kept.size()) - start};
    }
    vector->set_child(0, column::gather(*drawn, kept));
    if (type_.kind() == TypeKind::kMap) {
      MS_ASSIGN(auto values, second_->make(inner));
      vector->set_child(1, column::gather(*values, kept));
    } else {
      auto counts = Vector::make(Type::integer().not_null(), times.size());
      std::ranges::copy(times, counts->mutable_values<int32_t>());
      vector->set_child(1, std::move(counts));
    }
    return vector;
  }

 private:
  Type type_;
  int64_t length_;
  std::unique_ptr<ColumnMaker> first_, second_;
};

class WithNulls final : public ColumnMaker {
 public:
  WithNulls(std::string_view path, double rate, std::unique_ptr<ColumnMaker> maker)
      : seed_(~seed_of(path)), rate_(rate), maker_(std::move(maker)) {}
  [[nodiscard]] Result<std::shared_ptr<Vector>> make(const RowSpan& span) const override {
    MS_ASSIGN(auto vector, maker_->make(span));
    for (size_t i = 0; i < span.count; ++i) {
      if (unit(mix(span.seed ^ seed_, span.first + static_cast<int64_t>(i))) < rate_) vector->set_null(i);
    }
    return vector;
  }

 private:
  uint64_t seed_;
  double rate_;
  std::unique_ptr<ColumnMaker> maker_;
};

Result<std::unique_ptr<ColumnMaker>> make_scalars(const std::string& path, const Type& type, FieldOptions& options) {
  const std::string key = "fields." + path + ".expression";
  if (type.is_nested() || type.is_binary() || type.kind() == TypeKind::kIntervalDayTime ||
      type.kind() == TypeKind::kIntervalYearMonth) {
    return fail(ErrorCode::kUnsupported,
                "The faker connector cannot make values of " + type.to_sql() + " ('" + key + "').");
  }
  const auto expression = options.text(key);
  if (!expression) {
    return fail(ErrorCode::kInvalidArgument,
                "Every column of a faker table needs an expression. No expression found for '" + path + "'.",
                "Add '" + key + "' = '#{…}'.");
  }
  auto piece = parse_expression(*expression);
  if (!piece) {
    piece.error().message = "'" + key + "': " + piece.error().message;
    return fail(std::move(piece).error());
  }
  auto made = std::make_unique<Scalars>(path, type, *expression, *std::move(piece));
  MS_TRY(made->make({0, 0, kTried, ProcTime(1'700'000'000'000)}));
  return made;
}

Result<std::unique_ptr<ColumnMaker>> make_any(const std::string& path, const Type& type, FieldOptions& options) {
  switch (type.kind()) {
    case TypeKind::kRow: {
      std::vector<std::unique_ptr<ColumnMaker>> fields;
      for (const Type::Field& field : type.fields()) {
        MS_ASSIGN(auto made, make_column_maker(path + "." + field.name, field.type, options));
        fields.push_back(std::move(made));
      }
      return std::make_unique<Rows>(type, std::move(fields));
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset: {
      MS_ASSIGN(const auto written, options.integer("fields." + path + ".length"));
      const int64_t length = written.value_or(1);
      if (length < 0 || length > kLongestCollection) {
        return fail(ErrorCode::kInvalidArgument,
                    "'fields." + path + ".length' must be between 0 and " + std::to_string(kLongestCollection) + ".");
      }
      if (type.kind() == TypeKind::kMap) {
        MS_ASSIGN(auto keys, make_scalars(path + ".key", type.key(), options));
        MS_ASSIGN(auto values, make_scalars(path + ".value", type.value(), options));
        return std::make_unique<Collections>(type, length, std::move(keys), std::move(values));
      }
      MS_ASSIGN(auto elements, make_scalars(path, type.element(), options));
      return std::make_unique<Collections>(type, length, std::move(elements), nullptr);
    }
    default:
      return make_scalars(path, type, options);
  }
}

}  // namespace

Result<std::unique_ptr<ColumnMaker>> make_column_maker(const std::string& path, const Type& type,
                                                       FieldOptions& options) {
  const std::string key = "fields." + path + ".null-rate";
  MS_ASSIGN(const auto rate, options.number(key));
  if (rate && !(*rate >= 0 && *rate <= 1))
    return fail(ErrorCode::kInvalidArgument, "'" + key + "' must be between 0 and 1.");
  if (rate && *rate > 0 && !type.nullable())
    return fail(ErrorCode::kInvalidArgument, "'" + key + "' is set, but the type is " + type.to_sql() + ".");
  MS_ASSIGN(auto made, make_any(path, type, options));
  if (!rate || *rate == 0) return made;
  return std::make_unique<WithNulls>(path, *rate, std::move(made));
}

}  // namespace millstream::connector::faker
