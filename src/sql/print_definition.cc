// CREATE TABLE, VIEW and FUNCTION, and the changes of ALTER TABLE, as text.
#include "sql/internal/text_printer.h"

namespace millstream::sql::internal {

void TextPrinter::column(const ColumnDefinition& value) {
  name(value.name);
  std::visit(Overloaded{
                 [&](const PhysicalColumn& it) {
                   text(" ");
                   type(it.type);
                   if (it.constraint_name) {
                     text(" CONSTRAINT ");
                     identifier(*it.constraint_name);
                   }
                   flag(it.primary_key, " PRIMARY KEY NOT ENFORCED");
                 },
                 [&](const ComputedColumn& it) {
                   text(" AS ");
                   expression(it.value);
                 },
                 [&](const MetadataColumn& it) {
                   text(" ");
                   type(it.type);
                   text(" METADATA");
                   if (it.key) {
                     text(" FROM ");
                     quoted(*it.key);
                   }
                   flag(it.is_virtual, " VIRTUAL");
                 },
                 [&](const InheritedColumn&) {},
             },
             value.kind);
  comment(value.comment);
  if (!value.position) return;
  if (!value.position->after) return text(" FIRST");
  text(" AFTER ");
  identifier(*value.position->after);
}

void TextPrinter::element(const TableElement& value) {
  if (const auto* one = std::get_if<ColumnDefinition>(&value)) return column(*one);
  if (const auto* key = std::get_if<PrimaryKey>(&value)) {
    if (key->constraint_name) {
      text("CONSTRAINT ");
      identifier(*key->constraint_name);
      text(" ");
    }
    text("PRIMARY KEY ");
    identifiers(key->columns);
    return text(" NOT ENFORCED");
  }
  const auto& watermark = std::get<WatermarkDefinition>(value);
  text("WATERMARK FOR ");
  name(watermark.column);
  text(" AS ");
  expression(watermark.value);
}

// Behind DISTRIBUTED or DISTRIBUTION.
void TextPrinter::distribution(const Distribution& value) {
  if (!value.columns.empty()) {
    text(" BY ");
    flag(value.kind == DistributionKind::kHash, "HASH");
    flag(value.kind == DistributionKind::kRange, "RANGE");
    identifiers(value.columns);
  }
  if (!value.buckets) return;
  text(" INTO ");
  number(*value.buckets);
  text(" BUCKETS");
}

void TextPrinter::like(const LikeClause& value) {
  static constexpr std::string_view kMerges[] = {"INCLUDING ", "EXCLUDING ", "OVERWRITING "};
  static constexpr std::string_view kFeatures[] = {"ALL",      "CONSTRAINTS", "DISTRIBUTION", "GENERATED",
                                                   "METADATA", "OPTIONS",     "PARTITIONS",   "WATERMARKS"};
  text("LIKE ");
  name(value.table);
  if (value.options.empty()) return;
  text(" (");
  list(
      value.options,
      [&](const LikeOption& option) {
        text(kMerges[static_cast<size_t>(option.merge)]);
        text(kFeatures[static_cast<size_t>(option.feature)]);
      },
      " ");
  text(")");
}

void TextPrinter::create_table(const CreateTable& value) {
  text(value.mode == CreateMode::kCreate ? "CREATE " : "CREATE OR REPLACE ");
  flag(value.temporary, "TEMPORARY ");
  text("TABLE ");
  flag(value.if_not_exists, "IF NOT EXISTS ");
  name(value.name);
  if (!value.elements.empty()) {
    text(" ");
    open_block();
    bool first = true;
    for (const TableElement& one : value.elements) {
      if (!first) {
        text(",");
        line_break();
      }
      first = false;
      element(one);
    }
    close_block();
  }
  if (value.comment) {
    line_break();
    text("COMMENT ");
    quoted(*value.comment);
  }
  if (value.distribution) {
    line_break();
    text("DISTRIBUTED");
    distribution(*value.distribution);
  }
  if (!value.partitioned_by.empty()) {
    line_break();
    text("PARTITIONED BY ");
    identifiers(value.partitioned_by);
  }
  if (!value.options.empty()) {
    line_break();
    text("WITH ");
    properties(value.options);
  }
  if (value.like) {
    line_break();
    like(*value.like);
  }
  if (value.as_query) {
    line_break();
    text("AS");
    line_break();
    query(**value.as_query);
  }
}

void TextPrinter::create_view(const CreateView& value) {
  text(value.mode == CreateMode::kCreate ? "CREATE " : "CREATE OR REPLACE ");
  flag(value.temporary, "TEMPORARY ");
  text("VIEW ");
  flag(value.if_not_exists, "IF NOT EXISTS ");
  name(value.name);
  if (!value.columns.empty()) {
    text(" ");
    identifiers(value.columns);
  }
  comment(value.comment);
  text(" AS");
  line_break();
  query(*value.query);
}

void TextPrinter::create_function(const CreateFunction& value) {
  text("CREATE ");
  flag(value.temporary, "TEMPORARY ");
  flag(value.system, "SYSTEM ");
  text("FUNCTION ");
  flag(value.if_not_exists, "IF NOT EXISTS ");
  name(value.name);
  text(" AS ");
  quoted(value.implementation);
  if (value.language) {
    text(" LANGUAGE ");
    text(*value.language);
  }
  if (!value.resources.empty()) {
    text(" USING ");
    list(value.resources, [&](const std::string& one) {
      text("JAR ");
      quoted(one);
    });
  }
  if (!value.options.empty()) {
    text(" WITH ");
    properties(value.options);
  }
}

void TextPrinter::changed(std::string_view verb, const std::vector<TableElement>& elements,
                          const std::optional<Distribution>& spread) {
  text(verb);
  if (spread) {
    text(" DISTRIBUTION");
    return distribution(*spread);
  }
  text(" (");
  list(elements, [&](const TableElement& one) { element(one); });
  text(")");
}

void TextPrinter::alter_action(const AlterTableAction& action) {
  std::visit(Overloaded{
                 [&](const RenameTable& it) {
                   text("RENAME TO ");
                   name(it.to);
                 },
                 [&](const RenameColumn& it) {
                   text("RENAME ");
                   name(it.from);
                   text(" TO ");
                   name(it.to);
                 },
                 [&](const AddElements& it) { changed("ADD", it.elements, it.distribution); },
                 [&](const ModifyElements& it) { changed("MODIFY", it.elements, it.distribution); },
                 [&](const DropColumns& it) {
                   text("DROP (");
                   list(it.columns, [&](const Name& one) { name(one); });
                   text(")");
                 },
                 [&](const DropPrimaryKey&) { text("DROP PRIMARY KEY"); },
                 [&](const DropConstraint& it) {
                   text("DROP CONSTRAINT ");
                   identifier(it.name);
                 },
                 [&](const DropWatermark&) { text("DROP WATERMARK"); },
                 [&](const DropDistribution&) { text("DROP DISTRIBUTION"); },
                 [&](const SetProperties& it) {
                   text("SET ");
                   properties(it.properties);
                 },
                 [&](const ResetProperties& it) {
                   text("RESET ");
                   keys(it.keys);
                 },
             },
             action);
}

}  // namespace millstream::sql::internal
