// libFuzzer: the JSON decoder never crashes or reads outside its padding, every row it makes can be encoded and read
// again, and what a decoder learned from other records does not change what a record says.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/check.h"
#include "format/decoder.h"
#include "format/encoder.h"

namespace {

using millstream::column::Schema;
using millstream::column::Type;

const Schema& schema() {
  static const Schema kSchema{{{"a", Type::integer()},
                               {"b", Type::string()},
                               {"c", Type::double_precision()},
                               {"d", Type::decimal(20, 4)},
                               {"t", Type::timestamp(3)},
                               {"m", Type::map(Type::string(), Type::bigint())},
                               {"n", Type::array(Type::row({{"x", Type::tinyint(), ""}, {"y", Type::bytes(), ""}}))}}};
  return kSchema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millstream;
  const bool lenient = size > 0 && (data[0] & 1) != 0;
  format::FormatOptions options;
  if (lenient) options["ignore-parse-errors"] = "true";
  auto decoder = format::make_decoder("json", schema(), options);
  auto buffer = std::make_shared<std::string>(reinterpret_cast<const char*>(data), size);
  buffer->append(format::kDecodePadding, '\0');
  // Lines are records, so that the guessed order of fields is exercised too.
  std::vector<std::string_view> records;
  std::string_view rest(buffer->data(), size);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    records.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  format::Decoded decoded;
  (*decoder)->decode(records, buffer, decoded);
  for (const uint32_t position : decoded.kept) CHECK(position < records.size());
  if (lenient) {
    for (const auto& problem : decoded.problems) CHECK(problem.kind != format::DecodeProblem::Kind::kRefused);
  }
  auto encoder = format::make_encoder("json", schema(), {});
  format::EncodedRows rows;
  CHECK((*encoder)->encode(decoded.columns, column::Rows{decoded.kept.data(), decoded.kept.size()}, rows).has_value());
  constexpr size_t kMostAlone = 24;
  for (uint32_t i = 0, row = 0; i < std::min(records.size(), kMostAlone); ++i) {
    auto fresh = format::make_decoder("json", schema(), options);
    format::Decoded alone;
    (*fresh)->decode(std::span(records).subspan(i, 1), buffer, alone);
    const bool kept = row < decoded.kept.size() && decoded.kept[row] == i;
    CHECK(alone.kept.size() == (kept ? 1 : 0));
    if (!kept) continue;
    format::EncodedRows same;
    CHECK((*encoder)->encode(alone.columns, column::Rows{nullptr, 1}, same).has_value());
    CHECK(same[0] == rows[row]);
    ++row;
  }
  const size_t written = rows.bytes.size();
  auto copy = std::make_shared<std::string>(rows.bytes);
  copy->append(format::kDecodePadding, '\0');
  std::vector<std::string_view> again;
  for (size_t i = 0; i < rows.size(); ++i)
    again.push_back(std::string_view(*copy).substr(i == 0 ? 0 : rows.ends[i - 1], rows[i].size()));
  format::Decoded second;
  (*decoder)->decode(again, copy, second);
  CHECK(second.kept.size() == rows.size());
  CHECK(written == rows.bytes.size());
  return 0;
}
