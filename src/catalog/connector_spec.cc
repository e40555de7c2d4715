// Finding connectors and formats by name, and checking a table's options against what they declare.
#include "catalog/connector_spec.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"

namespace millstream::catalog {
namespace {

constexpr std::string_view kFactoryInterface = "org.apache.flink.table.factories.DynamicTableFactory";
constexpr std::string_view kFormatInterface = "org.apache.flink.table.factories.DeserializationFormatFactory";

template <typename Spec>
Result<const Spec*> find_named(const std::vector<Spec>& specs, std::string_view name, std::string_view interface) {
  std::vector<std::string> names;
  for (const Spec& spec : specs) {
    if (spec.name == name) return &spec;
    names.push_back(spec.name);
  }
  std::ranges::sort(names);
  std::string hint;
  if (const auto near = nearest(name, names)) hint = "did you mean '" + *near + "'? ";
  hint += "Available factory identifiers are: " + join(names, ", ");
  return fail(ErrorCode::kNotFound,
              "Could not find any factory for identifier '" + std::string(name) + "' that implements '" +
                  std::string(interface) + "' in the classpath.",
              std::move(hint));
}

// One option as it may be written in this table: the definition and what stands in front of its key.
struct KnownOption {
  std::string key;  // with the format's prefix
  const OptionDefinition* definition;
};

// "properties.*" matches any longer key; "fields.#.min" matches one part that is not empty (and may have dots).
bool matches(std::string_view pattern, std::string_view key) {
  if (pattern.ends_with(".*")) {
    const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
    return key.starts_with(prefix) && key.size() > prefix.size();
  }
  const size_t hash = pattern.find('#');
  if (hash == std::string_view::npos) return pattern == key;
  const std::string_view front = pattern.substr(0, hash);
  const std::string_view back = pattern.substr(hash + 1);
  return key.size() > front.size() + back.size() && key.starts_with(front) && key.ends_with(back);
}

std::unexpected<Error> bad_value(const std::string& key, const std::string& value, const std::string& wants) {
  return fail(ErrorCode::kInvalidArgument,
              "Invalid value for option '" + key + "': '" + value + "' is not " + wants + ".");
}

Status check_value(const std::string& key, const std::string& value, const OptionDefinition& definition) {
  if (!definition.choices.empty()) {
    for (const std::string& choice : definition.choices) {
      if (equals_ignoring_case(choice, value)) return {};
    }
    auto error = bad_value(key, value, "one of " + join(definition.choices, ", "));
    if (const auto near = nearest(value, definition.choices)) error.error().hint = "did you mean '" + *near + "'?";
    return error;
  }
  switch (definition.type) {
    case OptionType::kInteger:
      if (!parse_integer(value)) return bad_value(key, value, "a whole number");
      break;
    case OptionType::kBoolean:
      if (!parse_boolean(value)) return bad_value(key, value, "true or false");
      break;
    case OptionType::kDuration:
      if (!parse_duration(value)) return bad_value(key, value, "a duration such as '5 s' or '200 ms'");
      break;
    case OptionType::kSize:
      if (!parse_size(value)) return bad_value(key, value, "a size such as '64 mb'");
      break;
    case OptionType::kDouble: {
      double parsed = 0;
      const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), parsed);
      if (code != std::errc() || end != value.data() + value.size()) return bad_value(key, value, "a number");
      break;
    }
    case OptionType::kString:
    case OptionType::kEnum:
    case OptionType::kList:
      break;
  }
  return {};
}

}  // namespace

Result<const ConnectorSpec*> ConnectorDirectory::find(std::string_view name) const {
  return find_named(connectors_, name, kFactoryInterface);
}

Result<const FormatSpec*> ConnectorDirectory::find_format(std::string_view name) const {
  return find_named(formats_, name, kFormatInterface);
}

Status ConnectorDirectory::check(const Table& table, bool as_sink) const {
  if (!table.options.contains("connector")) {
    return fail(ErrorCode::kInvalidArgument,
                "Table options do not contain an option key 'connector' for discovering a connector.",
                "add 'connector' = '…' to the WITH clause of table '" + table.name + "'");
  }
  MS_ASSIGN(const ConnectorSpec* spec, find(table.connector()));
  if (as_sink && !spec->is_sink) {
    return fail(ErrorCode::kInvalidArgument,
                "Connector '" + spec->name + "' can only be used as a source. It cannot be used as a sink.");
  }
  if (!as_sink && !spec->is_source) {
    return fail(ErrorCode::kInvalidArgument,
                "Connector '" + spec->name + "' can only be used as a sink. It cannot be used as a source.");
  }

  std::vector<KnownOption> known;
  for (const OptionDefinition& option : spec->options) known.push_back({option.key, &option});
  static const OptionDefinition kFormatOption{"format", OptionType::kString, false, {}, {}, {}};
  if (spec->needs_format) {
    bool has_value_format = false;
    for (const std::string_view prefix : {"", "key.", "value."}) {
      const std::string key = std::string(prefix) + "format";
      known.push_back({key, &kFormatOption});
      const auto chosen = table.options.find(key);
      if (chosen == table.options.end()) continue;
      if (prefix != "key.") has_value_format = true;
      MS_ASSIGN(const FormatSpec* format, find_format(chosen->second));
      if (as_sink ? !format->encodes : !format->decodes) {
        return fail(ErrorCode::kUnsupported,
                    "Format '" + format->name + "' cannot " + (as_sink ? "write rows." : "read rows."));
      }
      for (const OptionDefinition& option : format->options) {
        known.push_back({std::string(prefix) + format->name + "." + option.key, &option});
      }
    }
    if (!has_value_format) {
      return fail(ErrorCode::kInvalidArgument,
                  std::string("Could not find required ") + (as_sink ? "sink" : "scan") + " format 'format'.",
                  "add 'format' = 'json' (or another format) to the WITH clause");
    }
  }

  std::vector<std::string> unsupported;
  for (const auto& [key, value] : table.options) {
    if (key == "connector") continue;
    const auto found = std::ranges::find_if(known, [&](const KnownOption& option) { return matches(option.key, key); });
    if (found == known.end()) {
      unsupported.push_back(key);
      continue;
    }
    MS_TRY(check_value(key, value, *found->definition));
  }
  if (!unsupported.empty()) {
    std::set<std::string> names;
    for (const KnownOption& option : known) names.insert(option.key);
    const std::vector<std::string> supported(names.begin(), names.end());
    std::string hint;
    for (const std::string& key : unsupported) {
      if (const auto near = nearest(key, supported)) hint += "did you mean '" + *near + "' instead of '" + key + "'? ";
    }
    hint += "Supported options: connector, " + join(supported, ", ");
    return fail(ErrorCode::kInvalidArgument,
                "Unsupported options found for '" + spec->name + "'. Unsupported options: " + join(unsupported, ", "),
                std::move(hint));
  }

  std::vector<std::string> missing;
  for (const KnownOption& option : known) {
    if (option.definition->required && !table.options.contains(option.key)) missing.push_back(option.key);
  }
  if (!missing.empty()) {
    std::ranges::sort(missing);
    return fail(ErrorCode::kInvalidArgument,
                "One or more required options are missing. Missing required options are: " + join(missing, ", "));
  }
  if (spec->validate) return spec->validate(table, as_sink);
  return {};
}

}  // namespace millstream::catalog
