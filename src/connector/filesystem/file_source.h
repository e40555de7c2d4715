// Reading files: large ones in parts by several tasks, lines decoded where they lie.
#pragma once

#include "connector/connectors.h"
#include "connector/filesystem/file_options.h"

namespace millstream::connector::filesystem {

Result<std::unique_ptr<stream::Source>> make_file_source(const plan::TableScan& scan, FileOptions options,
                                                         const ConnectorParts& parts);

}  // namespace millstream::connector::filesystem
