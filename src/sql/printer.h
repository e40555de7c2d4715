// From a tree back to canonical SQL text, on one line or laid out for people.
//
// parse(print(tree)) equals tree, for every tree that the parser makes. Keywords are upper case, identifiers are
// back-quoted only where they must be, parentheses stand only where precedence needs them.
#pragma once

#include <string>
#include <string_view>

#include "sql/statement.h"

namespace millstream::sql {

[[nodiscard]] std::string print(const Statement& statement);
[[nodiscard]] std::string print(const Query& query);
[[nodiscard]] std::string print(const Expression& expression);
[[nodiscard]] std::string print(const TypeName& type);
[[nodiscard]] std::string print(const Name& name);
[[nodiscard]] std::string print(const TableElement& element);

// With line breaks and indentation; for SHOW CREATE TABLE and the console's formatter. Parses to the same tree.
[[nodiscard]] std::string print_pretty(const Statement& statement);

[[nodiscard]] std::string quote_identifier(std::string_view name);  // `name`, only if it must be quoted
[[nodiscard]] std::string quote_text(std::string_view text);        // 'text' with quotes doubled

}  // namespace millstream::sql
