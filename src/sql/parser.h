// From text to statements: Flink SQL 2.3's grammar, by recursive descent and precedence climbing.
//
// Pure functions of their text; any thread may call them. Trees own their strings and do not point into the text.
// Errors are kParse (with the offending word, as Flink says it: `Encountered "at"`), kUnsupported for what Flink knows
// and Millstream does not run, and kLimit; each has a position, most a hint.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sql/statement.h"

namespace millstream::sql {

inline constexpr size_t kMaxTextBytes = 16 << 20;
inline constexpr int kMaxNesting = 500;  // parentheses, subqueries and types inside each other
inline constexpr int kMaxHeight = 1000;  // of any tree: a + b + c is two high. AND and OR chains are flat.

// Exactly one statement; one semicolon may follow.
[[nodiscard]] Result<Statement> parse_statement(std::string_view text);
// Exactly one query, expression, or type: for views, computed columns and stored schemas.
[[nodiscard]] Result<Query> parse_query(std::string_view text);
[[nodiscard]] Result<Expression> parse_expression(std::string_view text);
[[nodiscard]] Result<TypeName> parse_type(std::string_view text);

struct ScriptItem {
  SourceSpan span;  // of the statement in the script, without semicolon, also when it is an error
  Result<Statement> statement;
};
// Statements separated by semicolons, in order, empty ones left out. An error does not hide the statements behind it:
// parsing goes on after the next semicolon that is not inside a literal, comment or statement set.
[[nodiscard]] std::vector<ScriptItem> parse_script(std::string_view text);

// For a shell: does the text end a statement, so that it can be run? False inside a literal, a comment, or a statement
// set, and when the last statement has no semicolon. True for blank text.
[[nodiscard]] bool is_complete(std::string_view text);

}  // namespace millstream::sql
