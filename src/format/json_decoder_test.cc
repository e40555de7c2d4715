// The json format's reading, cell by cell against what a real Flink 2.3 answered for the same records.
#include <gtest/gtest.h>

#include "column/value.h"
#include "format/decoder.h"
#include "format/json_encoder.h"

namespace millstream::format {
namespace {

using column::Schema;
using column::Type;

// Records in one padded buffer, as sources hold them.
struct Pinned {
  std::shared_ptr<std::string> buffer;
  std::vector<std::string_view> records;
};
Pinned pin(const std::vector<std::string>& records) {
  Pinned pinned{std::make_shared<std::string>(), {}};
  for (const std::string& record : records) *pinned.buffer += record;
  pinned.buffer->append(kDecodePadding, '}');
  size_t at = 0;
  for (const std::string& record : records) {
    pinned.records.push_back(std::string_view(*pinned.buffer).substr(at, record.size()));
    at += record.size();
  }
  return pinned;
}

std::string cells(const Schema& schema, const Decoded& decoded, size_t position) {
  std::string text;
  for (size_t i = 0; i < schema.size(); ++i) {
    const column::Value value = column::value_at(*decoded.columns[i], position);
    if (i > 0) text += '|';
    text += value.is_null() ? "NULL" : column::to_text(schema.fields[i].type, value);
  }
  return text;
}

std::vector<std::string> decode(const Schema& schema, const std::vector<std::string>& records,
                                const FormatOptions& options, std::vector<DecodeProblem>* problems = nullptr) {
  auto decoder = make_decoder("json", schema, options);
  if (!decoder) return {"error: " + decoder.error().message};
  Decoded decoded;
  {
    Pinned pinned = pin(records);
    (*decoder)->decode(pinned.records, pinned.buffer, decoded);
  }
  std::vector<std::string> rows;
  for (const uint32_t position : decoded.kept) rows.push_back(cells(schema, decoded, position));
  if (problems != nullptr) *problems = decoded.problems;
  return rows;
}

using Rows = std::vector<std::string>;
const FormatOptions kIgnore = {{"ignore-parse-errors", "true"}};

Schema scalars() {
  return Schema{{{"a", Type::integer()},
                 {"b", Type::bigint()},
                 {"c", Type::double_precision()},
                 {"d", Type::decimal(10, 2)},
                 {"e", Type::boolean()},
                 {"f", Type::string()},
                 {"i", Type::tinyint()},
                 {"k", Type::floating()}}};
}

TEST(JsonDecoder, ConvertsScalarsAsFlinkDoes) {
  const Rows rows = decode(
      scalars(),
      {R"({"a":"12","b":"13 ","c":"1.5","d":"1.235","e":"TRUE","f":123,"i":300,"k":1.1})",
       R"({"a":12.7,"b":1e3,"c":1,"d":1.235,"e":1,"f":1.50,"i":12.7,"k":"1.1f"})",
       R"({"a":3000000000,"b":99999999999999999999,"c":"NaN","d":123456789012345,"e":"yes","f":true,"i":"12","k":"1e40"})",
       R"({"a":true,"b":"x","c":true,"d":"x","e":null,"f":null})",
       R"({"a":" 5 ","d":" 1.5 ","c":" 2.5 ","e":" true ","f":1E5,"k":1e-50})",
       R"({"d":1e-3,"f":1.0E10,"b":1.9,"a":-1.9,"i":1.0,"c":1e400})",
       R"({"f":100000000000000000000000,"b":9223372036854775807,"a":2147483648.5,"c":-0.0,"d":-99999999.99})"},
      kIgnore);
  EXPECT_EQ(rows, (Rows{"12|13|1.5|1.24|TRUE|123|NULL|1.1", "12|1000|1.0|1.24|FALSE|1.50|NULL|1.1",
                        "NULL|NULL|NaN|NULL|FALSE|true|12|Infinity", "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
                        "5|NULL|2.5|1.50|TRUE|1E5|NULL|0.0", "-1|1|Infinity|0.00|NULL|1.0E10|NULL|NULL",
                        "NULL|9223372036854775807|-0.0|-99999999.99|NULL|100000000000000000000000|NULL|NULL"}));
}

TEST(JsonDecoder, SkipsWhatIsNoObjectAndReadsPastGarbageBehindOne) {
  const Schema ab{{{"a", Type::integer()}, {"b", Type::integer()}}};
  const std::vector<std::string> records = {R"({"a":1,"b":2)",
                                            "[1,2]",
                                            R"("str")",
                                            "12",
                                            "null",
                                            "",
                                            R"({"A":1,"b":2} trailing)",
                                            R"({"a":5} {"a":6})",
                                            R"({"a":7,})",
                                            "{'a':8}",
                                            R"({"a":1,"a":"x"})",
                                            R"({"a":+5,"b":01})",
                                            R"({"a":.5})",
                                            R"({"a":1,"c":tru})",
                                            R"({"a":1}})",
                                            R"({"c":{"a":5},"a":1})",
                                            R"({"\u0061":4})",
                                            R"({"a":-0,"b":00})",
                                            R"({"a":1 "b":2})",
                                            " \t{\"a\" : 1 , \"b\" : 2 }  ",
                                            R"({"a":1,"b":2}])",
                                            R"({"a":1,"b":2,})",
                                            "{}",
                                            R"({"c":[1},"a":1})",
                                            "{\"a\":1,\"c\":\"\xff\"}",
                                            R"({"c":{"d":1,"a":1)",
                                            "   "};
  std::vector<DecodeProblem> problems;
  const Rows rows = decode(ab, records, kIgnore, &problems);
  EXPECT_EQ(rows, (Rows{"NULL|2", "5|NULL", "NULL|NULL", "1|NULL", "1|NULL", "4|NULL", "1|2", "1|2", "NULL|NULL"}));
  std::vector<uint32_t> skipped;
  for (const DecodeProblem& problem : problems) {
    if (problem.kind == DecodeProblem::Kind::kSkipped)
      skipped.push_back(problem.position);
    else
      EXPECT_EQ(problem.position, 10u);  // the only nulled field
  }
  EXPECT_EQ(skipped, (std::vector<uint32_t>{0, 1, 2, 3, 4, 8, 9, 11, 12, 13, 17, 18, 21, 23, 24, 25, 26}));
}

TEST(JsonDecoder, RepeatedNamesCountTowardsTheFieldsWanted) {
  const Schema a{{{"a", Type::integer()}}};
  const Schema ab{{{"a", Type::integer()}, {"b", Type::integer()}}};
  const std::vector<std::string> record = {R"({"a":1,"a":2,"b":3,"a":9})"};
  EXPECT_EQ(decode(ab, record, kIgnore), (Rows{"2|NULL"}));
  EXPECT_EQ(decode(a, record, kIgnore), (Rows{"1"}));
}

TEST(JsonDecoder, ReadsTimesInBothStandards) {
  const Schema times{{{"g", Type::timestamp(3)},
                      {"h", Type::date()},
                      {"t", Type::time(0)},
                      {"l", Type::timestamp_ltz(3)},
                      {"w", Type::timestamp(9)}}};
  const auto nulls = [](const Rows& rows) {
    Rows shape;
    for (const std::string& row : rows) {
      std::string line;
      size_t at = 0;
      for (int i = 0; i < 5; ++i) {
        const size_t end = std::min(row.find('|', at), row.size());
        line += row.substr(at, end - at) == "NULL" ? '-' : '+';
        at = end + 1;
      }
      shape.push_back(line);
    }
    return shape;
  };
  const Rows sql = decode(
      times,
      {R"({"g":"2024-02-30 12:00:00","h":"2024-02-30","t":"24:00:00","l":"2024-05-01 24:00:00Z","w":"2024-05-01 12:00:00.123456789"})",
       R"({"g":"2024-02-31 12:00:00","h":"2023-02-29","t":"23:59:60","l":"2024-05-01 12:00:00z"})",
       R"({"g":"2024-04-31 12:00:00","h":"12024-02-29","t":"1:00:00","l":"2024-05-01 12:00:00.Z"})",
       R"({"g":"2024-02-32 12:00:00","h":"+12024-02-29","t":"01:00:00.1234567891","l":"2024-05-01 12:00:00.123456789Z"})",
       R"({"g":"0000-01-01 00:00:00","h":"-0001-02-28","t":"01:00:00.","w":"2024-05-01 12:00:00"})",
       R"({"h":"2024-05-01 ","t":"01:00:00 ","g":"2024-05-01 24:00:00.1"})",
       R"({"g":"2024-05-01T12:00:00","h":20240501,"t":5,"l":"2024-05-01 12:00:00"})"},
      kIgnore);
  EXPECT_EQ(nulls(sql), (Rows{"+-+++", "+----", "+--+-", "-+-+-", "+++-+", "-----", "-----"}));
  EXPECT_TRUE(sql[0].starts_with("2024-02-29 12:00:00")) << sql[0];
  EXPECT_TRUE(sql[2].starts_with("2024-04-30 12:00:00")) << sql[2];
  EXPECT_NE(sql[0].find("2024-05-02 00:00:00"), std::string::npos) << sql[0];
  EXPECT_NE(sql[0].find("12:00:00.123456789"), std::string::npos) << sql[0];
  const Rows iso = decode(times,
                          {R"({"g":"2024-02-30T12:00:00","l":"2024-05-01T24:00:00Z"})",
                           R"({"g":"2024-05-01T12:00","l":"2024-05-01T12:00Z"})",
                           R"({"g":"2024-05-01t12:00:00","l":"2024-05-01t12:00:00Z"})",
                           R"({"g":"2024-05-01T12:00:00Z","l":"2024-05-01T12:00:00z"})",
                           R"({"g":"2024-05-01T12:00:00.","l":"2024-05-01T12:00:00.1Z"})",
                           R"({"g":"2024-05-01T24:00:00","l":"2024-05-01T12:00:00+01:00"})",
                           R"({"g":"2024-05-01 12:00:00","l":"2024-02-30T12:00:00Z"})"},
                          {{"ignore-parse-errors", "true"}, {"timestamp-format.standard", "ISO-8601"}});
  EXPECT_EQ(nulls(iso), (Rows{"---+-", "+--+-", "+----", "-----", "+--+-", "-----", "---+-"}));
}

TEST(JsonDecoder, ReadsNestedTypesAndPrintsTreesIntoStrings) {
  const Schema nested{{{"m", Type::map(Type::string(), Type::integer())},
                       {"n", Type::array(Type::integer())},
                       {"o", Type::row({{"x", Type::integer(), ""}, {"y", Type::string(), ""}})},
                       {"p", Type::bytes()},
                       {"f", Type::string()}}};
  auto decoder = make_decoder("json", nested, kIgnore);
  ASSERT_TRUE(decoder.has_value());
  Pinned pinned = pin(
      {R"({"m":{"q":1,"r":"x","q":3},"n":[1,"2",null,"z"],"o":{"x":1,"y":{"k":1, "z":[1, 2]}},"p":"aGVsbG8=","f":[ ]})",
       R"({"m":{},"n":[],"o":{"y":"only a long string here"},"p":"???","f":{"b" : [1 ,2.50, 1e2,-0], "a":"/\u001f\u007f","b":3}})",
       R"({"m":[],"n":"x","o":3,"f":"\ud83d\ude00 \ud800x \t"})"});
  Decoded decoded;
  (*decoder)->decode(pinned.records, pinned.buffer, decoded);
  ASSERT_EQ(decoded.kept.size(), 3u);
  // As the encoder prints them: one check of both directions.
  auto encoder = make_encoder("json", nested, {});
  ASSERT_TRUE(encoder.has_value());
  EncodedRows rows;
  ASSERT_TRUE((*encoder)->encode(decoded.columns, column::Rows{nullptr, 3}, rows).has_value());
  EXPECT_EQ(
      rows[0],
      R"({"m":{"q":3,"r":null},"n":[1,2,null,null],"o":{"x":1,"y":"{\"k\":1,\"z\":[1,2]}"},"p":"aGVsbG8=","f":"[]"})");
  EXPECT_EQ(rows[1],
            R"({"m":{},"n":[],"o":{"x":null,"y":"only a long string here"},"p":null,"f":"{\"b\":3,\"a\":\"/\\u001F)"
            "\x7f"
            R"(\"}"})");
  EXPECT_EQ(rows[2], "{\"m\":null,\"n\":null,\"o\":null,\"p\":null,\"f\":\"\\uD83D\\uDE00 ?x \\t\"}");
  EXPECT_EQ(decoded.problems.size(), 6u);  // r, z; p; m, n, o
}

TEST(JsonDecoder, NumbersOfTreesDependOnDecimalsInTheTable) {
  const std::vector<std::string> record = {R"({"f":[1 ,2.50, 1e2, 0.00001, 1e20]})"};
  EXPECT_EQ(decode(Schema{{{"f", Type::string()}}}, record, {}), (Rows{"[1,2.5,100.0,1.0E-5,1.0E20]"}));
  EXPECT_EQ(decode(Schema{{{"f", Type::string()}, {"d", Type::decimal(5, 1)}}}, record, {}),
            (Rows{"[1,2.5,1E+2,0.00001,1E+20]|NULL"}));
}

TEST(JsonDecoder, StringsSurviveTheBufferAndControlCharactersAreRead) {
  const Schema f{{{"f", Type::string()}, {"g", Type::string()}}};
  const Rows rows = decode(f,
                           {"{\"f\":\"tab\ttab and some more text\",\"g\":\"a\nb\"}",
                            R"({"g":"short","f":"a string longer than twelve bytes"})"},
                           {});
  EXPECT_EQ(rows, (Rows{"tab\ttab and some more text|a\nb", "a string longer than twelve bytes|short"}));
}

TEST(JsonDecoder, RefusesInFlinksWords) {
  const Schema e{{{"a", Type::integer()}, {"r", Type::row({{"x", Type::integer(), ""}, {"y", Type::integer(), ""}})}}};
  std::vector<DecodeProblem> problems;
  EXPECT_EQ(decode(e, {R"({"r":{"x":1,"y":"k"}})", "{}", "[]"}, {}, &problems), (Rows{"NULL|NULL"}));
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind, DecodeProblem::Kind::kRefused);
  EXPECT_EQ(problems[0].field, 1);
  EXPECT_EQ(
      problems[0].message,
      R"(Failed to deserialize JSON '{"r":{"x":1,"y":"k"}}'. Fail to deserialize at field: r. y: For input string: "k")");
  EXPECT_EQ(problems[1].position, 2u);
  EXPECT_EQ(decode(e, {R"({"a":1,"r":{"x":1}})"}, {{"fail-on-missing-field", "true"}}, &problems), Rows{});
  EXPECT_NE(problems[0].message.find("Fail to deserialize at field: r."), std::string::npos);
  EXPECT_EQ(decode(e, {R"({"a":1})"}, {{"fail-on-missing-field", "true"}}, &problems), Rows{});
  EXPECT_NE(problems[0].message.find("Some field is missing in the JSON data."), std::string::npos);
}

TEST(JsonDecoder, StepsOverAByteOrderMark) {
  const Schema a{{{"a", Type::integer()}}};
  EXPECT_EQ(decode(a, {"\xef\xbb\xbf{\"a\":1}", R"({"a":2})", "\xef\xbb\xbf { \"a\" : 3 }"}, {}),
            (Rows{"1", "2", "3"}));
}

TEST(JsonDecoder, SaysThatAnArrayOfRowsIsNotSupported) {
  std::vector<DecodeProblem> problems;
  EXPECT_EQ(decode(Schema{{{"a", Type::integer()}}}, {R"([{"a":1},{"a":2}])"}, {}, &problems), Rows{});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].message.find("an array of rows is not supported yet"), std::string::npos);
}

TEST(JsonDecoder, ReadsBase64InGroupsOfFour) {
  const Schema b{{{"b", Type::bytes()}}};
  EXPECT_EQ(decode(b,
                   {R"({"b":"YWJj"})", R"({"b":" YWJj YWI= "})", R"({"b":"YQ==YWI="})", R"({"b":""})",
                    R"({"b":"YW Jj"})", R"({"b":"YWJj="})", R"({"b":"===="})", R"({"b":"Y==="})"},
                   kIgnore),
            (Rows{"abc", "abcab", "aab", "", "NULL", "NULL", "NULL", "NULL"}));
}

TEST(JsonDecoder, TreesAsTextQuoteWhatIsNoNumberInJson) {
  EXPECT_EQ(decode(Schema{{{"s", Type::string()}}},
                   {R"({"s":[1e400,{"a":-1e400},1.5]})", "{\"s\":[\"\xf0\x9f\x98\x80\"]}"}, {}),
            (Rows{R"(["Infinity",{"a":"-Infinity"},1.5])", "[\"\xf0\x9f\x98\x80\"]"}));
}

TEST(JsonDecoder, DecimalsAreExactAndOverflowIsNull) {
  const Schema d{{{"s", Type::decimal(18, 6)}, {"l", Type::decimal(38, 20)}}};
  std::vector<DecodeProblem> problems;
  const Rows rows =
      decode(d,
             {R"({"s":0.1,"l":"0.1"})", R"({"s":123456789012.123456,"l":123456789012345678.12345678901234567890})",
              R"({"s":-5e-7,"l":1e17})", R"({"s":1e12,"l":1e18})", R"({"s":0.00000049,"l":-0})"},
             {}, &problems);
  EXPECT_EQ(
      rows,
      (Rows{"0.100000|0.10000000000000000000", "123456789012.123456|123456789012345678.12345678901234567890",
            "-0.000001|100000000000000000.00000000000000000000", "NULL|NULL", "0.000000|0.00000000000000000000"}));
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind, DecodeProblem::Kind::kNulled);
}

TEST(JsonDecoder, FollowsAChangingOrderOfFields) {
  const Schema ab{{{"a", Type::integer()}, {"b", Type::string()}}};
  EXPECT_EQ(decode(ab,
                   {R"({"a":1,"b":"x"})", R"({"b":"y","a":2})", R"({"z":0,"a":3,"b":"z"})", R"({"aa":1,"b":"w"})",
                    R"({"":1,"a":4})", R"({"a":5})"},
                   {}),
            (Rows{"1|x", "2|y", "3|z", "NULL|w", "4|NULL", "5|NULL"}));
}

TEST(JsonDecoder, OptionsAreChecked) {
  const Schema a{{{"a", Type::integer()}}};
  EXPECT_EQ(decode(a, {}, {{"ignore-parse-errors", "true"}, {"fail-on-missing-field", "true"}}),
            (Rows{"error: fail-on-missing-field and ignore-parse-errors shouldn't both be true."}));
  EXPECT_EQ(decode(a, {}, {{"timestamp-format.standard", "RFC"}}),
            (Rows{"error: Unsupported value 'RFC' for 'json.timestamp-format.standard'."}));
  EXPECT_EQ(decode(Schema{{{"m", Type::map(Type::integer(), Type::string())}}}, {}, {}),
            (Rows{"error: JSON format doesn't support non-string as key type of map. The type is: MAP<INT, STRING>"}));
}

TEST(JsonEncoder, WritesCharactersBeyondThePlaneAsPairs) {
  const Schema schema{{{"s", Type::string()}, {"m", Type::map(Type::string(), Type::string())}}};
  auto decoder = make_decoder("json", schema, {});
  auto encoder = make_json_encoder(schema, {});
  ASSERT_TRUE(decoder && encoder);
  Decoded decoded;
  const Pinned pinned =
      pin({"{\"s\":\"a\xf0\x9f\x98\x80\xe2\x82\xac\",\"m\":{\"\xf4\x8f\xbf\xbf\":\"\xf0\x90\x80\x80\"}}"});
  (*decoder)->decode(pinned.records, pinned.buffer, decoded);
  EncodedRows rows;
  ASSERT_TRUE((*encoder)->encode(decoded.columns, column::Rows{nullptr, 1}, rows));
  EXPECT_EQ(rows[0], "{\"s\":\"a\\uD83D\\uDE00\xe2\x82\xac\",\"m\":{\"\\uDBFF\\uDFFF\":\"\\uD800\\uDC00\"}}");
}

TEST(JsonEncoder, WritesAsFlinkDoes) {
  const Schema schema{{{"c", Type::double_precision()},
                       {"k", Type::floating()},
                       {"d", Type::decimal(10, 2)},
                       {"e", Type::decimal(20, 10)},
                       {"f", Type::string()},
                       {"g", Type::timestamp(3)},
                       {"l", Type::timestamp_ltz(3)},
                       {"t", Type::time(3)},
                       {"z", Type::string()}}};
  const std::vector<std::string> records = {
      R"({"c":1.0E10,"k":1.1,"d":1.50,"e":0.0000001,"f":"a\"b\n\u0001é\\/","g":"2024-05-01 12:00:00","l":"1970-01-01 00:00:01.5Z","t":"12:00:00.123"})",
      R"({"c":"NaN","k":1e20,"d":100.00,"e":1000000000,"f":"","g":"2024-05-01 12:00:00.120","l":"1970-01-01 00:00:01Z","t":"12:00:00","z":"x"})"};
  auto decoder = make_decoder("json", schema, {});
  ASSERT_TRUE(decoder.has_value());
  Pinned pinned = pin(records);
  Decoded decoded;
  (*decoder)->decode(pinned.records, pinned.buffer, decoded);
  ASSERT_EQ(decoded.kept.size(), 2u);
  const auto encode = [&](const FormatOptions& options) {
    auto encoder = make_encoder("json", schema, options);
    EncodedRows rows;
    EXPECT_TRUE((*encoder)->encode(decoded.columns, column::Rows{nullptr, 2}, rows).has_value());
    return Rows{std::string(rows[0]), std::string(rows[1])};
  };
  EXPECT_EQ(
      encode({}),
      (Rows{
          R"({"c":1.0E10,"k":1.1,"d":1.5,"e":1E-7,"f":"a\"b\n\u0001é\\/","g":"2024-05-01 12:00:00","l":"1970-01-01 00:00:01.5Z","t":"12:00:00.123","z":null})",
          R"({"c":"NaN","k":1.0E20,"d":1E+2,"e":1E+9,"f":"","g":"2024-05-01 12:00:00.12","l":"1970-01-01 00:00:01Z","t":"12:00:00","z":"x"})"}));
  EXPECT_EQ(
      encode({{"encode.decimal-as-plain-number", "true"},
              {"encode.ignore-null-fields", "true"},
              {"timestamp-format.standard", "ISO-8601"}})[0],
      R"({"c":1.0E10,"k":1.1,"d":1.50,"e":0.0000001000,"f":"a\"b\n\u0001é\\/","g":"2024-05-01T12:00:00","l":"1970-01-01T00:00:01.5Z","t":"12:00:00.123"})");
}

TEST(RawFormat, ReadsAndWritesOneField) {
  const Schema text{{{"v", Type::string()}}};
  auto decoder = make_decoder("raw", text, {});
  ASSERT_TRUE(decoder.has_value());
  Pinned pinned = pin({"hello, this is raw text", ""});
  Decoded decoded;
  (*decoder)->decode(pinned.records, pinned.buffer, decoded);
  ASSERT_EQ(decoded.kept.size(), 2u);
  EXPECT_EQ(cells(text, decoded, 0), "hello, this is raw text");
  auto number = make_decoder("raw", Schema{{{"v", Type::integer()}}}, {});
  Pinned bytes = pin({std::string("\0\0\1\2", 4), "abc"});
  (*number)->decode(bytes.records, bytes.buffer, decoded);
  EXPECT_EQ(decoded.kept, (std::vector<uint32_t>{0}));
  EXPECT_EQ(column::value_at(*decoded.columns[0], 0).as_int(), 258);
  EXPECT_FALSE(make_decoder("raw", Schema{{{"v", Type::string()}, {"w", Type::string()}}}, {}).has_value());
  EXPECT_FALSE(make_decoder("xml", text, {}).has_value());
}

}  // namespace
}  // namespace millstream::format
