// SELECT with its clauses, hints and grouping elements.
#include "sql/internal/parser_state.h"
#include "sql/lexer.h"

namespace millstream::sql::internal {

Status Parser::select(Select& result) {
  const size_t from = stream_.position();
  MS_TRY(stream_.expect("SELECT"));
  if (stream_.at("/*+")) {
    MS_ASSIGN(result.hints, hints());
  }
  if (stream_.is("STREAM", 0)) {
    return stream_.unsupported(stream_.current().span, "SELECT STREAM is not supported",
                               "every query is a stream: leave STREAM out");
  }
  if (stream_.accept("DISTINCT")) {
    result.quantifier = SetQuantifier::kDistinct;
  } else if (stream_.accept("ALL")) {
    result.quantifier = SetQuantifier::kAll;
  }
  do {
    MS_ASSIGN(SelectItem item, select_item());
    result.items.push_back(std::move(item));
  } while (stream_.accept(","));
  if (stream_.accept("FROM")) {
    MS_ASSIGN(result.from, from_clause());
    if (stream_.accept("WHERE")) {
      MS_ASSIGN(result.where, expression());
    }
    if (stream_.accept_all({"GROUP", "BY"})) {
      MS_ASSIGN(result.group_by, grouping_elements());
    }
    if (stream_.accept("HAVING")) {
      MS_ASSIGN(result.having, expression());
    }
    if (stream_.accept("WINDOW")) {
      do {
        NamedWindow window;
        MS_ASSIGN(window.name, stream_.identifier());
        MS_TRY(stream_.expect("AS"));
        MS_ASSIGN(window.specification, window_specification());
        result.windows.push_back(std::move(window));
      } while (stream_.accept(","));
    }
    if (stream_.accept("QUALIFY")) {
      MS_ASSIGN(result.qualify, expression());
    }
  }
  result.span = stream_.span_since(from);
  return {};
}

Result<SelectItem> Parser::select_item() {
  const size_t from = stream_.position();
  SelectItem item;
  if (stream_.at("*")) {
    stream_.advance();
    item.value = make(Star{}, from);
  } else {
    MS_ASSIGN(item.value, expression());
    if (!item.value.as<Star>()) {
      if (stream_.accept("AS")) {
        if (stream_.current().kind == TokenKind::kString) {
          return stream_.fail_at(stream_.current().span, ErrorCode::kParse, "Expecting alias, found character literal",
                                 "an alias is a name: write it plain or in back-quotes");
        }
        MS_ASSIGN(item.alias, stream_.identifier());
      } else if (stream_.at_identifier()) {
        stream_.note_expected("FROM");
        stream_.note_expected("AS");
        stream_.note_bare_alias();
        MS_ASSIGN(item.alias, stream_.identifier());
      }
    }
  }
  item.span = stream_.span_since(from);
  return item;
}

// /*+ name [(...)] [, name [(...)]] */
Result<std::vector<Hint>> Parser::hints() {
  std::vector<Hint> result;
  MS_TRY(stream_.expect("/*+"));
  do {
    MS_ASSIGN(Hint one, hint());
    result.push_back(std::move(one));
  } while (stream_.accept(",") || !stream_.is("*/", 0));
  MS_TRY(stream_.expect("*/"));
  return result;
}

Result<Hint> Parser::hint() {
  const size_t from = stream_.position();
  Hint result;
  MS_ASSIGN(result.name, stream_.identifier());
  if (stream_.accept("(") && !stream_.accept(")")) {
    do {
      const size_t item_from = stream_.position();
      const Token& token = stream_.current();
      std::string item;
      bool may_be_key = true;
      if (token.kind == TokenKind::kString) {
        item = unquote(stream_.text_of(token));
        stream_.advance();
      } else if (token.kind == TokenKind::kNumber) {
        item = std::string(stream_.text_of(token));
        stream_.advance();
      } else {
        MS_ASSIGN(Name name, stream_.name());
        may_be_key = name.parts.size() == 1;
        for (const Identifier& part : name.parts) item += (item.empty() ? "" : ".") + part.text;
      }
      if (result.values.empty() && may_be_key && stream_.accept("=")) {
        MS_ASSIGN(TextLiteral value, stream_.text_literal());
        result.properties.push_back({stream_.span_since(item_from), std::move(item), std::move(value.value)});
      } else if (result.properties.empty()) {
        result.values.push_back(std::move(item));
      } else {
        return stream_.fail_here();
      }
    } while (stream_.accept(","));
    MS_TRY(stream_.expect(")"));
  }
  result.span = stream_.span_since(from);
  return result;
}

Result<std::vector<GroupingElement>> Parser::grouping_elements() {
  std::vector<GroupingElement> elements;
  do {
    MS_ASSIGN(GroupingElement one, grouping_element());
    elements.push_back(std::move(one));
  } while (stream_.accept(","));
  return elements;
}

// expression | (a, b) | () | ROLLUP(..) | CUBE(..) | GROUPING SETS(..)
Result<GroupingElement> Parser::grouping_element() {
  const Nested nested(*this);
  if (!nested.ok()) return too_deep();
  const size_t from = stream_.position();
  GroupingElement element;
  if (stream_.accept_all({"GROUPING", "SETS"})) {
    element.kind = GroupingKind::kSets;
  } else if (stream_.accept("ROLLUP")) {
    element.kind = GroupingKind::kRollup;
  } else if (stream_.accept("CUBE")) {
    element.kind = GroupingKind::kCube;
  }
  if (element.kind != GroupingKind::kExpression) {
    MS_TRY(stream_.expect("("));
    MS_ASSIGN(element.elements, grouping_elements());
    MS_TRY(stream_.expect(")"));
  } else if (stream_.is("(", 0) && stream_.is(")", 1)) {
    stream_.advance();
    stream_.advance();
  } else {
    MS_ASSIGN(Expression value, expression());
    // (a, b) is a set of two columns, ROW(a, b) is one value.
    const bool written_as_row = stream_.text().substr(value.span.offset).starts_with('(');
    if (auto* row = std::get_if<RowConstructor>(&value.node); row && written_as_row) {
      element.expressions = std::move(row->elements);
    } else {
      element.expressions.push_back(std::move(value));
    }
  }
  element.span = stream_.span_since(from);
  return element;
}

}  // namespace millstream::sql::internal
