// Every connector of Millstream: what the planner must know of each, and sources and sinks for the tables of a plan.
//
// The list is all.cc. Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "catalog/connector_spec.h"
#include "env/env.h"
#include "net/address.h"
#include "stream/connectors.h"

namespace millstream::connector {

namespace kafka {
class LocalTopics;
}

// What connectors are given by the running instance. Everything outlives them.
struct ConnectorParts {
  env::Env& env;
  MemoryBudget& budget;
  kafka::LocalTopics* local_topics = nullptr;  // null: no broker in this process
  // Hosts of JDBC URLs may stand for others (`postgres` of a compose file for 127.0.0.1); null: none does.
  std::function<net::HostPort(net::HostPort)> resolve_alias;
  // Relative paths of the filesystem connector start here; empty: the working folder.
  std::string base_path;
};

// One connector: its spec and how to make its source and sink; null where it has none.
struct Connector {
  catalog::ConnectorSpec spec;
  Result<std::unique_ptr<stream::Source>> (*make_source)(const plan::TableScan& scan,
                                                         const ConnectorParts& parts) = nullptr;
  Result<std::unique_ptr<stream::Sink>> (*make_sink)(const plan::TableSink& sink, const column::Schema& input,
                                                     const ConnectorParts& parts) = nullptr;
};

[[nodiscard]] std::vector<Connector> all_connectors(const ConnectorParts& parts);
[[nodiscard]] std::vector<catalog::FormatSpec> all_formats();
// Specs and formats of the above, for the binder.
[[nodiscard]] catalog::ConnectorDirectory make_directory(const ConnectorParts& parts);

class AllConnectors final : public stream::Connectors {
 public:
  explicit AllConnectors(ConnectorParts parts);
  Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan) override;
  Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input) override;

 private:
  ConnectorParts parts_;
  std::map<std::string, Connector, std::less<>> connectors_;
};

}  // namespace millstream::connector
