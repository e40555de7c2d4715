// How a consumed record is printed: for people as a line, for programs as a JSON object.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/kafka_client.h"

namespace millstream::cli {

// The value, behind the key and a tab if `with_key`; NULL for what is missing, and x'00ff' for what has control
// characters.
[[nodiscard]] std::string record_text(const ConsumedRecord& record, bool with_key);

// topic, partition, offset, timestamp, key, value and headers, an array of {name, value}. No byte is lost: what is not
// UTF-8 stands in base64 (RFC 4648) under another name, value_base64 instead of value, and so for key and header names.
[[nodiscard]] Json record_json(const ConsumedRecord& record);

}  // namespace millstream::cli
