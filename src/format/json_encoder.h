// Rows as JSON objects, byte for byte as Flink's json format writes them.
#pragma once

#include <memory>

#include "format/encoder.h"
#include "format/json_options.h"

namespace millstream::format {

Result<std::unique_ptr<Encoder>> make_json_encoder(const column::Schema& fields, const JsonOptions& options);

}  // namespace millstream::format
