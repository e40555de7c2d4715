// The parser says what kind of name is missing; the session's catalog which there are.
#include "api/completion.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/text.h"
#include "sql/completion.h"
#include "sql/printer.h"

namespace millstream::api {
namespace {

using Names = std::vector<std::string>;

bool begins_with(std::string_view name, std::string_view beginning) {
  return name.size() >= beginning.size() && equals_ignoring_case(name.substr(0, beginning.size()), beginning);
}

// The columns of what WITH defines last in `definitions`.
Names columns_of(job::Engine& engine, job::Session& session, std::span<const sql::CommonTableText> definitions) {
  Names texts, columns;
  for (const sql::CommonTableText& table : definitions) texts.push_back(table.definition);
  const std::string name = sql::quote_identifier(definitions.back().name);
  // A query that is not whole, or wrong, has no columns.
  if (const auto schema = engine.schema_of(session, "WITH " + join(texts, ", ") + " SELECT * FROM " + name)) {
    for (const auto& field : schema->fields) columns.push_back(field.name);
  }
  return columns;
}

Names columns_of(job::Engine& engine, job::Session& session, const Names& table) {
  Names quoted;
  for (const std::string& part : table) quoted.push_back(sql::quote_identifier(part));
  Names columns;
  // A name that is not there, or not yet, has no columns.
  if (const auto described = engine.execute(session, "DESCRIBE " + join(quoted, "."))) {
    for (const auto& row : described->table.rows) columns.push_back(row.at(0).as_string());
  }
  return columns;
}

// What may stand behind a name's first parts, or alone.
Names tables_behind(const catalog::SessionCatalog& catalog, const Names& qualifier) {
  using Kind = catalog::SessionCatalog::Kind;
  if (qualifier.empty()) return catalog.names(catalog.current(), Kind::kAll);
  if (qualifier.size() == 2) return catalog.names({qualifier[0], qualifier[1]}, Kind::kAll);
  if (qualifier.size() > 2) return {};
  if (catalog.shared().has_database({catalog.current().catalog, qualifier[0]}))
    return catalog.names({catalog.current().catalog, qualifier[0]}, Kind::kAll);
  return catalog.shared().database_names(qualifier[0]);
}

Names columns_in_scope(job::Engine& engine, job::Session& session, const sql::Completion& completion) {
  Names names;
  for (const sql::TableInScope& table : completion.tables) {
    const std::string& known_as = table.alias.empty() ? table.name.back() : table.alias;
    if (completion.qualifier.empty()) {
      names.push_back(known_as);
    } else if (completion.qualifier != Names{known_as} &&
               (!table.alias.empty() || completion.qualifier != table.name)) {
      continue;
    }
    // A name of WITH hides tables; the nearest hides others.
    const std::span<const sql::CommonTableText> definitions = completion.common_tables;
    size_t defined = table.name.size() == 1 ? definitions.size() : 0;
    while (defined > 0 && definitions[defined - 1].name != table.name[0]) --defined;
    const Names columns =
        defined > 0 ? columns_of(engine, session, definitions.first(defined)) : columns_of(engine, session, table.name);
    names.insert(names.end(), columns.begin(), columns.end());
  }
  return names;
}

// In upper case, as keywords are.
Names functions_beginning_with(job::Engine& engine, job::Session& session, std::string_view word) {
  Names names;
  if (const auto shown = engine.execute(session, "SHOW FUNCTIONS")) {
    for (const auto& row : shown->table.rows) {
      std::string name = to_upper(row.at(0).as_string());
      if (begins_with(name, word) && sql::can_be_called(name)) names.push_back(std::move(name));
    }
  }
  return names;
}

void append_sorted(Names& all, Names names) {
  std::ranges::sort(names);
  for (std::string& name : names) {
    if (std::ranges::find(all, name) == all.end()) all.push_back(std::move(name));
  }
}

}  // namespace

std::vector<std::string> complete_statement(job::Engine& engine, job::Session& session, std::string_view statement,
                                            size_t cursor) {
  const sql::Completion completion = sql::complete(statement, cursor);
  const std::string_view word = statement.substr(completion.replace_from, cursor - completion.replace_from);
  Names names;
  if (completion.expected_name == sql::ExpectedName::kTable) {
    names = tables_behind(session.catalog(), completion.qualifier);
    if (completion.qualifier.empty())
      std::ranges::transform(completion.common_tables, std::back_inserter(names), &sql::CommonTableText::name);
  } else if (completion.expected_name != sql::ExpectedName::kNone) {
    names = columns_in_scope(engine, session, completion);
  }
  std::erase_if(names, [&](const std::string& name) { return !begins_with(name, word); });
  for (std::string& name : names) name = sql::quote_identifier(name);
  Names all;
  append_sorted(all, std::move(names));
  // All functions at once would bury the columns.
  if (completion.expected_name == sql::ExpectedName::kExpression && !word.empty())
    append_sorted(all, functions_beginning_with(engine, session, word));
  // Behind a point there is nothing but a name.
  if (completion.qualifier.empty()) append_sorted(all, completion.keywords);
  return all;
}

}  // namespace millstream::api
