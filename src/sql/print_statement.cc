// Statements as text: definitions, queries to run, settings.
#include "sql/internal/text_printer.h"

namespace millstream::sql {

std::string print(const Statement& statement) {
  internal::TextPrinter printer(false);
  printer.statement(statement.node);
  return printer.take();
}

std::string print_pretty(const Statement& statement) {
  internal::TextPrinter printer(true);
  printer.statement(statement.node);
  return printer.take();
}

std::string print(const TableElement& element) {
  internal::TextPrinter printer(false);
  printer.element(element);
  return printer.take();
}

namespace internal {

void TextPrinter::properties(const std::vector<Property>& values) {
  open_block();
  bool first = true;
  for (const Property& one : values) {
    if (!first) {
      text(",");
      line_break();
    }
    first = false;
    quoted(one.key);
    text(" = ");
    quoted(one.value);
  }
  close_block();
}

void TextPrinter::keys(const std::vector<TextLiteral>& values) {
  text("(");
  list(values, [&](const TextLiteral& one) { quoted(one.value); });
  text(")");
}

void TextPrinter::comment(const std::optional<std::string>& value) {
  if (!value) return;
  text(" COMMENT ");
  quoted(*value);
}

void TextPrinter::insert(const Insert& value) {
  text(value.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  name(value.table);
  if (!value.hints.empty()) {
    text(" ");
    hints(value.hints);
  }
  if (!value.partition.empty()) {
    text(" PARTITION (");
    list(value.partition, [&](const PartitionValue& one) {
      identifier(one.name);
      text(" = ");
      expression(one.value);
    });
    text(")");
  }
  if (!value.columns.empty()) {
    text(" (");
    list(value.columns, [&](const Name& one) { name(one); });
    text(")");
  }
  line_break();
  query(*value.query);
  if (value.on_conflict == ConflictAction::kUnspecified) return;
  line_break();
  static constexpr std::string_view kWords[] = {"", "DEDUPLICATE", "NOTHING", "ERROR"};
  text("ON CONFLICT DO ");
  text(kWords[static_cast<size_t>(value.on_conflict)]);
}

void TextPrinter::show(const Show& value) {
  static constexpr std::string_view kWords[] = {
      "TABLES",  "VIEWS",        "DATABASES",   "CATALOGS",       "FUNCTIONS",       "USER FUNCTIONS",  "JOBS",
      "COLUMNS", "CREATE TABLE", "CREATE VIEW", "CREATE CATALOG", "CURRENT CATALOG", "CURRENT DATABASE"};
  text("SHOW ");
  text(kWords[static_cast<size_t>(value.kind)]);
  if (value.object) {
    const bool plain = value.kind == ShowKind::kCreateTable || value.kind == ShowKind::kCreateView ||
                       value.kind == ShowKind::kCreateCatalog;
    text(plain ? " " : " FROM ");
    name(*value.object);
  }
  if (!value.pattern) return;
  flag(value.pattern->negated, " NOT");
  text(value.pattern->ignore_case ? " ILIKE " : " LIKE ");
  quoted(value.pattern->pattern);
}

void TextPrinter::explain(const Explain& value) {
  static constexpr std::string_view kWords[] = {"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN",
                                                "PLAN_ADVICE"};
  text(value.details.empty() ? "EXPLAIN PLAN FOR" : "EXPLAIN ");
  list(value.details, [&](ExplainDetail one) { text(kWords[static_cast<size_t>(one)]); });
  line_break();
  statement(value.statement->node);
}

void TextPrinter::statement(const StatementNode& node) {
  std::visit(Overloaded{
                 [&](const CreateTable& it) { create_table(it); },
                 [&](const CreateView& it) { create_view(it); },
                 [&](const CreateFunction& it) { create_function(it); },
                 [&](const Insert& it) { insert(it); },
                 [&](const RunQuery& it) { query(*it.query); },
                 [&](const Show& it) { show(it); },
                 [&](const Explain& it) { explain(it); },
                 [&](const DropTable& it) {
                   text(it.temporary ? "DROP TEMPORARY TABLE " : "DROP TABLE ");
                   flag(it.if_exists, "IF EXISTS ");
                   name(it.name);
                 },
                 [&](const DropView& it) {
                   text(it.temporary ? "DROP TEMPORARY VIEW " : "DROP VIEW ");
                   flag(it.if_exists, "IF EXISTS ");
                   name(it.name);
                 },
                 [&](const AlterTable& it) {
                   text("ALTER TABLE ");
                   flag(it.if_exists, "IF EXISTS ");
                   name(it.name);
                   text(" ");
                   alter_action(it.action);
                 },
                 [&](const AlterView& it) {
                   text("ALTER VIEW ");
                   name(it.name);
                   if (const auto* renamed = std::get_if<RenameTable>(&it.action)) {
                     text(" RENAME TO ");
                     name(renamed->to);
                   } else {
                     text(" AS");
                     line_break();
                     query(*std::get<RedefineView>(it.action).query);
                   }
                 },
                 [&](const CreateDatabase& it) {
                   text("CREATE DATABASE ");
                   flag(it.if_not_exists, "IF NOT EXISTS ");
                   name(it.name);
                   comment(it.comment);
                   if (it.options.empty()) return;
                   text(" WITH ");
                   properties(it.options);
                 },
                 [&](const DropDatabase& it) {
                   text("DROP DATABASE ");
                   flag(it.if_exists, "IF EXISTS ");
                   name(it.name);
                   flag(it.cascade, " CASCADE");
                 },
                 [&](const AlterDatabase& it) {
                   text("ALTER DATABASE ");
                   name(it.name);
                   text(" SET ");
                   properties(it.change.properties);
                 },
                 [&](const UseDatabase& it) {
                   text("USE ");
                   name(it.name);
                 },
                 [&](const CreateCatalog& it) {
                   text("CREATE CATALOG ");
                   flag(it.if_not_exists, "IF NOT EXISTS ");
                   identifier(it.name);
                   comment(it.comment);
                   if (it.options.empty()) return;
                   text(" WITH ");
                   properties(it.options);
                 },
                 [&](const DropCatalog& it) {
                   text("DROP CATALOG ");
                   flag(it.if_exists, "IF EXISTS ");
                   identifier(it.name);
                 },
                 [&](const AlterCatalog& it) {
                   text("ALTER CATALOG ");
                   identifier(it.name);
                   if (const auto* set = std::get_if<SetProperties>(&it.change)) {
                     text(" SET ");
                     properties(set->properties);
                   } else if (const auto* reset = std::get_if<ResetProperties>(&it.change)) {
                     text(" RESET ");
                     keys(reset->keys);
                   } else {
                     comment(std::get<TextLiteral>(it.change).value);
                   }
                 },
                 [&](const UseCatalog& it) {
                   text("USE CATALOG ");
                   identifier(it.name);
                 },
                 [&](const DropFunction& it) {
                   text("DROP ");
                   flag(it.temporary, "TEMPORARY ");
                   flag(it.system, "SYSTEM ");
                   text("FUNCTION ");
                   flag(it.if_exists, "IF EXISTS ");
                   name(it.name);
                 },
                 [&](const Describe& it) {
                   static constexpr std::string_view kWords[] = {"", "CATALOG ", "FUNCTION ", "JOB "};
                   text("DESCRIBE ");
                   text(kWords[static_cast<size_t>(it.kind)]);
                   flag(it.extended, "EXTENDED ");
                   if (it.kind == DescribeKind::kJob) return quoted(it.name.last());
                   name(it.name);
                 },
                 [&](const SetOption& it) {
                   text("SET");
                   if (!it.property) return;
                   text(" ");
                   quoted(it.property->key);
                   text(" = ");
                   quoted(it.property->value);
                 },
                 [&](const ResetOption& it) {
                   text("RESET");
                   if (!it.key) return;
                   text(" ");
                   quoted(it.key->value);
                 },
                 [&](const StatementSet& it) {
                   text("EXECUTE STATEMENT SET BEGIN");
                   ++indent_;
                   for (const InsertItem& item : it.inserts) {
                     line_break();
                     insert(item.insert);
                     text(";");
                   }
                   --indent_;
                   line_break();
                   text("END");
                 },
                 [&](const StopJob& it) {
                   text("STOP JOB ");
                   quoted(it.id);
                   flag(it.with_savepoint, " WITH SAVEPOINT");
                   flag(it.with_drain, " WITH DRAIN");
                 },
             },
             node);
}

}  // namespace internal
}  // namespace millstream::sql
