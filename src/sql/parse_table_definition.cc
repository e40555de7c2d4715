// Columns, keys, watermarks and the other parts of a table's definition.
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

Result<bool> Parser::if_exists() {
  if (!stream_.accept("IF")) return false;
  MS_TRY(stream_.expect("EXISTS"));
  return true;
}

Result<bool> Parser::if_not_exists() {
  if (!stream_.accept("IF")) return false;
  MS_TRY(stream_.expect_all({"NOT", "EXISTS"}));
  return true;
}

Result<std::optional<std::string>> Parser::comment() {
  if (!stream_.accept("COMMENT")) return std::nullopt;
  MS_ASSIGN(TextLiteral text, stream_.text_literal());
  return std::move(text.value);
}

// ('k' = 'v', ..), perhaps empty
Result<std::vector<Property>> Parser::properties() {
  std::vector<Property> result;
  MS_TRY(stream_.expect("("));
  if (stream_.accept(")")) return result;
  do {
    MS_ASSIGN(Property one, property());
    result.push_back(std::move(one));
  } while (stream_.accept(","));
  MS_TRY(stream_.expect(")"));
  return result;
}

Result<Property> Parser::property() {
  const size_t from = stream_.position();
  MS_ASSIGN(TextLiteral key, stream_.text_literal());
  MS_TRY(stream_.expect("="));
  MS_ASSIGN(TextLiteral value, stream_.text_literal());
  return Property{stream_.span_since(from), std::move(key.value), std::move(value.value)};
}

Result<TableElement> Parser::table_element(bool in_alter) {
  if (stream_.at("PRIMARY") || stream_.at("CONSTRAINT")) {
    MS_ASSIGN(PrimaryKey key, primary_key());
    return key;
  }
  if (stream_.at("WATERMARK")) {
    MS_ASSIGN(WatermarkDefinition definition, watermark());
    return definition;
  }
  if (stream_.is("UNIQUE", 0))
    return stream_.unsupported(stream_.current().span, "UNIQUE constraints are not supported", "declare a PRIMARY KEY");
  return column_definition(in_alter);
}

// [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED
Result<PrimaryKey> Parser::primary_key() {
  const size_t from = stream_.position();
  PrimaryKey key;
  if (stream_.accept("CONSTRAINT")) {
    MS_ASSIGN(key.constraint_name, stream_.identifier());
  }
  MS_TRY(stream_.expect_all({"PRIMARY", "KEY"}));
  MS_ASSIGN(key.columns, stream_.identifiers_in_parentheses());
  MS_TRY(not_enforced(from));
  key.span = stream_.span_since(from);
  return key;
}

Status Parser::not_enforced(size_t from) {
  if (stream_.accept_all({"NOT", "ENFORCED"})) return {};
  stream_.accept("ENFORCED");
  return stream_.fail_at(stream_.span_since(from), ErrorCode::kUnsupported,
                         "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint",
                         "write PRIMARY KEY (...) NOT ENFORCED");
}

Result<WatermarkDefinition> Parser::watermark() {
  const size_t from = stream_.position();
  WatermarkDefinition result;
  MS_TRY(stream_.expect_all({"WATERMARK", "FOR"}));
  MS_ASSIGN(result.column, stream_.name());
  MS_TRY(stream_.expect("AS"));
  MS_ASSIGN(result.value, expression());
  result.span = stream_.span_since(from);
  return result;
}

// name type [PRIMARY KEY NOT ENFORCED] | name AS expression | name type METADATA [FROM 'key'] [VIRTUAL] | name
// each with [COMMENT 'text'], and in ALTER TABLE with [FIRST | AFTER column]
Result<TableElement> Parser::column_definition(bool in_alter) {
  const size_t from = stream_.position();
  ColumnDefinition column;
  MS_ASSIGN(column.name, stream_.name());
  if (!in_alter && (stream_.is(",", 0) || stream_.is(")", 0))) {
    column.kind = InheritedColumn{};
    column.span = stream_.span_since(from);
    return column;
  }
  if (stream_.accept("AS")) {
    MS_ASSIGN(Expression value, expression());
    column.kind = ComputedColumn{std::move(value)};
  } else {
    MS_ASSIGN(TypeName column_type, type());
    if (stream_.accept("METADATA")) {
      MetadataColumn metadata{.type = std::move(column_type), .key = {}};
      if (stream_.accept("FROM")) {
        MS_ASSIGN(TextLiteral key, stream_.text_literal());
        metadata.key = std::move(key.value);
      }
      metadata.is_virtual = stream_.accept("VIRTUAL");
      column.kind = std::move(metadata);
    } else {
      PhysicalColumn physical{.type = std::move(column_type)};
      const size_t key_from = stream_.position();
      if (stream_.accept("CONSTRAINT")) {
        MS_ASSIGN(physical.constraint_name, stream_.identifier());
        if (!stream_.at("PRIMARY")) return stream_.fail_here();
      }
      if (stream_.accept("PRIMARY")) {
        MS_TRY(stream_.expect("KEY"));
        MS_TRY(not_enforced(key_from));
        physical.primary_key = true;
      } else if (stream_.is("UNIQUE", 0)) {
        return stream_.unsupported(stream_.current().span, "UNIQUE constraints are not supported",
                                   "declare a PRIMARY KEY");
      } else if (stream_.is("DEFAULT", 0)) {
        return stream_.fail_at(stream_.current().span, ErrorCode::kParse,
                               "Encountered \"DEFAULT\": columns have no default values",
                               "use a computed column with COALESCE");
      }
      column.kind = std::move(physical);
    }
  }
  MS_ASSIGN(column.comment, comment());
  if (in_alter) {
    if (stream_.accept("FIRST")) {
      column.position = ColumnPosition{};
    } else if (stream_.accept("AFTER")) {
      MS_ASSIGN(Identifier after, stream_.identifier());
      column.position = ColumnPosition{std::move(after)};
    }
  }
  column.span = stream_.span_since(from);
  return column;
}

// Behind DISTRIBUTED or DISTRIBUTION: [BY [HASH|RANGE] (a, b)] [INTO n BUCKETS], at least one of them
Result<Distribution> Parser::distribution(size_t from) {
  Distribution result;
  if (stream_.accept("BY")) {
    if (stream_.accept("HASH")) {
      result.kind = DistributionKind::kHash;
    } else if (stream_.accept("RANGE")) {
      result.kind = DistributionKind::kRange;
    }
    MS_ASSIGN(result.columns, stream_.identifiers_in_parentheses());
  } else if (!stream_.at("INTO")) {
    return stream_.fail_here();
  }
  if (stream_.accept("INTO")) {
    MS_ASSIGN(result.buckets, stream_.whole_number());
    MS_TRY(stream_.expect("BUCKETS"));
  }
  result.span = stream_.span_since(from);
  return result;
}

// Behind LIKE: table [(INCLUDING ALL EXCLUDING OPTIONS ..)]
Result<LikeClause> Parser::like_clause(size_t from) {
  struct FeatureWord {
    std::string_view word;
    LikeFeature feature;
  };
  static constexpr FeatureWord kFeatures[] = {
      {"ALL", LikeFeature::kAll},
      {"CONSTRAINTS", LikeFeature::kConstraints},
      {"DISTRIBUTION", LikeFeature::kDistribution},
      {"GENERATED", LikeFeature::kGenerated},
      {"METADATA", LikeFeature::kMetadata},
      {"OPTIONS", LikeFeature::kOptions},
      {"PARTITIONS", LikeFeature::kPartitions},
      {"WATERMARKS", LikeFeature::kWatermarks},
  };
  LikeClause like;
  MS_ASSIGN(like.table, stream_.name());
  if (stream_.accept("(")) {
    do {
      LikeOption option;
      if (stream_.accept("EXCLUDING")) {
        option.merge = LikeMerge::kExcluding;
      } else if (stream_.accept("OVERWRITING")) {
        option.merge = LikeMerge::kOverwriting;
      } else {
        MS_TRY(stream_.expect("INCLUDING"));
      }
      bool found = false;
      for (const FeatureWord& row : kFeatures) {
        if (found || !stream_.accept(row.word)) continue;
        option.feature = row.feature;
        found = true;
      }
      if (!found) return stream_.fail_here();
      like.options.push_back(option);
    } while (!stream_.accept(")"));
  }
  like.span = stream_.span_since(from);
  return like;
}

}  // namespace millstream::sql::internal
