// Tests of byte order, varints and CRC-32C, with the check values of their definitions.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace millstream {
namespace {

TEST(Bytes, Crc32cCheckValues) {
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);         // RFC 3720's polynomial, catalogue of CRCs
  EXPECT_EQ(crc32c(ByteBuffer(32, std::byte{0})), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))), 0xe3069283u);
}

TEST(Bytes, ByteOrders) {
  std::byte raw[8];
  store_big_endian<int32_t>(raw, 0x01020304);
  EXPECT_EQ(raw[0], std::byte{1});
  EXPECT_EQ(load_big_endian<int32_t>(raw), 0x01020304);
  EXPECT_EQ(load_little_endian<int32_t>(raw), 0x04030201);
  store_big_endian<int64_t>(raw, -2);
  EXPECT_EQ(load_big_endian<int64_t>(raw), -2);
}

TEST(Bytes, WhatTheWriterWroteTheReaderReads) {
  ByteWriter writer;
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{300}, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    writer.signed_varint(value);
    writer.varint(static_cast<uint64_t>(value));
  }
  writer.fixed<uint16_t>(7);
  writer.text("text");
  ByteReader reader(writer.view());
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{300}, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(reader.signed_varint(), value);
    EXPECT_EQ(reader.varint(), static_cast<uint64_t>(value));
  }
  EXPECT_EQ(reader.fixed<uint16_t>(), 7);
  EXPECT_EQ(reader.text(), "text");
  EXPECT_TRUE(reader.at_end());
}

TEST(Bytes, AShortReadFailsForGood) {
  ByteWriter writer;
  writer.varint(1000);  // a length that is not there
  writer.fixed<uint8_t>(1);
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.fixed<uint8_t>(), 0);
  EXPECT_FALSE(reader.at_end());
  const ByteBuffer continued(11, std::byte{0x80});
  ByteReader endless(continued);
  EXPECT_EQ(endless.varint(), 0u);
  EXPECT_FALSE(endless.ok());
}

}  // namespace
}  // namespace millstream
