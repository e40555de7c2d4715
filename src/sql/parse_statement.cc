// Which statement it is; and the small ones: USE, SHOW, DESCRIBE, SET, RESET, and those refused by name.
#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

Result<Statement> Parser::statement() {
  const size_t from = stream_.position();
  MS_ASSIGN(StatementNode node, statement_node());
  return Statement{stream_.span_since(from), std::move(node)};
}

Status Parser::expect_end() {
  if (stream_.at_end()) return {};
  return stream_.fail_here();
}

Result<StatementNode> Parser::statement_node() {
  if (at_query_start() || stream_.is("(", 0)) {
    MS_ASSIGN(QueryOwner inner, query());
    return RunQuery{QueryBox(std::move(inner))};
  }
  if (stream_.at("INSERT")) {
    MS_ASSIGN(Insert node, insert());
    return node;
  }
  if (stream_.at("CREATE")) return create_statement();
  if (stream_.at("DROP")) return drop_statement();
  if (stream_.at("ALTER")) return alter_statement();
  if (stream_.at("USE")) return use_statement();
  if (stream_.at("SHOW")) return show_statement();
  if (stream_.at("DESCRIBE") || stream_.at("DESC")) return describe_statement();
  if (stream_.at("EXPLAIN")) return explain_statement();
  if (stream_.at("SET")) return set_statement();
  if (stream_.at("RESET")) return reset_statement();
  if (stream_.at("EXECUTE")) return execute_statement();
  if (stream_.at("BEGIN")) return begin_statement_set();
  if (stream_.at("STOP")) return stop_job_statement();
  return refused_statement();
}

// What Flink's grammar knows and Millstream does not run, each with the way to go instead.
Result<StatementNode> Parser::refused_statement() {
  struct Refusal {
    std::string_view first;
    std::string_view second;  // or empty
    std::string_view hint;
  };
  static constexpr Refusal kRefusals[] = {
      {"UPDATE", "", "rows change by INSERT INTO a table with a primary key"},
      {"DELETE", "", "rows are deleted by a changelog: delete them in the source"},
      {"MERGE", "", "rows change by INSERT INTO a table with a primary key"},
      {"UPSERT", "", "use INSERT INTO; a table with a primary key is upserted"},
      {"TRUNCATE", "", "drop and create the table"},
      {"CALL", "", "there are no procedures"},
      {"ANALYZE", "", "the planner keeps no statistics"},
      {"LOAD", "MODULE", "all functions are in the core"},
      {"UNLOAD", "MODULE", "all functions are in the core"},
      {"ADD", "JAR", "functions and connectors are built in; there are no JAR files"},
      {"REMOVE", "JAR", "functions and connectors are built in; there are no JAR files"},
      {"COMPILE", "PLAN", "a job stores its SQL and keeps state by operator"},
      {"END", "", "END closes a statement set that was begun with BEGIN STATEMENT SET;"},
      {"REFRESH", "", "there are no materialized tables"},
  };
  const SourceSpan first = stream_.current().span;
  for (const Refusal& row : kRefusals) {
    if (!stream_.is(row.first, 0) || (!row.second.empty() && !stream_.is(row.second, 1))) continue;
    std::string what(row.first);
    if (!row.second.empty()) what += " " + std::string(row.second);
    const ErrorCode code = row.first == "END" ? ErrorCode::kParse : ErrorCode::kUnsupported;
    return stream_.fail_at(row.second.empty() ? first : covering(first, stream_.ahead(1).span), code,
                           code == ErrorCode::kParse ? "Encountered \"END\"" : what + " is not supported",
                           std::string(row.hint));
  }
  return stream_.fail_here();
}

Result<StatementNode> Parser::use_statement() {
  stream_.advance();
  if (stream_.is("CATALOG", 0) && !stream_.is(".", 1) && stream_.ahead(1).kind != TokenKind::kEnd) {
    stream_.advance();
    MS_ASSIGN(Identifier name, stream_.identifier());
    return UseCatalog{std::move(name)};
  }
  if (stream_.is("MODULES", 0)) {
    return stream_.unsupported(stream_.current().span, "USE MODULES is not supported", "all functions are in the core");
  }
  stream_.note_expected("CATALOG");
  MS_ASSIGN(Name name, stream_.name());
  return UseDatabase{std::move(name)};
}

// [NOT] LIKE | ILIKE 'pattern'
Result<std::optional<ShowPattern>> Parser::show_pattern(bool with_ilike) {
  ShowPattern pattern;
  pattern.negated = stream_.accept("NOT");
  if (with_ilike && stream_.accept("ILIKE")) {
    pattern.ignore_case = true;
  } else if (!stream_.accept("LIKE")) {
    if (pattern.negated) return stream_.fail_here();
    return std::nullopt;
  }
  MS_ASSIGN(TextLiteral text, stream_.text_literal());
  pattern.pattern = std::move(text.value);
  return pattern;
}

Result<StatementNode> Parser::show_statement() {
  struct ShowRow {
    std::string_view first;
    std::string_view second;
    ShowKind kind;
    enum class Object { kNone, kOptional, kFrom, kName } object;
    bool pattern;
    bool ilike;
  };
  using enum ShowRow::Object;
  static constexpr ShowRow kRows[] = {
      {"TABLES", "", ShowKind::kTables, kOptional, true, false},
      {"VIEWS", "", ShowKind::kViews, kOptional, true, false},
      {"DATABASES", "", ShowKind::kDatabases, kOptional, true, true},
      {"CATALOGS", "", ShowKind::kCatalogs, kNone, true, true},
      {"FUNCTIONS", "", ShowKind::kFunctions, kOptional, true, true},
      {"USER", "FUNCTIONS", ShowKind::kUserFunctions, kOptional, true, true},
      {"JOBS", "", ShowKind::kJobs, kNone, false, false},
      {"COLUMNS", "", ShowKind::kColumns, kFrom, true, false},
      {"CREATE", "TABLE", ShowKind::kCreateTable, kName, false, false},
      {"CREATE", "VIEW", ShowKind::kCreateView, kName, false, false},
      {"CREATE", "CATALOG", ShowKind::kCreateCatalog, kName, false, false},
      {"CURRENT", "CATALOG", ShowKind::kCurrentCatalog, kNone, false, false},
      {"CURRENT", "DATABASE", ShowKind::kCurrentDatabase, kNone, false, false},
  };
  stream_.advance();
  for (const ShowRow& row : kRows) {
    if (!stream_.at(row.first)) continue;
    if (!row.second.empty()) {
      if (!stream_.is(row.second, 1)) continue;
      stream_.advance();
    }
    stream_.advance();
    Show show{row.kind, {}, {}};
    bool named = row.object == kName;
    if (row.object == kOptional) named = stream_.accept("FROM") || stream_.accept("IN");
    if (row.object == kFrom) {
      if (!stream_.accept("FROM")) MS_TRY(stream_.expect("IN"));
      named = true;
    }
    if (named) {
      MS_ASSIGN(show.object, stream_.name());
    }
    if (row.pattern) {
      MS_ASSIGN(show.pattern, show_pattern(row.ilike));
    }
    return show;
  }
  for (std::string_view word :
       {"MODULES", "FULL", "JARS", "PARTITIONS", "PROCEDURES", "MATERIALIZED", "MODELS", "CONNECTIONS"}) {
    if (!stream_.is(word, 0)) continue;
    return stream_.unsupported(stream_.current().span, "SHOW " + std::string(word) + " is not supported",
                               "TABLES, VIEWS, COLUMNS, DATABASES, CATALOGS, FUNCTIONS and JOBS can be shown");
  }
  if (stream_.is("CREATE", 0) || stream_.is("CURRENT", 0)) {
    const bool create = stream_.is("CREATE", 0);
    stream_.advance();
    if (create) {
      stream_.note_expected("TABLE");
      stream_.note_expected("VIEW");
    }
    stream_.note_expected("CATALOG");
    if (!create) stream_.note_expected("DATABASE");
  }
  return stream_.fail_here();
}

Result<StatementNode> Parser::describe_statement() {
  stream_.advance();
  Describe describe;
  const bool something_follows = stream_.ahead(1).kind != TokenKind::kEnd && !stream_.is(".", 1);
  if (something_follows && stream_.accept("CATALOG")) {
    describe.kind = DescribeKind::kCatalog;
  } else if (stream_.accept("FUNCTION")) {
    describe.kind = DescribeKind::kFunction;
  } else if (something_follows && stream_.accept("JOB")) {
    MS_ASSIGN(TextLiteral id, stream_.text_literal());
    describe.kind = DescribeKind::kJob;
    describe.name = {id.span, {{id.span, std::move(id.value)}}};
    return describe;
  } else if (stream_.is("MODEL", 0) && something_follows) {
    return stream_.unsupported(stream_.current().span, "DESCRIBE MODEL is not supported");
  }
  describe.extended = stream_.accept("EXTENDED");
  MS_ASSIGN(describe.name, stream_.name());
  return describe;
}

// SET | SET 'key' = 'value' | SET key = value
Result<StatementNode> Parser::set_statement() {
  stream_.advance();
  if (stream_.at_end()) return SetOption{};
  const size_t from = stream_.position();
  if (stream_.current().kind == TokenKind::kString) {
    MS_ASSIGN(Property one, property());
    return SetOption{std::move(one)};
  }
  MS_ASSIGN(std::string key, bare_words("="));
  MS_TRY(stream_.expect("="));
  std::string value;
  if (stream_.current().kind == TokenKind::kString) {
    MS_ASSIGN(TextLiteral text, stream_.text_literal());
    value = std::move(text.value);
  } else {
    MS_ASSIGN(value, bare_words(""));
  }
  return SetOption{Property{stream_.span_since(from), std::move(key), std::move(value)}};
}

// The text up to `stop` or the end, as it is: sql-client.execution.result-mode
Result<std::string> Parser::bare_words(std::string_view stop) {
  const size_t from = stream_.position();
  while (!stream_.at_end() && (stop.empty() || !stream_.is(stop, 0)) && stream_.current().kind != TokenKind::kInvalid) {
    stream_.advance();
  }
  if (stream_.position() == from || stream_.current().kind == TokenKind::kInvalid) {
    stream_.note_expected(kAnyText);
    return stream_.fail_here();
  }
  return std::string(stream_.span_since(from).in(stream_.text()));
}

Result<StatementNode> Parser::reset_statement() {
  stream_.advance();
  if (stream_.at_end()) return ResetOption{};
  if (stream_.current().kind == TokenKind::kString) {
    MS_ASSIGN(TextLiteral key, stream_.text_literal());
    return ResetOption{std::move(key)};
  }
  const size_t from = stream_.position();
  MS_ASSIGN(std::string key, bare_words(""));
  return ResetOption{TextLiteral{stream_.span_since(from), std::move(key)}};
}

}  // namespace millstream::sql::internal
