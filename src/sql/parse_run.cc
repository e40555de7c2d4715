// INSERT, statement sets, EXPLAIN, EXECUTE and STOP JOB: the statements that run or stop something.
#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

// INSERT INTO|OVERWRITE t [hints] [PARTITION (a = '1')] [(columns)] query [ON CONFLICT DO action]
Result<Insert> Parser::insert() {
  MS_TRY(stream_.expect("INSERT"));
  bool overwrite = stream_.accept("OVERWRITE");
  if (!overwrite) MS_TRY(stream_.expect("INTO"));
  MS_ASSIGN(Name table, stream_.name());
  std::vector<Hint> table_hints;
  if (stream_.at("/*+")) {
    MS_ASSIGN(table_hints, hints());
  }
  std::vector<PartitionValue> partition;
  if (stream_.accept("PARTITION")) {
    MS_TRY(stream_.expect("("));
    do {
      MS_ASSIGN(Identifier column, stream_.identifier());
      MS_TRY(stream_.expect("="));
      const size_t at = stream_.position();
      MS_ASSIGN(std::optional<Expression> value, literal());
      if (!value) return stream_.fail_here();
      value->span = stream_.span_since(at);
      partition.push_back({std::move(column), *std::move(value)});
    } while (stream_.accept(","));
    MS_TRY(stream_.expect(")"));
  }
  std::vector<Name> columns;
  // A parenthesis may also begin the query.
  const bool query_follows = stream_.is("(", 1) || stream_.is("SELECT", 1) || stream_.is("VALUES", 1) ||
                             stream_.is("WITH", 1) || stream_.is("TABLE", 1);
  if (stream_.is("(", 0) && !query_follows) {
    stream_.advance();
    do {
      MS_ASSIGN(Name column, stream_.name());
      columns.push_back(std::move(column));
    } while (stream_.accept(","));
    MS_TRY(stream_.expect(")"));
  }
  MS_ASSIGN(QueryOwner source, query());
  Insert result{overwrite,          std::move(table),           std::move(table_hints), std::move(partition),
                std::move(columns), QueryBox(std::move(source))};
  if (stream_.accept("ON")) {
    MS_TRY(stream_.expect_all({"CONFLICT", "DO"}));
    if (stream_.accept("DEDUPLICATE")) {
      result.on_conflict = ConflictAction::kDeduplicate;
    } else if (stream_.accept("NOTHING")) {
      result.on_conflict = ConflictAction::kNothing;
    } else {
      MS_TRY(stream_.expect("ERROR"));
      result.on_conflict = ConflictAction::kError;
    }
  }
  return result;
}

// EXECUTE STATEMENT SET BEGIN .. END | EXECUTE INSERT .. | EXECUTE query
Result<StatementNode> Parser::execute_statement() {
  stream_.advance();
  if (stream_.accept("STATEMENT")) {
    MS_TRY(stream_.expect_all({"SET", "BEGIN"}));
    return statement_set_body();
  }
  if (stream_.is("PLAN", 0)) {
    return stream_.unsupported(stream_.current().span, "EXECUTE PLAN is not supported", "run the SQL itself");
  }
  if (stream_.at("INSERT")) {
    MS_ASSIGN(Insert node, insert());
    return node;
  }
  if (at_query_start() || stream_.is("(", 0)) {
    MS_ASSIGN(QueryOwner inner, query());
    return RunQuery{QueryBox(std::move(inner))};
  }
  return stream_.fail_here();
}

// BEGIN STATEMENT SET; .. END
Result<StatementNode> Parser::begin_statement_set() {
  MS_TRY(stream_.expect_all({"BEGIN", "STATEMENT", "SET", ";"}));
  return statement_set_body();
}

// INSERT ..; [INSERT ..;] END
Result<StatementNode> Parser::statement_set_body() {
  StatementSet set;
  do {
    const size_t from = stream_.position();
    MS_ASSIGN(Insert node, insert());
    set.inserts.push_back({stream_.span_since(from), std::move(node)});
    MS_TRY(stream_.expect(";"));
    while (stream_.is(";", 0)) stream_.advance();
  } while (!stream_.accept("END"));
  return set;
}

Result<StatementNode> Parser::explain_statement() {
  struct DetailWord {
    std::string_view word;
    ExplainDetail detail;
  };
  static constexpr DetailWord kDetails[] = {
      {"ESTIMATED_COST", ExplainDetail::kEstimatedCost},
      {"CHANGELOG_MODE", ExplainDetail::kChangelogMode},
      {"JSON_EXECUTION_PLAN", ExplainDetail::kJsonExecutionPlan},
      {"PLAN_ADVICE", ExplainDetail::kPlanAdvice},
  };
  stream_.advance();
  std::vector<ExplainDetail> details;
  if (stream_.accept("PLAN")) {
    MS_TRY(stream_.expect("FOR"));
  } else {
    bool more = true;
    while (more) {
      more = false;
      for (const DetailWord& row : kDetails) {
        if (!stream_.accept(row.word)) continue;
        details.push_back(row.detail);
        more = stream_.accept(",");
        if (more && stream_.at_end()) return stream_.fail_here();
        break;
      }
    }
  }
  const size_t from = stream_.position();
  const auto explained = [&]() -> Result<StatementNode> {
    if (stream_.at("INSERT")) {
      MS_ASSIGN(Insert node, insert());
      return node;
    }
    if (stream_.at("EXECUTE")) return execute_statement();
    if (stream_.accept("STATEMENT")) {
      MS_TRY(stream_.expect_all({"SET", "BEGIN"}));
      return statement_set_body();
    }
    if (stream_.at("CREATE")) return create_statement();
    if (!at_query_start() && !stream_.is("(", 0)) return stream_.fail_here();
    MS_ASSIGN(QueryOwner inner, query());
    return RunQuery{QueryBox(std::move(inner))};
  };
  MS_ASSIGN(StatementNode node, explained());
  const auto* table = std::get_if<CreateTable>(&node);
  const bool runs = table ? table->as_query.has_value()
                          : std::holds_alternative<Insert>(node) || std::holds_alternative<RunQuery>(node) ||
                                std::holds_alternative<StatementSet>(node);
  if (!runs) {
    return stream_.unsupported(stream_.span_since(from), "this statement has no plan to explain",
                               "SELECT, INSERT, statement sets and CREATE TABLE ... AS SELECT have one");
  }
  return Explain{std::move(details), StatementBox({stream_.span_since(from), std::move(node)})};
}

// STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]
Result<StatementNode> Parser::stop_job_statement() {
  stream_.advance();
  MS_TRY(stream_.expect("JOB"));
  MS_ASSIGN(TextLiteral id, stream_.text_literal());
  StopJob stop{.id = std::move(id.value)};
  while (stream_.accept("WITH")) {
    const SourceSpan span = stream_.current().span;
    if (!stop.with_savepoint && stream_.accept("SAVEPOINT")) {
      stop.with_savepoint = true;
    } else {
      MS_TRY(stream_.expect("DRAIN"));
      if (!stop.with_savepoint) {
        return stream_.fail_at(span, ErrorCode::kParse, "WITH DRAIN could only be used after WITH SAVEPOINT.");
      }
      stop.with_drain = true;
      break;
    }
  }
  return stop;
}

}  // namespace millstream::sql::internal
