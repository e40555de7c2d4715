// Splitting a sink's columns over key and value encoders.
#include "connector/record_encoding.h"

#include <algorithm>

#include "connector/record_decoding.h"

namespace millstream::connector {

Result<std::unique_ptr<RecordEncoding>> RecordEncoding::make(const catalog::Table& table, const column::Schema& input) {
  MS_TRY(check_key_options(table));
  auto made = std::make_unique<RecordEncoding>();
  const column::Schema schema = table.physical_schema();
  CHECK(input.size() >= schema.size());
  const std::vector<std::string> keys = key_fields(table);
  const std::string prefix = table.option_or("key.fields-prefix", "");
  column::Schema key_schema, value_schema;
  // Keys in the order of 'key.fields', as Flink writes them.
  for (const std::string& key : keys) {
    const int index = schema.index_of(key);
    made->key_columns_.push_back(index);
    key_schema.fields.push_back(schema.fields[static_cast<size_t>(index)]);
    key_schema.fields.back().name.erase(0, prefix.size());
  }
  for (size_t i = 0; i < schema.size(); ++i) {
    if (value_excludes_key(table) && std::ranges::find(keys, schema.fields[i].name) != keys.end()) continue;
    made->value_columns_.push_back(static_cast<int>(i));
    value_schema.fields.push_back(schema.fields[i]);
  }
  const ChosenFormat format = value_format(table);
  MS_ASSIGN(made->value_encoder_,
            format::make_encoder(format.name, value_schema, format_options(table, format.prefix, format.name)));
  if (!keys.empty()) {
    const std::string key_format = table.option_or("key.format", "");
    MS_ASSIGN(made->key_encoder_,
              format::make_encoder(key_format, key_schema, format_options(table, "key.", key_format)));
  }
  return made;
}

Status RecordEncoding::encode(const column::Batch& batch) {
  const auto choose = [&](const std::vector<int>& columns) {
    chosen_.clear();
    for (const int index : columns) chosen_.push_back(batch.columns[static_cast<size_t>(index)]);
  };
  values_.clear();
  choose(value_columns_);
  MS_TRY(value_encoder_->encode(chosen_, batch.rows(), values_));
  if (key_encoder_) {
    keys_.clear();
    choose(key_columns_);
    MS_TRY(key_encoder_->encode(chosen_, batch.rows(), keys_));
  }
  return {};
}

}  // namespace millstream::connector
