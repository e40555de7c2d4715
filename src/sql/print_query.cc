// Queries as text.
#include "sql/internal/text_printer.h"

namespace millstream::sql {

std::string print(const Query& query) {
  internal::TextPrinter printer(false);
  printer.query(query);
  return printer.take();
}

namespace internal {

void TextPrinter::line_break() {
  if (!pretty_) return text(" ");
  out_ += '\n';
  out_.append(static_cast<size_t>(indent_) * 2, ' ');
}

void TextPrinter::open_block() {
  text("(");
  ++indent_;
  if (pretty_) line_break();
}

void TextPrinter::close_block() {
  --indent_;
  if (pretty_) line_break();
  text(")");
}

void TextPrinter::query_in_parentheses(const Query& value) {
  open_block();
  query(value);
  close_block();
}

void TextPrinter::query(const Query& value) {
  if (!value.with.empty()) {
    text("WITH ");
    list(value.with, [&](const CommonTable& table) {
      identifier(table.name);
      if (!table.columns.empty()) {
        text(" ");
        identifiers(table.columns);
      }
      text(" AS ");
      query_in_parentheses(*table.query);
    });
    line_break();
  }
  if (const auto* simple = value.as<Select>()) {
    select(*simple);
  } else if (const auto* rows = value.as<Values>()) {
    text("VALUES ");
    list(rows->rows, [&](const Expression& row) {
      const auto& elements = row.as<RowConstructor>()->elements;
      // A row that holds one row needs the word, because (ROW(1, 2)) is only the inner one.
      flag(elements.size() == 1 && elements[0].as<RowConstructor>(), "ROW");
      text("(");
      expressions(elements);
      text(")");
    });
  } else if (const auto* table = value.as<ExplicitTable>()) {
    text("TABLE ");
    name(table->name);
  } else if (const auto* operation = value.as<SetOperation>()) {
    set_operation(*operation);
  } else {
    query_in_parentheses(*value.as<NestedQuery>()->query);
  }
  if (!value.order_by.empty()) {
    line_break();
    text("ORDER BY ");
    order_items(value.order_by);
  }
  if (value.limit) {
    line_break();
    text("LIMIT ");
    expression(*value.limit);
  }
  if (value.offset) {
    line_break();
    text("OFFSET ");
    expression(*value.offset);
  }
}

void TextPrinter::set_operand(const Query& value, bool right, SetOperator op) {
  const bool own_clauses =
      !value.with.empty() || !value.order_by.empty() || value.limit || value.offset || value.as<NestedQuery>();
  bool wrap = own_clauses;
  if (const auto* inner = value.as<SetOperation>()) {
    const bool inner_tight = inner->op == SetOperator::kIntersect;
    const bool outer_tight = op == SetOperator::kIntersect;
    wrap = wrap || (right ? !inner_tight || outer_tight : outer_tight && !inner_tight);
  }
  if (wrap) return query_in_parentheses(value);
  query(value);
}

void TextPrinter::set_operation(const SetOperation& value) {
  static constexpr std::string_view kWords[] = {"UNION", "INTERSECT", "EXCEPT"};
  set_operand(*value.left, false, value.op);
  line_break();
  text(kWords[static_cast<size_t>(value.op)]);
  flag(value.all, " ALL");
  line_break();
  set_operand(*value.right, true, value.op);
}

void TextPrinter::hints(const std::vector<Hint>& values) {
  text("/*+ ");
  list(values, [&](const Hint& hint) {
    identifier(hint.name);
    if (hint.properties.empty() && hint.values.empty()) return;
    text("(");
    list(hint.properties, [&](const Property& one) {
      quoted(one.key);
      text(" = ");
      quoted(one.value);
    });
    list(hint.values, [&](const std::string& one) { quoted(one); });
    text(")");
  });
  text(" */");
}

void TextPrinter::select(const Select& value) {
  text("SELECT ");
  if (!value.hints.empty()) {
    hints(value.hints);
    text(" ");
  }
  flag(value.quantifier == SetQuantifier::kDistinct, "DISTINCT ");
  flag(value.quantifier == SetQuantifier::kAll, "ALL ");
  list(value.items, [&](const SelectItem& item) {
    expression(item.value);
    if (!item.alias) return;
    text(" AS ");
    identifier(*item.alias);
  });
  if (value.from) {
    line_break();
    text("FROM ");
    table(*value.from);
  }
  if (value.where) {
    line_break();
    text("WHERE ");
    expression(*value.where);
  }
  if (value.group_by) {
    line_break();
    text("GROUP BY ");
    grouping(*value.group_by);
  }
  if (value.having) {
    line_break();
    text("HAVING ");
    expression(*value.having);
  }
  if (!value.windows.empty()) {
    line_break();
    text("WINDOW ");
    list(value.windows, [&](const NamedWindow& one) {
      identifier(one.name);
      text(" AS ");
      window(one.specification);
    });
  }
  if (value.qualify) {
    line_break();
    text("QUALIFY ");
    expression(*value.qualify);
  }
}

void TextPrinter::grouping(const std::vector<GroupingElement>& elements) {
  static constexpr std::string_view kWords[] = {"", "ROLLUP", "CUBE", "GROUPING SETS"};
  list(elements, [&](const GroupingElement& element) {
    if (element.kind != GroupingKind::kExpression) {
      text(kWords[static_cast<size_t>(element.kind)]);
      text(" (");
      grouping(element.elements);
      text(")");
    } else if (element.expressions.size() == 1) {
      expression(element.expressions[0]);
    } else {
      text("(");
      expressions(element.expressions);
      text(")");
    }
  });
}

void TextPrinter::join(const Join& value) {
  static constexpr std::string_view kWords[] = {"JOIN ", "LEFT JOIN ", "RIGHT JOIN ", "FULL JOIN ", "CROSS JOIN "};
  table(*value.left);
  line_break();
  flag(value.natural, "NATURAL ");
  text(kWords[static_cast<size_t>(value.kind)]);
  const bool nested = value.right->as<Join>() != nullptr;
  if (nested) open_block();
  table(*value.right);
  if (nested) close_block();
  if (value.on) {
    text(" ON ");
    expression(**value.on);
  }
  if (!value.using_columns.empty()) {
    text(" USING ");
    identifiers(value.using_columns);
  }
}

void TextPrinter::table(const TableReference& value) {
  if (const auto* both = value.as<Join>()) return join(*both);
  if (const auto* named = value.as<NamedTable>()) {
    name(named->name);
    if (!named->hints.empty()) {
      text(" ");
      hints(named->hints);
    }
    if (named->as_of) {
      text(" FOR SYSTEM_TIME AS OF ");
      expression(**named->as_of, Precedence::kRange);
    }
  } else if (const auto* derived = value.as<DerivedTable>()) {
    flag(derived->lateral, "LATERAL ");
    query_in_parentheses(*derived->query);
  } else if (const auto* function = value.as<FunctionTable>()) {
    flag(function->lateral, "LATERAL ");
    text("TABLE(");
    expression(*function->call);
    text(")");
  } else {
    const auto* unnest = value.as<Unnest>();
    text("UNNEST(");
    expressions(unnest->collections);
    text(")");
    flag(unnest->with_ordinality, " WITH ORDINALITY");
  }
  if (!value.alias) return;
  text(" AS ");
  identifier(value.alias->name);
  if (!value.alias->columns.empty()) {
    text(" ");
    identifiers(value.alias->columns);
  }
}

}  // namespace internal
}  // namespace millstream::sql
