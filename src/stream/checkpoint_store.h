// Checkpoints of one job on disk: page files that later checkpoints keep referring to, and one manifest each.
//
// Layout and recovery: docs/format/checkpoint.md. write, prune and export block on files and are called one at a time
// (from Env's executor); a LoadedCheckpoint may be read from several threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "env/env.h"
#include "stream/checkpoint.h"

namespace millstream::stream {

// Where a stored page lies.
struct PageLocation {
  CheckpointId file{0};  // the page file of that checkpoint
  uint64_t offset = 0;
  uint32_t stored = 0;  // bytes in the file: the page without its hole
  uint32_t size = 0;    // bytes of the page
  uint32_t hole_begin = 0;
  uint32_t checksum = 0;  // CRC-32C of the stored bytes
};

struct StoredTable {
  std::string name;
  std::string schema;
  std::vector<PageLocation> pages;
};
struct StoredOperator {
  std::string state_id;
  int task = 0;
  std::vector<std::pair<std::string, ByteBuffer>> values;
  std::vector<StoredTable> tables;
};
struct Manifest {
  CheckpointId id{0};
  AttemptId attempt{1};
  std::string job;
  int parallelism = 1;
  std::vector<StoredOperator> operators;
  std::vector<SourcePositions> sources;
  std::vector<Committable> committables;

  [[nodiscard]] ByteBuffer encode() const;
  static Result<Manifest> decode(ByteSpan bytes);  // kCorrupt; kUnsupported: another version
  [[nodiscard]] std::set<CheckpointId> files() const;
};

// A checkpoint that was found; its pages are checked as they are read.
class LoadedCheckpoint {
 public:
  LoadedCheckpoint(env::FileSystem& files, std::string directory, Manifest manifest)
      : files_(files), directory_(std::move(directory)), manifest_(std::move(manifest)) {}
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  // State of an operator for task `task` of `parallelism`; null if the checkpoint has none of that id.
  [[nodiscard]] std::unique_ptr<state::SnapshotReader> reader(const std::string& state_id, int task,
                                                              int parallelism) const;
  // The splits of a source, or null if the checkpoint does not know it.
  [[nodiscard]] const std::vector<SplitState>* splits(const std::string& state_id) const;

 private:
  env::FileSystem& files_;
  std::string directory_;
  Manifest manifest_;
};

class CheckpointStore {
 public:
  CheckpointStore(env::FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  // Durable once it returns; bytes written. On an error the checkpoint does not exist and the next one may be tried.
  Result<Bytes> write(const CheckpointContent& content);
  // Removes all but the newest `retained` checkpoints and the page files that nothing refers to.
  Status prune(int retained);
  // Ids of manifests present, newest first.
  [[nodiscard]] Result<std::vector<CheckpointId>> list();
  // kCorrupt: torn or damaged. Checks the manifest, not the pages.
  [[nodiscard]] Result<LoadedCheckpoint> load(CheckpointId id);
  // Copies a checkpoint with all its pages; the folder is made.
  Status export_to(CheckpointId id, const std::string& directory);

  [[nodiscard]] static std::string manifest_name(CheckpointId id);
  [[nodiscard]] static std::string pages_name(CheckpointId id);

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  env::FileSystem& files_;
  std::string directory_;
  bool made_ = false;                                          // the directory, durably
  std::unordered_map<uint64_t, PageLocation> stored_;          // by page id: the pages of the last checkpoint written
  std::map<CheckpointId, std::set<CheckpointId>> references_;  // page files of each manifest seen
  std::map<CheckpointId, std::pair<int64_t, int64_t>> fill_;   // page file → bytes written, bytes in use
};

}  // namespace millstream::stream
