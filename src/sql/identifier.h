// Names as written: one identifier, and a dotted path of them.
//
// Flink never folds the case of an identifier, so `text` is exact and quoting leaves no trace in the tree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/source_span.h"

namespace millstream::sql {

struct Identifier {
  SourceSpan span;
  std::string text;  // without back-quotes, doubled ones undone

  bool operator==(const Identifier&) const = default;
};

// catalog.database.table, table.column, row.field.field: what the parts are is for the binder to find out.
struct Name {
  SourceSpan span;
  std::vector<Identifier> parts;  // never empty in a parsed tree

  bool operator==(const Name&) const = default;
  [[nodiscard]] const std::string& last() const { return parts.back().text; }
};

// 'key' = 'value', as in WITH, SET and OPTIONS hints.
struct Property {
  SourceSpan span;
  std::string key;
  std::string value;

  bool operator==(const Property&) const = default;
};

// 'text' with its place, for comments, patterns and keys.
struct TextLiteral {
  SourceSpan span;
  std::string value;

  bool operator==(const TextLiteral&) const = default;
};

}  // namespace millstream::sql
