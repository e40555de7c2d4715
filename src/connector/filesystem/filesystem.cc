// The connector's spec; reading is file_source.cc, writing is part_files.cc.
#include "connector/filesystem/filesystem.h"

#include "connector/filesystem/file_options.h"
#include "connector/filesystem/file_source.h"
#include "connector/filesystem/part_files.h"

namespace millstream::connector::filesystem {

catalog::ConnectorSpec spec() {
  catalog::ConnectorSpec spec;
  spec.name = "filesystem";
  spec.sentence = "Files of this machine with one record a line.";
  spec.is_source = true;
  spec.is_sink = true;
  spec.needs_format = true;
  spec.options = option_definitions();
  spec.metadata = metadata_definitions();
  spec.validate = [](const catalog::Table& table, bool) -> Status {
    MS_TRY(FileOptions::read(table, {}));
    return {};
  };
  spec.is_bounded = [](const catalog::Table& table) { return !table.options.contains("source.monitor-interval"); };
  spec.delivery = [](const catalog::Table&) {
    return std::string("exactly-once (part files appear whole with each checkpoint)");
  };
  return spec;
}

Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts) {
  MS_ASSIGN(FileOptions options, FileOptions::read(*scan.table, parts.base_path));
  return make_file_source(scan, std::move(options), parts);
}

Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts) {
  MS_ASSIGN(FileOptions options, FileOptions::read(*sink.table, parts.base_path));
  return make_part_file_sink(sink, input, std::move(options), parts);
}

}  // namespace millstream::connector::filesystem
