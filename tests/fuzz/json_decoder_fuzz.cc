// libFuzzer: the JSON decoder never crashes or reads outside its padding, every row it makes can be encoded and read
// again, and neither what a decoder learned from other records nor what it leaves out changes what a record says.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/check.h"
#include "format/decoder.h"
#include "format/encoder.h"

namespace {

using namespace millstream;
using column::Schema;
using column::Type;

// An order as a shop sends it, every scalar type, and every nested one: an input's first byte chooses.
const Schema& schema(size_t which) {
  static const std::array<Schema, 3> kSchemas = {
      Schema{{{"a", Type::integer()},
              {"b", Type::string()},
              {"c", Type::double_precision()},
              {"d", Type::decimal(20, 4)},
              {"t", Type::timestamp(3)}}},
      Schema{{{"o", Type::boolean()},
              {"i1", Type::tinyint()},
              {"i2", Type::smallint()},
              {"i8", Type::bigint()},
              {"f", Type::floating()},
              {"d", Type::decimal(10, 2)},
              {"e", Type::decimal(38, 18)},
              {"s", Type::character(3)},
              {"x", Type::bytes()},
              {"day", Type::date()},
              {"time", Type::time(3)},
              {"t9", Type::timestamp(9)},
              {"z", Type::timestamp_ltz(3)}}},
      Schema{{{"m", Type::map(Type::string(), Type::bigint())},
              {"n", Type::array(Type::row({{"x", Type::tinyint(), ""}, {"y", Type::bytes(), ""}}))},
              {"u", Type::multiset(Type::string())},
              {"r", Type::row({{"a", Type::array(Type::double_precision()), ""}, {"b", Type::boolean(), ""}})}}}};
  return kSchemas[which % kSchemas.size()];
}

// The fields of the ROW that the last schema has.
const std::array<format::FieldPath, 2> kUnread = {format::FieldPath{3, 0}, format::FieldPath{3, 1}};

struct Setting {
  const Schema& fields;
  format::FormatOptions options;
  bool lenient;
};
Setting setting(uint8_t first) {
  Setting chosen{schema(first >> 3), {}, (first & 1) != 0};
  if (chosen.lenient)
    chosen.options["ignore-parse-errors"] = "true";
  else if ((first & 2) != 0)
    chosen.options["fail-on-missing-field"] = "true";
  if ((first & 4) != 0) chosen.options["timestamp-format.standard"] = "ISO-8601";
  return chosen;
}

// Lines are records, so that the guessed order of fields is exercised too.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Setting chosen = setting(data[0]);
  auto decoder = format::make_decoder("json", chosen.fields, chosen.options);
  auto buffer = std::make_shared<std::string>(reinterpret_cast<const char*>(data + 1), size - 1);
  buffer->append(format::kDecodePadding, '\0');
  const auto records = lines_of(std::string_view(*buffer).substr(0, size - 1));
  format::Decoded decoded;
  (*decoder)->decode(records, buffer, decoded);
  for (const uint32_t position : decoded.kept) CHECK(position < records.size());
  if (chosen.lenient) {
    for (const auto& problem : decoded.problems) CHECK(problem.kind != format::DecodeProblem::Kind::kRefused);
  }
  if (&chosen.fields == &schema(2)) {
    // What nobody reads is as good or bad as what is read.
    auto leaving_out = format::make_decoder("json", chosen.fields, chosen.options, kUnread);
    format::Decoded part;
    (*leaving_out)->decode(records, buffer, part);
    CHECK(part.kept == decoded.kept);
    CHECK(part.problems.size() == decoded.problems.size());
    for (const uint32_t position : part.kept) CHECK(part.columns[3]->children()[1]->is_null(position));
  }
  if (decoded.kept.empty() && records.size() == 1) return 0;
  auto encoder = format::make_encoder("json", chosen.fields, chosen.options);
  format::EncodedRows rows;
  CHECK((*encoder)->encode(decoded.columns, column::Rows{decoded.kept.data(), decoded.kept.size()}, rows).has_value());

  // Some records alone, by decoders that have seen none before; `decoder` was that for the only one of an input. Making
  // decoders is what takes the time here, so a long input has four of its records checked, others in inputs of other
  // sizes.
  constexpr size_t kMostAlone = 4;
  const size_t alone_count = records.size() == 1 ? 0 : std::min(records.size(), kMostAlone);
  for (size_t k = 0; k < alone_count; ++k) {
    const auto i = static_cast<uint32_t>((size + k) % records.size());
    const auto row = static_cast<size_t>(std::ranges::lower_bound(decoded.kept, i) - decoded.kept.begin());
    const bool kept = row < decoded.kept.size() && decoded.kept[row] == i;
    auto fresh = format::make_decoder("json", chosen.fields, chosen.options);
    format::Decoded alone;
    (*fresh)->decode(std::span(records).subspan(i, 1), buffer, alone);
    CHECK(alone.kept.size() == (kept ? 1 : 0));
    if (!kept) continue;
    format::EncodedRows same;
    CHECK((*encoder)->encode(alone.columns, column::Rows{nullptr, 1}, same).has_value());
    CHECK(same[0] == rows[row]);
  }

  auto copy = std::make_shared<std::string>(rows.bytes);
  copy->append(format::kDecodePadding, '\0');
  std::vector<std::string_view> again;
  for (size_t i = 0; i < rows.size(); ++i)
    again.push_back(std::string_view(*copy).substr(i == 0 ? 0 : rows.ends[i - 1], rows[i].size()));
  format::Decoded second;
  (*decoder)->decode(again, copy, second);
  CHECK(second.kept.size() == rows.size());
  format::EncodedRows twice;
  CHECK((*encoder)->encode(second.columns, column::Rows{second.kept.data(), second.kept.size()}, twice).has_value());
  CHECK(twice.bytes == rows.bytes);
  return 0;
}
