// From the parts of all connectors to those of PostgreSQL's.
#include "connector/postgres/postgres.h"

#include "connector/postgres/postgres_sink.h"

namespace millstream::connector::postgres {

catalog::ConnectorSpec spec() { return postgres_spec(); }

Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input, const ConnectorParts& parts) {
  PostgresParts own{parts.env, parts.budget, nullptr, nullptr};
  if (parts.resolve_alias) {
    own.resolve = [resolve = parts.resolve_alias](net::HostPort address) {
      if (const auto other = resolve({address.host, address.port})) return net::HostPort{other->host, static_cast<uint16_t>(other->port)};
      return address;
    };
  }
  if (parts.refused_row) {
    own.refused_row = [refuse = parts.refused_row](const RefusedRow& row) {
      const Error reason{ErrorCode::kBadRow,
                         "PostgreSQL refused to " + std::string(row.is_delete ? "delete a row: " : "take a row: ") + row.message +
                             " (SQLSTATE " + row.sqlstate + ")",
                         {}, {}};
      return refuse(row.table, row.row_json, reason);
    };
  }
  return make_postgres_sink(sink, input, own);
}

}  // namespace millstream::connector::postgres
