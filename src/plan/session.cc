// The table of settings, and setting, reading and documenting them.
#include "plan/session.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/text.h"
#include "plan/internal/fixed_settings.h"

namespace millstream::plan {
namespace {

using catalog::OptionType;

const SettingDefinition* find_definition(std::string_view key) {
  for (const SettingDefinition& definition : SessionSettings::definitions()) {
    if (definition.key == key) return &definition;
  }
  return nullptr;
}

std::unexpected<Error> bad_value(const std::string& key, const std::string& value, const std::string& wants) {
  return fail(ErrorCode::kInvalidArgument,
              "Could not parse value '" + value + "' for key '" + key + "': it takes " + wants + ".");
}

std::optional<double> parse_number(const std::string& text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status check_type(const std::string& key, const std::string& value, OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      if (!parse_boolean(value)) return bad_value(key, value, "true or false");
      return {};
    case OptionType::kInteger:
      if (!parse_integer(value)) return bad_value(key, value, "a whole number");
      return {};
    case OptionType::kDuration: {
      const auto parsed = parse_duration(value);
      if (!parsed || parsed->value < 0) return bad_value(key, value, "a duration such as '5 s' or '1 min'");
      return {};
    }
    case OptionType::kSize:
      if (!parse_size(value)) return bad_value(key, value, "a size such as '64 mb'");
      return {};
    case OptionType::kDouble:
      if (!parse_number(value)) return bad_value(key, value, "a number");
      return {};
    case OptionType::kString:
    case OptionType::kEnum:
    case OptionType::kList:
      return {};
  }
  return {};
}

bool same_value(OptionType type, const std::string& a, const std::string& b) {
  switch (type) {
    case OptionType::kDuration: {
      const auto left = parse_duration(a);
      const auto right = parse_duration(b);
      return left && right && *left == *right;
    }
    case OptionType::kSize: {
      const auto left = parse_size(a);
      const auto right = parse_size(b);
      return left && right && *left == *right;
    }
    case OptionType::kDouble:
      return parse_number(a) == parse_number(b);
    default:
      return equals_ignoring_case(a, b);
  }
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const SettingDefinition& definition : SessionSettings::definitions()) keys.push_back(definition.key);
  for (const FixedSetting& fixed : fixed_settings()) keys.emplace_back(fixed.key);
  return keys;
}

std::unexpected<Error> unknown_key(const std::string& key) {
  const std::vector<std::string> keys = all_keys();
  const auto near = nearest(key, keys);
  return fail(ErrorCode::kNotFound, "There is no setting '" + key + "'.",
              near ? "did you mean '" + *near + "'?" : "docs/settings.md lists the settings");
}

}  // namespace

const std::vector<SettingDefinition>& SessionSettings::definitions() {
  static const std::vector<SettingDefinition> kDefinitions = {
      {"execution.checkpointing.interval",
       OptionType::kDuration,
       "1 s",
       "Time between two checkpoints of a job, and so between two commits of its sinks. Unset: the server's "
       "`engine.checkpoint-interval`.",
       {},
       "Flink takes no checkpoints unless it is set."},
      {"execution.runtime-mode",
       OptionType::kEnum,
       "streaming",
       "streaming: results change as rows come. batch: bounded input, one final result.",
       {"streaming", "batch"},
       ""},
      {"parallelism.default", OptionType::kInteger, "1", "Tasks per stage of a job.", {}, ""},
      {"pipeline.auto-watermark-interval",
       OptionType::kDuration,
       "200 ms",
       "The least time between two watermarks of a source; 0: a watermark behind each row that raises it.",
       {},
       ""},
      {"pipeline.name", OptionType::kString, "", "The name of the next jobs; empty: made from their sinks.", {}, ""},
      {"sql-client.execution.result-mode",
       OptionType::kEnum,
       "table",
       "How Flink's own client shows a query's result; `millstream sql` prints the changes in each mode.",
       {"table", "changelog", "tableau"},
       ""},
      {"table.dml-sync",
       OptionType::kBoolean,
       "false",
       "Whether INSERT and statement sets wait until their job has finished.",
       {},
       ""},
      {"table.dynamic-table-options.enabled",
       OptionType::kBoolean,
       "true",
       "Whether OPTIONS hints may override a table's options.",
       {},
       ""},
      {"table.exec.sink.keyed-shuffle",
       OptionType::kEnum,
       "AUTO",
       "Rows to a sink with a primary key are hashed by it: AUTO where needed, NONE never, FORCE always.",
       {"AUTO", "NONE", "FORCE"},
       "AUTO hashes insert-only rows too, and not where one task writes."},
      {"table.exec.sink.not-null-enforcer",
       OptionType::kEnum,
       "ERROR",
       "A NULL for a NOT NULL column of a sink: ERROR fails the job, DROP drops the row.",
       {"ERROR", "DROP"},
       ""},
      {"table.exec.sink.require-on-conflict",
       OptionType::kBoolean,
       "false",
       "Whether INSERT without ON CONFLICT is refused where the query's key is not the sink's primary key.",
       {},
       "Flink's default is true, which refuses files written for Flink 1.x."},
      {"table.exec.sink.upsert-materialize",
       OptionType::kEnum,
       "AUTO",
       "Whether changes are put in order in front of a sink with a primary key: AUTO where they can be out of order.",
       {"AUTO", "NONE", "FORCE"},
       ""},
      {"table.exec.source.idle-timeout",
       OptionType::kDuration,
       "0 ms",
       "A split without rows for this long does not hold back the watermark; 0: it does.",
       {},
       ""},
      {"table.exec.state.ttl",
       OptionType::kDuration,
       "0 ms",
       "State of a key that did not change for this long is dropped; 0: never.",
       {},
       ""},
      {"table.local-time-zone",
       OptionType::kString,
       "default",
       "The time zone of TIMESTAMP_LTZ texts and of the current date; an IANA name, or default.",
       {},
       "default is UTC; Flink takes the machine's zone."},
  };
  return kDefinitions;
}

Status SessionSettings::set(const std::string& key, const std::string& value) {
  if (const SettingDefinition* definition = find_definition(key)) {
    MS_TRY(check_type(key, value, definition->type));
    if (!definition->choices.empty() && std::ranges::none_of(definition->choices, [&](const std::string& choice) {
          return equals_ignoring_case(choice, value);
        })) {
      return bad_value(key, value, "one of " + join(definition->choices, ", "));
    }
    if (key == "parallelism.default") {
      const auto parsed = parse_integer(value);
      if (*parsed < 1 || *parsed > 128) return bad_value(key, value, "a number from 1 to 128");
    }
    values_[key] = value;
    return {};
  }
  for (const FixedSetting& fixed : fixed_settings()) {
    if (fixed.key != key) continue;
    MS_TRY(check_type(key, value, fixed.type));
    if (!same_value(fixed.type, value, std::string(fixed.value))) {
      return fail(
          ErrorCode::kUnsupported, "Setting '" + key + "' to '" + value + "' is not supported yet.",
          fixed.value.empty() ? "leave it unset" : "Millstream works as with '" + std::string(fixed.value) + "'");
    }
    values_[key] = value;
    return {};
  }
  return unknown_key(key);
}

Status SessionSettings::reset(const std::string& key) {
  if (values_.erase(key) > 0) return {};
  const std::vector<std::string> keys = all_keys();
  if (std::ranges::find(keys, key) == keys.end()) return unknown_key(key);
  return {};
}

std::string SessionSettings::get(std::string_view key) const {
  if (const auto found = values_.find(std::string(key)); found != values_.end()) return found->second;
  if (const SettingDefinition* definition = find_definition(key)) return definition->default_value;
  for (const FixedSetting& fixed : fixed_settings()) {
    if (fixed.key == key) return std::string(fixed.value);
  }
  CHECK(!"a known setting");
  return {};
}

Millis SessionSettings::duration(std::string_view key) const {
  const auto parsed = parse_duration(get(key));
  CHECK(parsed.has_value());
  return *parsed;
}

int SessionSettings::parallelism() const { return static_cast<int>(*parse_integer(get("parallelism.default"))); }
Millis SessionSettings::checkpoint_interval() const { return duration("execution.checkpointing.interval"); }
Millis SessionSettings::watermark_interval() const { return duration("pipeline.auto-watermark-interval"); }
Millis SessionSettings::idle_timeout() const { return duration("table.exec.source.idle-timeout"); }
Millis SessionSettings::state_ttl() const { return duration("table.exec.state.ttl"); }
bool SessionSettings::is_streaming() const { return equals_ignoring_case(get("execution.runtime-mode"), "streaming"); }
bool SessionSettings::dml_sync() const { return *parse_boolean(get("table.dml-sync")); }
std::string SessionSettings::time_zone() const {
  std::string zone = get("table.local-time-zone");
  return zone == "default" ? "UTC" : zone;
}
std::string SessionSettings::job_name() const { return get("pipeline.name"); }
bool SessionSettings::drops_nulls() const {
  return equals_ignoring_case(get("table.exec.sink.not-null-enforcer"), "DROP");
}

}  // namespace millstream::plan
