// Splitting a scan's columns over key and value decoders, and putting their results together.
#include "connector/record_decoding.h"

#include <algorithm>

#include "base/text.h"

namespace millstream::connector {

format::FormatOptions format_options(const catalog::Table& table, std::string_view prefix, std::string_view format) {
  const std::string start = std::string(prefix) + std::string(format) + ".";
  format::FormatOptions options;
  for (const auto& [key, value] : table.options) {
    if (key.starts_with(start)) options[key.substr(start.size())] = value;
  }
  return options;
}

ChosenFormat value_format(const catalog::Table& table) {
  if (const auto it = table.options.find("value.format"); it != table.options.end()) return {it->second, "value."};
  return {table.option_or("format", ""), ""};
}

std::vector<std::string> key_fields(const catalog::Table& table) {
  std::vector<std::string> names;
  const std::string text = table.option_or("key.fields", "");
  for (const std::string_view name : split(text, ';')) {
    if (!trim(name).empty()) names.emplace_back(trim(name));
  }
  return names;
}

bool value_excludes_key(const catalog::Table& table) {
  return equals_ignoring_case(table.option_or("value.fields-include", "ALL"), "EXCEPT_KEY");
}

Status check_key_options(const catalog::Table& table) {
  const std::vector<std::string> keys = key_fields(table);
  const bool has_format = table.options.contains("key.format");
  if (!keys.empty() && !has_format) {
    return fail(ErrorCode::kInvalidArgument,
                "The option 'key.fields' can only be declared if a key format is defined using 'key.format'.");
  }
  if (has_format && keys.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "A key format 'key.format' requires the declaration of one or more of key fields using 'key.fields'.");
  }
  const std::string prefix = table.option_or("key.fields-prefix", "");
  const column::Schema schema = table.physical_schema();
  for (const std::string& key : keys) {
    if (schema.index_of(key) < 0) {
      std::vector<std::string> names;
      for (const auto& field : schema.fields) names.push_back(field.name);
      const auto near = nearest(key, names);
      return fail(ErrorCode::kInvalidArgument,
                  "Could not find the field '" + key +
                      "' in the table schema for usage in the key format. A key field must be a regular, "
                      "physical column. The following columns can be selected in the 'key.fields' option: [" +
                      join(names, ", ") + "]",
                  near ? "Did you mean '" + *near + "'?" : "");
    }
    if (!key.starts_with(prefix)) {
      return fail(ErrorCode::kInvalidArgument, "All fields in 'key.fields' must be prefixed with '" + prefix +
                                                   "' when option 'key.fields-prefix' is set but field '" + key +
                                                   "' is not prefixed.");
    }
  }
  if (!prefix.empty() && !value_excludes_key(table)) {
    return fail(ErrorCode::kInvalidArgument,
                "A key prefix is not allowed when option 'value.fields-include' is set to 'ALL'. Set it to "
                "'EXCEPT_KEY' instead to avoid field overlaps.");
  }
  return {};
}

Result<std::unique_ptr<RecordDecoding>> RecordDecoding::make(const plan::TableScan& scan) {
  const catalog::Table& table = *scan.table;
  MS_TRY(check_key_options(table));
  auto made = std::make_unique<RecordDecoding>();
  made->table_ = table.name;
  const column::Schema schema = table.physical_schema();
  const std::vector<std::string> keys = key_fields(table);
  const bool except_key = value_excludes_key(table);
  const std::string prefix = table.option_or("key.fields-prefix", "");
  for (const int index : scan.decoded) {
    column::Type::Field field = schema.fields[static_cast<size_t>(index)];
    const bool is_key = std::ranges::find(keys, field.name) != keys.end();
    // A field in both places is the value's: Flink copies the key's fields first.
    Column column;
    column.from_key = is_key && except_key;
    column::Schema& into = column.from_key ? made->key_schema_ : made->value_schema_;
    if (column.from_key) field.name = field.name.substr(prefix.size());
    column.field = into.fields.size();
    into.fields.push_back(std::move(field));
    made->columns_.push_back(column);
  }
  std::vector<format::FieldPath> key_unread, value_unread;
  for (format::FieldPath path : scan.unread) {
    const Column& column = made->columns_[static_cast<size_t>(path[0])];
    path[0] = static_cast<int>(column.field);
    (column.from_key ? key_unread : value_unread).push_back(std::move(path));
  }
  const ChosenFormat format = value_format(table);
  if (format.name == "raw" && made->value_schema_.fields.empty()) {
    // The format wants its one column even if the query does not.
    for (const auto& field : schema.fields) {
      if (std::ranges::find(keys, field.name) == keys.end() || !except_key) made->value_schema_.fields.push_back(field);
    }
  }
  MS_ASSIGN(made->value_decoder_,
            format::make_decoder(format.name, made->value_schema_, format_options(table, format.prefix, format.name),
                                 value_unread));
  if (!made->key_schema_.fields.empty()) {
    const std::string key_format = table.option_or("key.format", "");
    MS_ASSIGN(made->key_decoder_, format::make_decoder(key_format, made->key_schema_,
                                                       format_options(table, "key.", key_format), key_unread));
  }
  return made;
}

Status RecordDecoding::report(const std::string& split, const column::Origin& origin, const format::Decoded& decoded,
                              bool key, stream::SourceOutput& out) {
  for (const format::DecodeProblem& problem : decoded.problems) {
    stream::BadRow row;
    row.message = problem.message;
    row.operator_name = "source " + table_;
    row.origin = &origin;
    row.position = problem.position;
    if (problem.kind == format::DecodeProblem::Kind::kRefused) {
      MS_TRY(out.refuse(split, row));
      continue;
    }
    const column::Schema& schema = key ? key_schema_ : value_schema_;
    const bool whole = problem.kind == format::DecodeProblem::Kind::kSkipped || problem.field < 0;
    out.bad_rows().nulled(whole ? std::string_view() : schema.fields[static_cast<size_t>(problem.field)].name, row);
  }
  return {};
}

Status RecordDecoding::decode_and_emit(const std::string& split, std::shared_ptr<const column::Origin> origin,
                                       std::vector<column::VectorPtr> metadata, stream::SourceOutput& out) {
  value_decoder_->decode(origin->raw_values, origin->owner, value_);
  if (!value_.problems.empty()) MS_TRY(report(split, *origin, value_, false, out));
  std::vector<uint32_t> kept = std::move(value_.kept);
  if (key_decoder_) {
    key_decoder_->decode(origin->raw_keys, origin->owner, key_);
    if (!key_.problems.empty()) MS_TRY(report(split, *origin, key_, true, out));
    std::vector<uint32_t> both;
    std::ranges::set_intersection(kept, key_.kept, std::back_inserter(both));
    kept = std::move(both);
  }
  if (kept.empty()) return {};
  column::Batch batch;
  batch.length = origin->raw_values.size();
  for (const Column& column : columns_) {
    batch.columns.push_back(column.from_key ? key_.columns[column.field] : value_.columns[column.field]);
  }
  for (column::VectorPtr& vector : metadata) batch.columns.push_back(std::move(vector));
  if (kept.size() < batch.length) batch.selection = std::make_shared<const std::vector<uint32_t>>(std::move(kept));
  batch.origin = std::move(origin);
  return out.emit(split, std::move(batch));
}

}  // namespace millstream::connector
