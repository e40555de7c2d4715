// Files in memory that know what is synced: a tree of nodes, each with what is visible and what is durable.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "env/fake.h"

namespace millstream::env {
namespace {

// A change of a file's bytes that no sync has covered yet.
struct Change {
  enum class Kind { kWrite, kTruncate } kind;
  int64_t offset;  // or the new length
  ByteBuffer bytes;
};

void apply(ByteBuffer& content, const Change& change, size_t length) {
  if (change.kind == Change::Kind::kTruncate) {
    content.resize(static_cast<size_t>(change.offset));
    return;
  }
  const size_t end = static_cast<size_t>(change.offset) + length;
  if (length > 0 && content.size() < end) content.resize(end);
  std::copy_n(change.bytes.begin(), length, content.begin() + change.offset);
}

struct Node {
  bool is_directory = false;
  ByteBuffer content;
  ByteBuffer durable_content;
  std::vector<Change> changes;
  std::map<std::string, std::shared_ptr<Node>> entries;
  std::map<std::string, std::shared_ptr<Node>> durable_entries;
};
using NodePtr = std::shared_ptr<Node>;

struct Fault {
  FileOperation operation;
  std::string part;
  int times;
  int skip;
  ErrorCode code;
};

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

std::unexpected<Error> absent(const std::string& path) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no '{}'", path));
}

}  // namespace

struct FakeFileSystem::State {
  explicit State(uint64_t seed) : random(seed) { root->is_directory = true; }

  std::mutex mutex;
  NodePtr root = std::make_shared<Node>();
  int64_t used = 0;
  int64_t limit = Bytes::max().value;
  int64_t life = 0;  // counts power cuts; files opened in an earlier life are dead
  std::mt19937_64 random;
  std::vector<Fault> faults;
  std::array<int64_t, 10> counts{};
  std::map<std::string, int64_t> locks;  // path to the life it was taken in

  uint64_t below(uint64_t bound) { return random() % bound; }

  Status enter(FileOperation operation, const std::string& path) {
    ++counts[static_cast<size_t>(operation)];
    for (Fault& fault : faults) {
      if (fault.operation != operation || fault.times == 0 || path.find(fault.part) == std::string::npos) continue;
      if (fault.skip > 0) {
        --fault.skip;
        continue;
      }
      --fault.times;
      return fail(fault.code, fmt::format("the test made this operation on '{}' fail", path));
    }
    return {};
  }

  NodePtr find(const std::string& path) const {
    NodePtr node = root;
    for (const std::string& part : parts_of(path)) {
      const auto entry = node->entries.find(part);
      if (entry == node->entries.end()) return nullptr;
      node = entry->second;
    }
    return node;
  }

  // The folder that holds `path`'s last part, and that part.
  Result<std::pair<NodePtr, std::string>> place_of(const std::string& path) const {
    std::vector<std::string> parts = parts_of(path);
    if (parts.empty()) return fail(ErrorCode::kInvalidArgument, "the root has no name");
    std::string name = std::move(parts.back());
    parts.pop_back();
    NodePtr folder = find(join(parts, "/"));
    if (folder == nullptr || !folder->is_directory) return absent(path);
    return std::pair(std::move(folder), std::move(name));
  }

  int64_t size_of(const NodePtr& node) const {
    auto total = static_cast<int64_t>(node->content.size());
    for (const auto& [name, child] : node->entries) total += size_of(child);
    return total;
  }

  void cut(const NodePtr& node, Unsynced unsynced) {
    if (node->is_directory) {
      // Whole folder old or new: an unlinked file may come back, a new one may stay.
      const bool keep = unsynced != Unsynced::kNone && below(2) == 0;
      if (keep) node->durable_entries = node->entries;
      node->entries = node->durable_entries;
      for (const auto& [name, child] : node->entries) cut(child, unsynced);
      return;
    }
    cut_file(*node, unsynced);
  }

  void cut_file(Node& file, Unsynced unsynced) {
    ByteBuffer& content = file.durable_content;
    if (!file.changes.empty() && unsynced == Unsynced::kPrefix) {
      const size_t whole = below(file.changes.size() + 1);
      for (size_t i = 0; i < whole; ++i) apply(content, file.changes[i], file.changes[i].bytes.size());
      if (whole < file.changes.size()) {
        const Change& torn = file.changes[whole];
        if (torn.kind == Change::Kind::kWrite) apply(content, torn, below(torn.bytes.size() + 1));
      }
    } else if (unsynced == Unsynced::kReordered) {
      for (const Change& change : file.changes) {
        const uint64_t toss = below(3);
        if (toss == 0) continue;
        if (change.kind == Change::Kind::kWrite)
          apply(content, change, toss == 1 ? change.bytes.size() : below(change.bytes.size() + 1));
        else
          apply(content, change, 0);
      }
    }
    file.changes.clear();
    file.content = content;
  }
};

namespace {

using State = FakeFileSystem::State;

class FakeFile final : public File {
 public:
  FakeFile(std::shared_ptr<State> state, NodePtr node, std::string path, bool writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        life_(state_->life) {}

  Result<size_t> pread(MutableByteSpan into, Bytes offset) const override {
    const std::lock_guard lock(state_->mutex);
    MS_TRY(enter(FileOperation::kRead));
    const ByteBuffer& content = node_->content;
    const auto start = std::min(static_cast<size_t>(offset.value), content.size());
    const size_t count = std::min(into.size(), content.size() - start);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(start), count, into.begin());
    return count;
  }

  Status pwrite(std::span<const ByteSpan> pieces, Bytes offset) override {
    const std::lock_guard lock(state_->mutex);
    MS_TRY(enter(FileOperation::kWrite));
    MS_TRY(check_writable());
    Change change{Change::Kind::kWrite, offset.value, {}};
    for (const ByteSpan piece : pieces) change.bytes.insert(change.bytes.end(), piece.begin(), piece.end());
    const auto before = static_cast<int64_t>(node_->content.size());
    const int64_t room = state_->limit - state_->used;
    const int64_t growth = offset.value + static_cast<int64_t>(change.bytes.size()) - before;
    const bool full = growth > 0 && growth > room;
    if (full) {
      const int64_t fits = static_cast<int64_t>(change.bytes.size()) - (growth - std::max<int64_t>(room, 0));
      change.bytes.resize(static_cast<size_t>(std::max<int64_t>(fits, 0)));
    }
    apply(node_->content, change, change.bytes.size());
    state_->used += static_cast<int64_t>(node_->content.size()) - before;
    if (!change.bytes.empty()) node_->changes.push_back(std::move(change));
    if (full) return fail(ErrorCode::kDiskFull, fmt::format("cannot write '{}': the disk is full", path_));
    return {};
  }

  Status sync() override {
    const std::lock_guard lock(state_->mutex);
    if (Status entered = enter(FileOperation::kSync); !entered) {
      // As Linux does: the dirty pages are clean now and gone after a power cut, and the next sync succeeds.
      if (life_ == state_->life) node_->changes.clear();
      return entered;
    }
    for (const Change& change : node_->changes) apply(node_->durable_content, change, change.bytes.size());
    node_->changes.clear();
    return {};
  }

  Status truncate(Bytes size) override {
    const std::lock_guard lock(state_->mutex);
    MS_TRY(enter(FileOperation::kTruncate));
    MS_TRY(check_writable());
    const auto before = static_cast<int64_t>(node_->content.size());
    if (size.value - before > state_->limit - state_->used) {
      return fail(ErrorCode::kDiskFull, fmt::format("cannot extend '{}': the disk is full", path_));
    }
    node_->changes.push_back({Change::Kind::kTruncate, size.value, {}});
    apply(node_->content, node_->changes.back(), 0);
    state_->used += size.value - before;
    return {};
  }

  [[nodiscard]] Result<Bytes> size() const override {
    const std::lock_guard lock(state_->mutex);
    MS_TRY(check_alive());
    return Bytes(static_cast<int64_t>(node_->content.size()));
  }

  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  Status check_alive() const {
    if (life_ != state_->life) return fail(ErrorCode::kIo, fmt::format("'{}' was open when the power was cut", path_));
    return {};
  }
  Status check_writable() const {
    if (!writable_) return fail(ErrorCode::kPermission, fmt::format("'{}' is open for reading only", path_));
    return {};
  }
  Status enter(FileOperation operation) const {
    MS_TRY(check_alive());
    return state_->enter(operation, path_);
  }

  std::shared_ptr<State> state_;
  NodePtr node_;
  std::string path_;
  bool writable_;
  int64_t life_;
};

class FakeLock final : public FileLock {
 public:
  FakeLock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)), life_(state_->life) {}
  ~FakeLock() override {
    const std::lock_guard lock(state_->mutex);
    if (life_ == state_->life) state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  int64_t life_;
};

}  // namespace

FakeFileSystem::FakeFileSystem(uint64_t seed) : state_(std::make_shared<State>(seed)) {}
FakeFileSystem::~FakeFileSystem() = default;

Result<std::unique_ptr<File>> FakeFileSystem::open(const std::string& path, Mode mode) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kOpen, path));
  MS_ASSIGN(const auto place, state_->place_of(path));
  const auto& [folder, name] = place;
  const auto found = folder->entries.find(name);
  NodePtr node = found == folder->entries.end() ? nullptr : found->second;
  if (node == nullptr) {
    if (mode == Mode::kRead || mode == Mode::kReadWrite) return absent(path);
    node = std::make_shared<Node>();
    folder->entries[name] = node;
  }
  if (node->is_directory) return fail(ErrorCode::kIo, fmt::format("'{}' is a folder", path));
  if (mode == Mode::kTruncate && !node->content.empty()) {
    state_->used -= static_cast<int64_t>(node->content.size());
    node->changes.push_back({Change::Kind::kTruncate, 0, {}});
    node->content.clear();
  }
  return std::make_unique<FakeFile>(state_, std::move(node), path, mode != Mode::kRead);
}

Status FakeFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kRename, from));
  MS_ASSIGN(const auto source, state_->place_of(from));
  MS_ASSIGN(const auto target, state_->place_of(to));
  const auto moved = source.first->entries.find(source.second);
  if (moved == source.first->entries.end()) return absent(from);
  const NodePtr node = moved->second;
  if (const auto old = target.first->entries.find(target.second);
      old != target.first->entries.end() && old->second != node) {
    if (old->second->is_directory && !old->second->entries.empty()) {
      return fail(ErrorCode::kAlreadyExists, fmt::format("'{}' is a folder with files", to));
    }
    state_->used -= state_->size_of(old->second);
  }
  source.first->entries.erase(moved);
  target.first->entries[target.second] = node;
  return {};
}

Status FakeFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kRemove, path));
  MS_ASSIGN(const auto place, state_->place_of(path));
  const auto entry = place.first->entries.find(place.second);
  if (entry == place.first->entries.end()) return absent(path);
  if (!entry->second->entries.empty())
    return fail(ErrorCode::kAlreadyExists, fmt::format("'{}' is a folder with files", path));
  state_->used -= state_->size_of(entry->second);
  place.first->entries.erase(entry);
  return {};
}

Status FakeFileSystem::remove_tree(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kRemove, path));
  const auto place = state_->place_of(path);
  if (!place) return {};
  if (const auto entry = place->first->entries.find(place->second); entry != place->first->entries.end()) {
    state_->used -= state_->size_of(entry->second);
    place->first->entries.erase(entry);
  }
  return {};
}

Status FakeFileSystem::make_directories(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kMakeDirectory, path));
  NodePtr node = state_->root;
  for (const std::string& part : parts_of(path)) {
    NodePtr& child = node->entries[part];
    if (child == nullptr) {
      child = std::make_shared<Node>();
      child->is_directory = true;
    }
    if (!child->is_directory) return fail(ErrorCode::kAlreadyExists, fmt::format("a part of '{}' is a file", path));
    node = child;
  }
  return {};
}

Status FakeFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kSyncDirectory, path));
  const NodePtr node = state_->find(path);
  if (node == nullptr || !node->is_directory) return absent(path);
  node->durable_entries = node->entries;
  return {};
}

Result<std::vector<DirectoryEntry>> FakeFileSystem::list(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MS_TRY(state_->enter(FileOperation::kList, path));
  const NodePtr node = state_->find(path);
  if (node == nullptr || !node->is_directory) return absent(path);
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, child] : node->entries) entries.push_back({name, child->is_directory});
  return entries;
}

bool FakeFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  return state_->find(path) != nullptr;
}

Result<std::unique_ptr<FileLock>> FakeFileSystem::lock(const std::string& path) {
  MS_TRY(open(path, Mode::kCreate));
  const std::lock_guard guard(state_->mutex);
  const std::string key = join(parts_of(path), "/");
  if (!state_->locks.emplace(key, state_->life).second) {
    return fail(ErrorCode::kConflict, fmt::format("'{}' is in use by process 1", path));
  }
  return std::make_unique<FakeLock>(state_, key);
}

void FakeFileSystem::power_cut(Unsynced unsynced) {
  const std::lock_guard lock(state_->mutex);
  ++state_->life;
  state_->locks.clear();
  state_->cut(state_->root, unsynced);
  state_->used = state_->size_of(state_->root);
}

void FakeFileSystem::set_disk_limit(Bytes limit) {
  const std::lock_guard lock(state_->mutex);
  state_->limit = limit.value;
}

Bytes FakeFileSystem::disk_used() {
  const std::lock_guard lock(state_->mutex);
  return Bytes(state_->used);
}

void FakeFileSystem::fail_next(FileOperation operation, std::string part, int times, int skip, ErrorCode code) {
  const std::lock_guard lock(state_->mutex);
  state_->faults.push_back({operation, std::move(part), times, skip, code});
}

int64_t FakeFileSystem::count_of(FileOperation operation) {
  const std::lock_guard lock(state_->mutex);
  return state_->counts[static_cast<size_t>(operation)];
}

}  // namespace millstream::env
