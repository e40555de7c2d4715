// Statements of the syntax tree: one struct per kind, one variant over them.
//
// Same rules as expression.h: immutable, owned from the top, bounded depth. What the grammar knows but Millstream does
// not run at all (UPDATE, ADD JAR, ...) has no struct: the parser refuses it with ErrorCode::kUnsupported.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/query.h"
#include "sql/table_definition.h"

namespace millstream::sql {

struct Statement;
using StatementBox = Box<Statement>;

// --- Tables and views -----------------------------------------------------------------------------------------------

enum class CreateMode { kCreate, kCreateOrReplace };
struct CreateTable {
  CreateMode mode = CreateMode::kCreate;
  bool temporary = false;
  bool if_not_exists = false;
  Name name;
  std::vector<TableElement> elements;
  std::optional<std::string> comment;
  std::optional<Distribution> distribution;
  std::vector<Identifier> partitioned_by;
  std::vector<Property> options;
  std::optional<LikeClause> like;
  std::optional<QueryBox> as_query;
  bool operator==(const CreateTable&) const = default;
};
struct DropTable {
  bool temporary = false;
  bool if_exists = false;
  Name name;
  bool operator==(const DropTable&) const = default;
};
struct CreateView {
  CreateMode mode = CreateMode::kCreate;
  bool temporary = false;
  bool if_not_exists = false;
  Name name;
  std::vector<Identifier> columns;
  std::optional<std::string> comment;
  QueryBox query;
  bool operator==(const CreateView&) const = default;
};
struct DropView {
  bool temporary = false;
  bool if_exists = false;
  Name name;
  bool operator==(const DropView&) const = default;
};

struct RenameTable {
  Name to;
  bool operator==(const RenameTable&) const = default;
};
struct RenameColumn {
  Name from;
  Name to;
  bool operator==(const RenameColumn&) const = default;
};
struct AddElements {
  std::vector<TableElement> elements;
  std::optional<Distribution> distribution;
  bool operator==(const AddElements&) const = default;
};
struct ModifyElements {
  std::vector<TableElement> elements;
  std::optional<Distribution> distribution;
  bool operator==(const ModifyElements&) const = default;
};
struct DropColumns {
  std::vector<Name> columns;
  bool operator==(const DropColumns&) const = default;
};
struct DropPrimaryKey {
  bool operator==(const DropPrimaryKey&) const = default;
};
struct DropConstraint {
  Identifier name;
  bool operator==(const DropConstraint&) const = default;
};
struct DropWatermark {
  bool operator==(const DropWatermark&) const = default;
};
struct DropDistribution {
  bool operator==(const DropDistribution&) const = default;
};
struct SetProperties {
  std::vector<Property> properties;
  bool operator==(const SetProperties&) const = default;
};
struct ResetProperties {
  std::vector<TextLiteral> keys;
  bool operator==(const ResetProperties&) const = default;
};
using AlterTableAction =
    std::variant<RenameTable, RenameColumn, AddElements, ModifyElements, DropColumns, DropPrimaryKey, DropConstraint,
                 DropWatermark, DropDistribution, SetProperties, ResetProperties>;
struct AlterTable {
  bool if_exists = false;
  Name name;
  AlterTableAction action;
  bool operator==(const AlterTable&) const = default;
};
struct RedefineView {
  QueryBox query;
  bool operator==(const RedefineView&) const = default;
};
struct AlterView {
  Name name;
  std::variant<RenameTable, RedefineView> action;
  bool operator==(const AlterView&) const = default;
};

// --- Databases, catalogs, functions ---------------------------------------------------------------------------------

struct CreateDatabase {
  bool if_not_exists = false;
  Name name;
  std::optional<std::string> comment;
  std::vector<Property> options;
  bool operator==(const CreateDatabase&) const = default;
};
struct DropDatabase {
  bool if_exists = false;
  Name name;
  bool cascade = false;
  bool operator==(const DropDatabase&) const = default;
};
struct AlterCatalog {
  Identifier name;
  std::variant<SetProperties, ResetProperties, TextLiteral> change;  // a text is the new COMMENT
  bool operator==(const AlterCatalog&) const = default;
};
struct AlterDatabase {
  Name name;
  SetProperties change;
  bool operator==(const AlterDatabase&) const = default;
};
struct UseDatabase {
  Name name;
  bool operator==(const UseDatabase&) const = default;
};
struct CreateCatalog {
  bool if_not_exists = false;
  Identifier name;
  std::optional<std::string> comment;
  std::vector<Property> options;
  bool operator==(const CreateCatalog&) const = default;
};
struct DropCatalog {
  bool if_exists = false;
  Identifier name;
  bool operator==(const DropCatalog&) const = default;
};
struct UseCatalog {
  Identifier name;
  bool operator==(const UseCatalog&) const = default;
};
struct CreateFunction {
  bool temporary = false;
  bool system = false;
  bool if_not_exists = false;
  Name name;
  std::string implementation;           // AS 'class or module'
  std::optional<std::string> language;  // JAVA, SCALA, PYTHON: upper case
  std::vector<std::string> resources;   // USING JAR '...'
  std::vector<Property> options;
  bool operator==(const CreateFunction&) const = default;
};
struct DropFunction {
  bool temporary = false;
  bool system = false;
  bool if_exists = false;
  Name name;
  bool operator==(const DropFunction&) const = default;
};

// --- Looking and settings -------------------------------------------------------------------------------------------

enum class ShowKind {
  kTables,
  kViews,
  kDatabases,
  kCatalogs,
  kFunctions,
  kUserFunctions,
  kJobs,
  kColumns,
  kCreateTable,
  kCreateView,
  kCreateCatalog,
  kCurrentCatalog,
  kCurrentDatabase,
};
struct ShowPattern {
  bool negated = false;
  bool ignore_case = false;  // ILIKE
  std::string pattern;
  bool operator==(const ShowPattern&) const = default;
};
struct Show {
  ShowKind kind = ShowKind::kTables;
  std::optional<Name> object;  // FROM or IN database, or the table of COLUMNS and CREATE TABLE
  std::optional<ShowPattern> pattern;
  bool operator==(const Show&) const = default;
};
enum class DescribeKind { kTable, kCatalog, kFunction, kJob };
struct Describe {
  DescribeKind kind = DescribeKind::kTable;
  bool extended = false;
  Name name;  // of a job: its id, one part
  bool operator==(const Describe&) const = default;
};
enum class ExplainDetail { kEstimatedCost, kChangelogMode, kJsonExecutionPlan, kPlanAdvice };
struct Explain {
  std::vector<ExplainDetail> details;
  StatementBox statement;
  bool operator==(const Explain&) const = default;
};
struct SetOption {
  std::optional<Property> property;  // absent: list all
  bool operator==(const SetOption&) const = default;
};
struct ResetOption {
  std::optional<TextLiteral> key;  // absent: all
  bool operator==(const ResetOption&) const = default;
};

// --- Running --------------------------------------------------------------------------------------------------------

struct PartitionValue {  // name = literal
  Identifier name;
  Expression value;
  bool operator==(const PartitionValue&) const = default;
};
enum class ConflictAction { kUnspecified, kDeduplicate, kNothing, kError };
struct Insert {
  bool overwrite = false;
  Name table;
  std::vector<Hint> hints;
  std::vector<PartitionValue> partition;
  std::vector<Name> columns;
  QueryBox query;
  ConflictAction on_conflict = ConflictAction::kUnspecified;
  bool operator==(const Insert&) const = default;
};
struct RunQuery {  // a query as a statement
  QueryBox query;
  bool operator==(const RunQuery&) const = default;
};
struct InsertItem {
  SourceSpan span;
  Insert insert;
  bool operator==(const InsertItem&) const = default;
};
struct StatementSet {               // EXECUTE STATEMENT SET BEGIN ..; END, or BEGIN STATEMENT SET; ..; END
  std::vector<InsertItem> inserts;  // one or more
  bool operator==(const StatementSet&) const = default;
};
struct StopJob {
  std::string id;
  bool with_savepoint = false;
  bool with_drain = false;
  bool operator==(const StopJob&) const = default;
};

using StatementNode = std::variant<CreateTable, DropTable, AlterTable, CreateView, DropView, AlterView, CreateDatabase,
                                   DropDatabase, AlterDatabase, UseDatabase, CreateCatalog, DropCatalog, AlterCatalog,
                                   UseCatalog, CreateFunction, DropFunction, Show, Describe, Explain, SetOption,
                                   ResetOption, Insert, RunQuery, StatementSet, StopJob>;

// EXECUTE INSERT and EXECUTE SELECT are the plain statement.
struct Statement {
  SourceSpan span;  // without the terminating semicolon
  StatementNode node;

  bool operator==(const Statement&) const = default;
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace millstream::sql
