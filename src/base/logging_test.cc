// Tests of log lines: level, file, and a file that cannot be opened.
#include "base/logging.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace millstream {
namespace {

TEST(Logging, LinesOfTheLevelAndAboveReachTheFile) {
  const std::string path = testing::TempDir() + "logging_test.log";
  std::remove(path.c_str());
  ASSERT_TRUE(log_to_file(path));
  set_log_level(LogLevel::kWarning);
  log_info("not {}", "this");
  log_warning("but {} {{}} 100%", 42);
  set_log_level(LogLevel::kInfo);
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  EXPECT_EQ(content.str().find("not this"), std::string::npos);
  EXPECT_NE(content.str().find("warning but 42 {} 100%\n"), std::string::npos) << content.str();
}

TEST(Logging, AFileThatCannotBeOpenedIsAnError) {
  const Status status = log_to_file("/proc/no/such/folder/log");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace millstream
