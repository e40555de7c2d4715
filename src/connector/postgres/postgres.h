// The jdbc connector with the parts that every connector gets; the connector itself is postgres_sink.h.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::postgres {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input, const ConnectorParts& parts);

}  // namespace millstream::connector::postgres
