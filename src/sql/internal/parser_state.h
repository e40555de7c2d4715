// The recursive-descent parser: one member function per rule of the grammar, spread over parse_*.cc by subject.
//
// Two bounds keep the stack safe, here and in everything that walks a tree later: nesting counts how deep the rules
// are inside each other while parsing, height how tall the tree under construction is (a chain of operators grows
// the tree without nesting).
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sql/internal/token_stream.h"
#include "sql/parser.h"

namespace millstream::sql::internal {

// How tightly operators bind, loosest first; printer and parser share it.
enum class Precedence {
  kLowest,
  kOr,
  kAnd,
  kNot,
  kIs,
  kComparison,
  kRange,
  kAdditive,
  kMultiplicative,
  kUnary,
  kPostfix
};
[[nodiscard]] Precedence precedence_of(BinaryOperator op);
[[nodiscard]] constexpr Precedence tighter_than(Precedence precedence) {
  return static_cast<Precedence>(static_cast<int>(precedence) + 1);
}
// = <> < IS DISTINCT FROM OVERLAPS ...
[[nodiscard]] std::string_view spelling_of(BinaryOperator op);
// The unit that a word names: DAY, DAYS, DOW, SQL_TSI_DAY.
[[nodiscard]] std::optional<TimeUnit> time_unit_named(std::string_view word);

// May this word, reserved or not, be called as a plain function: COUNT(..), LEFT(..), IF(..)?
[[nodiscard]] bool is_callable_word(std::string_view word);
// The same for any word, and for calls with a grammar of their own or without parentheses: EXTRACT(..), CURRENT_DATE.
[[nodiscard]] bool begins_call(std::string_view word);
// Words that Flink does not reserve but that begin a form of their own in some place, so that the printer quotes them.
[[nodiscard]] bool begins_special_form(std::string_view word);

// A query under construction. A Query is large, so it is handed from rule to rule by pointer: by value it would
// multiply the stack that each level of nesting takes.
using QueryOwner = std::unique_ptr<Query>;

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Token>& tokens) : stream_(text, tokens) {}

  TokenStream& stream() { return stream_; }

  // parse_statement.cc
  Result<Statement> statement();
  // parse_query.cc
  Result<QueryOwner> query();
  // parse_expression.cc
  Result<Expression> expression(Precedence loosest = Precedence::kLowest);
  Result<Expression> whole_expression() { return expression(); }
  // parse_type.cc
  Result<TypeName> type();
  Status expect_end();

 private:
  // What stands between two parentheses may turn out to be a query or expressions only after a while.
  using ParenthesesContent = std::variant<QueryOwner, std::vector<Expression>>;

  // Counts nesting while it lives. ok() is false beyond the limit.
  class Nested {
   public:
    explicit Nested(Parser& parser)
        : parser_(parser), outer_height_(std::exchange(parser.height_, 0)), ok_(++parser.nesting_ <= kMaxNesting) {}
    ~Nested() {
      --parser_.nesting_;
      parser_.height_ = std::max(outer_height_, parser_.height_);
    }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    [[nodiscard]] bool ok() const { return ok_; }

   private:
    Parser& parser_;
    int outer_height_;
    bool ok_;
  };
  [[nodiscard]] std::unexpected<Error> too_deep() const;
  // Call once for each tree node put above what the current rule has built so far.
  Status grow();

  // --- parse_statement.cc, parse_run.cc
  Result<StatementNode> statement_node();
  Result<StatementNode> use_statement();
  Result<StatementNode> show_statement();
  Result<StatementNode> describe_statement();
  Result<StatementNode> explain_statement();
  Result<StatementNode> set_statement();
  Result<StatementNode> reset_statement();
  Result<std::string> bare_words(std::string_view stop);
  Result<StatementNode> execute_statement();
  Result<StatementNode> begin_statement_set();
  Result<StatementNode> statement_set_body();
  Result<StatementNode> stop_job_statement();
  Result<Insert> insert();
  Result<StatementNode> refused_statement();
  Result<std::optional<ShowPattern>> show_pattern(bool with_ilike);

  // --- parse_ddl.cc, parse_alter.cc, parse_table_definition.cc
  Result<StatementNode> create_statement();
  Result<StatementNode> drop_statement();
  Result<StatementNode> alter_statement();
  Result<StatementNode> create_table(CreateTable table);
  Result<StatementNode> create_function(CreateFunction function);
  Result<StatementNode> create_database();
  Result<StatementNode> create_catalog();
  Result<AlterTableAction> alter_table_action();
  Result<std::pair<std::vector<TableElement>, std::optional<Distribution>>> changed_elements(size_t from);
  Result<std::vector<TextLiteral>> texts_in_parentheses();
  Result<TableElement> table_element(bool in_alter);
  Result<TableElement> column_definition(bool in_alter);
  Result<PrimaryKey> primary_key();
  Result<WatermarkDefinition> watermark();
  Status not_enforced(size_t from);
  Result<Distribution> distribution(size_t from);
  Result<LikeClause> like_clause(size_t from);
  Result<std::vector<Property>> properties();
  Result<Property> property();
  Result<bool> if_exists();
  Result<bool> if_not_exists();
  Result<std::optional<std::string>> comment();

  // --- parse_query.cc
  Result<QueryOwner> query_without_nesting();
  Result<std::vector<CommonTable>> with_clause();
  Result<QueryOwner> set_operations(bool only_intersect);
  Result<QueryOwner> continue_set_operations(QueryOwner left, bool only_intersect, size_t from);
  Result<QueryOwner> query_term();
  Result<QueryOwner> finish_query(QueryOwner query, size_t from);
  // A query in parentheses of its own began the text between two parentheses: is that text a query to its end, such as
  // (SELECT ..) UNION .., or only begins with one? And the whole of such a query, with the closing parenthesis.
  bool at_rest_of_query();
  Result<QueryOwner> rest_of_query(QueryOwner first, size_t from);
  Result<QueryBox> query_in_parentheses();
  Result<QueryOwner> query_between_parentheses();
  bool at_query_start();
  Result<Values> values();
  // --- parse_select.cc
  Status select(Select& result);
  Result<SelectItem> select_item();
  Result<std::vector<Hint>> hints();
  Result<Hint> hint();
  Result<std::vector<GroupingElement>> grouping_elements();
  Result<GroupingElement> grouping_element();
  // --- parse_from.cc
  Result<TableReference> from_clause();
  Result<TableReference> joined_tables();
  Result<TableReference> continue_joins(TableReference left, size_t from);
  Result<TableReference> continue_commas(TableReference left, size_t from);
  Result<TableReference> table_primary();
  Result<TableReference> table_in_parentheses(size_t from, bool lateral);
  Result<TableReference> with_alias(TableReference table, size_t from);
  Result<std::variant<QueryOwner, TableReference>> table_parentheses_content();

  // --- parse_expression.cc
  Result<Expression> continue_expression(Expression left, Precedence loosest, size_t from);
  Result<Expression> prefix_expression();
  Result<Expression> after_is(Expression operand, size_t from);
  Result<Expression> after_range_operator(Expression operand, size_t from);
  Result<Expression> in_right_side(Expression operand, bool negated, size_t from);
  Result<Expression> comparison_right_side(Expression left, BinaryOperator op, size_t from);
  Result<std::vector<Expression>> expressions();
  Expression make(ExpressionNode node, size_t from);
  std::optional<BinaryOperator> at_binary_operator();
  void skip_operator(BinaryOperator op);
  // --- parse_primary.cc
  Result<Expression> primary();
  Result<Expression> postfix(Expression operand, size_t from);
  Result<Expression> word_primary();
  Result<Expression> parenthesized();
  Result<ParenthesesContent> parentheses_content();
  Result<Expression> column_or_call();
  Result<Expression> case_expression();
  Result<Expression> cast(bool null_on_failure);
  Result<Expression> collection(CollectionKind kind);
  Result<Expression> row_constructor();
  // --- parse_literal.cc
  Result<std::optional<Expression>> literal();
  Result<Expression> string_literal();
  Result<Expression> temporal_literal(TemporalKind kind, size_t words);
  Result<Expression> interval_literal();
  Result<IntervalQualifier> interval_qualifier();
  // --- parse_call.cc
  Result<Expression> call(Name function, size_t from);
  Result<Argument> argument();
  Result<Expression> argument_value();
  Status table_argument_clauses(TableArgument& argument);
  Status call_suffixes(Call& call);
  Result<Expression> special_call(std::string_view function, size_t from);
  Result<Expression> extract_call(Call call, size_t from);
  Result<Expression> trim_call(Call call, size_t from);
  Result<Expression> substring_call(Call call, size_t from);
  Result<Expression> overlay_call(Call call, size_t from);
  Result<Expression> position_call(Call call, size_t from);
  Result<Expression> round_call(Call call, size_t from);
  Result<Expression> timestamp_unit_call(Call call, size_t from);
  Result<Expression> finish_call(Call call, size_t from);
  Result<Expression> time_unit_keyword();
  // --- parse_json.cc
  Result<Expression> json_access(JsonAccessKind kind);
  Result<Expression> json_object(bool aggregate);
  Result<Expression> json_array(bool aggregate);
  Result<std::optional<JsonHandler>> json_behavior(JsonAccessKind kind);
  Result<JsonNulls> json_nulls();
  Result<std::optional<ExpressionBox>> filter_clause();
  // --- parse_window.cc
  Result<WindowSpecification> window_specification();
  Result<WindowFrame> window_frame();
  Result<FrameBound> frame_bound();
  Result<std::vector<OrderItem>> order_items();
  // --- parse_type.cc
  Result<TypeName> type_without_suffix();
  Result<std::vector<RowField>> row_fields(std::string_view close);
  Status type_parameters(TypeName& type, int count);

  TokenStream stream_;
  int nesting_ = 0;
  int height_ = 0;
};

}  // namespace millstream::sql::internal
