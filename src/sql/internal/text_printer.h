// The printer behind printer.h: appends SQL text to one string, node by node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/internal/parser_state.h"
#include "sql/printer.h"

namespace millstream::sql::internal {

// One visitor out of several functions.
template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

class TextPrinter {
 public:
  explicit TextPrinter(bool pretty) : pretty_(pretty) {}
  [[nodiscard]] std::string take() { return std::move(out_); }

  // print_expression.cc. In parentheses if it binds looser than `loosest`.
  void expression(const Expression& value, Precedence loosest = Precedence::kLowest);
  void order_items(const std::vector<OrderItem>& items);
  void window(const WindowSpecification& specification);
  // print_query.cc
  void query(const Query& value);
  void hints(const std::vector<Hint>& hints);
  // print_statement.cc
  void statement(const StatementNode& node);
  void element(const TableElement& value);
  // print_type.cc
  void type(const TypeName& value);
  void interval(const IntervalQualifier& qualifier);

  void text(std::string_view piece) { out_ += piece; }
  void identifier(const Identifier& value);
  void name(const Name& value);
  void quoted(std::string_view value);
  void number(uint32_t value) { out_ += std::to_string(value); }
  void identifiers(const std::vector<Identifier>& values);  // (a, b)

 private:
  template <typename List, typename Each>
  void list(const List& values, Each each, std::string_view separator = ", ") {
    bool first = true;
    for (const auto& value : values) {
      if (!first) text(separator);
      first = false;
      each(value);
    }
  }
  void expressions(const std::vector<Expression>& values) {
    list(values, [&](const Expression& one) { expression(one); });
  }
  // A space, or in pretty text a new line at the current indentation.
  void line_break();
  // ( ... ) with the content on lines of its own in pretty text.
  void open_block();
  void close_block();
  void query_in_parentheses(const Query& value);

  void node(const BinaryLiteral& value);
  void node(const TemporalLiteral& value);
  void node(const Logical& value);
  void node(const IsTest& value);
  void node(const Between& value);
  void node(const Like& value);
  void node(const Quantified& value);
  void node(const Case& value);
  void node(const Call& value);
  void node(const TableArgument& value);
  void node(const JsonAccess& value);
  void node(const JsonObject& value);
  void node(const JsonArray& value);
  void call_arguments(const Call& value);
  void call_suffixes(const Call& value);
  void json_handler(const JsonHandler& handler, std::string_view when);
  void json_nulls(JsonNulls nulls, bool space);
  void filter(const std::optional<ExpressionBox>& condition);
  void frame_bound(const FrameBound& bound);

  void select(const Select& value);
  void set_operation(const SetOperation& value);
  void set_operand(const Query& value, bool right, SetOperator op);
  void table(const TableReference& value);
  void join(const Join& value);
  void grouping(const std::vector<GroupingElement>& elements);

  void properties(const std::vector<Property>& values);
  void column(const ColumnDefinition& value);
  void distribution(const Distribution& value);
  void like(const LikeClause& value);
  void alter_action(const AlterTableAction& action);
  void changed(std::string_view verb, const std::vector<TableElement>& elements,
               const std::optional<Distribution>& distribution);
  void keys(const std::vector<TextLiteral>& values);
  void create_table(const CreateTable& value);
  void create_view(const CreateView& value);
  void create_function(const CreateFunction& value);
  void insert(const Insert& value);
  void show(const Show& value);
  void explain(const Explain& value);
  void comment(const std::optional<std::string>& value);
  void flag(bool present, std::string_view word) {
    if (present) text(word);
  }

  bool pretty_;
  int indent_ = 0;
  std::string out_;
};

}  // namespace millstream::sql::internal
