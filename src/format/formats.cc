// The list of formats: which name makes which decoder and encoder.
#include "format/decoder.h"
#include "format/encoder.h"
#include "format/json_decoder.h"
#include "format/json_encoder.h"
#include "format/raw_format.h"

namespace millstream::format {
namespace {

std::unexpected<Error> unknown(std::string_view format) {
  return fail(ErrorCode::kNotFound, "Could not find any format factory for identifier '" + std::string(format) + "'.",
              "Available formats are: json, raw.");
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_decoder(std::string_view format, const column::Schema& fields,
                                              const FormatOptions& options, std::span<const FieldPath> unread) {
  if (format == "json") {
    MS_ASSIGN(const JsonOptions read, read_json_options(options));
    return make_json_decoder(fields, read, unread);
  }
  if (format == "raw") return make_raw_decoder(fields, options);
  return unknown(format);
}

Result<std::unique_ptr<Encoder>> make_encoder(std::string_view format, const column::Schema& fields,
                                              const FormatOptions& options) {
  if (format == "json") {
    MS_ASSIGN(const JsonOptions read, read_json_options(options));
    return make_json_encoder(fields, read);
  }
  if (format == "raw") return make_raw_encoder(fields, options);
  return unknown(format);
}

}  // namespace millstream::format
