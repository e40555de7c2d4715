// The raw format: a record's bytes are the value of the table's only field.
//
// Integers and floating-point numbers are big-endian unless 'raw.endianness' says otherwise; text is UTF-8.
#pragma once

#include <memory>

#include "format/encoder.h"

namespace millstream::format {

Result<std::unique_ptr<Decoder>> make_raw_decoder(const column::Schema& fields, const FormatOptions& options);
Result<std::unique_ptr<Encoder>> make_raw_encoder(const column::Schema& fields, const FormatOptions& options);

}  // namespace millstream::format
