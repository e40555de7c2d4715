// For completion: what kind of name stands at the end of some tokens, and which tables a statement names.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sql/completion.h"
#include "sql/token.h"

namespace millstream::sql::internal {

// `tokens` are those of the statement before the cursor, without a kEnd. `any_name` and `any_expression`: what the
// parser would take there. Fills in expected_name and qualifier.
void find_expected_name(std::string_view text, std::span<const Token> tokens, bool any_name, bool any_expression,
                        Completion& completion);

// `tokens` are those of the whole statement around `cursor`. Fills in common_tables and tables.
void find_tables(std::string_view text, std::span<const Token> tokens, size_t cursor, Completion& completion);

}  // namespace millstream::sql::internal
