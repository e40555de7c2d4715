// WITH, set operations, VALUES, ORDER BY and LIMIT: everything around a SELECT.
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

bool Parser::at_query_start() {
  return stream_.at("SELECT") || stream_.at("WITH") || stream_.at("VALUES") ||
         (stream_.is("TABLE", 0) && !stream_.is("(", 1));
}

Result<QueryOwner> Parser::query() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  return query_without_nesting();
}

namespace {

// The query in parentheses of its own, for one that gets a second ORDER BY, LIMIT or WITH from outside.
QueryOwner wrapped(QueryOwner inner) {
  auto outer = std::make_unique<Query>();
  outer->span = inner->span;
  outer->body = NestedQuery{QueryBox(std::move(inner))};
  return outer;
}

}  // namespace

Result<QueryOwner> Parser::query_without_nesting() {
  const size_t from = stream_.position();
  std::vector<CommonTable> with;
  if (stream_.at("WITH")) {
    MS_ASSIGN(with, with_clause());
  }
  MS_ASSIGN(QueryOwner result, set_operations(false));
  if (!with.empty()) {
    if (!result->with.empty()) {
      // WITH a .. (WITH b ..): the inner names are seen by the inner query only.
      result = wrapped(std::move(result));
      MS_TRY(grow());
    }
    result->with = std::move(with);
  }
  return finish_query(std::move(result), from);
}

Result<std::vector<CommonTable>> Parser::with_clause() {
  MS_TRY(stream_.expect("WITH"));
  if (stream_.is("RECURSIVE", 0)) {
    return stream_.unsupported(stream_.current().span, "WITH RECURSIVE is not supported",
                               "a query cannot read its own result");
  }
  std::vector<CommonTable> tables;
  do {
    const size_t from = stream_.position();
    MS_ASSIGN(Identifier name, stream_.identifier());
    std::vector<Identifier> columns;
    if (stream_.is("(", 0)) {
      MS_ASSIGN(columns, stream_.identifiers_in_parentheses());
    }
    MS_TRY(stream_.expect("AS"));
    MS_ASSIGN(QueryBox inner, query_in_parentheses());
    tables.push_back({stream_.span_since(from), std::move(name), std::move(columns), std::move(inner)});
  } while (stream_.accept(","));
  return tables;
}

Result<QueryBox> Parser::query_in_parentheses() {
  MS_ASSIGN(QueryOwner inner, query_between_parentheses());
  return QueryBox(std::move(inner));
}

Result<QueryOwner> Parser::query_between_parentheses() {
  MS_ASSIGN(ParenthesesContent content, parentheses_content());
  if (auto* inner = std::get_if<QueryOwner>(&content)) return std::move(*inner);
  const auto& elements = std::get<std::vector<Expression>>(content);
  return stream_.fail_at(elements.front().span, ErrorCode::kParse, "a query is expected between these parentheses",
                         "begin with SELECT, VALUES or WITH");
}

// UNION and EXCEPT bind alike and to the left; INTERSECT binds tighter.
Result<QueryOwner> Parser::set_operations(bool only_intersect) {
  const size_t from = stream_.position();
  MS_ASSIGN(QueryOwner left, query_term());
  return continue_set_operations(std::move(left), only_intersect, from);
}

Result<QueryOwner> Parser::continue_set_operations(QueryOwner left, bool only_intersect, size_t from) {
  while (true) {
    SetOperator op;
    if (stream_.at("INTERSECT")) {
      op = SetOperator::kIntersect;
    } else if (!only_intersect && stream_.at("UNION")) {
      op = SetOperator::kUnion;
    } else if (!only_intersect && stream_.at("EXCEPT")) {
      op = SetOperator::kExcept;
    } else if (stream_.is("MINUS", 0)) {
      return stream_.fail_at(stream_.current().span, ErrorCode::kParse,
                             "Encountered \"MINUS\", which Flink does not allow", "write EXCEPT");
    } else {
      return left;
    }
    stream_.advance();
    const bool all = stream_.accept("ALL");
    if (!all) stream_.accept("DISTINCT");
    // An INTERSECT behind the right side belongs to it.
    const size_t right_from = stream_.position();
    MS_ASSIGN(QueryOwner right, query_term());
    if (op != SetOperator::kIntersect) {
      MS_ASSIGN(right, continue_set_operations(std::move(right), true, right_from));
    }
    auto whole = std::make_unique<Query>();
    whole->body = SetOperation{op, all, QueryBox(std::move(left)), QueryBox(std::move(right))};
    whole->span = stream_.span_since(from);
    left = std::move(whole);
    MS_TRY(grow());
  }
}

Result<QueryOwner> Parser::query_term() {
  const size_t from = stream_.position();
  if (stream_.at("(")) {
    MS_ASSIGN(QueryOwner inner, query_between_parentheses());
    inner->span = stream_.span_since(from);
    return inner;
  }
  auto result = std::make_unique<Query>();
  if (stream_.at("VALUES")) {
    MS_ASSIGN(result->body, values());
  } else if (stream_.is("TABLE", 0)) {
    stream_.advance();
    MS_ASSIGN(Name name, stream_.name());
    result->body = ExplicitTable{std::move(name)};
  } else {
    MS_TRY(select(result->body.emplace<Select>()));
  }
  result->span = stream_.span_since(from);
  return result;
}

Result<Values> Parser::values() {
  const size_t from = stream_.position();
  Values result;
  MS_TRY(stream_.expect("VALUES"));
  do {
    MS_ASSIGN(Expression row, expression());
    if (!row.as<RowConstructor>()) {
      const SourceSpan span = row.span;
      RowConstructor single;
      single.elements.push_back(std::move(row));
      row = {span, std::move(single)};
    }
    result.rows.push_back(std::move(row));
  } while (stream_.accept(","));
  result.span = stream_.span_since(from);
  return result;
}

bool Parser::at_rest_of_query() {
  return stream_.is(")", 0) || stream_.is("UNION", 0) || stream_.is("INTERSECT", 0) || stream_.is("EXCEPT", 0) ||
         stream_.is("ORDER", 0) || stream_.is("LIMIT", 0) || stream_.is("OFFSET", 0) || stream_.is("FETCH", 0);
}

Result<QueryOwner> Parser::rest_of_query(QueryOwner first, size_t from) {
  MS_ASSIGN(QueryOwner longer, continue_set_operations(std::move(first), false, from));
  MS_ASSIGN(QueryOwner whole, finish_query(std::move(longer), from));
  MS_TRY(stream_.expect(")"));
  return whole;
}

// [ORDER BY ..] [LIMIT n] [OFFSET n [ROWS]] [FETCH FIRST n ROWS ONLY]
Result<QueryOwner> Parser::finish_query(QueryOwner result, size_t from) {
  const bool more = stream_.at("ORDER") || stream_.at("LIMIT") || stream_.at("OFFSET") || stream_.at("FETCH");
  if (!more) return result;
  if (!result->order_by.empty() || result->limit || result->offset) {
    result = wrapped(std::move(result));
    MS_TRY(grow());
  }
  const auto number = [&]() -> Result<Expression> {
    const size_t at = stream_.position();
    if (stream_.current().kind != TokenKind::kNumber) {
      stream_.note_expected(kAnyNumber);
      return stream_.fail_here();
    }
    std::string digits(stream_.text_of(stream_.current()));
    stream_.advance();
    return make(NumberLiteral{std::move(digits)}, at);
  };
  if (stream_.accept_all({"ORDER", "BY"})) {
    MS_ASSIGN(result->order_by, order_items());
  }
  if (stream_.accept("LIMIT") && !stream_.accept("ALL")) {
    MS_ASSIGN(result->limit, number());
    if (stream_.is(",", 0)) {
      return stream_.fail_at(stream_.current().span, ErrorCode::kParse, "'LIMIT start, count' is not allowed",
                             "write LIMIT count OFFSET start");
    }
  }
  if (stream_.accept("OFFSET")) {
    MS_ASSIGN(result->offset, number());
    if (!stream_.accept("ROWS")) stream_.accept("ROW");
    if (stream_.is("LIMIT", 0)) {
      return stream_.fail_at(stream_.current().span, ErrorCode::kParse, "'OFFSET start LIMIT count' is not allowed",
                             "write LIMIT count OFFSET start");
    }
  }
  if (!result->limit && stream_.accept("FETCH")) {
    if (!stream_.accept("FIRST")) MS_TRY(stream_.expect("NEXT"));
    MS_ASSIGN(result->limit, number());
    if (!stream_.accept("ROWS")) MS_TRY(stream_.expect("ROW"));
    MS_TRY(stream_.expect("ONLY"));
  }
  result->span = stream_.span_since(from);
  return result;
}

}  // namespace millstream::sql::internal
