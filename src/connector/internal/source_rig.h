// For tests of this module: tables by hand, and a source output that writes down what a reader gives.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "column/value.h"
#include "connector/connectors.h"
#include "env/fake.h"

namespace millstream::connector::testing {

inline catalog::TablePtr table_of(const std::string& connector,
                                  std::vector<std::pair<std::string, column::Type>> columns, catalog::Options options) {
  auto table = std::make_shared<catalog::Table>();
  table->name = "t";
  for (auto& [name, type] : columns) {
    catalog::Column column;
    column.name = name;
    column.type = std::move(type);
    table->columns.push_back(std::move(column));
  }
  options["connector"] = connector;
  table->options = std::move(options);
  return table;
}

inline plan::TableScan scan_of(catalog::TablePtr table, std::vector<std::string> metadata = {}) {
  plan::TableScan scan;
  scan.table = std::move(table);
  for (size_t i = 0; i < scan.table->physical_schema().size(); ++i) scan.decoded.push_back(static_cast<int>(i));
  scan.metadata = std::move(metadata);
  return scan;
}

// Every row as "cell, cell", NULL for null.
inline std::vector<std::string> rows_of(const column::Batch& batch) {
  std::vector<std::string> rows;
  batch.rows().for_each([&](size_t position) {
    std::string row;
    for (const auto& vector : batch.columns) {
      const column::Value value = column::value_at(*vector, position);
      row += (row.empty() ? "" : ", ") + (value.is_null() ? "NULL" : column::to_text(vector->type(), value));
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

class Output final : public stream::SourceOutput, public stream::BadRowPolicy {
 public:
  std::vector<std::string> rows;
  std::vector<column::Batch> batches;
  std::vector<std::string> events;  // "idle a", "finished a", and "rows a" where another split begins to give rows
  std::vector<std::string> refused;
  std::vector<std::string> nulled_fields;
  bool keep_batches = false;

  Status emit(const std::string& split, column::Batch batch) override {
    if (events.empty() || events.back() != "rows " + split) events.push_back("rows " + split);
    EXPECT_LE(batch.row_count(), column::kBatchRows);
    for (std::string& row : rows_of(batch)) rows.push_back(std::move(row));
    if (keep_batches) batches.push_back(std::move(batch));
    return {};
  }
  Status refuse(const std::string&, const stream::BadRow& row) override { return refuse(row); }
  stream::BadRowPolicy& bad_rows() override { return *this; }
  void idle(const std::string& split) override { events.push_back("idle " + split); }
  void finished(const std::string& split) override { events.push_back("finished " + split); }

  Status refuse(const stream::BadRow& row) override {
    refused.emplace_back(row.origin == nullptr ? std::string_view() : row.origin->raw_values[row.position]);
    return {};
  }
  void nulled(std::string_view column, const stream::BadRow&) override { nulled_fields.emplace_back(column); }
};

// A fake machine, and one reader of a source on it.
class SourceRig {
 public:
  env::FakeEnv env;
  MemoryBudget budget{"test", 1_GiB};
  ConnectorParts parts{env, budget, nullptr, {}, {}};
  Output out;
  int wakes = 0;
  std::unique_ptr<stream::Source> source;
  std::unique_ptr<stream::SourceReader> reader;

  Status open(std::vector<stream::SplitState> splits) {
    MS_ASSIGN(reader, source->make_reader());
    context_.clock = &env.clock();
    context_.budget = &budget;
    return reader->open({&context_, [this] { ++wakes; }}, std::move(splits));
  }
  Status open() {
    MS_ASSIGN(std::vector<stream::SplitState> splits, source->discover());
    return open(std::move(splits));
  }
  // Until nothing comes any more.
  Result<stream::PollResult> drain(int most = 1'000'000) {
    for (int i = 0; i < most; ++i) {
      MS_ASSIGN(const stream::PollResult result, reader->poll(out, column::kBatchRows));
      if (result != stream::PollResult::kReady) return result;
    }
    return stream::PollResult::kReady;
  }
  void write(const std::string& path, const std::string& content) {
    const size_t slash = path.rfind('/');
    ASSERT_TRUE(env.files().make_directories(path.substr(0, slash)));
    ASSERT_TRUE(env.files().write_file(path, as_bytes(content)));
  }
  std::string read(const std::string& path) {
    const auto content = env.files().read_file(path);
    return content ? std::string(as_text(*content)) : "no file " + path;
  }

 private:
  stream::OperatorContext context_;
};

}  // namespace millstream::connector::testing
