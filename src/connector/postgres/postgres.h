// The jdbc connector, which is PostgreSQL's: tables kept current exactly once, all tables of a database in one transaction.
//
// Rows are collected per checkpoint and applied when it is committed; docs/connectors/jdbc.md says what users see. libpq
// is used blocking, on a thread of its own per job and database: commits come one at a time and off the data path.
#pragma once

#include "connector/connectors.h"

namespace millstream::connector::postgres {

[[nodiscard]] catalog::ConnectorSpec spec();
Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input, const ConnectorParts& parts);

}  // namespace millstream::connector::postgres
