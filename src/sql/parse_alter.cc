// ALTER TABLE, VIEW, DATABASE and CATALOG.
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

Result<StatementNode> Parser::alter_statement() {
  stream_.advance();
  if (stream_.accept("TABLE")) {
    MS_ASSIGN(bool tolerant, if_exists());
    MS_ASSIGN(Name name, stream_.name());
    MS_ASSIGN(AlterTableAction action, alter_table_action());
    return AlterTable{tolerant, std::move(name), std::move(action)};
  }
  if (stream_.accept("VIEW")) {
    MS_ASSIGN(Name name, stream_.name());
    if (stream_.accept("RENAME")) {
      MS_TRY(stream_.expect("TO"));
      MS_ASSIGN(Name to, stream_.name());
      return AlterView{std::move(name), RenameTable{std::move(to)}};
    }
    MS_TRY(stream_.expect("AS"));
    MS_ASSIGN(QueryOwner inner, query());
    return AlterView{std::move(name), RedefineView{QueryBox(std::move(inner))}};
  }
  if (stream_.accept("DATABASE")) {
    MS_ASSIGN(Name name, stream_.name());
    MS_TRY(stream_.expect("SET"));
    MS_ASSIGN(std::vector<Property> changed, properties());
    return AlterDatabase{std::move(name), {std::move(changed)}};
  }
  if (stream_.accept("CATALOG")) {
    MS_ASSIGN(Identifier name, stream_.identifier());
    if (stream_.accept("SET")) {
      MS_ASSIGN(std::vector<Property> changed, properties());
      return AlterCatalog{std::move(name), SetProperties{std::move(changed)}};
    }
    if (stream_.accept("RESET")) {
      MS_ASSIGN(std::vector<TextLiteral> keys, texts_in_parentheses());
      return AlterCatalog{std::move(name), ResetProperties{std::move(keys)}};
    }
    MS_TRY(stream_.expect("COMMENT"));
    MS_ASSIGN(TextLiteral text, stream_.text_literal());
    return AlterCatalog{std::move(name), std::move(text)};
  }
  for (std::string_view word : {"FUNCTION", "MATERIALIZED", "MODEL", "CONNECTION", "TEMPORARY"}) {
    if (!stream_.is(word, 0)) continue;
    return stream_.unsupported(stream_.current().span, "ALTER " + std::string(word) + " is not supported",
                               "TABLE, VIEW, DATABASE and CATALOG can be altered");
  }
  return stream_.fail_here();
}

// ('a', 'b'), perhaps empty
Result<std::vector<TextLiteral>> Parser::texts_in_parentheses() {
  std::vector<TextLiteral> result;
  MS_TRY(stream_.expect("("));
  if (stream_.accept(")")) return result;
  do {
    MS_ASSIGN(TextLiteral one, stream_.text_literal());
    result.push_back(std::move(one));
  } while (stream_.accept(","));
  MS_TRY(stream_.expect(")"));
  return result;
}

Result<AlterTableAction> Parser::alter_table_action() {
  const size_t from = stream_.position();
  if (stream_.accept("RENAME")) {
    if (stream_.accept("TO")) {
      MS_ASSIGN(Name to, stream_.name());
      return RenameTable{std::move(to)};
    }
    MS_ASSIGN(Name column, stream_.name());
    MS_TRY(stream_.expect("TO"));
    MS_ASSIGN(Name to, stream_.name());
    return RenameColumn{std::move(column), std::move(to)};
  }
  if (stream_.accept("SET")) {
    MS_ASSIGN(std::vector<Property> changed, properties());
    return SetProperties{std::move(changed)};
  }
  if (stream_.accept("RESET")) {
    MS_ASSIGN(std::vector<TextLiteral> keys, texts_in_parentheses());
    return ResetProperties{std::move(keys)};
  }
  if (stream_.accept("ADD")) {
    MS_ASSIGN(auto added, changed_elements(from));
    return AddElements{std::move(added.first), std::move(added.second)};
  }
  if (stream_.accept("MODIFY")) {
    MS_ASSIGN(auto modified, changed_elements(from));
    return ModifyElements{std::move(modified.first), std::move(modified.second)};
  }
  MS_TRY(stream_.expect("DROP"));
  if (stream_.accept("PRIMARY")) {
    MS_TRY(stream_.expect("KEY"));
    return DropPrimaryKey{};
  }
  if (stream_.accept("CONSTRAINT")) {
    MS_ASSIGN(Identifier name, stream_.identifier());
    return DropConstraint{std::move(name)};
  }
  if (stream_.accept("WATERMARK")) return DropWatermark{};
  if (stream_.accept("DISTRIBUTION")) return DropDistribution{};
  if (stream_.is("PARTITION", 0) || stream_.is("IF", 0)) {
    return stream_.unsupported(stream_.span_since(from), "dropping partitions is not supported");
  }
  DropColumns drop;
  const bool several = stream_.accept("(");
  do {
    MS_ASSIGN(Name column, stream_.name());
    drop.columns.push_back(std::move(column));
  } while (several && stream_.accept(","));
  if (several) MS_TRY(stream_.expect(")"));
  return drop;
}

// Behind ADD or MODIFY: one element, several in parentheses, or a distribution
Result<std::pair<std::vector<TableElement>, std::optional<Distribution>>> Parser::changed_elements(size_t from) {
  std::pair<std::vector<TableElement>, std::optional<Distribution>> result;
  if (stream_.is("PARTITION", 0) || stream_.is("IF", 0)) {
    return stream_.unsupported(stream_.span_since(from), "adding partitions is not supported");
  }
  if (const size_t at = stream_.position(); stream_.accept("DISTRIBUTION")) {
    MS_ASSIGN(result.second, distribution(at));
    return result;
  }
  const bool several = stream_.accept("(");
  do {
    MS_ASSIGN(TableElement element, table_element(true));
    result.first.push_back(std::move(element));
  } while (several && stream_.accept(","));
  if (several) MS_TRY(stream_.expect(")"));
  return result;
}

}  // namespace millstream::sql::internal
