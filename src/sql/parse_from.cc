// FROM: tables, subqueries, table functions, UNNEST, aliases and joins.
#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

// Commas bind loosest: a, b JOIN c is a, (b JOIN c).
Result<TableReference> Parser::from_clause() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  const size_t from = stream_.position();
  MS_ASSIGN(TableReference left, joined_tables());
  return continue_commas(std::move(left), from);
}

Result<TableReference> Parser::continue_commas(TableReference left, size_t from) {
  while (stream_.accept(",")) {
    MS_ASSIGN(TableReference right, joined_tables());
    Join join{.kind = JoinKind::kCross,
              .left = TableReferenceBox(std::move(left)),
              .right = TableReferenceBox(std::move(right)),
              .on = {},
              .using_columns = {}};
    left = TableReference{stream_.span_since(from), std::move(join), {}};
    MS_TRY(grow());
  }
  return left;
}

Result<TableReference> Parser::joined_tables() {
  const size_t from = stream_.position();
  MS_ASSIGN(TableReference left, table_primary());
  return continue_joins(std::move(left), from);
}

Result<TableReference> Parser::continue_joins(TableReference left, size_t from) {
  while (true) {
    const size_t join_from = stream_.position();
    const bool natural = stream_.accept("NATURAL");
    JoinKind kind = JoinKind::kInner;
    if (stream_.accept("LEFT")) {
      kind = JoinKind::kLeft;
    } else if (stream_.accept("RIGHT")) {
      kind = JoinKind::kRight;
    } else if (stream_.accept("FULL")) {
      kind = JoinKind::kFull;
    } else if (stream_.accept("CROSS")) {
      kind = JoinKind::kCross;
    } else if (!stream_.accept("INNER") && !natural && !stream_.at("JOIN")) {
      return left;
    }
    if (stream_.is("SEMI", 0) || stream_.is("ANTI", 0)) {
      const std::string word = to_upper(stream_.text_of(stream_.current()));
      return stream_.fail_at(stream_.span_since(join_from), ErrorCode::kParse,
                             "Encountered \"" + word + "\": there is no " + word + " JOIN",
                             "write WHERE [NOT] EXISTS (SELECT ...) or WHERE a [NOT] IN (SELECT ...)");
    }
    if (kind != JoinKind::kInner && kind != JoinKind::kCross) stream_.accept("OUTER");
    MS_TRY(stream_.expect("JOIN"));
    MS_ASSIGN(TableReference right, table_primary());
    Join join{.kind = kind,
              .natural = natural,
              .left = TableReferenceBox(std::move(left)),
              .right = TableReferenceBox(std::move(right)),
              .on = {},
              .using_columns = {}};
    if (stream_.accept("ON")) {
      MS_ASSIGN(Expression condition, expression());
      join.on.emplace(std::move(condition));
    } else if (stream_.accept("USING")) {
      MS_ASSIGN(join.using_columns, stream_.identifiers_in_parentheses());
    }
    left = TableReference{stream_.span_since(from), std::move(join), {}};
    MS_TRY(grow());
  }
}

Result<TableReference> Parser::table_primary() {
  const size_t from = stream_.position();
  const bool lateral = stream_.accept("LATERAL");
  if (stream_.at("(")) return table_in_parentheses(from, lateral);
  if (stream_.accept("UNNEST")) {
    Unnest node;
    MS_TRY(stream_.expect("("));
    MS_ASSIGN(node.collections, expressions());
    MS_TRY(stream_.expect(")"));
    if (stream_.accept("WITH")) {
      MS_TRY(stream_.expect("ORDINALITY"));
      node.with_ordinality = true;
    }
    return with_alias({{}, std::move(node), {}}, from);
  }
  const bool wrapped = stream_.accept("TABLE");
  if (wrapped) MS_TRY(stream_.expect("("));
  const size_t name_from = stream_.position();
  Name name;
  if (stream_.current().reserved && stream_.is("(", 1) && is_callable_word(stream_.text_of(stream_.current()))) {
    const SourceSpan span = stream_.current().span;
    name = {span, {{span, std::string(stream_.text_of(stream_.current()))}}};
    stream_.advance();
  } else {
    MS_ASSIGN(name, stream_.name());
  }
  if (wrapped || lateral || stream_.is("(", 0)) {
    if (!stream_.is("(", 0)) {
      MS_TRY(stream_.expect("("));
    }
    MS_ASSIGN(Expression function, call(std::move(name), name_from));
    if (wrapped) MS_TRY(stream_.expect(")"));
    return with_alias({{}, FunctionTable{ExpressionBox(std::move(function)), lateral}, {}}, from);
  }
  NamedTable node{.name = std::move(name), .hints = {}, .as_of = {}};
  if (stream_.at("/*+")) {
    MS_ASSIGN(node.hints, hints());
  }
  if (stream_.accept("FOR")) {
    MS_TRY(stream_.expect_all({"SYSTEM_TIME", "AS", "OF"}));
    MS_ASSIGN(Expression time, expression(Precedence::kRange));
    node.as_of.emplace(std::move(time));
  }
  return with_alias({{}, std::move(node), {}}, from);
}

Result<TableReference> Parser::with_alias(TableReference table, size_t from) {
  const SourceSpan span = stream_.current().span;
  for (std::string_view word : {"MATCH_RECOGNIZE", "TABLESAMPLE", "PIVOT", "UNPIVOT"}) {
    if (stream_.is(word, 0)) {
      return stream_.unsupported(span, std::string(word) + " is not supported yet",
                                 word == "TABLESAMPLE" ? "filter with WHERE RAND() < 0.1" : "");
    }
  }
  const bool with_as = stream_.accept("AS");
  if (with_as || stream_.at_identifier()) {
    if (!with_as) stream_.note_bare_alias();
    TableAlias alias;
    MS_ASSIGN(alias.name, stream_.identifier());
    if (stream_.is("(", 0)) {
      MS_ASSIGN(alias.columns, stream_.identifiers_in_parentheses());
    }
    table.alias = std::move(alias);
  }
  table.span = stream_.span_since(from);
  return table;
}

// (query) [alias] | (a JOIN b ..): a join in parentheses keeps no trace of them but its shape.
Result<TableReference> Parser::table_in_parentheses(size_t from, bool lateral) {
  MS_ASSIGN(auto content, table_parentheses_content());
  if (auto* inner = std::get_if<QueryOwner>(&content)) {
    return with_alias({{}, DerivedTable{QueryBox(std::move(*inner)), lateral}, {}}, from);
  }
  auto& table = std::get<TableReference>(content);
  if (lateral || !table.as<Join>()) {
    return stream_.fail_at(stream_.span_since(from), ErrorCode::kParse, "Expected query or join",
                           "leave out the parentheses around a single table");
  }
  return std::move(table);
}

// As in parentheses_content(): ((SELECT 1) UNION ..) is a query, ((SELECT 1) AS a JOIN b) is a join.
Result<std::variant<QueryOwner, TableReference>> Parser::table_parentheses_content() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  MS_TRY(stream_.expect("("));
  const size_t from = stream_.position();
  if (at_query_start()) {
    MS_ASSIGN(QueryOwner inner, query());
    MS_TRY(stream_.expect(")"));
    return inner;
  }
  if (!stream_.is("(", 0)) {
    MS_ASSIGN(TableReference table, from_clause());
    MS_TRY(stream_.expect(")"));
    return table;
  }
  MS_ASSIGN(auto inner, table_parentheses_content());
  TableReference left;
  if (auto* first = std::get_if<QueryOwner>(&inner)) {
    if (at_rest_of_query()) {
      MS_ASSIGN(QueryOwner whole, rest_of_query(std::move(*first), from));
      return whole;
    }
    MS_ASSIGN(left, with_alias({{}, DerivedTable{QueryBox(std::move(*first))}, {}}, from));
  } else {
    left = std::move(std::get<TableReference>(inner));
  }
  MS_ASSIGN(left, continue_joins(std::move(left), from));
  MS_ASSIGN(left, continue_commas(std::move(left), from));
  MS_TRY(stream_.expect(")"));
  return left;
}

}  // namespace millstream::sql::internal
