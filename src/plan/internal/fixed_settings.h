// The known settings of Flink that Millstream cannot change.
#pragma once

#include <span>
#include <string_view>

#include "catalog/connector_spec.h"

namespace millstream::plan {

struct FixedSetting {
  std::string_view key;
  catalog::OptionType type;
  std::string_view value;  // empty: unset
};
[[nodiscard]] std::span<const FixedSetting> fixed_settings();

}  // namespace millstream::plan
