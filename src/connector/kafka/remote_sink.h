// Writing to a topic of another Kafka cluster through librdkafka: records travel in the checkpoint and are produced at
// its commit.
//
// At-least-once: the commit is repeated until the cluster has acknowledged every record, and once more after a crash in
// between. The idempotent producer adds no repeats of its own.
#pragma once

#include "connector/connectors.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

Result<std::unique_ptr<stream::Sink>> make_remote_sink(const plan::TableSink& sink, const column::Schema& input,
                                                       KafkaOptions options, const ConnectorParts& parts);

}  // namespace millstream::connector::kafka
