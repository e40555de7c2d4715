// One JSON value into one position of a column: the conversions of Flink's JsonParserToRowDataConverters.
//
// Belongs to one decoder. Reports what went wrong instead of deciding what follows from it.
#pragma once

#include <string>
#include <vector>

#include "format/internal/growing_column.h"
#include "format/internal/json_scanner.h"
#include "format/json_options.h"

namespace millstream::format {

class JsonConverter {
 public:
  JsonConverter(const JsonOptions& options, bool exact_trees) : options_(options), exact_trees_(exact_trees) {}

  enum class Outcome : uint8_t {
    kValue,   // set, or NULL because the JSON says null
    kNulled,  // NULL: the value has the wrong form and ignore-parse-errors is on, or a DECIMAL does not fit;
              // complaint() says why
    kField,   // the value has the wrong form; complaint() says why
    kSyntax,  // the record is no JSON
  };
  // Converts the value at `token` and moves `token` behind it (except for kSyntax).
  Outcome convert(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into, size_t position);
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  // How many nested fields of the last value became NULL, for the count.
  [[nodiscard]] int nested_nulls() const { return nested_nulls_; }
  void reset() { nested_nulls_ = 0; }

 private:
  bool scalar(const JsonTokens& tokens, uint32_t token, GrowingColumn& into, size_t position, bool& nulled);
  bool text_value(const JsonTokens& tokens, uint32_t token, std::string_view& text, bool& copied);
  bool number(const JsonTokens& tokens, uint32_t token, GrowingColumn& into, size_t position);
  bool decimal(std::string_view text, GrowingColumn& into, size_t position, bool& nulled);
  bool timestamp(std::string_view text, GrowingColumn& into, size_t position);
  Outcome array(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into, size_t position);
  Outcome map(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into, size_t position);
  Outcome row(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into, size_t position);
  Outcome element(const JsonTokens& tokens, uint32_t& token, GrowingColumn& into, size_t position,
                  std::string_view name);
  bool complain(std::string_view what, std::string_view text);

  const JsonOptions& options_;
  bool exact_trees_;
  std::string complaint_;
  std::string scratch_;
  int nested_nulls_ = 0;
};

}  // namespace millstream::format
