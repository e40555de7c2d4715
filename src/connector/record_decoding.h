// From the records of one split to batches of a scan: keys and values decoded, problems handed to the right place.
//
// One per reader, on its thread. Shared by every source whose records are bytes in a format.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "catalog/table.h"
#include "column/batch.h"
#include "format/decoder.h"
#include "plan/physical_plan.h"
#include "stream/source.h"

namespace millstream::connector {

// Options of a format as the table writes them: those that begin with `prefix` + format + ".", without that.
[[nodiscard]] format::FormatOptions format_options(const catalog::Table& table, std::string_view prefix,
                                                   std::string_view format);
// The format of values: 'value.format' or 'format', and the prefix its options have ("value." or "").
struct ChosenFormat {
  std::string name;
  std::string prefix;
};
[[nodiscard]] ChosenFormat value_format(const catalog::Table& table);

// Names of the columns that the record's key holds, as the table names them; empty without 'key.fields'.
[[nodiscard]] std::vector<std::string> key_fields(const catalog::Table& table);
[[nodiscard]] bool value_excludes_key(const catalog::Table& table);
// Checks key.format, key.fields, key.fields-prefix and value.fields-include against each other.
Status check_key_options(const catalog::Table& table);

class RecordDecoding {
 public:
  static Result<std::unique_ptr<RecordDecoding>> make(const plan::TableScan& scan);

  // Decodes the origin's records and gives out one batch with them: the scan's decoded columns, then `metadata` (one
  // vector per metadata column of the scan). `origin->owner` pins the records, padded by format::kDecodePadding.
  Status decode_and_emit(const std::string& split, std::shared_ptr<const column::Origin> origin,
                         std::vector<column::VectorPtr> metadata, stream::SourceOutput& out);

 private:
  struct Column {
    bool from_key = false;
    size_t field = 0;  // of the decoder
  };
  Status report(const std::string& split, const column::Origin& origin, const format::Decoded& decoded, bool key,
                stream::SourceOutput& out);

  std::string table_;
  column::Schema key_schema_;  // what the key's decoder makes
  column::Schema value_schema_;
  std::vector<Column> columns_;  // of the scan's decoded ones
  std::unique_ptr<format::Decoder> key_decoder_;
  std::unique_ptr<format::Decoder> value_decoder_;
  format::Decoded key_;
  format::Decoded value_;
};

}  // namespace millstream::connector
