// From a sink's batches to the bytes of records: values, and keys if the table has them.
//
// One per writer, on its thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "catalog/table.h"
#include "column/batch.h"
#include "format/encoder.h"

namespace millstream::connector {

class RecordEncoding {
 public:
  // `input`: the table's physical columns in order (metadata columns behind them are not looked at).
  static Result<std::unique_ptr<RecordEncoding>> make(const catalog::Table& table, const column::Schema& input);

  // Encodes the batch's rows; key(i) and value(i) are valid until the next call.
  Status encode(const column::Batch& batch);
  [[nodiscard]] bool has_keys() const { return key_encoder_ != nullptr; }
  [[nodiscard]] size_t size() const { return values_.size(); }
  [[nodiscard]] std::string_view key(size_t i) const { return keys_[i]; }
  [[nodiscard]] std::string_view value(size_t i) const { return values_[i]; }

 private:
  std::vector<int> key_columns_;
  std::vector<int> value_columns_;
  std::unique_ptr<format::Encoder> key_encoder_;
  std::unique_ptr<format::Encoder> value_encoder_;
  format::EncodedRows keys_;
  format::EncodedRows values_;
  std::vector<column::VectorPtr> chosen_;
};

}  // namespace millstream::connector
