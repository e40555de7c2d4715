// JSON records of the usual form into columns in one pass over their bytes, without tokens in between.
//
// Usual means: every object names its fields in the order that learn() saw, strings have no escapes, and every value is
// written as its column's type wants it. Anything else, broken or just uncommon, is left to the decoder's full way,
// which alone knows Flink's leniencies and messages; so a record read here is one that the full way reads to the same
// row. That UTF-8 is valid and strings hold no control characters is checked here as there. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "format/internal/growing_column.h"
#include "format/internal/json_scanner.h"
#include "format/internal/json_values.h"
#include "format/json_options.h"

namespace millstream::format {

class StraightReader {
 public:
  StraightReader(const column::Schema& fields, const JsonOptions& options);

  // The columns that read() writes, one per field; until the next bind().
  void bind(std::span<GrowingColumn> columns);
  // False: the record is for the full way, and the position is as it was. It has kDecodePadding readable bytes behind
  // it.
  bool read(std::string_view record, size_t position);
  // Whether it is worth calling read() for the next record: after failures it rests, the longer the more there were.
  [[nodiscard]] bool is_awake() {
    if (resting_ == 0) return true;
    --resting_;
    return false;
  }
  // Remembers the order of names in a record that the full way read without a problem.
  void learn(const JsonTokens& tokens);

 private:
  enum class Form : uint8_t {
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kDouble,
    kFloat,
    kBoolean,
    kText,
    kDecimal,
    kDate,
    kTime,
    kTimestamp,
    kRow,
    kOther
  };
  static constexpr size_t kLongestName = 56;
  static constexpr int kSkipped = -1;

  // A name as it stands behind its opening quote, up to the colon.
  struct Name {
    std::array<char, 64> text{};
    uint32_t size = 0;
    uint64_t last_mask = 0;  // of the bytes behind the last full eight
    int field = kSkipped;
  };
  struct Node {
    column::Type type;
    Form form = Form::kOther;
    bool zoned = false;
    std::byte* values = nullptr;
    uint64_t* valid = nullptr;
    size_t place_mask = 0;    // a position's place in both
    std::vector<Name> names;  // of a row, in the order of records
    std::vector<Node> fields;
  };

  static Node node_of(const column::Type& type);
  static void bind_node(Node& node, GrowingColumn& column);
  static bool is_name(const Name& name, const char* at);

  // Each returns what is behind the value that starts at `at`, or null.
  const char* object(const Node& node, const char* at, size_t position);
  const char* value(const Node& node, const char* at, size_t position);
  const char* integer(const Node& node, const char* at, size_t place);
  const char* decimal(const Node& node, const char* at, size_t place);
  const char* timestamp(const Node& node, const char* at, size_t place);
  [[nodiscard]] JsonNumber number(const char* at) const;
  const char* text(const char* at, std::string_view& inside) const;
  const char* skip(const char* at) const;
  const char* skip_nested(const char* at) const;
  const char* past_space(const char* at) const;

  uint32_t learn_object(Node& node, const JsonTokens& tokens, uint32_t token);
  static bool learn_name(Node& node, std::string_view name, size_t& next);

  const JsonOptions& options_;
  Node root_;
  std::span<GrowingColumn> columns_;
  const char* end_ = nullptr;
  uint32_t resting_ = 0;
  uint32_t rest_ = 0;  // after the next failure, less one
  // The last date read: "yyyy-MM-" and "dd", and its midnight.
  uint64_t year_month_ = 0;
  uint16_t day_ = 0;
  int64_t midnight_ = 0;
};

}  // namespace millstream::format
