// Tables and views as their DDL resolved them: columns, keys, watermark, options. Immutable, shared as TablePtr.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "column/type.h"

namespace millstream::catalog {

using Options = std::map<std::string, std::string>;

struct Column {
  enum class Kind { kPhysical, kComputed, kMetadata };
  std::string name;
  column::Type type;  // of computed columns too: the binder derived it at CREATE TABLE
  Kind kind = Kind::kPhysical;
  std::string expression;    // computed: canonical SQL text
  std::string metadata_key;  // metadata: the connector's key (the name unless FROM '…')
  bool is_virtual = false;   // metadata: not written by INSERT
  std::string comment;
};

struct Watermark {
  std::string column;      // top-level column name
  std::string expression;  // canonical SQL text
};

struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::string> primary_key;  // NOT ENFORCED; empty: none
  std::optional<Watermark> watermark;
  Options options;  // as written; secrets included, so never log them whole
  std::string comment;
  bool temporary = false;

  [[nodiscard]] column::Schema physical_schema() const;       // physical columns only, in order
  [[nodiscard]] int index_of(std::string_view column) const;  // -1 if absent
  [[nodiscard]] std::string option_or(std::string_view key, std::string_view fallback) const;
  [[nodiscard]] std::string connector() const { return option_or("connector", ""); }
};
using TablePtr = std::shared_ptr<const Table>;

struct View {
  std::string name;
  std::vector<std::string> column_names;  // empty: the query's
  std::string query;                      // canonical SQL text
  std::string comment;
  bool temporary = false;
};
using ViewPtr = std::shared_ptr<const View>;

}  // namespace millstream::catalog
