// JSON records into columns, with the conversions, leniencies and messages of Flink's json format.
//
// Differences from Flink, on purpose: fields nobody asks for are checked for brackets, strings, UTF-8 and literals
// only; a container where a scalar is expected nulls (or refuses) that field and is stepped over, where Flink's parser
// would go on reading inside it, as is base64 that breaks off. Text must be UTF-8. Numbers in strings have ASCII's digits
// only. A record that is an array of rows is refused. Digits of a TIMESTAMP(0..6) beyond microseconds are dropped. The
// entries of a map keep their order.
#pragma once

#include <memory>

#include "format/decoder.h"
#include "format/json_options.h"

namespace millstream::format {

Result<std::unique_ptr<Decoder>> make_json_decoder(const column::Schema& fields, const JsonOptions& options,
                                                   std::span<const FieldPath> unread = {});

}  // namespace millstream::format
