// Random values of every type, by Flink's rules for the datagen connector.
#pragma once

#include "connector/datagen/generator.h"

namespace millstream::connector::datagen {

Result<std::unique_ptr<Generator>> make_random(const std::string& path, const column::Type& type,
                                               FieldOptions& options);

}  // namespace millstream::connector::datagen
