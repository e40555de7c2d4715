// The decoder contract: the bytes of many records become columns, only the fields asked for, with an account of every
// problem.
//
// A decoder belongs to one reader and is called on its thread. It allocates per batch, not per record.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "column/vector.h"

namespace millstream::format {

// Bytes that must be readable behind the end of every record (their content does not matter): SIMD code loads whole
// registers.
inline constexpr size_t kDecodePadding = 64;

// Something in a record that did not become what the table says.
struct DecodeProblem {
  enum class Kind : uint8_t {
    kRefused,  // the record is no row: the table's error-handling.mode decides
    kSkipped,  // the record is no row and ignore-parse-errors wants silence: only counted
    kNulled,   // one field became NULL under ignore-parse-errors, or a DECIMAL that did not fit: only counted
  };
  Kind kind = Kind::kRefused;
  uint32_t position = 0;  // of the record in the call
  int field = -1;         // index into the fields asked for; -1: the record as a whole
  std::string message;
};

// What one call of decode() made. Columns are as long as the call's records; rows exist at `kept` only.
struct Decoded {
  std::vector<column::VectorPtr> columns;  // one per field asked for
  std::vector<uint32_t> kept;              // rising positions of records that are rows
  std::vector<DecodeProblem> problems;     // in record order
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Each record has kDecodePadding readable bytes behind it. Strings of the result may point into the records, which
  // `owner` keeps alive as long as the columns live. An empty record (also a null value of Kafka) is no row and no
  // problem. Clears `out` first. Never fails: what a record does wrong is a problem of that record.
  virtual void decode(std::span<const std::string_view> records, const std::shared_ptr<const void>& owner,
                      Decoded& out) = 0;
};

// Options of a format, without the format's name in front: {"ignore-parse-errors": "true"}.
using FormatOptions = std::map<std::string, std::string>;

// A field inside ROWs: the index of a decoded field, then of a field of its ROW, and so on.
using FieldPath = std::vector<int>;

// Makes the decoder of `format` for some fields of a record, by name. What `unread` names, at least one level down, is
// checked as the rest, but NULL in the columns. kUnsupported or kInvalidArgument name the option or type.
Result<std::unique_ptr<Decoder>> make_decoder(std::string_view format, const column::Schema& fields,
                                              const FormatOptions& options, std::span<const FieldPath> unread = {});

}  // namespace millstream::format
