// Name resolution as Calcite does it: a table's name in front wins over a column's; fields of rows are found
// unqualified.
#include "plan/internal/scope.h"

#include "base/text.h"
#include "plan/internal/expression_tree.h"

namespace millstream::plan {
namespace {

using column::Type;
using column::TypeKind;
using function::ExpressionPtr;

std::string hint_for(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? "did you mean '" + *near + "'?" : std::string();
}

ExpressionPtr field_of(ExpressionPtr input, int field, SourcePosition position) {
  const Type::Field& found = input->type.fields()[static_cast<size_t>(field)];
  Type type = found.type;
  if (input->type.nullable()) type = type.as_nullable();
  return make_expression(std::move(type), function::FieldAccess{std::move(input), field}, position);
}

int field_index(const Type& row, std::string_view name) {
  const auto& fields = row.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

ExpressionPtr reference(const Scope& scope, int index, SourcePosition position) {
  return make_expression(scope.columns[static_cast<size_t>(index)].type, function::ColumnReference{index}, position);
}

// Whether the first `length` parts of `name` are this table's name, or its end: `t`, `db.t`, `catalog.db.t`.
bool names_table(const ScopeTable& table, const sql::Name& name, size_t length) {
  if (length > table.name.size()) return false;
  const size_t skip = table.name.size() - length;
  for (size_t i = 0; i < length; ++i) {
    if (table.name[skip + i] != name.parts[i].text) return false;
  }
  return true;
}

std::vector<std::string> column_names(const Scope& scope, int first, int count) {
  std::vector<std::string> names;
  for (int i = first; i < first + count; ++i) names.push_back(scope.columns[static_cast<size_t>(i)].name);
  return names;
}

std::string dotted(const sql::Name& name, size_t from) {
  std::string text;
  for (size_t i = from; i < name.parts.size(); ++i) {
    if (i > from) text += '.';
    text += name.parts[i].text;
  }
  return text;
}

sql::SourceSpan span_from(const sql::Name& name, size_t from) {
  return sql::covering(name.parts[from].span, name.parts.back().span);
}

// Follows name.parts[from..] into the fields of `input`.
Result<ExpressionPtr> follow_fields(const BindContext& context, ExpressionPtr input, const sql::Name& name,
                                    size_t column_part, std::string_view table) {
  for (size_t i = column_part + 1; i < name.parts.size(); ++i) {
    const int field = input->type.kind() == TypeKind::kRow ? field_index(input->type, name.parts[i].text) : -1;
    if (field < 0) {
      std::string hint;
      if (input->type.kind() == TypeKind::kRow) {
        std::vector<std::string> names;
        for (const auto& entry : input->type.fields()) names.push_back(entry.name);
        hint = hint_for(name.parts[i].text, names);
      } else {
        hint = "'" + name.parts[i - 1].text + "' is a " + input->type.to_sql() + ", which has no fields";
      }
      return context.fail_at(
          span_from(name, column_part), ErrorCode::kNotFound,
          "Column '" + dotted(name, column_part) + "' not found in table '" + std::string(table) + "'",
          std::move(hint));
    }
    input = field_of(std::move(input), field, context.locate(name.span));
  }
  return input;
}

// Calcite looks into rows for a name that is no column: the shallowest field of that name, if it is the only one.
void find_in_rows(const ExpressionPtr& input, std::string_view name, SourcePosition position, int depth,
                  std::vector<std::pair<int, ExpressionPtr>>& found) {
  if (input->type.kind() != TypeKind::kRow) return;
  for (size_t i = 0; i < input->type.fields().size(); ++i) {
    ExpressionPtr field = field_of(input, static_cast<int>(i), position);
    if (input->type.fields()[i].name == name) found.emplace_back(depth, field);
    find_in_rows(field, name, position, depth + 1, found);
  }
}

}  // namespace

Result<ExpressionPtr> access_field(const BindContext& context, ExpressionPtr input, const sql::Identifier& field,
                                   sql::SourceSpan span) {
  if (input->type.kind() != TypeKind::kRow) {
    return context.fail_at(field.span, ErrorCode::kInvalidArgument,
                           "Incompatible types: a " + input->type.to_sql() + " has no field '" + field.text + "'");
  }
  const int index = field_index(input->type, field.text);
  if (index < 0) {
    std::vector<std::string> names;
    for (const auto& entry : input->type.fields()) names.push_back(entry.name);
    return context.fail_at(field.span, ErrorCode::kNotFound, "Unknown field '" + field.text + "'",
                           hint_for(field.text, names));
  }
  return field_of(std::move(input), index, context.locate(span));
}

Result<ExpressionPtr> resolve_name(const BindContext& context, const Scope& scope, const sql::Name& name) {
  const SourcePosition position = context.locate(name.span);
  // The longest table name in front wins.
  for (size_t length = name.parts.size() - 1; length > 0; --length) {
    for (const ScopeTable& table : scope.tables) {
      if (!names_table(table, name, length)) continue;
      const std::string& column = name.parts[length].text;
      int found = -1;
      for (int i = table.first; i < table.first + table.count; ++i) {
        if (scope.columns[static_cast<size_t>(i)].name != column) continue;
        if (found >= 0) {
          return context.fail_at(name.parts[length].span, ErrorCode::kInvalidArgument,
                                 "Column '" + column + "' is ambiguous");
        }
        found = i;
      }
      if (found < 0) {
        return context.fail_at(name.parts[length].span, ErrorCode::kNotFound,
                               "Column '" + column + "' not found in table '" + table.name.back() + "'",
                               hint_for(column, column_names(scope, table.first, table.count)));
      }
      return follow_fields(context, reference(scope, found, position), name, length, table.name.back());
    }
  }

  const std::string& first = name.parts[0].text;
  int found = -1;
  for (size_t i = 0; i < scope.columns.size(); ++i) {
    if (scope.columns[i].name != first) continue;
    if (found >= 0) {
      return context.fail_at(name.parts[0].span, ErrorCode::kInvalidArgument, "Column '" + first + "' is ambiguous");
    }
    found = static_cast<int>(i);
  }
  std::string table_name;
  for (const ScopeTable& table : scope.tables) {
    if (found >= table.first && found < table.first + table.count) table_name = table.name.back();
  }
  if (found >= 0) {
    ExpressionPtr column = reference(scope, found, position);
    if (name.parts.size() > 1 && column->type.kind() != TypeKind::kRow) {
      return context.fail_at(name.parts[0].span, ErrorCode::kNotFound, "Table '" + first + "' not found",
                             "column '" + first + "' is a " + column->type.to_sql() + ", which has no fields");
    }
    return follow_fields(context, std::move(column), name, 0, table_name);
  }

  std::vector<std::pair<int, ExpressionPtr>> in_rows;
  for (size_t i = 0; i < scope.columns.size(); ++i) {
    find_in_rows(reference(scope, static_cast<int>(i), position), first, position, 0, in_rows);
  }
  if (!in_rows.empty()) {
    int depth = in_rows.front().first;
    for (const auto& [at, field] : in_rows) depth = std::min(depth, at);
    std::erase_if(in_rows, [&](const auto& entry) { return entry.first != depth; });
    if (in_rows.size() > 1) {
      return context.fail_at(name.parts[0].span, ErrorCode::kInvalidArgument, "Column '" + first + "' is ambiguous");
    }
    return follow_fields(context, in_rows.front().second, name, 0, table_name);
  }

  std::vector<std::string> candidates = column_names(scope, 0, static_cast<int>(scope.columns.size()));
  if (name.parts.size() > 1) {
    for (const ScopeTable& table : scope.tables) candidates.push_back(table.name.back());
    return context.fail_at(name.parts[0].span, ErrorCode::kNotFound, "Table '" + first + "' not found",
                           hint_for(first, candidates));
  }
  return context.fail_at(name.span, ErrorCode::kNotFound, "Column '" + first + "' not found in any table",
                         hint_for(first, candidates));
}

Result<std::vector<int>> columns_of_star(const BindContext& context, const Scope& scope,
                                         const std::vector<sql::Identifier>& qualifier, sql::SourceSpan span) {
  std::vector<int> columns;
  if (qualifier.empty()) {
    for (size_t i = 0; i < scope.columns.size(); ++i) columns.push_back(static_cast<int>(i));
    return columns;
  }
  const sql::Name name{span, qualifier};
  for (const ScopeTable& table : scope.tables) {
    if (!names_table(table, name, name.parts.size())) continue;
    for (int i = table.first; i < table.first + table.count; ++i) columns.push_back(i);
    return columns;
  }
  return context.fail_at(span, ErrorCode::kNotFound, "Unknown identifier '" + dotted(name, 0) + "'");
}

}  // namespace millstream::plan
