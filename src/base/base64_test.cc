// The test vectors of RFC 4648, section 10, and bytes that are no text.
#include "base/base64.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out = ">";
  append_base64(out, bytes);
  return out;
}

TEST(Base64, WritesTheVectorsOfItsStandardBehindWhatIsThere) {
  EXPECT_EQ(encoded(""), ">");
  EXPECT_EQ(encoded("f"), ">Zg==");
  EXPECT_EQ(encoded("fo"), ">Zm8=");
  EXPECT_EQ(encoded("foo"), ">Zm9v");
  EXPECT_EQ(encoded("foob"), ">Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), ">Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), ">Zm9vYmFy");
  EXPECT_EQ(encoded(std::string_view("\xff\xfe\x00\xfb", 4)), ">//4A+w==");
}

}  // namespace
}  // namespace millstream
