// The filesystem connector: files of one record a line, read in parts by several tasks, and written at checkpoints.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::filesystem {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts);
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts);

}  // namespace millstream::connector::filesystem
