// What becomes of records that a source's table cannot take: 'error-handling.mode' fail, ignore or log.
//
// The option names are Confluent Cloud's; our default is log. A dead letter is one JSON document in the topic
// 'error-handling.log.target' (docs/connectors/dead_letter.md). Letters are appended as they come: after a restart a
// record that is read again may be reported again.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "connector/connectors.h"

namespace millstream::connector::dead_letter {

enum class Mode { kFail, kIgnore, kLog };

struct Options {
  Mode mode = Mode::kLog;
  std::string target = "error_log";
  // kInvalidArgument names what is possible.
  static Result<Options> read(const catalog::Table& table);
};

// Everything that is known of one bad record; `raw_*` have no data if there was none.
struct Letter {
  std::string_view kind;  // "refused": no row; "skipped": no row, by ignore-parse-errors; "nulled": one field became NULL
  std::string_view job, statement, table, topic, operator_name, column, message, code;
  int32_t partition = -1;
  int64_t offset = -1;
  std::string_view raw_key, raw_value;
};
[[nodiscard]] std::string to_json(const Letter& letter, ProcTime now);

// The policy of one source task; used on its thread only. `metrics` may be null, else rows are counted in
// millstream_bad_rows_total by job, table and kind. Without a broker, letters are log lines.
Result<std::unique_ptr<stream::BadRowPolicy>> make_policy(const ConnectorParts& parts, MetricsRegistry* metrics, std::string job,
                                                          std::string statement, const plan::TableScan& scan);

// A row that a sink's target refused, as a letter of the same layout ("kind": "refused_by_target"), appended to `target_topic`.
Status write_refused_row(const ConnectorParts& parts, const std::string& target_topic, const std::string& job, const std::string& table,
                         const std::string& row_json, const Error& reason);

}  // namespace millstream::connector::dead_letter
