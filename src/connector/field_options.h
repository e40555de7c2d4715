// Options per column, 'fields.<column>.<option>', of the connectors that make up their rows.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "catalog/table.h"

namespace millstream::connector {

// A table's 'fields.…' options, and which of them a column's generator has asked for.
class FieldOptions {
 public:
  explicit FieldOptions(const catalog::Table& table) : options_(table.options), connector_(table.connector()) {}
  // By the whole key; kInvalidArgument if the value is none of its kind.
  std::optional<std::string> text(const std::string& key);
  Result<std::optional<int64_t>> integer(const std::string& key);
  Result<std::optional<double>> number(const std::string& key);
  // kInvalidArgument names 'fields.…' options that nobody asked for.
  [[nodiscard]] Status check_all_used() const;

 private:
  const catalog::Options& options_;  // of a table that outlives this
  std::string connector_;
  std::set<std::string> asked_;
};

}  // namespace millstream::connector
