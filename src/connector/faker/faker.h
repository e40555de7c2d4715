// The faker connector: rows of made-up names, addresses, numbers and times, by the expressions of flink-faker.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::faker {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts);

}  // namespace millstream::connector::faker
