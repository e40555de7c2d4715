// Reading the json format's options; names, values and complaints are those of Flink's JsonFormatOptions.
#include "format/json_options.h"

#include <array>

#include "base/text.h"

namespace millstream::format {
namespace {

std::unexpected<Error> bad_value(std::string_view key, std::string_view value, std::string_view choices) {
  return fail(ErrorCode::kInvalidArgument,
              "Unsupported value '" + std::string(value) + "' for 'json." + std::string(key) + "'.",
              "Supported values are " + std::string(choices) + ".");
}

}  // namespace

Result<JsonOptions> read_json_options(const FormatOptions& options) {
  static const std::array<std::string, 8> kKnown = {"ignore-parse-errors",       "fail-on-missing-field",
                                                    "timestamp-format.standard", "map-null-key.mode",
                                                    "map-null-key.literal",      "encode.decimal-as-plain-number",
                                                    "encode.ignore-null-fields", "decode.json-parser.enabled"};
  JsonOptions result;
  for (const auto& [key, value] : options) {
    const auto flag = [&key = key, &value = value](bool& into) -> Status {
      const auto parsed = parse_boolean(value);
      if (!parsed) return bad_value(key, value, "true and false");
      into = *parsed;
      return {};
    };
    if (key == "ignore-parse-errors") {
      MS_TRY(flag(result.ignore_parse_errors));
    } else if (key == "fail-on-missing-field") {
      MS_TRY(flag(result.fail_on_missing_field));
    } else if (key == "timestamp-format.standard") {
      if (value == "SQL")
        result.timestamps = TimestampStandard::kSql;
      else if (value == "ISO-8601")
        result.timestamps = TimestampStandard::kIso8601;
      else
        return bad_value(key, value, "[SQL, ISO-8601]");
    } else if (key == "map-null-key.mode") {
      if (equals_ignoring_case(value, "FAIL"))
        result.map_null_key = MapNullKey::kFail;
      else if (equals_ignoring_case(value, "DROP"))
        result.map_null_key = MapNullKey::kDrop;
      else if (equals_ignoring_case(value, "LITERAL"))
        result.map_null_key = MapNullKey::kLiteral;
      else
        return bad_value(key, value, "[LITERAL, FAIL, DROP]");
    } else if (key == "map-null-key.literal") {
      result.map_null_key_literal = value;
    } else if (key == "encode.decimal-as-plain-number") {
      MS_TRY(flag(result.decimal_as_plain_number));
    } else if (key == "encode.ignore-null-fields") {
      MS_TRY(flag(result.ignore_null_fields));
    } else if (key == "decode.json-parser.enabled") {
      bool parser = true;
      MS_TRY(flag(parser));
      if (!parser) {
        return fail(ErrorCode::kUnsupported, "'json.decode.json-parser.enabled' = 'false' is not supported.",
                    "Records are always read by the streaming parser; leave the option out.");
      }
    } else {
      const auto near = nearest(key, kKnown);
      return fail(ErrorCode::kInvalidArgument, "Unknown option 'json." + key + "'.",
                  near ? "Did you mean 'json." + *near + "'?" : "");
    }
  }
  if (result.ignore_parse_errors && result.fail_on_missing_field) {
    return fail(ErrorCode::kInvalidArgument, "fail-on-missing-field and ignore-parse-errors shouldn't both be true.");
  }
  return result;
}

Status check_json_type(const column::Type& type) {
  using column::TypeKind;
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kMultiset: {
      const column::Type& key = type.kind() == TypeKind::kMap ? type.key() : type.element();
      if (!key.is_character()) {
        return fail(ErrorCode::kUnsupported,
                    "JSON format doesn't support non-string as key type of map. The type is: " + type.to_sql());
      }
      return type.kind() == TypeKind::kMap ? check_json_type(type.value()) : Status{};
    }
    case TypeKind::kArray:
      return check_json_type(type.element());
    case TypeKind::kRow:
      for (const column::Type::Field& field : type.fields()) MS_TRY(check_json_type(field.type));
      return {};
    default:
      return {};
  }
}

}  // namespace millstream::format
