// `millstream test` on real files in a temporary folder: exit codes, and output for people and programs.
#include "slt/test_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"

namespace millstream::slt {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class TestCommandTest : public ::testing::Test {
 protected:
  TestCommandTest() {
    std::string pattern = ::testing::TempDir() + "millstream-slt-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  ~TestCommandTest() override { fs::remove_all(folder); }
  std::string write(const std::string& name, std::string_view text) {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  int run(const TestOptions& options) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_tests(options);
    out = ::testing::internal::GetCapturedStdout();
    err = ::testing::internal::GetCapturedStderr();
    return code;
  }
  fs::path folder;
  std::string out, err;
};

constexpr char kGood[] = "query\nSELECT 1\n----\n1\n";
constexpr char kWrong[] = "query\nSELECT 1\n----\n2\n";

TEST_F(TestCommandTest, PassesFailsAndRefuses) {
  const std::string good = write("good.slt", kGood), wrong = write("wrong.slt", kWrong);
  EXPECT_EQ(run({.paths = {good}}), 0);
  EXPECT_THAT(out, HasSubstr("1 passed, 0 failed"));
  EXPECT_EQ(run({.paths = {good, wrong}}), 1);
  EXPECT_THAT(out, HasSubstr(wrong + ":1 (plain): differs"));
  EXPECT_THAT(out, HasSubstr(wrong + ":1 (rescaled): differs"));
  EXPECT_THAT(out, HasSubstr("1 passed, 1 failed"));
  const std::string broken = write("broken.slt", "qery\nSELECT 1\n");
  EXPECT_EQ(run({.paths = {good, broken}}), 2);
  EXPECT_THAT(out, HasSubstr(broken + ":1: a block cannot begin with 'qery' (did you mean 'query'?)"));
}

TEST_F(TestCommandTest, AFileThatChecksNothingFails) {
  const std::string path = write("nothing.slt", "statement ok\nCREATE VIEW v AS SELECT 1\n");
  for (const char* mode : {"", "plain", "restored"}) {
    EXPECT_EQ(run({.paths = {path}, .mode = mode}), 1) << mode;
    EXPECT_THAT(out, HasSubstr("nothing.slt: no block of it checks anything")) << mode;
  }
}

TEST_F(TestCommandTest, SearchesFoldersInOrderForTestsOnly) {
  write("b/two.slt", kWrong);
  write("a/one.slt", kWrong);
  write("a/notes.txt", "not a test");
  EXPECT_EQ(run({.paths = {folder.string()}, .mode = "plain"}), 1);
  EXPECT_LT(out.find("one.slt:1 (plain)"), out.find("two.slt:1 (plain)"));
  EXPECT_THAT(out, Not(HasSubstr("restored")));
  EXPECT_EQ(run({.paths = {folder.string()}, .mode = "plain", .verbose = true}), 1);
  EXPECT_THAT(out, HasSubstr("FAIL  " + (folder / "a/one.slt").string()));
}

TEST_F(TestCommandTest, SaysWhatIsNotThere) {
  EXPECT_EQ(run({.paths = {(folder / "gone.slt").string()}}), 2);
  EXPECT_THAT(err, HasSubstr("error: there is no "));
  EXPECT_EQ(run({.paths = {folder.string()}}), 2);
  EXPECT_THAT(err, HasSubstr("there are no .slt files in " + folder.string()));
  EXPECT_EQ(run({.paths = {write("good.slt", kGood)}, .mode = "fast"}), 2);
  EXPECT_THAT(err, HasSubstr("there is no mode 'fast'"));
  EXPECT_THAT(err, HasSubstr("row by row"));
}

TEST_F(TestCommandTest, JsonIsOneDocumentWhateverHappens) {
  write("a.slt", kGood);
  const std::string wrong = write("b.slt", kWrong);
  write("c.slt", "end\n");
  write("d.slt", "nonsense\n");
  EXPECT_EQ(run({.paths = {folder.string()}, .mode = "plain", .verbose = true, .json = true}), 2);
  const auto json = Json::parse(out);
  ASSERT_TRUE(json) << out;
  EXPECT_EQ((*json)["passed"].int_or(-1), 1);
  EXPECT_EQ((*json)["failed"].int_or(-1), 3);
  EXPECT_EQ((*json)["checks"].int_or(-1), 2);
  const Json::Array& failures = *(*json)["failures"].if_array();
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_EQ(failures[0]["file"].string_or(""), wrong);
  EXPECT_EQ(failures[0]["line"].int_or(-1), 1);
  EXPECT_EQ(failures[0]["mode"].string_or(""), "plain");
  EXPECT_THAT(failures[0]["text"].string_or(""), HasSubstr("  - 2\n  + 1\n"));
  EXPECT_THAT(failures[1]["text"].string_or(""), HasSubstr("checks anything"));
  EXPECT_THAT(failures[2]["text"].string_or(""), HasSubstr("d.slt:1: a block cannot begin with 'nonsense'"));
}

}  // namespace
}  // namespace millstream::slt
