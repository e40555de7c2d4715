// What the planner must know of a connector or format: its options, metadata columns and abilities.
//
// connector/ supplies the list; the binder checks tables against it when they are used. Misspelt, unknown and
// unimplemented options are errors that name the nearest known one: nothing is accepted and ignored.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/changelog_mode.h"
#include "catalog/table.h"

namespace millstream::catalog {

enum class OptionType { kString, kInteger, kBoolean, kDuration, kSize, kDouble, kEnum, kList };

struct OptionDefinition {
  std::string key;  // "scan.startup.mode"; "properties.*" is a prefix; "fields.#.min" has one free part
  OptionType type = OptionType::kString;
  bool required = false;
  std::string default_value;         // empty: none
  std::vector<std::string> choices;  // kEnum, and where only some values work
  std::string sentence;              // for docs/connectors
};

struct MetadataColumnDefinition {
  std::string key;
  column::Type type;
  bool readable = true;
  bool writable = false;
  std::string sentence;
};

struct ConnectorSpec {
  std::string name;  // 'connector' = '…'
  std::string sentence;
  bool is_source = false;
  bool is_sink = false;
  bool needs_format = false;  // takes 'format', 'value.format', 'key.format'
  std::vector<OptionDefinition> options;
  std::vector<MetadataColumnDefinition> metadata;
  // Beyond options: combinations, types. Called when the table is used, as source or sink. May be null.
  std::function<Status(const Table&, bool as_sink)> validate;
  // The row kinds this table gives as a source. Null: insert-only.
  std::function<Result<ChangelogMode>(const Table&)> source_mode;
  // The row kinds the sink takes of those `offered` (with a primary key usually upsert). Null: insert-only.
  std::function<Result<ChangelogMode>(const Table&, ChangelogMode offered)> sink_mode;
  // Whether a bounded read of this table ends by itself.
  std::function<bool(const Table&)> is_bounded;
  // "exactly-once" | "at-least-once", with the reason, for EXPLAIN. Null for sources.
  std::function<std::string(const Table&)> delivery;
};

struct FormatSpec {
  std::string name;
  std::string sentence;
  bool decodes = false;
  bool encodes = false;
  std::vector<OptionDefinition> options;  // without the format's name in front
};

class ConnectorDirectory {
 public:
  ConnectorDirectory(std::vector<ConnectorSpec> connectors, std::vector<FormatSpec> formats)
      : connectors_(std::move(connectors)), formats_(std::move(formats)) {}
  // kNotFound in Flink's words: "Could not find any factory for identifier 'kafkaa' …", with the nearest name.
  [[nodiscard]] Result<const ConnectorSpec*> find(std::string_view name) const;
  [[nodiscard]] Result<const FormatSpec*> find_format(std::string_view name) const;
  [[nodiscard]] std::span<const ConnectorSpec> connectors() const { return connectors_; }
  [[nodiscard]] std::span<const FormatSpec> formats() const { return formats_; }
  // Known keys, required keys, value types and choices, format options; then ConnectorSpec::validate.
  [[nodiscard]] Status check(const Table& table, bool as_sink) const;

 private:
  std::vector<ConnectorSpec> connectors_;
  std::vector<FormatSpec> formats_;
};

}  // namespace millstream::catalog
