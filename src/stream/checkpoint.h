// What a checkpoint consists of: each task's share of operator state, source positions and sinks' committables.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ids.h"
#include "state/snapshot.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace millstream::stream {

struct TableSnapshot {
  std::string name;
  std::string schema;
  std::vector<state::PageRef> pages;
};

// One operator's state in one task.
struct OperatorState {
  std::string state_id;
  int task = 0;
  std::vector<std::pair<std::string, ByteBuffer>> values;
  std::vector<TableSnapshot> tables;
};

struct SourcePositions {
  std::string state_id;
  std::vector<SplitState> splits;
};

struct TaskSnapshot {
  int task = 0;
  std::vector<OperatorState> operators;  // those with state
  std::vector<SourcePositions> sources;
  std::vector<Committable> committables;
};

// Everything that is stored as checkpoint `id`.
struct CheckpointContent {
  CheckpointId id{0};
  AttemptId attempt{1};
  std::string job;
  int parallelism = 1;
  std::vector<OperatorState> operators;
  std::vector<SourcePositions> sources;  // one per source, the splits of all its tasks
  std::vector<Committable> committables;
};

// Collects what one operator hands over.
class OperatorStateWriter final : public state::SnapshotWriter {
 public:
  explicit OperatorStateWriter(OperatorState& into) : into_(into) {}
  void put(std::string_view name, ByteBuffer value) override { into_.values.emplace_back(name, std::move(value)); }
  void begin_table(std::string_view table, std::string_view schema) override {
    into_.tables.push_back({std::string(table), std::string(schema), {}});
  }
  void add_page(std::string_view table, state::PageRef page) override {
    for (auto it = into_.tables.rbegin(); it != into_.tables.rend(); ++it) {
      if (it->name == table) {
        it->pages.push_back(std::move(page));
        return;
      }
    }
    CHECK(false && "a page of a table that was not begun");
  }

 private:
  OperatorState& into_;
};

}  // namespace millstream::stream
