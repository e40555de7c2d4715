// Reading topics of this process's broker: whole record batches from the log, decoded where they lie.
#pragma once

#include "connector/connectors.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

Result<std::unique_ptr<stream::Source>> make_local_source(const plan::TableScan& scan, KafkaOptions options,
                                                          const ConnectorParts& parts);

}  // namespace millstream::connector::kafka
