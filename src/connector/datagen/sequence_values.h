// Columns that count from a start to an end.
#pragma once

#include "connector/datagen/generator.h"

namespace millstream::connector::datagen {

// Row n has start + n. kInvalidArgument without both ends, kUnsupported for a type that cannot count.
Result<std::unique_ptr<Generator>> make_sequence(const std::string& path, const column::Type& type,
                                                 FieldOptions& options);

}  // namespace millstream::connector::datagen
