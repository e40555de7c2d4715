// Records as text and as JSON, from which every byte can be had back.
#include "cli/record_text.h"

#include <gtest/gtest.h>

namespace millstream::cli {
namespace {

ConsumedRecord record(std::optional<std::string> key, std::optional<std::string> value) {
  return {"t", PartitionId(1), Offset(7), 1234, std::move(key), std::move(value), {}};
}

TEST(RecordText, ShowsTextAsItIs) {
  EXPECT_EQ(record_text(record("k", "Zürich\t€"), false), "Zürich\t€");
  EXPECT_EQ(record_text(record("k", "v"), true), "k\tv");
  EXPECT_EQ(record_text(record(std::nullopt, std::nullopt), true), "NULL\tNULL");
  EXPECT_EQ(record_text(record("", std::string("\x00\xff", 2)), true), "\tx'00ff'");
}

TEST(RecordJson, HasTextUnderPlainNames) {
  EXPECT_EQ(record_json(record("k", "東京 \x01")).to_text(),
            R"({"topic":"t","partition":1,"offset":7,"timestamp":1234,"key":"k","value":"東京 \u0001","headers":[]})");
  EXPECT_EQ(record_json(record(std::nullopt, "")).to_text(),
            R"({"topic":"t","partition":1,"offset":7,"timestamp":1234,"key":null,"value":"","headers":[]})");
}

TEST(RecordJson, HasOtherBytesInBase64) {
  EXPECT_EQ(
      record_json(record("\xff\xfe", "caf\xe9")).to_text(),
      R"({"topic":"t","partition":1,"offset":7,"timestamp":1234,"key_base64":"//4=","value_base64":"Y2Fm6Q==","headers":[]})");
}

TEST(RecordJson, KeepsHeadersInOrderAndTheirNamesTwice) {
  ConsumedRecord with_headers = record("k", "v");
  with_headers.headers = {{"trace", "a"}, {"trace", "\xff\xfe"}, {"none", std::nullopt}, {"\xff", ""}};
  EXPECT_EQ(record_json(with_headers)["headers"].to_text(),
            R"([{"name":"trace","value":"a"},{"name":"trace","value_base64":"//4="},{"name":"none","value":null},)"
            R"({"name_base64":"/w==","value":""}])");
}

}  // namespace
}  // namespace millstream::cli
