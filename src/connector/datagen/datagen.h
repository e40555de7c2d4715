// The datagen connector: rows of random values and sequences, at a given rate.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::datagen {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts);

}  // namespace millstream::connector::datagen
