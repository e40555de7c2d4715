// The jdbc connector: tables of a PostgreSQL database as sinks, committed with the checkpoint, exactly once.
//
// A job has one committer per database (and user): all its tables there change in one transaction, which also moves the
// job's row in the table millstream_commit. Payload, protocol and failpoints: docs/format/postgres-committable.md.
// Options: docs/connectors/jdbc.md. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/memory_budget.h"
#include "catalog/connector_spec.h"
#include "env/env.h"
#include "net/address.h"
#include "plan/physical_plan.h"
#include "stream/sink.h"

namespace millstream::connector::postgres {

// A row that PostgreSQL refused (SQLSTATE classes 22 and 23). The other rows of the epoch are committed.
struct RefusedRow {
  std::string table;  // the SQL table
  bool is_delete = false;
  std::string row_json;  // an object: the row, or the key of a delete
  std::string sqlstate;  // "23514"
  std::string message;   // PostgreSQL's own words
};

// What the running instance supplies. env and budget outlive the sinks and their committers.
struct PostgresParts {
  env::Env& env;
  MemoryBudget& budget;
  // The address to connect to instead of the one in the URL; null: as written.
  std::function<net::HostPort(net::HostPort)> resolve;
  // Called on the committer's thread right before COMMIT, once per row however often the commit is retried (only a
  // crash between call and COMMIT repeats it). An error rolls back and fails the commit. Null: a refused row fails it.
  std::function<Status(const RefusedRow&)> refused_row;
  // With more rows of one checkpoint refused something is wrong with the table, not with rows: the commit fails.
  size_t most_refused_rows = 10'000;
};

// Connector 'jdbc'.
[[nodiscard]] catalog::ConnectorSpec postgres_spec();

// Reads the options only; Sink::check() is the first to connect, and must succeed before Sink::make_writer().
Result<std::unique_ptr<stream::Sink>> make_postgres_sink(const plan::TableSink& sink, const column::Schema& input,
                                                         const PostgresParts& parts);

}  // namespace millstream::connector::postgres
