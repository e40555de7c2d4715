// What becomes of records that a source's table cannot take: 'error-handling.mode' fail, ignore or log.
//
// A dead letter is one JSON document in the topic 'error-handling.log.target' (docs/connectors/dead_letter.md). Letters
// are collected per checkpoint and appended when it is committed, so that each bad record is reported once.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "connector/connectors.h"
#include "connector/postgres/postgres_sink.h"

namespace millstream::connector::dead_letter {

// Committable::target of letters.
inline constexpr std::string_view kTarget = "dead-letters:local";

// Everything that is known of one bad record; `raw_*` have no data if there was none.
struct Letter {
  std::string_view
      kind;  // "refused": no row; "skipped": no row, by ignore-parse-errors; "nulled": one field became NULL
  std::string_view job, statement, table, topic, operator_name, column, message, code;
  int32_t partition = -1;
  int64_t offset = -1;
  std::string_view raw_key, raw_value;
};
[[nodiscard]] std::string to_json(const Letter& letter, ProcTime now);

// The policy of one source task; used on its thread only. `metrics` may be null, else rows are counted in
// millstream_bad_rows_total by job, table and kind. Without a broker, letters are log lines.
Result<std::unique_ptr<stream::BadRowPolicy>> make_policy(const ConnectorParts& parts, MetricsRegistry* metrics,
                                                          std::string job, std::string statement,
                                                          const plan::TableScan& scan);

// The committer for the letters of a job; see stream::PipelineHooks. Null without a broker.
[[nodiscard]] std::unique_ptr<stream::Committer> make_committer(const ConnectorParts& parts);

// A row that a sink's target refused, as a letter with "kind": "refused_by_target" in the topic error_log, appended at
// once: its commit may be repeated after a crash, and the letter with it.
Status write_refused_row(const ConnectorParts& parts, const postgres::RefusedRow& row);

}  // namespace millstream::connector::dead_letter
