// The front door: dispatch of statements that run as jobs, and the definitions that CREATE statements mean.
#include "plan/planner.h"

#include "base/text.h"
#include "plan/internal/bind_context.h"
#include "plan/internal/layout.h"
#include "plan/internal/query_binder.h"
#include "plan/internal/sink_binder.h"
#include "plan/internal/table_definition.h"
#include "sql/printer.h"

namespace millstream::plan {

namespace {

Result<catalog::Table> define(BindContext& context, const sql::CreateTable& create, const catalog::ObjectPath& path,
                              const std::vector<LogicalColumn>* query_columns) {
  if (create.distribution) return context.unsupported(create.distribution->span, "DISTRIBUTED is");
  if (!create.partitioned_by.empty()) {
    return context.unsupported(create.partitioned_by.front().span, "PARTITIONED BY is");
  }
  TableDefinition definition(context);
  for (const sql::Property& option : create.options) definition.table().options[option.key] = option.value;
  definition.table().comment = create.comment.value_or("");
  definition.table().temporary = create.temporary;
  if (query_columns != nullptr) MS_TRY(definition.add_query_columns(*query_columns, create.name.span));
  for (const sql::TableElement& element : create.elements) MS_TRY(definition.add(element));
  if (create.like) MS_TRY(definition.add_like(*create.like));
  auto table = definition.finish(path);
  if (!table) return std::unexpected(context.placed(table.error(), create.name.span));
  return table;
}

catalog::IfExists if_exists_of(bool if_not_exists, sql::CreateMode mode) {
  if (mode == sql::CreateMode::kCreateOrReplace) return catalog::IfExists::kReplace;
  return if_not_exists ? catalog::IfExists::kIgnore : catalog::IfExists::kFail;
}

Result<PlannedStatement> plan_create_as(BindContext& context, const sql::CreateTable& create) {
  MS_ASSIGN(const catalog::ObjectPath path, context.qualify(create.name));
  MS_ASSIGN(LogicalPtr query, QueryBinder(context).bind(**create.as_query));
  MS_ASSIGN(catalog::Table defined, define(context, create, path, &query->columns));
  auto table = std::make_shared<const catalog::Table>(std::move(defined));
  if (const Status checked = context.plan().connectors.check(*table, true); !checked) {
    return std::unexpected(context.placed(checked.error(), create.name.span));
  }
  MS_ASSIGN(LogicalSink sink, bind_into(context, path, table, query, create.name.span));
  PlannedStatement planned;
  MS_ASSIGN(planned.plan, lay_out(context, {std::move(sink)}));
  planned.notes = context.take_notes();
  planned.creates = PlannedStatement::NewTable{path, table, if_exists_of(create.if_not_exists, create.mode)};
  return planned;
}

}  // namespace

bool starts_job(const sql::Statement& statement) {
  if (const auto* create = statement.as<sql::CreateTable>()) return create->as_query.has_value();
  return statement.as<sql::Insert>() != nullptr || statement.as<sql::RunQuery>() != nullptr ||
         statement.as<sql::StatementSet>() != nullptr;
}

bool is_about_jobs(const sql::Statement& statement) {
  if (const auto* show = statement.as<sql::Show>()) return show->kind == sql::ShowKind::kJobs;
  if (const auto* describe = statement.as<sql::Describe>()) return describe->kind == sql::DescribeKind::kJob;
  return statement.as<sql::StopJob>() != nullptr;
}

Result<PlannedStatement> plan_statement(const sql::Statement& statement, const PlanContext& plan) {
  BindContext context(plan);
  std::vector<LogicalSink> sinks;
  if (const auto* create = statement.as<sql::CreateTable>(); create != nullptr && create->as_query) {
    return plan_create_as(context, *create);
  }
  if (const auto* insert = statement.as<sql::Insert>()) {
    MS_ASSIGN(LogicalSink sink, bind_insert(context, *insert, statement.span));
    sinks.push_back(std::move(sink));
  } else if (const auto* query = statement.as<sql::RunQuery>()) {
    MS_ASSIGN(LogicalSink sink, bind_collect(context, *query->query));
    sinks.push_back(std::move(sink));
  } else if (const auto* set = statement.as<sql::StatementSet>()) {
    for (const sql::InsertItem& item : set->inserts) {
      MS_ASSIGN(LogicalSink sink, bind_insert(context, item.insert, item.span));
      sinks.push_back(std::move(sink));
    }
  } else {
    return context.fail_at(statement.span, ErrorCode::kInvalidArgument, "This statement does not run as a job");
  }
  PlannedStatement planned;
  MS_ASSIGN(planned.plan, lay_out(context, sinks));
  planned.notes = context.take_notes();
  return planned;
}

Result<catalog::Table> define_table(const sql::CreateTable& create, const PlanContext& plan) {
  BindContext context(plan);
  MS_ASSIGN(const catalog::ObjectPath path, context.qualify(create.name));
  if (!create.as_query) return define(context, create, path, nullptr);
  MS_ASSIGN(LogicalPtr query, QueryBinder(context).bind(**create.as_query));
  return define(context, create, path, &query->columns);
}

Result<catalog::View> define_view(const sql::CreateView& create, const PlanContext& plan) {
  BindContext context(plan);
  MS_ASSIGN(const catalog::ObjectPath path, context.qualify(create.name));
  MS_ASSIGN(LogicalPtr query, QueryBinder(context).bind(*create.query));
  catalog::View view;
  view.name = path.name;
  view.query = sql::print(*create.query);
  view.comment = create.comment.value_or("");
  view.temporary = create.temporary;
  if (!create.columns.empty()) {
    std::vector<std::string> written, given;
    for (const sql::Identifier& column : create.columns) written.push_back(column.text);
    for (const LogicalColumn& column : query->columns) given.push_back(column.name);
    if (written.size() != given.size()) {
      return context.fail_at(create.name.span, ErrorCode::kInvalidArgument,
                             "VIEW definition and input fields not match: Def fields: [" + join(written, ", ") +
                                 "]. Input fields: [" + join(given, ", ") + "].");
    }
    view.column_names = std::move(written);
  } else {
    for (const LogicalColumn& column : query->columns) view.column_names.push_back(column.name);
  }
  for (size_t i = 0; i < view.column_names.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (view.column_names[i] != view.column_names[j]) continue;
      return context.fail_at(create.query->span, ErrorCode::kAlreadyExists,
                             "A column with the same name `" + view.column_names[i] + "` has been defined.");
    }
  }
  return view;
}

Result<column::Schema> schema_of(const sql::Query& query, const PlanContext& plan) {
  BindContext context(plan);
  MS_ASSIGN(const LogicalSink sink, bind_collect(context, query));
  column::Schema schema;
  for (const LogicalColumn& column : sink.input->columns) schema.fields.push_back({column.name, column.type, ""});
  return schema;
}

}  // namespace millstream::plan
