// A table's options for records that it cannot take: 'error-handling.mode' and 'error-handling.log.target'.
//
// The names are Confluent Cloud's; our default is log. Kafka and filesystem tables have them.
#pragma once

#include <string>
#include <vector>

#include "catalog/connector_spec.h"
#include "catalog/table.h"

namespace millstream::connector::dead_letter {

enum class Mode { kFail, kIgnore, kLog };

struct Options {
  Mode mode = Mode::kLog;
  std::string target = "error_log";
  // kInvalidArgument names what is possible.
  static Result<Options> read(const catalog::Table& table);
};

// Both for a connector's spec; `records` is what the connector calls them: "lines".
[[nodiscard]] std::vector<catalog::OptionDefinition> option_definitions(const std::string& records);

}  // namespace millstream::connector::dead_letter
