// CREATE and DROP.
#include "base/text.h"
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

Result<StatementNode> Parser::create_statement() {
  const size_t from = stream_.position();
  stream_.advance();
  CreateMode mode = CreateMode::kCreate;
  if (stream_.accept("OR")) {
    if (stream_.is("ALTER", 0)) {
      return stream_.unsupported(stream_.span_since(from),
                                 "CREATE OR ALTER is for materialized tables, which are not supported",
                                 "use CREATE OR REPLACE, or DROP and CREATE");
    }
    MS_TRY(stream_.expect("REPLACE"));
    mode = CreateMode::kCreateOrReplace;
  }
  const bool temporary = stream_.accept("TEMPORARY");
  const bool system = temporary && stream_.accept("SYSTEM");
  if (!system && stream_.accept("TABLE")) return create_table({.mode = mode, .temporary = temporary});
  if (!system && stream_.accept("VIEW")) {
    MS_ASSIGN(bool tolerant, if_not_exists());
    MS_ASSIGN(Name name, stream_.name());
    std::vector<Identifier> columns;
    if (stream_.is("(", 0)) {
      MS_ASSIGN(columns, stream_.identifiers_in_parentheses());
    }
    MS_ASSIGN(std::optional<std::string> text, comment());
    MS_TRY(stream_.expect("AS"));
    MS_ASSIGN(QueryOwner inner, query());
    return CreateView{
        mode, temporary, tolerant, std::move(name), std::move(columns), std::move(text), QueryBox(std::move(inner))};
  }
  if (mode == CreateMode::kCreate) {
    if (stream_.accept("FUNCTION")) return create_function({.temporary = temporary, .system = system});
    if (!temporary && stream_.accept("DATABASE")) return create_database();
    if (!temporary && stream_.accept("CATALOG")) return create_catalog();
  }
  if (stream_.is("SYSTEM", 0)) {
    return stream_.fail_at(
        stream_.current().span, ErrorCode::kParse,
        "CREATE SYSTEM FUNCTION is not supported, system functions can only be registered as temporary",
        "write CREATE TEMPORARY SYSTEM FUNCTION");
  }
  for (std::string_view word : {"MATERIALIZED", "MODEL", "CONNECTION"}) {
    if (!stream_.is(word, 0)) continue;
    const std::string what = word == "MATERIALIZED" ? "MATERIALIZED TABLE" : std::string(word);
    return stream_.unsupported(stream_.current().span, "CREATE " + what + " is not supported",
                               "TABLE, VIEW, FUNCTION, DATABASE and CATALOG can be created");
  }
  return stream_.fail_here();
}

Result<StatementNode> Parser::create_table(CreateTable table) {
  MS_ASSIGN(table.if_not_exists, if_not_exists());
  MS_ASSIGN(table.name, stream_.name());
  SourceSpan name_only;
  if (stream_.accept("(")) {
    bool any_typed = false;
    do {
      const SourceSpan span = stream_.current().span;
      MS_ASSIGN(TableElement element, table_element(false));
      const auto* column = std::get_if<ColumnDefinition>(&element);
      const bool inherited = column && std::holds_alternative<InheritedColumn>(column->kind);
      if (inherited) {
        name_only = span;
      } else {
        any_typed = true;
      }
      if (name_only.length > 0 && any_typed) {
        return stream_.fail_at(name_only, ErrorCode::kParse, "either all columns have a type or none has",
                               "columns without types only choose the order of those of AS SELECT");
      }
      table.elements.push_back(std::move(element));
    } while (stream_.accept(","));
    MS_TRY(stream_.expect(")"));
  }
  MS_ASSIGN(table.comment, comment());
  if (const size_t from = stream_.position(); stream_.accept("DISTRIBUTED")) {
    MS_ASSIGN(table.distribution, distribution(from));
  }
  if (stream_.accept("PARTITIONED")) {
    MS_TRY(stream_.expect("BY"));
    MS_ASSIGN(table.partitioned_by, stream_.identifiers_in_parentheses());
  }
  if (stream_.accept("WITH")) {
    MS_ASSIGN(table.options, properties());
  }
  if (const size_t from = stream_.position(); stream_.accept("LIKE")) {
    MS_ASSIGN(table.like, like_clause(from));
  } else if (stream_.accept("AS")) {
    MS_ASSIGN(QueryOwner inner, query());
    table.as_query.emplace(std::move(inner));
  }
  if (name_only.length > 0 && !table.as_query) {
    return stream_.fail_at(name_only, ErrorCode::kParse,
                           "columns without types are only for CREATE TABLE ... AS SELECT",
                           "write the column's type behind its name");
  }
  return table;
}

Result<StatementNode> Parser::create_function(CreateFunction function) {
  MS_ASSIGN(function.if_not_exists, if_not_exists());
  MS_ASSIGN(function.name, stream_.name());
  MS_TRY(stream_.expect("AS"));
  MS_ASSIGN(TextLiteral implementation, stream_.text_literal());
  function.implementation = std::move(implementation.value);
  if (stream_.accept("LANGUAGE")) {
    const std::string language = to_upper(stream_.text_of(stream_.current()));
    if (!stream_.accept("JAVA") && !stream_.accept("SCALA")) MS_TRY(stream_.expect("PYTHON"));
    function.language = language;
  }
  if (stream_.accept("USING")) {
    do {
      if (!stream_.accept("JAR")) MS_TRY(stream_.expect("ARTIFACT"));
      MS_ASSIGN(TextLiteral resource, stream_.text_literal());
      function.resources.push_back(std::move(resource.value));
    } while (stream_.accept(","));
  }
  if (stream_.accept("WITH")) {
    MS_ASSIGN(function.options, properties());
  }
  return function;
}

Result<StatementNode> Parser::create_database() {
  CreateDatabase database;
  MS_ASSIGN(database.if_not_exists, if_not_exists());
  MS_ASSIGN(database.name, stream_.name());
  MS_ASSIGN(database.comment, comment());
  if (stream_.accept("WITH")) {
    MS_ASSIGN(database.options, properties());
  }
  return database;
}

Result<StatementNode> Parser::create_catalog() {
  CreateCatalog catalog;
  MS_ASSIGN(catalog.if_not_exists, if_not_exists());
  MS_ASSIGN(catalog.name, stream_.identifier());
  MS_ASSIGN(catalog.comment, comment());
  if (stream_.accept("WITH")) {
    MS_ASSIGN(catalog.options, properties());
  }
  return catalog;
}

Result<StatementNode> Parser::drop_statement() {
  stream_.advance();
  const bool temporary = stream_.accept("TEMPORARY");
  const bool system = temporary && stream_.accept("SYSTEM");
  if (!system && stream_.accept("TABLE")) {
    DropTable drop{.temporary = temporary, .name = {}};
    MS_ASSIGN(drop.if_exists, if_exists());
    MS_ASSIGN(drop.name, stream_.name());
    return drop;
  }
  if (!system && stream_.accept("VIEW")) {
    DropView drop{.temporary = temporary, .name = {}};
    MS_ASSIGN(drop.if_exists, if_exists());
    MS_ASSIGN(drop.name, stream_.name());
    return drop;
  }
  if (stream_.accept("FUNCTION")) {
    DropFunction drop{.temporary = temporary, .system = system, .name = {}};
    MS_ASSIGN(drop.if_exists, if_exists());
    MS_ASSIGN(drop.name, stream_.name());
    return drop;
  }
  if (!temporary && stream_.accept("DATABASE")) {
    DropDatabase drop;
    MS_ASSIGN(drop.if_exists, if_exists());
    MS_ASSIGN(drop.name, stream_.name());
    drop.cascade = stream_.accept("CASCADE");
    if (!drop.cascade) stream_.accept("RESTRICT");
    return drop;
  }
  if (!temporary && stream_.accept("CATALOG")) {
    DropCatalog drop;
    MS_ASSIGN(drop.if_exists, if_exists());
    MS_ASSIGN(drop.name, stream_.identifier());
    return drop;
  }
  for (std::string_view word : {"MATERIALIZED", "MODEL", "CONNECTION"}) {
    if (!stream_.is(word, 0)) continue;
    return stream_.unsupported(stream_.current().span, "DROP " + std::string(word) + " is not supported",
                               "TABLE, VIEW, FUNCTION, DATABASE and CATALOG can be dropped");
  }
  return stream_.fail_here();
}

}  // namespace millstream::sql::internal
