// The blackhole connector: a sink that takes every row and keeps none.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::blackhole {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts);

}  // namespace millstream::connector::blackhole
