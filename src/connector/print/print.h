// The print connector: a sink that writes each change as a line.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::print {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts);

}  // namespace millstream::connector::print
