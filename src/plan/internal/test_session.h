// For tests: a session over a catalog and a connector `script` whose changelog modes are table options.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/connector_spec.h"
#include "catalog/session_catalog.h"
#include "plan/planner.h"
#include "sql/parser.h"

namespace millstream::plan {

class TestSession {
 public:
  TestSession();

  // Definitions run, jobs are planned and forgotten. Aborts the test on an error.
  void run(const std::string& script);
  Result<PlannedStatement> plan(const std::string& statement);
  Result<StatementResult> execute(const std::string& statement);
  // The error of a statement, of whichever kind.
  Error error_of(const std::string& statement);
  std::string explain(const std::string& statement);
  // Rows of text, cells joined by " | ".
  std::vector<std::string> rows(const std::string& statement);
  // "INT NOT NULL": the type of an expression over the tables so far.
  std::string type_of(const std::string& expression, const std::string& from = "");

  catalog::Catalog shared;
  catalog::SessionCatalog catalog{shared};
  catalog::ConnectorDirectory connectors;
  SessionSettings settings;
};

// The first node of a kind below (and with) `node`, or null.
template <typename T>
const PhysicalNode* find_node(const PhysicalNodePtr& node) {
  if (std::holds_alternative<T>(node->node)) return node.get();
  for (const PhysicalNodePtr& input : node->inputs) {
    if (const PhysicalNode* found = find_node<T>(input)) return found;
  }
  return nullptr;
}

}  // namespace millstream::plan
