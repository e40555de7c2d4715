// Files read in parts and taken up again, and part files that appear once, whatever happens in between.
#include "connector/filesystem/filesystem.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "connector/filesystem/file_split.h"
#include "connector/filesystem/line_chunks.h"
#include "connector/internal/source_rig.h"

namespace millstream::connector::filesystem {
namespace {

using column::Type;
using stream::PollResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SourceRig;
using ::testing::UnorderedElementsAre;

class FileReading : public ::testing::Test {
 protected:
  SourceRig rig;

  void make(catalog::Options options, std::vector<std::string> metadata = {}, bool raw = false) {
    if (!options.contains("format")) options["format"] = raw ? "raw" : "json";
    std::vector<std::pair<std::string, Type>> columns{{"id", Type::bigint()}, {"name", Type::string()}};
    if (raw) columns = {{"line", Type::string()}};
    const auto table = testing::table_of("filesystem", columns, options);
    auto made = make_source(testing::scan_of(table, std::move(metadata)), rig.parts);
    ASSERT_TRUE(made) << made.error().to_string();
    rig.source = *std::move(made);
  }
};

TEST_F(FileReading, ReadsAFileToItsEnd) {
  rig.write(
      "/d/a.json",
      "{\"id\":1,\"name\":\"ann\"}\n{\"id\":2}\r\n\n{\"name\":\"a name that is too long to be inline\",\"id\":3}");
  make({{"path", "/d/a.json"}});
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows, ElementsAre("1, ann", "2, NULL", "3, a name that is too long to be inline"));
  EXPECT_TRUE(rig.reader->snapshot()->at(0).finished);
}

TEST_F(FileReading, ReadsAFolderInTheOrderOfNamesWithoutHiddenFiles) {
  for (const char* name : {"b", "a", ".c", "_d", "sub/e", ".hid/f"})
    rig.write(std::string("/d/") + name, std::string(name) + "\n");
  rig.write("/d/empty", "");
  make({{"path", "file:///d/"}}, {"file.name", "file.path", "file.size"}, true);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows, ElementsAre("a, a, /d/a, 2", "b, b, /d/b, 2", "sub/e, e, /d/sub/e, 6"));
}

TEST_F(FileReading, SplitsWaitTheirTurnAndHandTheWatermarkOver) {
  rig.write("/d/a", "1\n");
  rig.write("/d/b", "2\n");
  rig.write("/d/c", "3\n");
  make({{"path", "/d"}}, {}, true);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.events, ElementsAre("idle /d/b", "idle /d/c", "rows /d/a", "rows /d/b", "finished /d/a",
                                          "rows /d/c", "finished /d/b", "finished /d/c"));
}

TEST_F(FileReading, OnlyFilesOfThePattern) {
  rig.write("/d/a.json", "1\n");
  rig.write("/d/b.txt", "2\n");
  make({{"path", "/d"}, {"source.path.regex-pattern", R"(/d/.*\.txt)"}}, {}, true);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, ElementsAre("2"));
}

TEST_F(FileReading, BadLinesGoToThePolicyWithTheirBytes) {
  rig.write("/d/a", "{\"id\":1}\nnonsense\n{\"id\":2}\n");
  make({{"path", "/d/a"}});
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, ElementsAre("1, NULL", "2, NULL"));
  EXPECT_THAT(rig.out.refused, ElementsAre("nonsense"));
}

TEST_F(FileReading, IgnoredParseErrorsAreCounted) {
  rig.write("/d/a", "{\"id\":\"x\"}\nnonsense\n{\"id\":2}\n");
  make({{"path", "/d/a"}, {"json.ignore-parse-errors", "true"}});
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.drain());
  EXPECT_THAT(rig.out.rows, ElementsAre("NULL, NULL", "2, NULL"));
  EXPECT_THAT(rig.out.refused, IsEmpty());
  EXPECT_THAT(rig.out.nulled_fields, ElementsAre("id", ""));
}

TEST_F(FileReading, TakesUpBehindTheLastRowOfTheCheckpoint) {
  std::string content;
  for (int i = 0; i < 10000; ++i) content += std::to_string(i) + "\n";
  rig.write("/d/a", content);
  make({{"path", "/d/a"}}, {}, true);
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.reader->poll(rig.out, 100));
  ASSERT_TRUE(rig.reader->poll(rig.out, 2048));
  const auto positions = *rig.reader->snapshot();
  ASSERT_TRUE(rig.reader->poll(rig.out, 2048));  // goes down with the crash
  rig.out.rows.resize(2148);
  ASSERT_TRUE(rig.open(positions));
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  ASSERT_EQ(rig.out.rows.size(), 10000U);
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(rig.out.rows[static_cast<size_t>(i)], std::to_string(i));
  EXPECT_THAT(*rig.source->discover_more(), IsEmpty());
}

TEST_F(FileReading, WaitsForTheDiskWithoutBlocking) {
  rig.write("/d/a", "1\n2\n");
  make({{"path", "/d/a"}}, {}, true);
  rig.env.executor().hold();
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kWaiting);
  EXPECT_EQ(rig.wakes, 0);
  rig.env.executor().run_all();
  EXPECT_EQ(rig.wakes, 1);
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows, ElementsAre("1", "2"));
}

TEST_F(FileReading, AReaderMayGoBeforeItsReadIsDone) {
  rig.write("/d/a", "1\n");
  make({{"path", "/d/a"}}, {}, true);
  rig.env.executor().hold();
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.drain());
  rig.reader.reset();
  rig.env.executor().run_all();
  EXPECT_EQ(rig.wakes, 0);
}

TEST_F(FileReading, LinesLongerThanAChunk) {
  const std::string longest(3 * kChunkBytes + 17, 'x');
  rig.write("/d/a", "first\n" + longest + "\nlast");
  make({{"path", "/d/a"}}, {}, true);
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  EXPECT_THAT(rig.out.rows, ElementsAre("first", longest, "last"));
}

TEST_F(FileReading, BatchesOutliveTheirReader) {
  std::string content;
  for (int i = 0; i < 60000; ++i)
    content += "{\"id\":" + std::to_string(i) + ",\"name\":\"a long name for row " + std::to_string(i) + "\"}\n";
  rig.write("/d/a", content);
  make({{"path", "/d/a"}});
  ASSERT_TRUE(rig.open());
  rig.out.keep_batches = true;
  EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  rig.reader.reset();
  size_t row = 0;
  for (const auto& batch : rig.out.batches) {
    for (const std::string& text : testing::rows_of(batch)) {
      ASSERT_EQ(text, std::to_string(row) + ", a long name for row " + std::to_string(row));
      ++row;
    }
  }
  EXPECT_EQ(row, 60000U);
  EXPECT_GT(rig.budget.used().value, static_cast<int64_t>(content.size()));
  rig.out.batches.clear();
  EXPECT_EQ(rig.budget.used().value, 0);
}

TEST_F(FileReading, AFileThatIsCutMeanwhileIsAnError) {
  rig.write("/d/a", "1\n2\n3\n");
  make({{"path", "/d/a"}}, {}, true);
  const auto splits = *rig.source->discover();
  rig.write("/d/a", "1\n");
  ASSERT_TRUE(rig.open(splits));
  const auto result = rig.drain();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("'/d/a' ends at byte 2"));
}

TEST_F(FileReading, WhatIsMissingOrCannotBeRead) {
  make({{"path", "/nowhere"}}, {}, true);
  EXPECT_EQ(rig.source->discover().error().code, ErrorCode::kNotFound);
  make({{"path", "/nowhere"}, {"source.monitor-interval", "10 s"}}, {}, true);
  EXPECT_EQ(rig.source->discover().error().code, ErrorCode::kUnavailable);
  rig.write("/d/a.gz", "x");
  make({{"path", "/d"}}, {}, true);
  EXPECT_EQ(rig.source->discover().error().code, ErrorCode::kUnsupported);
  const auto s3 = make_source(testing::scan_of(testing::table_of("filesystem", {{"a", Type::string()}},
                                                                 {{"path", "s3://b/c"}, {"format", "raw"}})),
                              rig.parts);
  ASSERT_FALSE(s3);
  EXPECT_THAT(s3.error().message, HasSubstr("'s3'"));
}

TEST_F(FileReading, NewFilesAreFoundWhileRunning) {
  rig.write("/d/a", "1\n");
  make({{"path", "/d"}, {"source.monitor-interval", "10 s"}}, {}, true);
  EXPECT_EQ(rig.source->discovery_interval(), Millis(10'000));
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(*rig.drain(), PollResult::kWaiting);
  EXPECT_THAT(rig.out.events, ElementsAre("rows /d/a", "finished /d/a"));
  rig.write("/d/b", "2\n");
  auto more = *rig.source->discover_more();
  std::erase_if(more, [](const auto& split) { return split.split == "/d/a"; });
  ASSERT_TRUE(rig.reader->add_splits(more));
  EXPECT_EQ(*rig.drain(), PollResult::kWaiting);
  EXPECT_THAT(rig.out.rows, ElementsAre("1", "2"));
}

TEST(FileSplits, PartsBeginAtLinesAndCoverTheFile) {
  env::FakeEnv env;
  std::string content;
  for (int i = 0; i < 500; ++i) content += std::string(static_cast<size_t>(i % 37), 'x') + "\n";
  ASSERT_TRUE(env.files().make_directories("/d"));
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{20}}) {  // the last line whole, without its end, in part
    const std::string text = content.substr(0, content.size() - cut);
    ASSERT_TRUE(env.files().write_file("/d/a", as_bytes(text)));
    for (const int64_t part : {300, 1000, 4000, 1 << 20}) {
      const auto splits = cut_file(env.files(), "/d/a", part);
      ASSERT_TRUE(splits);
      int64_t at = 0;
      for (const FileSplit& split : *splits) {
        EXPECT_EQ(split.start, at);
        EXPECT_LT(split.start, split.end);
        if (split.start > 0) {
          EXPECT_EQ(text[static_cast<size_t>(split.start - 1)], '\n');
        }
        at = split.end;
      }
      EXPECT_EQ(at, static_cast<int64_t>(text.size()));
      EXPECT_EQ(splits->size() > 1, part <= 4000) << part;
      EXPECT_LE(splits->size(), static_cast<size_t>(kMostParts));
    }
  }
}

TEST(FileSplits, PositionsSurviveText) {
  const FileSplit split{"/d/a \"b\"", 10, 20, 30, 40};
  const auto again = FileSplit::read(split.state());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->state(), split.state());
  EXPECT_EQ(split.name(), "/d/a \"b\"#10");
  EXPECT_EQ(
      FileSplit::read({"x", "{\"path\":\"x\",\"start\":5,\"offset\":2,\"end\":9,\"size\":9}", false}).error().code,
      ErrorCode::kCorrupt);
  EXPECT_FALSE(FileSplit::read({"x", "7", false}));
}

TEST_F(FileReading, PartsOfOneFileBySeveralTasksGiveEveryLineOnce) {
  std::string content;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back("line " + std::to_string(i));
    content += expected.back() + "\n";
  }
  rig.write("/d/a", content);
  make({{"path", "/d/a"}}, {}, true);
  const auto parts = *cut_file(rig.env.files(), "/d/a", 7000);
  ASSERT_GT(parts.size(), 4U);
  for (size_t task = 0; task < 2; ++task) {
    std::vector<stream::SplitState> own;
    for (size_t i = task; i < parts.size(); i += 2) own.push_back(parts[i].state());
    ASSERT_TRUE(rig.open(own));
    EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  }
  std::ranges::sort(rig.out.rows);
  std::ranges::sort(expected);
  EXPECT_EQ(rig.out.rows, expected);
}

TEST(FileOptionsOfTables, AreChecked) {
  const auto check = [](catalog::Options options) {
    options["format"] = "json";
    const catalog::ConnectorDirectory directory({spec()}, {{"json", "", true, true, {}}});
    return directory.check(*testing::table_of("filesystem", {{"a", Type::string()}}, std::move(options)), false);
  };
  EXPECT_TRUE(check({{"path", "/d"}}));
  EXPECT_FALSE(check({}));
  EXPECT_FALSE(check({{"path", ""}}));
  EXPECT_FALSE(check({{"path", "/d"}, {"auto-compaction", "true"}}));
  EXPECT_FALSE(check({{"path", "/d"}, {"key.format", "json"}}));
  EXPECT_FALSE(check({{"path", "/d"}, {"source.monitor-interval", "0 s"}}));
  EXPECT_FALSE(check({{"path", "/d"}, {"source.path.regex-pattern", "("}}));
  EXPECT_FALSE(check({{"path", "hdfs://h/d"}}));
}

class FileWriting : public ::testing::Test {
 protected:
  SourceRig rig;
  std::unique_ptr<stream::Sink> sink;
  std::unique_ptr<stream::SinkWriter> writer;
  std::unique_ptr<stream::Committer> committer;

  void start(catalog::Options options = {}) {
    options["format"] = "json";
    options["path"] = "/out";
    const auto table = testing::table_of("filesystem", {{"id", Type::bigint()}}, options);
    plan::TableSink node;
    node.table = table;
    auto made = make_sink(node, table->physical_schema(), rig.parts);
    ASSERT_TRUE(made) << made.error().to_string();
    sink = *std::move(made);
    ASSERT_TRUE(sink->check());
    writer = *sink->make_writer();
    stream::OperatorContext context;
    ASSERT_TRUE(writer->open(context));
    committer = *sink->make_committer({"job", AttemptId(1)});
    committer->recover(AttemptId(1), [](auto held) { EXPECT_EQ(*held, CheckpointId(0)); });
  }
  void write(const std::vector<int64_t>& ids) {
    std::vector<column::Value> values;
    for (const int64_t id : ids) values.emplace_back(id);
    column::Batch batch;
    batch.length = ids.size();
    batch.columns.push_back(column::make_vector(Type::bigint(), values));
    ASSERT_TRUE(writer->write(batch));
  }
  Status commit(std::vector<stream::Committable> epoch) {
    Status answer = fail(ErrorCode::kInternal, "no answer");
    committer->commit(CheckpointId(1), std::move(epoch), [&](Status done) { answer = std::move(done); });
    return answer;
  }
  // Visible files' contents.
  std::vector<std::string> visible() {
    std::vector<std::string> contents;
    const auto entries = *rig.env.files().list("/out");
    for (const auto& entry : entries) {
      if (!entry.name.starts_with('.')) contents.push_back(rig.read("/out/" + entry.name));
    }
    return contents;
  }
};

TEST_F(FileWriting, RowsAppearWithTheCommit) {
  start();
  write({1, 2});
  const auto epoch = *writer->prepare(CheckpointId(1));
  EXPECT_THAT(visible(), IsEmpty());
  ASSERT_TRUE(commit(epoch));
  EXPECT_THAT(visible(), ElementsAre("{\"id\":1}\n{\"id\":2}\n"));
  EXPECT_THAT(*writer->prepare(CheckpointId(2)), IsEmpty());
  write({3});
  ASSERT_TRUE(commit(*writer->prepare(CheckpointId(3))));
  EXPECT_THAT(visible(), UnorderedElementsAre("{\"id\":1}\n{\"id\":2}\n", "{\"id\":3}\n"));
}

TEST_F(FileWriting, RollsBySize) {
  start({{"sink.rolling-policy.file-size", "20"}});
  write({1, 2, 3, 4, 5});
  ASSERT_TRUE(commit(*writer->prepare(CheckpointId(1))));
  EXPECT_THAT(visible(), UnorderedElementsAre("{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n", "{\"id\":4}\n{\"id\":5}\n"));
}

TEST_F(FileWriting, AnEpochIsAppliedOnceHoweverOftenItIsOffered) {
  start();
  write({1});
  const auto epoch = *writer->prepare(CheckpointId(1));
  ASSERT_TRUE(commit(epoch));
  start();
  ASSERT_TRUE(commit(epoch));
  EXPECT_THAT(visible(), ElementsAre("{\"id\":1}\n"));
  // A reader took the file away: it does not come back.
  const auto entries = *rig.env.files().list("/out");
  for (const auto& entry : entries) {
    if (entry.name.starts_with('.')) continue;
    ASSERT_TRUE(rig.env.files().remove("/out/" + entry.name));
  }
  start();
  ASSERT_TRUE(commit(epoch));
  EXPECT_THAT(visible(), IsEmpty());
}

TEST_F(FileWriting, SurvivesPowerCutsAtEveryStep) {
  using Operation = env::FileOperation;
  for (const Operation operation :
       {Operation::kOpen, Operation::kWrite, Operation::kSync, Operation::kRename, Operation::kSyncDirectory}) {
    for (int skip = 0; skip < 3; ++skip) {
      start({{"sink.rolling-policy.file-size", "1"}});
      write({1, 2});
      const auto epoch = *writer->prepare(CheckpointId(1));
      rig.env.files().fail_next(operation, "/out", 1, skip);
      const Status first = commit(epoch);
      rig.env.files().fail_next(operation, "/out", 0);
      if (!first) {
        rig.env.power_cut(env::FakeFileSystem::Unsynced::kReordered);
        start();
        ASSERT_TRUE(commit(epoch));
      }
      EXPECT_THAT(visible(), UnorderedElementsAre("{\"id\":1}\n", "{\"id\":2}\n"))
          << static_cast<int>(operation) << " " << skip;
      ASSERT_TRUE(rig.env.files().remove_tree("/out"));
    }
  }
}

TEST_F(FileWriting, AFileInPlaceOfTheFolderIsNamed) {
  rig.write("/out", "x");
  const auto table = testing::table_of("filesystem", {{"id", Type::bigint()}}, {{"path", "/out"}, {"format", "json"}});
  plan::TableSink node;
  node.table = table;
  auto made = make_sink(node, table->physical_schema(), rig.parts);
  ASSERT_TRUE(made);
  EXPECT_FALSE((*made)->check());
}

}  // namespace
}  // namespace millstream::connector::filesystem
