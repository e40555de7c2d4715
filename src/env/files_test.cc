// Tests of the file contract on the real file system and on the fake one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "env/env.h"
#include "env/fake.h"

namespace millstream::env {
namespace {

using Mode = FileSystem::Mode;

std::string content_of(FileSystem& files, const std::string& path) {
  const auto content = files.read_file(path);
  return content ? std::string(as_text(*content)) : "error: " + content.error().message;
}

class Files : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      env_ = make_real_env();
      folder_ = testing::TempDir() + "files_test_" + std::to_string(getpid());
      std::filesystem::remove_all(folder_);
    } else {
      env_ = std::make_unique<FakeEnv>();
      folder_ = "/data";
    }
    ASSERT_TRUE(files().make_directories(folder_ + "/deep/er"));
  }
  void TearDown() override { (void)files().remove_tree(folder_); }
  FileSystem& files() { return env_->files(); }
  std::string path(const std::string& name) { return folder_ + "/" + name; }

  std::unique_ptr<Env> env_;
  std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(Both, Files, testing::Bool(), [](const auto& info) { return info.param ? "real" : "fake"; });

TEST_P(Files, ManyPiecesAreWrittenInOrderAndReadAtAnyOffset) {
  auto file = files().open(path("a"), Mode::kCreate);
  ASSERT_TRUE(file);
  std::vector<std::string> texts;
  std::vector<ByteSpan> pieces;
  std::string expected = std::string(3, '\0');
  for (int i = 0; i < 200; ++i) texts.push_back(i % 5 == 0 ? "" : std::to_string(i));
  for (const std::string& text : texts) {
    pieces.push_back(as_bytes(text));
    expected += text;
  }
  ASSERT_TRUE((*file)->pwrite(pieces, Bytes(3)));
  EXPECT_EQ((*file)->size()->value, static_cast<int64_t>(expected.size()));
  EXPECT_EQ(content_of(files(), path("a")), expected);
  ByteBuffer some(10);
  EXPECT_EQ(*(*file)->pread(some, Bytes(static_cast<int64_t>(expected.size()) - 4)), 4u);
  EXPECT_EQ(*(*file)->pread(some, Bytes(1'000'000)), 0u);
  ASSERT_TRUE((*file)->truncate(Bytes(5)));
  EXPECT_EQ(content_of(files(), path("a")), expected.substr(0, 5));
  EXPECT_TRUE((*file)->sync());
}

TEST_P(Files, ModesSayWhatMayBeMissingAndWhatIsKept) {
  EXPECT_EQ(files().open(path("none"), Mode::kRead).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files().open(path("none"), Mode::kReadWrite).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files().open(path("no/folder"), Mode::kCreate).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(files().write_file(path("a"), as_bytes("one")));
  ASSERT_TRUE(files().open(path("a"), Mode::kCreate));
  EXPECT_EQ(content_of(files(), path("a")), "one");
  ASSERT_TRUE(files().open(path("a"), Mode::kTruncate));
  EXPECT_EQ(content_of(files(), path("a")), "");
}

TEST_P(Files, NamesAreListedRenamedAndRemoved) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(files().write_file(path(name), as_bytes(name)));
  ASSERT_TRUE(files().rename(path("c"), path("a")));
  auto entries = files().list(folder_);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[1].name, "b");
  EXPECT_EQ((*entries)[2].name, "deep");
  EXPECT_TRUE((*entries)[2].is_directory);
  EXPECT_EQ(content_of(files(), path("a")), "c");
  ASSERT_TRUE(files().remove(path("b")));
  EXPECT_FALSE(files().exists(path("b")));
  EXPECT_EQ(files().remove(path("b")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(files().rename(path("deep"), path("moved")));
  EXPECT_TRUE(files().exists(path("moved/er")));
  EXPECT_FALSE(files().remove(path("moved")));
  ASSERT_TRUE(files().remove_tree(path("moved")));
  EXPECT_TRUE(files().remove_tree(path("moved")));
  EXPECT_EQ(files().list(path("moved")).error().code, ErrorCode::kNotFound);
}

TEST_P(Files, AnOpenFileOutlivesItsName) {
  auto file = files().open(path("a"), Mode::kCreate);
  ASSERT_TRUE(file);
  const ByteSpan piece = as_bytes("text");
  ASSERT_TRUE((*file)->pwrite(std::span(&piece, 1), Bytes(0)));
  ASSERT_TRUE(files().remove(path("a")));
  ByteBuffer read(4);
  EXPECT_EQ(*(*file)->pread(read, Bytes(0)), 4u);
  EXPECT_EQ(as_text(read), "text");
}

TEST_P(Files, ALockIsHeldByOneAndNamesItsOwner) {
  auto lock = files().lock(path("lock"));
  ASSERT_TRUE(lock);
  const auto second = files().lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().message.find(GetParam() ? std::to_string(getpid()) : "1"), std::string::npos);
  lock->reset();
  EXPECT_TRUE(files().lock(path("lock")));
}

}  // namespace
}  // namespace millstream::env
