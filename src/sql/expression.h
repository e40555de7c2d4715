// Expressions of the syntax tree: what was written, before any name or type is known.
//
// An Expression is a span and one node of a variant. Trees are built by the parser, immutable afterwards, owned from
// the statement downwards, and safe to read from any thread. Depth is bounded (kMaxNesting and kMaxHeight in
// parser.h), so recursion over a parsed tree cannot exhaust the stack.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/box.h"
#include "sql/identifier.h"
#include "sql/type_name.h"

namespace millstream::sql {

struct Expression;
struct Query;
using ExpressionBox = Box<Expression>;
using QueryBox = Box<Query>;

// --- Literals -------------------------------------------------------------------------------------------------------

struct NullLiteral {
  bool operator==(const NullLiteral&) const = default;
};
struct BooleanLiteral {
  std::optional<bool> value;  // UNKNOWN is absent
  bool operator==(const BooleanLiteral&) const = default;
};
// The digits exactly as written, without a sign: 12, 1.50, .5, 1e3.
struct NumberLiteral {
  std::string text;
  bool operator==(const NumberLiteral&) const = default;
};
struct StringLiteral {
  std::string value;  // UTF-8, quotes and escapes undone
  bool operator==(const StringLiteral&) const = default;
};
struct BinaryLiteral {
  std::string bytes;
  bool operator==(const BinaryLiteral&) const = default;
};
enum class TemporalKind { kDate, kTime, kTimestamp, kTimestampLtz };
// DATE '2024-02-29': the text is the binder's to read.
struct TemporalLiteral {
  TemporalKind kind = TemporalKind::kDate;
  std::string text;
  bool operator==(const TemporalLiteral&) const = default;
};
// INTERVAL [-] '1 02' DAY TO HOUR
struct IntervalLiteral {
  bool negative = false;
  std::string text;
  IntervalQualifier qualifier;
  bool operator==(const IntervalLiteral&) const = default;
};

// INTERVAL (n * 2) DAY: an interval of as many units as the expression says.
struct IntervalOf {
  ExpressionBox amount;
  IntervalQualifier qualifier;
  bool operator==(const IntervalOf&) const = default;
};

// --- Names ----------------------------------------------------------------------------------------------------------

struct ColumnReference {  // a, t.a, t.a.field: the binder finds where the column ends and the fields begin
  Name name;
  bool operator==(const ColumnReference&) const = default;
};
struct Star {  // * or t.*; only as a SELECT item and as the argument of a call
  std::vector<Identifier> qualifier;
  bool operator==(const Star&) const = default;
};
struct FieldAccess {  // f(x).a, a[1].b, (e).c
  ExpressionBox operand;
  Identifier field;
  bool operator==(const FieldAccess&) const = default;
};
struct Subscript {  // array[i], map[key]
  ExpressionBox operand;
  ExpressionBox index;
  bool operator==(const Subscript&) const = default;
};

// --- Operators ------------------------------------------------------------------------------------------------------

enum class UnaryOperator { kPlus, kMinus, kNot };
struct Unary {
  UnaryOperator op = UnaryOperator::kPlus;
  ExpressionBox operand;
  bool operator==(const Unary&) const = default;
};

enum class BinaryOperator {
  kMultiply,
  kDivide,
  kModulo,
  kAdd,
  kSubtract,
  kConcat,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIsDistinctFrom,
  kIsNotDistinctFrom,
  // Periods: both sides are rows of two times.
  kOverlaps,
  kContains,
  kEquals,
  kPrecedes,
  kSucceeds,
  kImmediatelyPrecedes,
  kImmediatelySucceeds,
};
struct Binary {
  BinaryOperator op = BinaryOperator::kAdd;
  ExpressionBox left;
  ExpressionBox right;
  bool operator==(const Binary&) const = default;
};

enum class LogicalOperator { kAnd, kOr };
// a AND b AND c is one node with three operands, so a generated chain of thousands is not a deep tree.
struct Logical {
  LogicalOperator op = LogicalOperator::kAnd;
  std::vector<Expression> operands;  // two or more
  bool operator==(const Logical&) const;
};

enum class Trait { kNull, kTrue, kFalse, kUnknown, kJsonValue, kJsonObject, kJsonArray, kJsonScalar };
struct IsTest {  // operand IS [NOT] NULL, ...
  ExpressionBox operand;
  Trait trait = Trait::kNull;
  bool negated = false;
  bool operator==(const IsTest&) const = default;
};
struct Between {
  ExpressionBox operand;
  ExpressionBox low;
  ExpressionBox high;
  bool negated = false;
  bool symmetric = false;
  bool operator==(const Between&) const = default;
};
struct InList {
  ExpressionBox operand;
  std::vector<Expression> elements;  // one or more
  bool negated = false;
  bool operator==(const InList&) const;
};
struct InSubquery {
  ExpressionBox operand;
  QueryBox query;
  bool negated = false;
  bool operator==(const InSubquery&) const = default;
};
enum class LikeKind { kLike, kSimilarTo };
struct Like {
  ExpressionBox operand;
  ExpressionBox pattern;
  std::optional<ExpressionBox> escape;
  LikeKind kind = LikeKind::kLike;
  bool negated = false;
  bool operator==(const Like&) const = default;
};
struct Exists {
  QueryBox query;
  bool operator==(const Exists&) const = default;
};
struct ScalarSubquery {
  QueryBox query;
  bool operator==(const ScalarSubquery&) const = default;
};
enum class Quantifier { kAny, kAll };  // SOME is ANY
// operand <comparison> ANY (query) or ANY (a, b)
struct Quantified {
  ExpressionBox operand;
  BinaryOperator comparison = BinaryOperator::kEqual;
  Quantifier quantifier = Quantifier::kAny;
  std::variant<QueryBox, std::vector<Expression>> right;
  bool operator==(const Quantified&) const;
};
struct CaseBranch {
  std::vector<Expression> conditions;  // more than one only when the CASE has an operand: WHEN 1, 2 THEN
  ExpressionBox result;
  bool operator==(const CaseBranch&) const;
};
struct Case {
  std::optional<ExpressionBox> operand;
  std::vector<CaseBranch> branches;  // one or more
  std::optional<ExpressionBox> otherwise;
  bool operator==(const Case&) const = default;
};
struct Cast {
  ExpressionBox operand;
  TypeName type;
  bool null_on_failure = false;  // TRY_CAST
  bool operator==(const Cast&) const = default;
};

// --- Constructors ---------------------------------------------------------------------------------------------------

struct RowConstructor {  // ROW(a, b) or (a, b)
  std::vector<Expression> elements;
  bool operator==(const RowConstructor&) const;
};
struct ArrayConstructor {
  std::vector<Expression> elements;
  bool operator==(const ArrayConstructor&) const;
};
struct MapConstructor {
  std::vector<Expression> keys_and_values;  // key, value, key, value
  bool operator==(const MapConstructor&) const;
};
struct MultisetConstructor {
  std::vector<Expression> elements;
  bool operator==(const MultisetConstructor&) const;
};
enum class CollectionKind { kArray, kMap, kMultiset };
struct CollectionQuery {  // ARRAY(SELECT ...)
  CollectionKind kind = CollectionKind::kArray;
  QueryBox query;
  bool operator==(const CollectionQuery&) const = default;
};

// --- Calls ----------------------------------------------------------------------------------------------------------

// How a call was written. Arguments are positional in every case, in the order of the plain form; words that are not
// values (DAY, LEADING) are Keyword arguments.
enum class CallSyntax {
  kPlain,      // f(a, b)
  kBare,       // CURRENT_DATE
  kExtract,    // EXTRACT(unit FROM source)           unit, source
  kTrim,       // TRIM(side chars FROM source)        side (BOTH if absent), chars (' ' if absent), source
  kSubstring,  // SUBSTRING(source FROM a FOR b)      source, a[, b]
  kOverlay,    // OVERLAY(s PLACING t FROM a FOR b)   s, t, a[, b]
  kPosition,   // POSITION(a IN b FROM c)             a, b[, c]
  kRoundTo,    // CEIL(source TO unit)                source, unit
};
struct Keyword {
  std::string text;  // upper case
  bool operator==(const Keyword&) const = default;
};
struct Default {  // DEFAULT as an argument
  bool operator==(const Default&) const = default;
};
struct Argument;
struct OrderItem;
struct WindowSpecification;
enum class SetQuantifier { kNone, kAll, kDistinct };
enum class NullTreatment { kNone, kRespectNulls, kIgnoreNulls };
struct Call {
  Name function;  // as written; built-in names are matched without regard to case
  CallSyntax syntax = CallSyntax::kPlain;
  SetQuantifier quantifier = SetQuantifier::kNone;
  std::vector<Argument> arguments;
  std::vector<OrderItem> argument_order;  // ORDER BY inside the parentheses
  std::vector<OrderItem> within_group;
  std::optional<ExpressionBox> filter;
  NullTreatment null_treatment = NullTreatment::kNone;
  // OVER name, or OVER (specification).
  std::variant<std::monostate, Identifier, Box<WindowSpecification>> over;
  bool operator==(const Call&) const;
};
// Arguments of table functions.
struct TableArgument {  // TABLE t [PARTITION BY ..] [ORDER BY ..], or a query in parentheses
  std::variant<Name, QueryBox> table;
  std::vector<Expression> partition_by;
  std::vector<OrderItem> order_by;
  bool operator==(const TableArgument&) const;
};
struct Descriptor {  // DESCRIPTOR(ts)
  std::vector<Identifier> columns;
  bool operator==(const Descriptor&) const = default;
};

// --- JSON -----------------------------------------------------------------------------------------------------------

enum class JsonBehavior { kUnspecified, kNull, kError, kDefault, kEmptyArray, kEmptyObject, kTrue, kFalse, kUnknown };
struct JsonHandler {
  JsonBehavior behavior = JsonBehavior::kUnspecified;
  std::optional<ExpressionBox> value;  // of kDefault
  bool operator==(const JsonHandler&) const = default;
};
enum class JsonWrapper { kUnspecified, kWithout, kConditional, kUnconditional };
enum class JsonAccessKind { kExists, kValue, kQuery };
// JSON_EXISTS, JSON_VALUE and JSON_QUERY.
struct JsonAccess {
  JsonAccessKind kind = JsonAccessKind::kValue;
  ExpressionBox input;
  ExpressionBox path;
  std::optional<TypeName> returning;
  JsonWrapper wrapper = JsonWrapper::kUnspecified;
  JsonHandler on_empty;
  JsonHandler on_error;
  bool operator==(const JsonAccess&) const = default;
};
enum class JsonNulls { kUnspecified, kNull, kAbsent };
struct JsonObject {  // JSON_OBJECT and, with one entry, JSON_OBJECTAGG
  std::vector<Expression> keys_and_values;
  JsonNulls nulls = JsonNulls::kUnspecified;
  bool aggregate = false;
  std::optional<ExpressionBox> filter;
  bool operator==(const JsonObject&) const;
};
struct JsonArray {  // JSON_ARRAY and, with one element, JSON_ARRAYAGG
  std::vector<Expression> elements;
  JsonNulls nulls = JsonNulls::kUnspecified;
  bool aggregate = false;
  std::optional<ExpressionBox> filter;
  bool operator==(const JsonArray&) const;
};

// --- The node -------------------------------------------------------------------------------------------------------

using ExpressionNode =
    std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, BinaryLiteral, TemporalLiteral,
                 IntervalLiteral, IntervalOf, ColumnReference, Star, FieldAccess, Subscript, Unary, Binary, Logical,
                 IsTest, Between, InList, InSubquery, Like, Exists, ScalarSubquery, Quantified, Case, Cast,
                 RowConstructor, ArrayConstructor, MapConstructor, MultisetConstructor, CollectionQuery, Call, Keyword,
                 Default, TableArgument, Descriptor, JsonAccess, JsonObject, JsonArray>;

struct Expression {
  SourceSpan span;
  ExpressionNode node;

  bool operator==(const Expression&) const = default;

  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&node);
  }
};

struct Argument {
  std::optional<Identifier> name;  // name => value
  Expression value;
  bool operator==(const Argument&) const = default;
};

enum class SortDirection { kUnspecified, kAscending, kDescending };
enum class NullOrder { kUnspecified, kFirst, kLast };
struct OrderItem {
  Expression value;
  SortDirection direction = SortDirection::kUnspecified;
  NullOrder nulls = NullOrder::kUnspecified;
  bool operator==(const OrderItem&) const = default;
};

enum class FrameUnit { kRows, kRange };
enum class FrameBoundKind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  std::optional<ExpressionBox> distance;  // of kPreceding and kFollowing
  bool operator==(const FrameBound&) const = default;
};
struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  std::optional<FrameBound> end;  // absent: no BETWEEN, up to the current row
  bool operator==(const WindowFrame&) const = default;
};
// [base] [PARTITION BY ..] [ORDER BY ..] [frame]
struct WindowSpecification {
  SourceSpan span;
  std::optional<Identifier> base;
  std::vector<Expression> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
  bool operator==(const WindowSpecification&) const = default;
};

}  // namespace millstream::sql
