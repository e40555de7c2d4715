// Decoding records one after the other, with the order of fields guessed from the record before.
#include "format/json_decoder.h"

#include <algorithm>
#include <utility>

#include "format/internal/json_converter.h"
#include "format/internal/straight_reader.h"

namespace millstream::format {
namespace {

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(const column::Schema& fields, const JsonOptions& options, std::span<const FieldPath> unread)
      : options_(options),
        schema_(fields),
        stored_(fields.size()),
        converter_(options_, any_decimal(fields)),
        straight_(fields, options_) {
    for (const column::Type::Field& field : fields.fields) quoted_names_.push_back(field.name + "\"");
    for (const FieldPath& path : unread) {
      Stored* at = &stored_[static_cast<size_t>(path[0])];
      for (const int field : std::span(path).subspan(1)) at = &at->fields[field];
      at->values = false;
    }
  }

  void decode(std::span<const std::string_view> records, const std::shared_ptr<const void>& owner,
              Decoded& out) override {
    out.columns.clear();
    out.kept.clear();
    out.problems.clear();
    columns_.clear();
    for (size_t i = 0; i < schema_.size(); ++i)
      columns_.emplace_back(schema_.fields[i].type, records.size(), &stored_[i]);
    straight_.bind(columns_);
    out.kept.reserve(records.size());
    for (uint32_t position = 0; position < records.size(); ++position) {
      const std::string_view record = records[position];
      if (record.empty()) continue;
      const bool awake = straight_.is_awake();
      if ((awake && straight_.read(record, position)) || decode_record(record, position, awake, out))
        out.kept.push_back(position);
    }
    for (GrowingColumn& column : columns_) out.columns.push_back(column.finish(records.size(), owner));
    columns_.clear();
  }

 private:
  using Outcome = JsonConverter::Outcome;
  static constexpr int kUnread = -1;

  // The names of the last record in order, with closing quotes, and which field each one is.
  struct Expected {
    std::string quoted = std::string(1, '\0');  // no name begins like this
    int field = kUnread;
  };

  static bool any_decimal(const column::Schema& fields) {
    const auto has = [](const auto& self, const column::Type& type) -> bool {
      if (type.kind() == column::TypeKind::kDecimal) return true;
      return type.is_nested() && std::ranges::any_of(type.fields(), [&](const auto& f) { return self(self, f.type); });
    };
    return std::ranges::any_of(fields.fields, [&](const auto& f) { return has(has, f.type); });
  }

  // `learns`: the order of the record's names is worth remembering.
  bool decode_record(std::string_view record, uint32_t position, bool learns, Decoded& out) {
    // Files that were written on Windows begin with a byte order mark.
    if (record.starts_with("\xef\xbb\xbf")) record.remove_prefix(3);
    JsonTokens tokens;
    const size_t problems_before = out.problems.size();
    const char* problem = nullptr;
    switch (scanner_.scan(record, tokens)) {
      case JsonScan::kOk:
        problem = read_object(tokens, position, out);
        break;
      case JsonScan::kControlCharacter:
        problem = decode_with_control_characters(record, position, out);
        break;
      case JsonScan::kEmpty:
        problem = "No content to map due to end-of-input";
        break;
      case JsonScan::kBadUtf8:
        problem = "Invalid UTF-8";
        break;
      case JsonScan::kOpenString:
        problem = "a string is not closed";
        break;
      case JsonScan::kTooLarge:
        problem = "the record is too large";
        break;
    }
    if (problem == nullptr) {
      if (learns && problems_before == out.problems.size() && tokens.count() > 0) straight_.learn(tokens);
      return true;
    }
    out.problems.resize(problems_before);
    DecodeProblem refused;
    refused.kind = options_.ignore_parse_errors ? DecodeProblem::Kind::kSkipped : DecodeProblem::Kind::kRefused;
    refused.position = position;
    refused.field = failed_field_;
    constexpr size_t kShown = 500;
    refused.message = "Failed to deserialize JSON '" + std::string(record.substr(0, kShown)) +
                      (record.size() > kShown ? "…" : "") + "'. ";
    refused.message += problem;
    out.problems.push_back(std::move(refused));
    return false;
  }

  // Rare: the record is copied with its control characters escaped, and strings are copied out of the copy's buffer.
  const char* decode_with_control_characters(std::string_view record, uint32_t position, Decoded& out) {
    auto escaped = std::make_shared<std::string>(escape_control_characters(record));
    const size_t size = escaped->size();
    escaped->append(kDecodePadding, ' ');
    JsonTokens tokens;
    if (scanner_.scan(std::string_view(*escaped).substr(0, size), tokens) != JsonScan::kOk)
      return "the record is no JSON";
    const char* problem = read_object(tokens, position, out);
    for (GrowingColumn& column : columns_) column.keep_alive(escaped);
    return problem;
  }

  // Null on success, else what is wrong; failed_field_ says where.
  const char* read_object(const JsonTokens& tokens, uint32_t position, Decoded& out) {
    failed_field_ = -1;
    if (tokens.first(0) == '[') return "an array of rows is not supported yet, a record is one object";
    if (tokens.first(0) != '{') return "No content to map due to end-of-input";
    const size_t wanted = columns_.size();
    size_t matched = 0;
    size_t ordinal = 0;
    uint32_t token = 1;
    if (tokens.first(token) == '}') return finish_object(matched);
    while (true) {
      if (tokens.first(token) != '"') return kSyntax;
      int field = kUnread;
      // Flink reads as many fields as it wants and steps over the rest, repeated names included.
      if (matched < wanted) {
        if (ordinal < expected_.size() && tokens.is_name(token, expected_[ordinal].quoted))
          field = expected_[ordinal].field;
        else if (!look_up(tokens, token, ordinal, field))
          return kSyntax;
      }
      ++ordinal;
      if (tokens.first(token + 1) != ':') return kSyntax;
      token += 2;
      if (field == kUnread) {
        token = tokens.skip(token);
        if (token == 0) return kSyntax;
      } else {
        ++matched;
        if (const char* problem = read_field(tokens, token, field, position, out)) return problem;
      }
      const char next = tokens.first(token++);
      if (next == '}') break;
      if (next != ',') return kSyntax;
    }
    // What follows the object is not looked at.
    return finish_object(matched);
  }

  const char* finish_object(size_t matched) {
    if (options_.fail_on_missing_field && matched < columns_.size()) return "Some field is missing in the JSON data.";
    return nullptr;
  }

  const char* read_field(const JsonTokens& tokens, uint32_t& token, int field, uint32_t position, Decoded& out) {
    GrowingColumn& column = columns_[static_cast<size_t>(field)];
    const Outcome outcome = converter_.convert(tokens, token, column, position);
    if (outcome == Outcome::kValue && converter_.nested_nulls() == 0) return nullptr;
    if (outcome == Outcome::kSyntax) return kSyntax;
    if (outcome == Outcome::kField) {
      failed_field_ = field;
      message_ = "Fail to deserialize at field: " + schema_.fields[static_cast<size_t>(field)].name + ". " +
                 converter_.complaint();
      converter_.reset();
      return message_.c_str();
    }
    for (int i = outcome == Outcome::kNulled ? -1 : 0; i < converter_.nested_nulls(); ++i) {
      out.problems.push_back({DecodeProblem::Kind::kNulled, position, field, converter_.complaint()});
    }
    converter_.reset();
    return nullptr;
  }

  // The slow way to a name; remembers it for the next record. False: no name at all.
  bool look_up(const JsonTokens& tokens, uint32_t token, size_t ordinal, int& field) {
    std::string_view name;
    if (!tokens.string(token, name)) return false;
    std::string unescaped;
    const bool escaped = has_escape(name);
    if (escaped) {
      if (!append_unescaped(unescaped, name)) return false;
      name = unescaped;
    }
    const auto found = std::ranges::find_if(quoted_names_, [&](const std::string& quoted) {
      return quoted.size() == name.size() + 1 && quoted.starts_with(name);
    });
    field = found == quoted_names_.end() ? kUnread : static_cast<int>(found - quoted_names_.begin());
    constexpr size_t kRemembered = 256;
    if (!escaped && ordinal < kRemembered) {
      if (expected_.size() <= ordinal) expected_.resize(ordinal + 1);
      expected_[ordinal].quoted.assign(name).push_back('"');
      expected_[ordinal].field = field;
    }
    return true;
  }

  static constexpr const char* kSyntax = "the record is no JSON object";

  JsonOptions options_;
  column::Schema schema_;
  std::vector<Stored> stored_;  // per field
  JsonConverter converter_;
  JsonScanner scanner_;
  StraightReader straight_;
  std::vector<std::string> quoted_names_;
  std::vector<Expected> expected_;
  std::vector<GrowingColumn> columns_;
  std::string message_;
  int failed_field_ = -1;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(const column::Schema& fields, const JsonOptions& options,
                                                   std::span<const FieldPath> unread) {
  for (const column::Type::Field& field : fields.fields) MS_TRY(check_json_type(field.type));
  return std::make_unique<JsonDecoder>(fields, options, unread);
}

}  // namespace millstream::format
