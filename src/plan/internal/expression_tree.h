// Rebuilding bound expressions with other children, folding constants, and hashing what they mean.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "function/expression.h"

namespace millstream::plan {

[[nodiscard]] function::ExpressionPtr make_expression(column::Type type, decltype(function::Expression::node) node,
                                                      SourcePosition position);

// The same node over changed children; itself if none changed. The first error wins.
[[nodiscard]] Result<function::ExpressionPtr> map_children(
    const function::ExpressionPtr& expression,
    const std::function<Result<function::ExpressionPtr>(const function::ExpressionPtr&)>& change);

[[nodiscard]] std::vector<function::ExpressionPtr> children_of(const function::Expression& expression);

// Constant parts replaced by literals. A part whose evaluation fails stays: it fails when (and if) a row reaches it.
[[nodiscard]] function::ExpressionPtr fold_constants(const function::ExpressionPtr& expression,
                                                     const std::string& time_zone);

// Flattens nested ANDs into their operands.
void split_conjunction(const function::ExpressionPtr& condition, std::vector<function::ExpressionPtr>& operands);
// Null for no operands.
[[nodiscard]] function::ExpressionPtr join_conjunction(std::vector<function::ExpressionPtr> operands);

// A stable hash of the expression where column i is known as columns[i]; positions do not count.
[[nodiscard]] uint64_t meaning_of(const function::Expression& expression, std::span<const uint64_t> columns);
// FNV-1a over text, chained.
[[nodiscard]] uint64_t hash_text(std::string_view text, uint64_t seed = 14695981039346656037ULL);
[[nodiscard]] uint64_t hash_combine(uint64_t a, uint64_t b);

// Column references, literals and paths into rows: not worth computing once.
[[nodiscard]] bool is_trivial(const function::Expression& expression);

}  // namespace millstream::plan
