// The kafka connector: topics of this process's broker straight from its log, topics of any other through librdkafka.
//
// Which of the two a table means is decided by 'properties.bootstrap.servers' (LocalTopics::is_this_server).
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::kafka {

[[nodiscard]] catalog::ConnectorSpec spec(const ConnectorParts& parts);
Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts);
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts);

}  // namespace millstream::connector::kafka
