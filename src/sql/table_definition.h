// What stands between the parentheses of CREATE TABLE, and behind ADD and MODIFY of ALTER TABLE.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/query.h"

namespace millstream::sql {

struct PhysicalColumn {  // name type [[CONSTRAINT name] PRIMARY KEY NOT ENFORCED]
  TypeName type;
  bool primary_key = false;
  std::optional<Identifier> constraint_name;
  bool operator==(const PhysicalColumn&) const = default;
};
struct ComputedColumn {  // name AS expression
  Expression value;
  bool operator==(const ComputedColumn&) const = default;
};
struct MetadataColumn {  // name type METADATA [FROM 'key'] [VIRTUAL]
  TypeName type;
  std::optional<std::string> key;
  bool is_virtual = false;
  bool operator==(const MetadataColumn&) const = default;
};
struct InheritedColumn {  // only a name: CREATE TABLE t (b, a) AS SELECT a, b ...
  bool operator==(const InheritedColumn&) const = default;
};

// FIRST, or AFTER column: only in ALTER TABLE.
struct ColumnPosition {
  std::optional<Identifier> after;  // absent: FIRST
  bool operator==(const ColumnPosition&) const = default;
};
struct ColumnDefinition {
  SourceSpan span;
  Name name;  // more than one part only in ALTER TABLE: a field of a row
  std::variant<PhysicalColumn, ComputedColumn, MetadataColumn, InheritedColumn> kind;
  std::optional<std::string> comment;
  std::optional<ColumnPosition> position;
  bool operator==(const ColumnDefinition&) const = default;
};
struct PrimaryKey {  // [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED
  SourceSpan span;
  std::optional<Identifier> constraint_name;
  std::vector<Identifier> columns;
  bool operator==(const PrimaryKey&) const = default;
};
struct WatermarkDefinition {  // WATERMARK FOR column AS expression
  SourceSpan span;
  Name column;
  Expression value;
  bool operator==(const WatermarkDefinition&) const = default;
};
using TableElement = std::variant<ColumnDefinition, PrimaryKey, WatermarkDefinition>;

enum class DistributionKind { kUnspecified, kHash, kRange };
struct Distribution {  // DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS]
  SourceSpan span;
  DistributionKind kind = DistributionKind::kUnspecified;
  std::vector<Identifier> columns;
  std::optional<uint32_t> buckets;
  bool operator==(const Distribution&) const = default;
};

enum class LikeFeature { kAll, kConstraints, kDistribution, kGenerated, kMetadata, kOptions, kPartitions, kWatermarks };
enum class LikeMerge { kIncluding, kExcluding, kOverwriting };
struct LikeOption {
  LikeMerge merge = LikeMerge::kIncluding;
  LikeFeature feature = LikeFeature::kAll;
  bool operator==(const LikeOption&) const = default;
};
struct LikeClause {
  SourceSpan span;
  Name table;
  std::vector<LikeOption> options;
  bool operator==(const LikeClause&) const = default;
};

}  // namespace millstream::sql
