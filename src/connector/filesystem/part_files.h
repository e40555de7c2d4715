// Writing part files: an epoch's rows travel in its checkpoint, and appear as whole files when it is committed.
//
// A committable is one file: version 1, folder, name, content. The committer writes a hidden file (".name.inprogress"),
// syncs it and gives it its name; a name that is there already, or was given by the commit before, is left alone, so an
// epoch may be committed again after a crash. What was given last is remembered in ".millstream-<job>" in the folder:
// a reader may have taken the files away.
#pragma once

#include "connector/connectors.h"
#include "connector/filesystem/file_options.h"

namespace millstream::connector::filesystem {

Result<std::unique_ptr<stream::Sink>> make_part_file_sink(const plan::TableSink& sink, const column::Schema& input,
                                                          FileOptions options, const ConnectorParts& parts);

}  // namespace millstream::connector::filesystem
