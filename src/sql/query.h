// Queries of the syntax tree: SELECT, VALUES, set operations, and what stands in a FROM clause.
//
// Same rules as expression.h: immutable, owned from the top, bounded depth.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/expression.h"

namespace millstream::sql {

// /*+ OPTIONS('k' = 'v') */, /*+ STATE_TTL('t' = '1d'), BROADCAST(t) */
struct Hint {
  SourceSpan span;
  Identifier name;
  std::vector<Property> properties;  // 'k' = 'v'
  std::vector<std::string> values;   // names and literals; a hint has either these or properties
  bool operator==(const Hint&) const = default;
};

// --- FROM -----------------------------------------------------------------------------------------------------------

struct TableReference;
using TableReferenceBox = Box<TableReference>;

struct NamedTable {  // t [/*+ hints */] [FOR SYSTEM_TIME AS OF time]
  Name name;
  std::vector<Hint> hints;
  std::optional<ExpressionBox> as_of;
  bool operator==(const NamedTable&) const = default;
};
struct DerivedTable {  // [LATERAL] (query)
  QueryBox query;
  bool lateral = false;
  bool operator==(const DerivedTable&) const = default;
};
struct FunctionTable {  // [LATERAL] TABLE(f(...)): a Call
  ExpressionBox call;
  bool lateral = false;
  bool operator==(const FunctionTable&) const = default;
};
struct Unnest {
  std::vector<Expression> collections;  // one or more
  bool with_ordinality = false;
  bool operator==(const Unnest&) const = default;
};
enum class JoinKind { kInner, kLeft, kRight, kFull, kCross };
struct Join {  // a comma is a cross join without condition
  JoinKind kind = JoinKind::kInner;
  bool natural = false;
  TableReferenceBox left;
  TableReferenceBox right;
  std::optional<ExpressionBox> on;
  std::vector<Identifier> using_columns;
  bool operator==(const Join&) const = default;
};

struct TableAlias {
  Identifier name;
  std::vector<Identifier> columns;
  bool operator==(const TableAlias&) const = default;
};
struct TableReference {
  SourceSpan span;
  std::variant<NamedTable, DerivedTable, FunctionTable, Unnest, Join> node;
  std::optional<TableAlias> alias;  // never of a Join

  bool operator==(const TableReference&) const = default;
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&node);
  }
};

// --- SELECT ---------------------------------------------------------------------------------------------------------

struct SelectItem {
  SourceSpan span;
  Expression value;  // may be a Star
  std::optional<Identifier> alias;
  bool operator==(const SelectItem&) const = default;
};

enum class GroupingKind { kExpression, kRollup, kCube, kSets };
// a  |  (a, b)  |  ()  |  ROLLUP(..)  |  CUBE(..)  |  GROUPING SETS(..)
struct GroupingElement {
  SourceSpan span;
  GroupingKind kind = GroupingKind::kExpression;
  std::vector<Expression> expressions;    // of kExpression: one, several for (a, b), none for ()
  std::vector<GroupingElement> elements;  // of the other kinds
  bool operator==(const GroupingElement&) const;
};
struct NamedWindow {
  Identifier name;
  WindowSpecification specification;
  bool operator==(const NamedWindow&) const = default;
};

struct Select {
  SourceSpan span;
  std::vector<Hint> hints;
  SetQuantifier quantifier = SetQuantifier::kNone;
  std::vector<SelectItem> items;
  std::optional<TableReference> from;
  std::optional<Expression> where;
  std::optional<std::vector<GroupingElement>> group_by;
  std::optional<Expression> having;
  std::vector<NamedWindow> windows;
  std::optional<Expression> qualify;
  bool operator==(const Select&) const = default;
};

// --- Query ----------------------------------------------------------------------------------------------------------

struct Values {
  SourceSpan span;
  std::vector<Expression> rows;  // a RowConstructor each; VALUES 1, 2 has been given rows of one
  bool operator==(const Values&) const = default;
};
struct ExplicitTable {  // TABLE t
  Name name;
  bool operator==(const ExplicitTable&) const = default;
};
enum class SetOperator { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  QueryBox left;
  QueryBox right;
  bool operator==(const SetOperation&) const = default;
};
// (query), where the inner one has WITH, ORDER BY or LIMIT of its own and the outer one adds more. Other parentheses
// around a query leave no trace.
struct NestedQuery {
  QueryBox query;
  bool operator==(const NestedQuery&) const = default;
};
struct CommonTable {  // name [(columns)] AS (query)
  SourceSpan span;
  Identifier name;
  std::vector<Identifier> columns;
  QueryBox query;
  bool operator==(const CommonTable&) const = default;
};

// [WITH ..] body [ORDER BY ..] [LIMIT ..] [OFFSET ..]
struct Query {
  SourceSpan span;
  std::vector<CommonTable> with;
  std::variant<Select, Values, ExplicitTable, SetOperation, NestedQuery> body;
  std::vector<OrderItem> order_by;
  std::optional<Expression> limit;  // LIMIT n or FETCH FIRST n ROWS ONLY; LIMIT ALL is absent
  std::optional<Expression> offset;

  bool operator==(const Query&) const = default;
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&body);
  }
};

}  // namespace millstream::sql
