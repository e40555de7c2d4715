// Whole files, and what cannot be read.
#include "base/text_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace millstream {
namespace {

TEST(TextFile, IsReadWholeAndWithoutByteOrderMark) {
  const std::string path = testing::TempDir() + "text_file_test";
  const std::string text = "a\r\nb" + std::string(100'000, 'x');
  std::ofstream(path, std::ios::binary) << "\xef\xbb\xbf" << text;
  EXPECT_EQ(read_text_file(path).value_or(""), text);
  std::remove(path.c_str());
  const auto gone = read_text_file(path);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(gone.error().message, path + " cannot be read: No such file or directory");
}

TEST(TextFile, AFolderIsNoFile) {
  const auto folder = read_text_file(testing::TempDir());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("cannot be read: Is a directory"), std::string::npos);
}

}  // namespace
}  // namespace millstream
