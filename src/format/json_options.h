// Options of the json format, read from a table's text and checked.
#pragma once

#include <string>

#include "format/decoder.h"

namespace millstream::format {

enum class TimestampStandard { kSql /* "2024-05-01 12:00:00.5" */, kIso8601 /* "2024-05-01T12:00:00.5" */ };
enum class MapNullKey { kFail, kDrop, kLiteral };

struct JsonOptions {
  bool ignore_parse_errors = false;
  bool fail_on_missing_field = false;
  TimestampStandard timestamps = TimestampStandard::kSql;
  MapNullKey map_null_key = MapNullKey::kFail;
  std::string map_null_key_literal = "null";
  bool decimal_as_plain_number = false;
  bool ignore_null_fields = false;
};

// kInvalidArgument names the option, its value and what is possible; unknown options too.
Result<JsonOptions> read_json_options(const FormatOptions& options);

// kUnsupported for a type that JSON cannot carry (maps whose keys are not strings), in Flink's words.
Status check_json_type(const column::Type& type);

}  // namespace millstream::format
