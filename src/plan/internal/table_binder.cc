// Binding of FROM: tables, views, common tables, subqueries and window table functions.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "function/evaluator.h"
#include "plan/internal/query_binder.h"
#include "sql/parser.h"

namespace millstream::plan {

using column::Type;
using function::ExpressionPtr;

namespace {

std::vector<std::string> texts_of(const sql::Name& name) {
  std::vector<std::string> texts;
  for (const sql::Identifier& part : name.parts) texts.push_back(part.text);
  return texts;
}

LogicalPtr with_names(const LogicalPtr& node, const std::vector<std::string>& names) {
  LogicalNode copy = *node;
  for (size_t i = 0; i < names.size() && i < copy.columns.size(); ++i) copy.columns[i].name = names[i];
  return std::make_shared<const LogicalNode>(std::move(copy));
}

struct WindowArguments {
  const sql::TableArgument* table = nullptr;
  const sql::QueryBox* query = nullptr;  // a query in parentheses, instead
  const sql::Descriptor* time_column = nullptr;
  sql::SourceSpan time_span;
  std::vector<const sql::Expression*> intervals;  // in the function's order
};

constexpr const char* kTumbleForm =
    "TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])";
constexpr const char* kHopForm =
    "HOP(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])";
constexpr const char* kCumulateForm =
    "CUMULATE(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])";

}  // namespace

Result<column::Value> constant_value(const BindContext& context, const function::Expression& expression,
                                     sql::SourceSpan span, std::string_view what) {
  if (!expression.is_constant()) {
    return context.fail_at(span, ErrorCode::kInvalidArgument, std::string(what) + " must be a constant");
  }
  function::EvaluationContext evaluation;
  evaluation.time_zone = context.settings().time_zone();
  auto value = function::evaluate_constant(expression, evaluation);
  if (!value) return std::unexpected(context.placed(value.error(), span));
  return value;
}

Result<LogicalPtr> make_scan(BindContext& context, const catalog::ObjectPath& path, catalog::TablePtr table,
                             sql::SourceSpan mentioned) {
  LogicalScan scan;
  scan.path = path;
  LogicalNode node;
  node.position = context.locate(mentioned);
  Scope scope;
  for (const catalog::Column& column : table->columns) {
    LogicalColumn logical{column.name, column.type, TimeAttribute::kNone, WindowRole::kNone};
    scope.columns.push_back(logical);
  }
  scope.tables.push_back({{path.catalog, path.database, path.name}, 0, static_cast<int>(scope.columns.size())});
  const auto bind_stored = [&](const std::string& text) -> Result<ExpressionPtr> {
    auto parsed = sql::parse_expression(text);
    if (!parsed) {
      Error error = parsed.error();
      error.position = node.position;
      return std::unexpected(std::move(error));
    }
    const BindContext::StoredText stored(context, text, node.position);
    ExpressionBinder binder(context, scope, "this column");
    return binder.bind_value(*parsed);
  };
  for (size_t i = 0; i < table->columns.size(); ++i) {
    const catalog::Column& column = table->columns[i];
    scan.computed.emplace_back();
    if (column.kind != catalog::Column::Kind::kComputed) continue;
    MS_ASSIGN(scan.computed.back(), bind_stored(column.expression));
    scope.columns[i].time = time_attribute_of(*scan.computed.back(), {});
  }
  if (table->watermark) {
    scan.time_column = table->index_of(table->watermark->column);
    MS_ASSIGN(scan.watermark, bind_stored(table->watermark->expression));
    // Flink has no event time in batch mode.
    if (context.is_streaming()) scope.columns[static_cast<size_t>(scan.time_column)].time = TimeAttribute::kRowtime;
  }
  scan.table = std::move(table);
  node.columns = std::move(scope.columns);
  node.node = std::move(scan);
  return std::make_shared<const LogicalNode>(std::move(node));
}

Result<LogicalPtr> QueryBinder::scan_table(const sql::Name& name, const std::vector<sql::Hint>& hints,
                                           sql::SourceSpan span) {
  const catalog::SessionCatalog& catalog = context_.plan().catalog;
  const std::vector<std::string> parts = texts_of(name);
  const auto path = context_.qualify(name);
  if (!path) return std::unexpected(path.error());
  const auto object = catalog.find(*path);
  if (!object) {
    // Calcite names the first part of the path that is not there.
    size_t wrong = parts.size() - 1;
    std::vector<std::string> candidates = catalog.names(path->parent(), catalog::SessionCatalog::Kind::kAll);
    for (const CommonTableEntry& entry : context_.common_tables) candidates.push_back(entry.definition->name.text);
    if (!catalog.shared().has_catalog(path->catalog) && parts.size() == 3) {
      wrong = 0;
      candidates = catalog.shared().catalog_names();
    } else if (!catalog.shared().has_database(path->parent()) && parts.size() >= 2) {
      wrong = parts.size() - 2;
      candidates = catalog.shared().database_names(path->catalog);
    }
    const auto near = nearest(parts[wrong], candidates);
    return context_.fail_at(name.span, ErrorCode::kNotFound, "Object '" + parts[wrong] + "' not found",
                            near ? "did you mean '" + *near + "'?" : "SHOW TABLES lists the tables");
  }
  if (const auto* view = std::get_if<catalog::ViewPtr>(&*object)) return bind_view(*path, **view, span);

  catalog::TablePtr table = std::get<catalog::TablePtr>(*object);
  for (const sql::Hint& hint : hints) {
    if (to_upper(hint.name.text) != "OPTIONS") {
      return context_.unsupported(hint.span, "The hint " + hint.name.text + " is", "OPTIONS works");
    }
    if (!*parse_boolean(context_.settings().get("table.dynamic-table-options.enabled"))) {
      return context_.fail_at(hint.span, ErrorCode::kInvalidArgument,
                              "The 'OPTIONS' hint is allowed only when the config option "
                              "'table.dynamic-table-options.enabled' is set to true.");
    }
    catalog::Table copy = *table;
    for (const sql::Property& property : hint.properties) copy.options[property.key] = property.value;
    table = std::make_shared<const catalog::Table>(std::move(copy));
  }
  if (const Status checked = context_.plan().connectors.check(*table, false); !checked) {
    return std::unexpected(context_.placed(checked.error(), span));
  }
  return make_scan(context_, *path, std::move(table), span);
}

Result<LogicalPtr> QueryBinder::bind_view(const catalog::ObjectPath& path, const catalog::View& view,
                                          sql::SourceSpan span) {
  const std::string full_name = path.to_quoted();
  if (std::ranges::find(context_.open_views, full_name) != context_.open_views.end()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument, "View " + full_name + " reads itself");
  }
  auto query = sql::parse_query(view.query);
  if (!query) {
    Error error = query.error();
    error.position = context_.locate(span);
    return std::unexpected(std::move(error));
  }
  context_.open_views.push_back(full_name);
  const auto database_before = std::exchange(context_.view_database, path.parent());
  const SourcePosition mentioned = context_.locate(span);
  Result<LogicalPtr> bound = [&]() -> Result<LogicalPtr> {
    const BindContext::StoredText stored(context_, view.query, mentioned);
    return QueryBinder(context_).bind(*query);
  }();
  context_.open_views.pop_back();
  context_.view_database = database_before;
  if (!bound) {
    Error error = bound.error();
    error.message += " (in view " + path.name + ")";
    return std::unexpected(std::move(error));
  }
  if (view.column_names.empty()) return bound;
  if (view.column_names.size() != (*bound)->columns.size()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument,
                            "View " + path.name + " was made with " + std::to_string(view.column_names.size()) +
                                " columns and its query now has " + std::to_string((*bound)->columns.size()));
  }
  return with_names(*bound, view.column_names);
}

Result<LogicalPtr> QueryBinder::bind_common_table(const CommonTableEntry& entry, sql::SourceSpan span) {
  const sql::CommonTable& common = *entry.definition;
  // Its own query sees the ones in front of it only.
  std::vector<CommonTableEntry> visible(context_.common_tables.begin(),
                                        context_.common_tables.begin() + static_cast<ptrdiff_t>(entry.visible));
  std::swap(visible, context_.common_tables);
  Result<LogicalPtr> bound = bind(*common.query);
  std::swap(visible, context_.common_tables);
  if (!bound || common.columns.empty()) return bound;
  if (common.columns.size() != (*bound)->columns.size()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument, "Number of columns must match number of query columns");
  }
  std::vector<std::string> names;
  for (const sql::Identifier& column : common.columns) names.push_back(column.text);
  return with_names(*bound, names);
}

Result<LogicalPtr> QueryBinder::bind_named_table(const sql::NamedTable& table, sql::SourceSpan span) {
  if (table.as_of) return context_.unsupported(span, "FOR SYSTEM_TIME AS OF is");
  if (table.name.parts.size() == 1) {
    for (size_t i = context_.common_tables.size(); i-- > 0;) {
      const CommonTableEntry entry = context_.common_tables[i];
      if (entry.definition->name.text == table.name.last()) return bind_common_table(entry, span);
    }
  }
  return scan_table(table.name, table.hints, span);
}

Result<QueryBinder::Source> QueryBinder::bind_from(const sql::TableReference& reference) {
  Source source;
  std::vector<std::string> name;
  if (const auto* named = reference.as<sql::NamedTable>()) {
    MS_ASSIGN(source.node, bind_named_table(*named, reference.span));
    const std::vector<std::string> parts = texts_of(named->name);
    if (const auto path = context_.qualify(named->name)) {
      name = {path->catalog, path->database, path->name};
    } else {
      name = parts;
    }
  } else if (const auto* derived = reference.as<sql::DerivedTable>()) {
    if (derived->lateral) return context_.unsupported(reference.span, "LATERAL is");
    MS_ASSIGN(source.node, bind(*derived->query));
    name = {""};
  } else if (const auto* function = reference.as<sql::FunctionTable>()) {
    const auto* call = function->call->as<sql::Call>();
    if (call == nullptr) return context_.unsupported(reference.span, "This table function is");
    MS_ASSIGN(source.node, bind_window_function(*call, function->call->span));
    name = {""};
  } else if (reference.as<sql::Unnest>() != nullptr) {
    return context_.unsupported(reference.span, "UNNEST is");
  } else {
    return context_.unsupported(reference.span, "JOIN is", "queries over one table, UNION ALL and views work");
  }
  if (reference.alias) {
    name = {reference.alias->name.text};
    const auto& columns = reference.alias->columns;
    if (!columns.empty()) {
      if (columns.size() != source.node->columns.size()) {
        return context_.fail_at(reference.alias->name.span, ErrorCode::kInvalidArgument,
                                "List of column aliases must have same degree as table; table has " +
                                    std::to_string(source.node->columns.size()) + " columns, whereas alias list has " +
                                    std::to_string(columns.size()) + " columns");
      }
      std::vector<std::string> names;
      for (const sql::Identifier& column : columns) names.push_back(column.text);
      source.node = with_names(source.node, names);
    }
  }
  source.scope.columns = source.node->columns;
  source.scope.tables.push_back({std::move(name), 0, static_cast<int>(source.scope.columns.size())});
  return source;
}

Result<LogicalPtr> QueryBinder::bind_window_function(const sql::Call& call, sql::SourceSpan span) {
  const std::string name = to_upper(call.function.last());
  Window window;
  std::vector<std::string> interval_names;  // for named arguments
  const char* form = kTumbleForm;
  size_t required = 1;
  if (name == "TUMBLE") {
    window.kind = Window::Kind::kTumble;
    interval_names = {"SIZE", "OFFSET"};
  } else if (name == "HOP") {
    window.kind = Window::Kind::kHop;
    interval_names = {"SLIDE", "SIZE", "OFFSET"};
    form = kHopForm;
    required = 2;
  } else if (name == "CUMULATE") {
    window.kind = Window::Kind::kCumulate;
    interval_names = {"STEP", "SIZE", "OFFSET"};
    form = kCumulateForm;
    required = 2;
  } else if (name == "SESSION") {
    return context_.unsupported(span, "The window function SESSION is", "TUMBLE, HOP and CUMULATE work");
  } else {
    return context_.unsupported(span, "The table function " + call.function.last() + " is",
                                "TUMBLE, HOP and CUMULATE work");
  }
  const auto wrong_form = [&] {
    return context_.fail_at(span, ErrorCode::kInvalidArgument,
                            "Cannot apply '" + name + "' to these arguments. Supported form(s): " + form);
  };

  WindowArguments arguments;
  arguments.intervals.resize(interval_names.size());
  size_t next_interval = 0;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const sql::Argument& argument = call.arguments[i];
    const std::string argument_name = argument.name ? to_upper(argument.name->text) : "";
    if (const auto* table = argument.value.as<sql::TableArgument>()) {
      arguments.table = table;
    } else if (const auto* query = argument.value.as<sql::ScalarSubquery>()) {
      arguments.query = &query->query;
    } else if (const auto* descriptor = argument.value.as<sql::Descriptor>()) {
      arguments.time_column = descriptor;
      arguments.time_span = argument.value.span;
    } else if (!argument_name.empty()) {
      const auto at = std::ranges::find(interval_names, argument_name);
      if (at == interval_names.end()) {
        const auto near = nearest(argument_name, interval_names);
        return context_.fail_at(argument.name->span, ErrorCode::kNotFound,
                                name + " has no argument '" + argument.name->text + "'",
                                near ? "did you mean " + *near + "?" : "");
      }
      arguments.intervals[static_cast<size_t>(at - interval_names.begin())] = &argument.value;
    } else {
      if (next_interval >= arguments.intervals.size()) return wrong_form();
      arguments.intervals[next_interval++] = &argument.value;
    }
  }
  if ((arguments.table == nullptr && arguments.query == nullptr) || arguments.time_column == nullptr ||
      arguments.time_column->columns.size() != 1) {
    return wrong_form();
  }
  for (size_t i = 0; i < required; ++i) {
    if (arguments.intervals[i] == nullptr) return wrong_form();
  }
  if (arguments.table != nullptr && (!arguments.table->partition_by.empty() || !arguments.table->order_by.empty())) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument, name + " takes no PARTITION BY and no ORDER BY",
                            "GROUP BY the column beside window_start and window_end");
  }

  LogicalPtr input;
  if (arguments.query != nullptr) {
    MS_ASSIGN(input, bind(**arguments.query));
  } else if (const auto* table = std::get_if<sql::Name>(&arguments.table->table)) {
    MS_ASSIGN(input, bind_named_table(sql::NamedTable{*table, {}, {}}, table->span));
  } else {
    MS_ASSIGN(input, bind(*std::get<sql::QueryBox>(arguments.table->table)));
  }

  LogicalWindow result;
  const sql::Identifier& time_name = arguments.time_column->columns[0];
  result.time_column = -1;
  std::vector<std::string> names;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    names.push_back(input->columns[i].name);
    if (names.back() == time_name.text) result.time_column = static_cast<int>(i);
  }
  if (result.time_column < 0) {
    const auto near = nearest(time_name.text, names);
    return context_.fail_at(time_name.span, ErrorCode::kNotFound, "Unknown identifier '" + time_name.text + "'",
                            near ? "did you mean '" + *near + "'?" : "");
  }
  const LogicalColumn& time = input->columns[static_cast<size_t>(result.time_column)];
  const std::string requires_time = "The window function " + std::string(form) + " requires the timecol ";
  if (!time.type.is_timestamp()) {
    return context_.fail_at(time_name.span, ErrorCode::kInvalidArgument,
                            requires_time + "to be TIMESTAMP or TIMESTAMP_LTZ, but is " +
                                time.type.as_nullable().to_sql() +
                                ". Besides, the timecol must be a time attribute type in streaming mode.");
  }
  if (context_.is_streaming() && time.time == TimeAttribute::kNone) {
    return context_.fail_at(
        time_name.span, ErrorCode::kInvalidArgument,
        requires_time + "to be a time attribute type, but is " + time.type.as_nullable().to_sql() + ".",
        "declare WATERMARK FOR it in CREATE TABLE, and do not cast it or compute with it");
  }
  if (time.time == TimeAttribute::kProctime) {
    return context_.unsupported(time_name.span, "A window on processing time is",
                                "windows on event time work: declare a WATERMARK");
  }
  if (time.type.precision() > 6) {
    return context_.unsupported(time_name.span, "A window on a time of more than 6 digits of a second is");
  }

  Scope nothing;
  std::vector<int64_t> millis;
  for (size_t i = 0; i < arguments.intervals.size(); ++i) {
    if (arguments.intervals[i] == nullptr) {
      millis.push_back(0);
      continue;
    }
    const sql::Expression& written = *arguments.intervals[i];
    ExpressionBinder binder(context_, nothing, "a window's size");
    MS_ASSIGN(ExpressionPtr bound, binder.bind(written));
    if (bound->type.kind() == column::TypeKind::kIntervalYearMonth) {
      return context_.fail_at(
          written.span, ErrorCode::kInvalidArgument,
          "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and YEAR "
          "time unit are not supported yet.");
    }
    if (bound->type.kind() != column::TypeKind::kIntervalDayTime) return wrong_form();
    MS_ASSIGN(const column::Value value, constant_value(context_, *bound, written.span, "a window's size"));
    if (value.is_null()) return wrong_form();
    millis.push_back(value.as_int());
  }
  const auto refuse = [&](const std::string& what, const std::string& end) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument,
                            name + " table function based aggregate requires " + what + end);
  };
  const auto ms = [](int64_t value) { return std::to_string(value) + " ms"; };
  switch (window.kind) {
    case Window::Kind::kTumble:
      window.size = Millis(millis[0]);
      window.offset = Millis(millis[1]);
      if (millis[0] <= 0) return refuse("size to be positive", ", but got " + ms(millis[0]) + ".");
      break;
    case Window::Kind::kHop:
      window.slide = Millis(millis[0]);
      window.size = Millis(millis[1]);
      window.offset = Millis(millis[2]);
      if (millis[0] <= 0 || millis[1] <= 0) {
        return refuse("slide and size to be positive",
                      ", but got slide " + ms(millis[0]) + " and size " + ms(millis[1]) + ".");
      }
      if (millis[1] % millis[0] != 0) {
        return refuse("size must be an integral multiple of slide",
                      ", but got size " + ms(millis[1]) + " and slide " + ms(millis[0]));
      }
      break;
    case Window::Kind::kCumulate:
      window.slide = Millis(millis[0]);
      window.size = Millis(millis[1]);
      window.offset = Millis(millis[2]);
      if (millis[0] <= 0 || millis[1] <= 0) {
        return refuse("maxSize and step to be positive",
                      ", but got maxSize " + ms(millis[1]) + " and step " + ms(millis[0]) + ".");
      }
      if (millis[1] % millis[0] != 0) {
        return refuse("maxSize must be an integral multiple of step",
                      ", but got maxSize " + ms(millis[1]) + " and step " + ms(millis[0]) + ".");
      }
      break;
    case Window::Kind::kSession:
      break;
  }

  LogicalNode node;
  result.window = window;
  node.columns = input->columns;
  // The time column is still an event time behind the window function; the window's time is a new one.
  const Type bound_type = Type::timestamp(3).not_null();
  node.columns.push_back({"window_start", bound_type, TimeAttribute::kNone, WindowRole::kStart});
  node.columns.push_back({"window_end", bound_type, TimeAttribute::kNone, WindowRole::kEnd});
  const bool local = time.type.kind() == column::TypeKind::kTimestampLtz;
  node.columns.push_back(
      {"window_time", (local ? Type::timestamp_ltz(3) : Type::timestamp(3)).not_null(), time.time, WindowRole::kTime});
  node.position = context_.locate(span);
  node.inputs.push_back(std::move(input));
  node.node = result;
  return std::make_shared<const LogicalNode>(std::move(node));
}

}  // namespace millstream::plan
