// Reading topics of another Kafka cluster through librdkafka: one client handle per task, polled by batch.
#pragma once

#include "connector/connectors.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

Result<std::unique_ptr<stream::Source>> make_remote_source(const plan::TableScan& scan, KafkaOptions options,
                                                           const ConnectorParts& parts);

}  // namespace millstream::connector::kafka
