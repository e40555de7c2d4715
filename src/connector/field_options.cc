// Reading options of fields, and finding those that no column takes.
#include "connector/field_options.h"

#include <charconv>
#include <vector>

#include "base/text.h"

namespace millstream::connector {

std::optional<std::string> FieldOptions::text(const std::string& key) {
  asked_.insert(key);
  const auto found = options_.find(key);
  return found == options_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<int64_t>> FieldOptions::integer(const std::string& key) {
  const auto written = text(key);
  if (!written) return std::optional<int64_t>();
  const auto value = parse_integer(trim(*written));
  if (!value)
    return fail(ErrorCode::kInvalidArgument,
                "Invalid value for option '" + key + "': '" + *written + "' is not a whole number.");
  return std::optional(*value);
}

Result<std::optional<double>> FieldOptions::number(const std::string& key) {
  const auto written = text(key);
  if (!written) return std::optional<double>();
  const std::string_view trimmed = trim(*written);
  double value = 0;
  const auto [end, code] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
  if (code != std::errc() || end != trimmed.data() + trimmed.size()) {
    return fail(ErrorCode::kInvalidArgument,
                "Invalid value for option '" + key + "': '" + *written + "' is not a number.");
  }
  return std::optional(value);
}

Status FieldOptions::check_all_used() const {
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (const auto& [key, value] : options_) {
    if (!key.starts_with("fields.") || asked_.contains(key)) continue;
    const auto near = nearest(key, known);
    return fail(ErrorCode::kInvalidArgument,
                "Unsupported options found for '" + connector_ + "'. Unsupported options: " + key,
                near ? "Did you mean '" + *near + "'?" : "The table's columns take: " + join(known, ", "));
  }
  return {};
}

}  // namespace millstream::connector
