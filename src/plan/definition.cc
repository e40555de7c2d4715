// Statements that change or show definitions and settings.
#include "function/definition.h"

#include <algorithm>

#include "base/text.h"
#include "plan/internal/bind_context.h"
#include "plan/internal/listing.h"
#include "plan/internal/table_definition.h"
#include "plan/planner.h"
#include "sql/printer.h"

namespace millstream::plan {

namespace {

using catalog::IfExists;
using catalog::SessionCatalog;
using Outcome = Result<StatementResult>;

class Definitions {
 public:
  Definitions(const sql::Statement& statement, const PlanContext& plan)
      : statement_(statement), plan_(plan), context_(plan), catalog_(plan.catalog) {}

  Outcome run() {
    return std::visit([&](const auto& node) { return apply(node); }, statement_.node);
  }

 private:
  // Ok, or the error at the statement's `span`.
  Outcome done(const Status& status, sql::SourceSpan span) {
    if (!status) return std::unexpected(context_.placed(status.error(), span));
    return StatementResult{};
  }

  static IfExists mode_of(bool if_not_exists, sql::CreateMode mode) {
    if (mode == sql::CreateMode::kCreateOrReplace) return IfExists::kReplace;
    return if_not_exists ? IfExists::kIgnore : IfExists::kFail;
  }

  // Flink's frame around the catalog's own words.
  Outcome created(Status status, const catalog::ObjectPath& path, sql::SourceSpan span) {
    if (!status && status.error().code == ErrorCode::kAlreadyExists) {
      status.error().message =
          "Could not execute CreateTable in path " + path.to_quoted() + ": " + status.error().message;
      status.error().hint =
          "DROP it first, keep it by CREATE … IF NOT EXISTS, or define it anew: `millstream sql --replace`";
    }
    return done(status, span);
  }

  Outcome apply(const sql::CreateTable& create) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(create.name));
    const auto existing = catalog_.find(path);
    if (existing && create.if_not_exists) return StatementResult{};
    MS_ASSIGN(catalog::Table table, define_table(create, plan_));
    return created(catalog_.create(path, std::make_shared<const catalog::Table>(std::move(table)), create.temporary,
                                   mode_of(create.if_not_exists, create.mode)),
                   path, create.name.span);
  }
  Outcome apply(const sql::CreateView& create) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(create.name));
    if (catalog_.find(path) && create.if_not_exists) return StatementResult{};
    MS_ASSIGN(catalog::View view, define_view(create, plan_));
    return created(catalog_.create(path, std::make_shared<const catalog::View>(std::move(view)), create.temporary,
                                   mode_of(create.if_not_exists, create.mode)),
                   path, create.name.span);
  }
  Outcome apply(const sql::DropTable& drop) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(drop.name));
    return done(catalog_.drop(path, false, drop.temporary, drop.if_exists), drop.name.span);
  }
  Outcome apply(const sql::DropView& drop) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(drop.name));
    return done(catalog_.drop(path, true, drop.temporary, drop.if_exists), drop.name.span);
  }

  Outcome apply(const sql::AlterTable& alter) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(alter.name));
    const auto object = catalog_.find(path);
    if (!object || catalog::is_view(*object)) {
      if (alter.if_exists && !object) return StatementResult{};
      const auto near = nearest(path.name, catalog_.names(path.parent(), SessionCatalog::Kind::kTables));
      return context_.fail_at(alter.name.span, ErrorCode::kNotFound,
                              "Table " + path.to_quoted() + " doesn't exist or is a temporary table.",
                              near ? "did you mean '" + *near + "'?" : "");
    }
    if (const auto* rename = std::get_if<sql::RenameTable>(&alter.action)) {
      MS_ASSIGN(const catalog::ObjectPath to, context_.qualify(rename->to));
      if (catalog_.is_temporary(path)) return context_.unsupported(alter.name.span, "Renaming a temporary table is");
      return done(catalog_.shared().rename(path, to), rename->to.span);
    }
    TableDefinition definition(context_, *std::get<catalog::TablePtr>(*object));
    MS_TRY(change(definition, alter));
    auto table = definition.finish(path);
    if (!table) return std::unexpected(context_.placed(table.error(), statement_.span));
    return done(catalog_.replace(path, std::make_shared<const catalog::Table>(*std::move(table))), alter.name.span);
  }

  Status change(TableDefinition& definition, const sql::AlterTable& alter) {
    catalog::Table& table = definition.table();
    if (const auto* set = std::get_if<sql::SetProperties>(&alter.action)) {
      for (const sql::Property& property : set->properties) table.options[property.key] = property.value;
      return {};
    }
    if (const auto* reset = std::get_if<sql::ResetProperties>(&alter.action)) {
      for (const sql::TextLiteral& key : reset->keys) {
        if (key.value == "connector") {
          return context_.fail_at(key.span, ErrorCode::kInvalidArgument,
                                  "ALTER TABLE RESET does not support changing 'connector'");
        }
        table.options.erase(key.value);
      }
      return {};
    }
    if (const auto* add = std::get_if<sql::AddElements>(&alter.action)) {
      if (add->distribution) return context_.unsupported(add->distribution->span, "DISTRIBUTED is");
      for (const sql::TableElement& element : add->elements) MS_TRY(definition.add(element));
      return {};
    }
    if (const auto* drop = std::get_if<sql::DropColumns>(&alter.action)) {
      for (const sql::Name& column : drop->columns) MS_TRY(definition.drop_column(column.last(), column.span));
      return {};
    }
    if (std::get_if<sql::DropPrimaryKey>(&alter.action) != nullptr ||
        std::get_if<sql::DropConstraint>(&alter.action) != nullptr) {
      if (table.primary_key.empty()) {
        return context_.fail_at(alter.name.span, ErrorCode::kNotFound,
                                "The base table does not define any primary key.");
      }
      table.primary_key.clear();
      return {};
    }
    if (std::get_if<sql::DropWatermark>(&alter.action) != nullptr) {
      if (!table.watermark) {
        return context_.fail_at(alter.name.span, ErrorCode::kNotFound,
                                "The base table does not define any watermark strategy.");
      }
      table.watermark.reset();
      return {};
    }
    return context_.unsupported(statement_.span, "This ALTER TABLE is",
                                "RENAME TO, SET, RESET, ADD, DROP columns, DROP PRIMARY KEY and DROP WATERMARK work");
  }

  Outcome apply(const sql::AlterView& alter) {
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(alter.name));
    const auto object = catalog_.find(path);
    if (!object || !catalog::is_view(*object)) {
      return context_.fail_at(alter.name.span, ErrorCode::kNotFound, "View " + path.to_quoted() + " does not exist.");
    }
    if (const auto* rename = std::get_if<sql::RenameTable>(&alter.action)) {
      MS_ASSIGN(const catalog::ObjectPath to, context_.qualify(rename->to));
      if (catalog_.is_temporary(path)) return context_.unsupported(alter.name.span, "Renaming a temporary view is");
      return done(catalog_.shared().rename(path, to), rename->to.span);
    }
    const auto& redefine = std::get<sql::RedefineView>(alter.action);
    MS_ASSIGN(const column::Schema schema, schema_of(*redefine.query, plan_));
    catalog::View view = *std::get<catalog::ViewPtr>(*object);
    view.query = sql::print(*redefine.query);
    view.column_names.clear();
    for (const auto& field : schema.fields) view.column_names.push_back(field.name);
    return done(catalog_.replace(path, std::make_shared<const catalog::View>(std::move(view))), alter.name.span);
  }

  Result<catalog::DatabasePath> database(const sql::Name& name) {
    std::vector<std::string> parts;
    for (const sql::Identifier& part : name.parts) parts.push_back(part.text);
    auto path = catalog_.qualify_database(parts);
    if (!path) return std::unexpected(context_.placed(path.error(), name.span));
    return path;
  }
  Outcome apply(const sql::CreateDatabase& create) {
    MS_ASSIGN(const catalog::DatabasePath path, database(create.name));
    catalog::Options properties;
    for (const sql::Property& property : create.options) properties[property.key] = property.value;
    return done(catalog_.shared().create_database(path, create.comment.value_or(""), properties, create.if_not_exists),
                create.name.span);
  }
  Outcome apply(const sql::DropDatabase& drop) {
    MS_ASSIGN(const catalog::DatabasePath path, database(drop.name));
    if (path == catalog_.current()) {
      return context_.fail_at(drop.name.span, ErrorCode::kConflict, "Cannot drop a database which is currently in use.",
                              "USE another one first");
    }
    return done(catalog_.shared().drop_database(path, drop.if_exists, drop.cascade), drop.name.span);
  }
  Outcome apply(const sql::AlterDatabase& alter) {
    MS_ASSIGN(const catalog::DatabasePath path, database(alter.name));
    catalog::Options changed;
    for (const sql::Property& property : alter.change.properties) changed[property.key] = property.value;
    return done(catalog_.shared().alter_database(path, changed), alter.name.span);
  }
  Outcome apply(const sql::UseDatabase& use) {
    MS_ASSIGN(const catalog::DatabasePath path, database(use.name));
    return done(catalog_.use_database(path), use.name.span);
  }
  Outcome apply(const sql::UseCatalog& use) { return done(catalog_.use_catalog(use.name.text), use.name.span); }
  Outcome apply(const sql::CreateCatalog& create) {
    for (const sql::Property& property : create.options) {
      if (property.key == "type" && property.value == "generic_in_memory") continue;
      return context_.unsupported(property.span, "A catalog with '" + property.key + "' = '" + property.value + "' is",
                                  "'type' = 'generic_in_memory' works");
    }
    return done(catalog_.shared().create_catalog(create.name.text, create.if_not_exists), create.name.span);
  }
  Outcome apply(const sql::DropCatalog& drop) {
    if (drop.name.text == catalog_.current().catalog) {
      return context_.fail_at(drop.name.span, ErrorCode::kConflict, "Cannot drop a catalog which is currently in use.");
    }
    return done(catalog_.shared().drop_catalog(drop.name.text, drop.if_exists), drop.name.span);
  }
  Outcome apply(const sql::AlterCatalog& alter) { return context_.unsupported(alter.name.span, "ALTER CATALOG is"); }
  Outcome apply(const sql::CreateFunction& create) {
    return context_.unsupported(create.name.span, "CREATE FUNCTION is",
                                "docs/functions.md lists the built-in functions");
  }
  Outcome apply(const sql::DropFunction& drop) {
    if (drop.if_exists) return StatementResult{};
    return context_.fail_at(drop.name.span, ErrorCode::kNotFound, "Function " + drop.name.last() + " does not exist.");
  }

  Result<catalog::Object> existing(const catalog::ObjectPath& path, sql::SourceSpan span, const std::string& message) {
    if (auto object = catalog_.find(path)) return *std::move(object);
    const auto near = nearest(path.name, catalog_.names(path.parent(), SessionCatalog::Kind::kAll));
    return context_.fail_at(span, ErrorCode::kNotFound, message, near ? "did you mean '" + *near + "'?" : "");
  }

  Outcome apply(const sql::Show& show) {
    using sql::ShowKind;
    switch (show.kind) {
      case ShowKind::kTables:
      case ShowKind::kViews: {
        catalog::DatabasePath path = catalog_.current();
        if (show.object) {
          MS_ASSIGN(path, database(*show.object));
        }
        if (!catalog_.shared().has_database(path)) {
          return context_.fail_at(show.object ? show.object->span : statement_.span, ErrorCode::kNotFound,
                                  "Database '" + path.catalog + "'.'" + path.database + "' doesn't exist.");
        }
        const bool views = show.kind == ShowKind::kViews;
        return name_list(views ? "view name" : "table name",
                         catalog_.names(path, views ? SessionCatalog::Kind::kViews : SessionCatalog::Kind::kAll),
                         show.pattern);
      }
      case ShowKind::kDatabases: {
        std::string name = catalog_.current().catalog;
        if (show.object) name = show.object->last();
        if (!catalog_.shared().has_catalog(name)) {
          return context_.fail_at(show.object->span, ErrorCode::kNotFound, "Catalog " + name + " does not exist.");
        }
        return name_list("database name", catalog_.shared().database_names(name), show.pattern);
      }
      case ShowKind::kCatalogs:
        return name_list("catalog name", catalog_.shared().catalog_names(), show.pattern);
      case ShowKind::kFunctions: {
        std::vector<std::string> names = function::all_function_names();
        for (std::string& name : names) name = to_lower(name);
        std::ranges::sort(names);
        return name_list("function name", names, show.pattern);
      }
      case ShowKind::kUserFunctions:
        return name_list("function name", {}, show.pattern);
      case ShowKind::kCurrentCatalog:
        return one_text("current catalog name", catalog_.current().catalog);
      case ShowKind::kCurrentDatabase:
        return one_text("current database name", catalog_.current().database);
      case ShowKind::kColumns: {
        MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(*show.object));
        MS_ASSIGN(const catalog::Object object,
                  existing(path, show.object->span,
                           "Tables or views with the identifier '" + path.to_dotted() + "' doesn't exist."));
        return describe(context_, path, object, show.object->span, show.pattern);
      }
      case ShowKind::kCreateTable:
      case ShowKind::kCreateView: {
        const bool view = show.kind == ShowKind::kCreateView;
        MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(*show.object));
        const std::string what = view ? "View" : "Table";
        const std::string command = std::string("Could not execute SHOW CREATE ") + (view ? "VIEW. " : "TABLE. ");
        MS_ASSIGN(const catalog::Object object,
                  existing(path, show.object->span,
                           command + what + " with identifier " + path.to_quoted() + " does not exist."));
        if (catalog::is_view(object) != view) {
          return context_.fail_at(show.object->span, ErrorCode::kInvalidArgument,
                                  view ? "SHOW CREATE VIEW is only supported for views, but " + path.to_quoted() +
                                             " is a table. Please use SHOW CREATE TABLE instead."
                                       : "SHOW CREATE TABLE is only supported for tables, but " + path.to_quoted() +
                                             " is a view. Please use SHOW CREATE VIEW instead.");
        }
        return one_text("result", ddl_of(path, object, true));
      }
      case ShowKind::kCreateCatalog:
        return context_.unsupported(statement_.span, "SHOW CREATE CATALOG is");
      case ShowKind::kJobs:
        break;
    }
    return about_jobs();
  }

  Outcome apply(const sql::Describe& described) {
    if (described.kind == sql::DescribeKind::kJob) return about_jobs();
    if (described.kind != sql::DescribeKind::kTable) {
      return context_.unsupported(
          statement_.span,
          described.kind == sql::DescribeKind::kCatalog ? "DESCRIBE CATALOG is" : "DESCRIBE FUNCTION is",
          "DESCRIBE of a table or view works");
    }
    MS_ASSIGN(const catalog::ObjectPath path, context_.qualify(described.name));
    MS_ASSIGN(const catalog::Object object,
              existing(path, described.name.span,
                       "Tables or views with the identifier '" + path.to_dotted() + "' doesn't exist."));
    return describe(context_, path, object, described.name.span, std::nullopt);
  }

  Outcome apply(const sql::Explain& explained) {
    if (!starts_job(*explained.statement)) {
      return context_.fail_at(explained.statement->span, ErrorCode::kInvalidArgument,
                              "EXPLAIN takes a query, an INSERT or a statement set");
    }
    for (const sql::ExplainDetail detail : explained.details) {
      if (detail == sql::ExplainDetail::kChangelogMode) continue;  // always shown
      return context_.unsupported(statement_.span, "This detail of EXPLAIN is", "changelog modes are always shown");
    }
    MS_ASSIGN(const PlannedStatement planned, plan_statement(*explained.statement, plan_));
    return one_text("result", explain(planned, plan_));
  }

  Outcome apply(const sql::SetOption& set) {
    if (set.property) return done(plan_.settings.set(set.property->key, set.property->value), set.property->span);
    StatementResult result;
    result.schema.fields = {{"key", column::Type::string(), ""}, {"value", column::Type::string(), ""}};
    std::map<std::string, std::string> values = plan_.settings.explicit_values();
    for (const SettingDefinition& definition : SessionSettings::definitions()) {
      values.try_emplace(definition.key, definition.default_value);
    }
    for (const auto& [key, value] : values) result.rows.push_back({column::Value(key), column::Value(value)});
    return result;
  }
  Outcome apply(const sql::ResetOption& reset) {
    if (!reset.key) {
      plan_.settings.reset_all();
      return StatementResult{};
    }
    return done(plan_.settings.reset(reset.key->value), reset.key->span);
  }

  Outcome about_jobs() {
    return context_.fail_at(statement_.span, ErrorCode::kInternal, "a statement about jobs reached the planner");
  }
  Outcome apply(const sql::StopJob&) { return about_jobs(); }
  Outcome apply(const sql::Insert&) { return runs_as_job(); }
  Outcome apply(const sql::RunQuery&) { return runs_as_job(); }
  Outcome apply(const sql::StatementSet&) { return runs_as_job(); }
  Outcome runs_as_job() {
    return context_.fail_at(statement_.span, ErrorCode::kInternal,
                            "a statement that runs as a job reached the definitions");
  }

  const sql::Statement& statement_;
  const PlanContext& plan_;
  BindContext context_;
  SessionCatalog& catalog_;
};

}  // namespace

Result<StatementResult> execute_definition(const sql::Statement& statement, const PlanContext& context) {
  return Definitions(statement, context).run();
}

}  // namespace millstream::plan
