// What may be typed next: keywords that the parser would accept at the cursor, and what kind of name.
//
// Which names there are is for whoever has a catalog to say: api/completion.h, behind the Gateway's complete-statement.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millstream::sql {

enum class ExpectedName {
  kNone,
  kTable,
  kColumn,
  kExpression,  // begins with a column or a function
};

// A table or view as a statement names it: FROM db.orders AS o.
struct TableInScope {
  std::vector<std::string> name;  // one to three parts
  std::string alias;              // empty: none

  bool operator==(const TableInScope&) const = default;
};

// A query that WITH gave a name, as it is written: big (a, b) AS (SELECT …).
struct CommonTableText {
  std::string name;
  std::string definition;

  bool operator==(const CommonTableText&) const = default;
};

struct Completion {
  size_t replace_from = 0;            // the word before the cursor starts here; at most the cursor
  std::vector<std::string> keywords;  // upper case, sorted, all starting with that word
  ExpectedName expected_name = ExpectedName::kNone;
  std::vector<std::string> qualifier;  // the parts of the name before the word: db in `db.ord`
  // Tables, columns and expressions: what WITH defined before the cursor, in order. Each may name those before it.
  std::vector<CommonTableText> common_tables;
  // Columns and expressions: the tables that the statement names outside of those definitions, behind the cursor too.
  std::vector<TableInScope> tables;
};
// `cursor` is a byte offset; the statement around it is completed.
[[nodiscard]] Completion complete(std::string_view text, size_t cursor);

// May this function be called by its name, with parentheses or, as CURRENT_DATE, without? Not by that of an operator,
// as LIKE.
[[nodiscard]] bool can_be_called(std::string_view function);

}  // namespace millstream::sql
