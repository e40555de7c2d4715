// Reading in one pass gives what the full way gives: a fresh decoder, which has learned nothing, answers for one record
// what a decoder that has seen it before answers again.
#include "format/internal/straight_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "column/value.h"
#include "format/decoder.h"

namespace millstream::format {
namespace {

using column::Schema;
using column::Type;

Schema wide() {
  const Type inner =
      Type::row({{"x", Type::bigint(), ""}, {"y", Type::string(), ""}, {"when", Type::timestamp(3), ""}});
  return Schema{{{"tiny", Type::tinyint()},
                 {"small", Type::smallint()},
                 {"int", Type::integer()},
                 {"big", Type::bigint()},
                 {"double", Type::double_precision()},
                 {"float", Type::floating()},
                 {"yes", Type::boolean()},
                 {"text", Type::string()},
                 {"money", Type::decimal(10, 2)},
                 {"wide", Type::decimal(38, 18)},
                 {"date", Type::date()},
                 {"time", Type::time(0)},
                 {"at", Type::timestamp(3)},
                 {"nano", Type::timestamp(9)},
                 {"zoned", Type::timestamp_ltz(3)},
                 {"row", Type::row({{"a", Type::integer(), ""}, {"inner", inner, ""}})},
                 {"list", Type::array(Type::integer())}}};
}

// What became of one record: its row without what is `hidden`, or what was wrong with it.
std::string answer(const Schema& schema, const Decoded& decoded, uint32_t position,
                   const std::vector<FieldPath>& hidden = {}) {
  std::string text;
  for (const DecodeProblem& problem :
       std::ranges::equal_range(decoded.problems, position, {}, &DecodeProblem::position)) {
    text += "[" + std::to_string(static_cast<int>(problem.kind)) + " " + problem.message + "]";
  }
  if (!std::ranges::binary_search(decoded.kept, position)) return text + "none";
  for (size_t i = 0; i < schema.size(); ++i) {
    column::Value value = column::value_at(*decoded.columns[i], position);
    for (const FieldPath& path : hidden) {
      if (path[0] == static_cast<int>(i)) value = column::without_field(value, std::span(path).subspan(1));
    }
    text += "|" + (value.is_null() ? "NULL" : column::to_text(schema.fields[i].type, value));
  }
  return text;
}

// Some fields of every ROW, and some of those in it.
std::vector<FieldPath> some_fields(const Schema& schema) {
  std::vector<FieldPath> paths;
  const auto add = [&](const auto& self, const Type& type, const FieldPath& path, int first) -> void {
    for (size_t i = 0; type.kind() == column::TypeKind::kRow && i < type.fields().size(); ++i) {
      FieldPath deeper = path;
      deeper.push_back(static_cast<int>(i));
      if (static_cast<int>(i) % 2 == first) {
        paths.push_back(deeper);
      } else {
        self(self, type.fields()[i].type, deeper, 1 - first);
      }
    }
  };
  for (size_t i = 0; i < schema.size(); ++i) add(add, schema.fields[i].type, {static_cast<int>(i)}, 0);
  return paths;
}

// Each record by a decoder of its own, and the records in order, twice, by one decoder; and by one that leaves out some
// fields of rows, which changes nothing else.
void expect_same(const Schema& schema, const std::vector<std::string>& records, const FormatOptions& options,
                 const std::string& padding) {
  auto buffer = std::make_shared<std::string>();
  for (const std::string& record : records) *buffer += record + padding;
  buffer->append(kDecodePadding, padding.empty() ? '1' : padding.back());
  std::vector<std::string_view> views;
  size_t at = 0;
  for (int round = 0; round < 2; ++round, at = 0) {
    for (const std::string& record : records) {
      views.push_back(std::string_view(*buffer).substr(at, record.size()));
      at += record.size() + padding.size();
    }
  }
  auto together = make_decoder("json", schema, options);
  ASSERT_TRUE(together.has_value());
  Decoded all;
  (*together)->decode(views, buffer, all);
  const std::vector<FieldPath> unread = some_fields(schema);
  auto leaving_out = make_decoder("json", schema, options, unread);
  Decoded part;
  (*leaving_out)->decode(views, buffer, part);
  for (uint32_t i = 0; i < views.size(); ++i)
    EXPECT_EQ(answer(schema, part, i), answer(schema, all, i, unread)) << views[i];
  std::set<std::string> seen;
  for (uint32_t i = 0; i < records.size(); ++i) {
    if (!seen.insert(records[i]).second) continue;
    auto alone = make_decoder("json", schema, options);
    Decoded one;
    (*alone)->decode(std::span(views).subspan(i, 1), buffer, one);
    const std::string expected = answer(schema, one, 0);
    EXPECT_EQ(answer(schema, all, i), expected) << records[i];
    EXPECT_EQ(answer(schema, all, i + static_cast<uint32_t>(records.size())), expected) << records[i];
  }
}

// A record that every field of wide() reads, so that it teaches all names.
const std::string kWhole =
    R"({"tiny":-5,"small":300,"int":0,"big":1234567890123456789,"double":1.5e3,"float":0.25,"yes":true,"text":"plain","money":12.34,)"
    R"("wide":"0.000000000000000001","date":"2024-02-29","time":"12:13:14","at":"2024-05-01 12:13:14.567","nano":"2024-05-01 12:13:14.123456789",)"
    R"("zoned":"2024-05-01 12:13:14Z","row":{"a":7,"inner":{"x":1,"y":"a text longer than twelve","when":"2024-05-01 12:13:14"}},)"
    R"("unread":{"a":[1,"}",{"b":null}]},"list":null})";

TEST(StraightReader, ReadsWhatItLearned) {
  JsonOptions options;
  const Schema schema{{{"a", Type::integer()}, {"r", Type::row({{"b", Type::string(), ""}})}}};
  StraightReader reader(schema, options);
  JsonScanner scanner;
  std::string record = R"({"z": [1, {"y": "]"}], "a": 17, "r": {"b": "grüße", "c": 1.5e-3}} )";
  const size_t size = record.size();
  record.append(kDecodePadding, '9');
  const std::string_view view = std::string_view(record).substr(0, size);
  std::vector<GrowingColumn> columns;
  for (const auto& field : schema.fields) columns.emplace_back(field.type, 3);
  reader.bind(columns);
  EXPECT_FALSE(reader.read(view, 0));
  JsonTokens tokens;
  ASSERT_EQ(scanner.scan(view, tokens), JsonScan::kOk);
  reader.learn(tokens);
  EXPECT_TRUE(reader.read(view, 1));
  // What was written before the failure is taken back.
  std::string broken = record;
  broken[view.find("1.5e-3")] = '"';
  EXPECT_FALSE(reader.read(std::string_view(broken).substr(0, size), 2));
  const auto a = columns[0].finish(3, nullptr);
  const auto r = columns[1].finish(3, nullptr);
  EXPECT_TRUE(a->is_null(0));
  EXPECT_EQ(a->values<int32_t>()[1], 17);
  EXPECT_EQ(r->children()[0]->values<column::StringRef>()[1].view(), "grüße");
  EXPECT_TRUE(a->is_null(2));
  EXPECT_TRUE(r->is_null(2));
  EXPECT_TRUE(r->children()[0]->is_null(2));
}

TEST(StraightReader, LeavesOutWhatNobodyReads) {
  const Schema schema = wide();
  const std::vector<FieldPath> unread = {{15, 0}, {15, 1, 1}, {15, 1, 2}};
  auto decoder = make_decoder("json", schema, {}, unread);
  auto buffer = std::make_shared<std::string>(kWhole);
  buffer->append(kDecodePadding, ' ');
  const std::string_view record = std::string_view(*buffer).substr(0, kWhole.size());
  const std::vector<std::string_view> records(3, record);
  Decoded decoded;
  (*decoder)->decode(records, buffer, decoded);
  ASSERT_EQ(decoded.kept.size(), records.size());
  const column::Vector& row = *decoded.columns[15];
  EXPECT_TRUE(row.children()[0]->is_constant());
  EXPECT_EQ(row.children()[0]->length(), records.size());
  for (uint32_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(column::to_text(row.type(), column::value_at(row, i)), "(NULL, (1, NULL, NULL))");
}

TEST(StraightReader, AgreesOnValuesOfEveryKind) {
  const std::vector<std::string> values = {"null",
                                           "nul",
                                           "nullx",
                                           "true",
                                           "false",
                                           "truex",
                                           "0",
                                           "-0",
                                           "00",
                                           "01",
                                           "-",
                                           "--1",
                                           "7",
                                           "127",
                                           "128",
                                           "-128",
                                           "-129",
                                           "32768",
                                           "2147483647",
                                           "2147483648",
                                           "-2147483648",
                                           "12345678",
                                           "123456789",
                                           "1234567890123456",
                                           "12345678901234567",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "-9223372036854775808",
                                           "99999999999999999999",
                                           "1.0",
                                           "1.",
                                           ".5",
                                           "1e2",
                                           "1E+2",
                                           "1e",
                                           "0.1",
                                           "12345678.9",
                                           "1.005",
                                           "1e400",
                                           "1x",
                                           "1 ",
                                           "1 2",
                                           "\"\"",
                                           "\"12\"",
                                           "\" 12 \"",
                                           "\"1.5\"",
                                           "\"true\"",
                                           "\"twelve chars\"",
                                           "\"more than twelve characters in here, even beyond thirty-two\"",
                                           "\"esc\\\"aped\"",
                                           "\"\\u00e4\"",
                                           "\"\\x\"",
                                           "\"tab\tinside\"",
                                           "\"ümläut\"",
                                           "\"\xff\"",
                                           "\"\xc3\"",
                                           "\"open",
                                           "\"2024-05-01\"",
                                           "\"2024-02-30\"",
                                           "\"2024-13-01\"",
                                           "\"2024-05-01 12:13:14\"",
                                           "\"2024-05-01 12:13:14.5\"",
                                           "\"2024-05-01 12:13:14.567\"",
                                           "\"2024-05-01 12:13:14.56x\"",
                                           "\"2024-05-01T12:13:14.567\"",
                                           "\"2024-02-30 12:13:14.567\"",
                                           "\"2024-05-01 24:00:00.000\"",
                                           "\"2024-05-01 25:00:00.000\"",
                                           "\"2024-05-01 12:60:00\"",
                                           "\"2024-05-01 12:13:14Z\"",
                                           "\"2024-05-01T12:13:14.567Z\"",
                                           "\"0000-01-01 00:00:00.000\"",
                                           "\"2024-05-01 12:13:14.567\" ",
                                           "\"12:13:14\"",
                                           "\"12:13\"",
                                           "{}",
                                           "{\"a\":1}",
                                           "{\"a\":1,\"a\":2}",
                                           "[]",
                                           "[1,2]",
                                           "[1,null]",
                                           "[",
                                           "{",
                                           "}",
                                           "",
                                           "{\"inner\":{\"x\":5}}",
                                           "{\"inner\":{\"x\":5,\"x\":null}}",
                                           "{\"a\":1,\"inner\":null}",
                                           "{\"inner\":{\"y\":\"k\"},\"inner\":{\"x\":1}}",
                                           "{\"inner\":[]}",
                                           "{\"a\":\"x\"}"};
  const Schema schema = wide();
  for (const FormatOptions& options :
       {FormatOptions{}, FormatOptions{{"ignore-parse-errors", "true"}},
        FormatOptions{{"fail-on-missing-field", "true"}}, FormatOptions{{"timestamp-format.standard", "ISO-8601"}}}) {
    for (const auto& field : schema.fields) {
      std::vector<std::string> records;
      for (const std::string& value : values) {
        records.push_back(kWhole);  // keeps the reader awake
        records.push_back("{\"" + field.name + "\":" + value + "}");
        records.push_back("{\"" + field.name + "\" : " + value + " , \"unread\":" + value + "}");
      }
      expect_same(schema, records, options, "\n");
    }
  }
}

TEST(StraightReader, AgreesOnRecordsWithOneChange) {
  std::mt19937 random(20240501);
  const std::string alphabet = "\"\\{}[]:,0123456789-+.eEtnf \t\n\xc3\xa4\xff\x01zZ";
  std::vector<std::string> records;
  for (size_t i = 0; i < kWhole.size(); ++i) {
    std::string changed = kWhole;
    const char with = alphabet[random() % alphabet.size()];
    switch (random() % 4) {
      case 0:
        changed[i] = with;
        break;
      case 1:
        changed.insert(i, 1, with);
        break;
      case 2:
        changed.erase(i, 1 + random() % 3);
        break;
      default:
        changed.resize(i);
        break;  // what lies behind the record looks like more of it
    }
    for (int again = 0; again < 3; ++again) records.push_back(kWhole);
    records.push_back(changed);
  }
  for (const FormatOptions& options : {FormatOptions{}, FormatOptions{{"ignore-parse-errors", "true"}}}) {
    expect_same(wide(), records, options, "");
    expect_same(wide(), records, options, "}}\n");
  }
}

TEST(StraightReader, FollowsNamesThatComeAndGo) {
  const Schema schema{{{"a", Type::integer()}, {"b", Type::integer()}, {"c", Type::string()}}};
  const std::string long_name(70, 'n');
  expect_same(schema,
              {R"({"a":1,"b":2})",
               R"({"b":2,"c":"x"})",
               R"({"a":1,"c":"x"})",
               R"({"c":"x","a":1})",
               R"({"c":"x","b":1,"a":0})",
               "{}",
               "{ }",
               R"({"a":1,})",
               R"({"a":1,"a":2})",
               R"({"a":1,"b":2,"c":"3","a":4})",
               R"({"new":{"a":5},"a":1})",
               R"({"\u0061":9})",
               "{\"" + long_name + "\":1,\"a\":3}",
               R"({"":1,"a":2})",
               R"({"a" :1})",
               R"({"a":1}{"a":2})",
               R"({"a":1} x)",
               R"( {"a":1}   )",
               "[]",
               "null",
               R"({"a":1,"b":{"b":2}})",
               "{\"a\":1"},
              {}, "\n");
}

}  // namespace
}  // namespace millstream::format
