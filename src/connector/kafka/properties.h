// Kafka client properties: Java's names and librdkafka's, and what each means here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace millstream::connector::kafka {

// One 'properties.*' entry as librdkafka's settings: none if it has no meaning outside the Java client or is read by
// the connector itself. kInvalidArgument for a key neither client knows (names the nearest), kUnsupported for one that
// cannot be had here.
Result<std::vector<std::pair<std::string, std::string>>> client_settings(const std::string& key,
                                                                         const std::string& value);

}  // namespace millstream::connector::kafka
