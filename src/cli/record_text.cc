// JSON has no bytes: the field's name says when its text is base64.
#include "cli/record_text.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/utf8.h"

namespace millstream::cli {
namespace {

std::string shown(const std::optional<std::string>& bytes) {
  if (!bytes) return "NULL";
  for (const char c : *bytes) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') {
      std::string text = "x'";
      for (const char b : *bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(b));
      return text + "'";
    }
  }
  return *bytes;
}

std::pair<std::string, Json> field(std::string name, const std::optional<std::string>& bytes) {
  if (!bytes) return {std::move(name), Json()};
  if (is_utf8(*bytes)) return {std::move(name), Json(*bytes)};
  std::string encoded;
  append_base64(encoded, *bytes);
  return {name + "_base64", Json(std::move(encoded))};
}

}  // namespace

std::string record_text(const ConsumedRecord& record, bool with_key) {
  return with_key ? shown(record.key) + "\t" + shown(record.value) : shown(record.value);
}

Json record_json(const ConsumedRecord& record) {
  Json::Array headers;
  for (const auto& [name, value] : record.headers)
    headers.push_back(Json::object({field("name", name), field("value", value)}));
  return Json::object({{"topic", record.topic},
                       {"partition", record.partition.value},
                       {"offset", record.offset.value},
                       {"timestamp", record.timestamp},
                       field("key", record.key),
                       field("value", record.value),
                       {"headers", Json(std::move(headers))}});
}

}  // namespace millstream::cli
