// Pages first, then the manifest by atomic rename: a crash at any step leaves the previous checkpoint whole.
#include "stream/checkpoint_store.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "column/key.h"
#include "env/failpoint.h"

namespace millstream::stream {
namespace {

constexpr uint32_t kManifestMagic = 0x4b43534d;  // "MSCK"
constexpr uint32_t kPagesMagic = 0x4750534d;     // "MSPG"
constexpr uint16_t kVersion = 1;
constexpr size_t kPagesHeader = 8;  // magic, version, zero
constexpr std::string_view kManifestPrefix = "checkpoint-";
constexpr std::string_view kPagesPrefix = "pages-";
// A page file of which less than one byte in so many is in use is written anew with the next checkpoint.
constexpr int64_t kRewriteFraction = 4;
constexpr int64_t kRewriteFrom = 1 << 20;  // not for small files

std::string numbered(std::string_view prefix, CheckpointId id) { return fmt::format("{}{:020}", prefix, id.value); }

Result<ByteBuffer> read_exactly(const env::File& file, uint64_t offset, size_t size) {
  ByteBuffer bytes(size);
  MS_ASSIGN(const size_t got, file.pread(bytes, Bytes(static_cast<int64_t>(offset))));
  if (got != size) return fail(ErrorCode::kCorrupt, "a checkpoint's page file is shorter than its manifest says");
  return bytes;
}

class StoredStateReader final : public state::SnapshotReader {
 public:
  StoredStateReader(env::FileSystem& files, std::string directory, std::vector<const StoredOperator*> parts, int task,
                    int parallelism, int old_parallelism)
      : files_(files),
        directory_(std::move(directory)),
        parts_(std::move(parts)),
        task_(task),
        parallelism_(parallelism),
        old_parallelism_(old_parallelism) {}

  Result<std::vector<ByteBuffer>> get(std::string_view name) override {
    std::vector<ByteBuffer> found;
    for (const StoredOperator* part : parts_) {
      for (const auto& [key, value] : part->values) {
        if (key == name) found.push_back(value);
      }
    }
    return found;
  }
  Status for_each_page(std::string_view table, std::string_view schema,
                       const std::function<Status(ByteSpan)>& visit) override {
    for (const StoredOperator* part : parts_) {
      if (!overlaps(part->task)) continue;
      for (const StoredTable& stored : part->tables) {
        if (stored.name != table) continue;
        if (stored.schema != schema) {
          return fail(ErrorCode::kConflict,
                      fmt::format("the checkpoint's state '{}' has the columns {}, the operator has {}", table,
                                  stored.schema, schema));
        }
        for (const PageLocation& page : stored.pages) MS_TRY(visit_page(page, visit));
      }
    }
    return {};
  }
  [[nodiscard]] bool owns(KeyGroup group) const override { return column::task_of(group, parallelism_) == task_; }

 private:
  // Whether any key group of the old task is now this one's.
  [[nodiscard]] bool overlaps(int old_task) const {
    for (int g = 0; g < column::kKeyGroups; ++g) {
      const KeyGroup group(static_cast<uint16_t>(g));
      if (column::task_of(group, old_parallelism_) == old_task && owns(group)) return true;
    }
    return false;
  }
  Status visit_page(const PageLocation& page, const std::function<Status(ByteSpan)>& visit) {
    if (!file_ || file_id_ != page.file) {
      auto opened =
          files_.open(directory_ + "/" + CheckpointStore::pages_name(page.file), env::FileSystem::Mode::kRead);
      if (!opened && opened.error().code == ErrorCode::kNotFound) {
        return fail(ErrorCode::kCorrupt,
                    fmt::format("the page file {} of a checkpoint is missing", CheckpointStore::pages_name(page.file)));
      }
      MS_TRY(opened);
      file_ = *std::move(opened);
      file_id_ = page.file;
    }
    MS_ASSIGN(const ByteBuffer stored, read_exactly(*file_, page.offset, page.stored));
    if (crc32c(stored) != page.checksum) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("a page in {} does not match its checksum", CheckpointStore::pages_name(page.file)));
    }
    ByteBuffer bytes(page.size);
    std::copy_n(stored.begin(), page.hole_begin, bytes.begin());
    std::copy(stored.begin() + page.hole_begin, stored.end(), bytes.end() - (page.stored - page.hole_begin));
    return visit(bytes);
  }

  env::FileSystem& files_;
  std::string directory_;
  std::vector<const StoredOperator*> parts_;  // by old task
  int task_, parallelism_, old_parallelism_;
  std::unique_ptr<env::File> file_;
  CheckpointId file_id_{-1};
};

}  // namespace

std::string CheckpointStore::manifest_name(CheckpointId id) { return numbered(kManifestPrefix, id); }
std::string CheckpointStore::pages_name(CheckpointId id) { return numbered(kPagesPrefix, id); }

ByteBuffer Manifest::encode() const {
  ByteWriter out;
  out.fixed(kManifestMagic);
  out.fixed(kVersion);
  out.fixed(id.value);
  out.fixed(attempt.value);
  out.text(job);
  out.varint(static_cast<uint64_t>(parallelism));
  out.varint(operators.size());
  for (const StoredOperator& op : operators) {
    out.text(op.state_id);
    out.varint(static_cast<uint64_t>(op.task));
    out.varint(op.values.size());
    for (const auto& [name, value] : op.values) {
      out.text(name);
      out.bytes(value);
    }
    out.varint(op.tables.size());
    for (const StoredTable& table : op.tables) {
      out.text(table.name);
      out.text(table.schema);
      out.varint(table.pages.size());
      for (const PageLocation& page : table.pages) {
        out.varint(static_cast<uint64_t>(page.file.value));
        out.varint(page.offset);
        out.varint(page.stored);
        out.varint(page.size);
        out.varint(page.hole_begin);
        out.fixed(page.checksum);
      }
    }
  }
  out.varint(sources.size());
  for (const SourcePositions& source : sources) {
    out.text(source.state_id);
    out.varint(source.splits.size());
    for (const SplitState& split : source.splits) {
      out.text(split.split);
      out.text(split.position);
      out.fixed(static_cast<uint8_t>(split.finished));
    }
  }
  out.varint(committables.size());
  for (const Committable& committable : committables) {
    out.text(committable.target);
    out.text(committable.table);
    out.bytes(committable.payload);
  }
  out.fixed(crc32c(out.view()));
  return out.take();
}

Result<Manifest> Manifest::decode(ByteSpan bytes) {
  const auto corrupt = [] { return fail(ErrorCode::kCorrupt, "the manifest does not match its checksum or format"); };
  if (bytes.size() < 10) return corrupt();
  ByteReader tail(bytes.last(4));
  if (tail.fixed<uint32_t>() != crc32c(bytes.first(bytes.size() - 4))) return corrupt();
  ByteReader in(bytes.first(bytes.size() - 4));
  if (in.fixed<uint32_t>() != kManifestMagic) return corrupt();
  if (const auto version = in.fixed<uint16_t>(); version != kVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the checkpoint has format version {}, this program reads {}", version, kVersion));
  }
  Manifest manifest;
  manifest.id = CheckpointId(in.fixed<int64_t>());
  manifest.attempt = AttemptId(in.fixed<int64_t>());
  manifest.job = in.text();
  manifest.parallelism = static_cast<int>(in.varint());
  const auto copy_of = [](ByteSpan span) { return ByteBuffer(span.begin(), span.end()); };
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    StoredOperator op;
    op.state_id = in.text();
    op.task = static_cast<int>(in.varint());
    for (uint64_t v = in.varint(); v > 0 && in.ok(); --v) {
      std::string name(in.text());
      op.values.emplace_back(std::move(name), copy_of(in.bytes()));
    }
    for (uint64_t t = in.varint(); t > 0 && in.ok(); --t) {
      StoredTable table;
      table.name = in.text();
      table.schema = in.text();
      for (uint64_t p = in.varint(); p > 0 && in.ok(); --p) {
        PageLocation page;
        page.file = CheckpointId(static_cast<int64_t>(in.varint()));
        page.offset = in.varint();
        page.stored = static_cast<uint32_t>(in.varint());
        page.size = static_cast<uint32_t>(in.varint());
        page.hole_begin = static_cast<uint32_t>(in.varint());
        page.checksum = in.fixed<uint32_t>();
        if (page.hole_begin > page.stored || page.stored > page.size) return corrupt();
        table.pages.push_back(page);
      }
      op.tables.push_back(std::move(table));
    }
    manifest.operators.push_back(std::move(op));
  }
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    SourcePositions source;
    source.state_id = in.text();
    for (uint64_t s = in.varint(); s > 0 && in.ok(); --s) {
      SplitState split;
      split.split = in.text();
      split.position = in.text();
      split.finished = in.fixed<uint8_t>() != 0;
      source.splits.push_back(std::move(split));
    }
    manifest.sources.push_back(std::move(source));
  }
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    Committable committable;
    committable.target = in.text();
    committable.table = in.text();
    committable.payload = copy_of(in.bytes());
    manifest.committables.push_back(std::move(committable));
  }
  if (!in.at_end() || manifest.parallelism < 1) return corrupt();
  return manifest;
}

std::set<CheckpointId> Manifest::files() const {
  std::set<CheckpointId> all;
  for (const StoredOperator& op : operators) {
    for (const StoredTable& table : op.tables) {
      for (const PageLocation& page : table.pages) all.insert(page.file);
    }
  }
  return all;
}

std::unique_ptr<state::SnapshotReader> LoadedCheckpoint::reader(const std::string& state_id, int task,
                                                                int parallelism) const {
  std::vector<const StoredOperator*> parts;
  for (const StoredOperator& op : manifest_.operators) {
    if (op.state_id == state_id) parts.push_back(&op);
  }
  if (parts.empty()) return nullptr;
  std::sort(parts.begin(), parts.end(), [](const auto* a, const auto* b) { return a->task < b->task; });
  return std::make_unique<StoredStateReader>(files_, directory_, std::move(parts), task, parallelism,
                                             manifest_.parallelism);
}

const std::vector<SplitState>* LoadedCheckpoint::splits(const std::string& state_id) const {
  for (const SourcePositions& source : manifest_.sources) {
    if (source.state_id == state_id) return &source.splits;
  }
  return nullptr;
}

Result<Bytes> CheckpointStore::write(const CheckpointContent& content) {
  FAILPOINT("checkpoint.begin");
  if (!made_) MS_TRY(files_.make_durable_directories(directory_));
  made_ = true;
  std::set<CheckpointId> sparse;
  for (const auto& [file, fill] : fill_) {
    if (fill.first >= kRewriteFrom && fill.second * kRewriteFraction < fill.first) sparse.insert(file);
  }

  Manifest manifest{content.id, content.attempt, content.job,         content.parallelism,
                    {},         content.sources, content.committables};
  std::unordered_map<uint64_t, PageLocation> stored;
  std::unique_ptr<env::File> file;
  uint64_t end = kPagesHeader;
  int64_t written = 0;
  std::map<CheckpointId, int64_t> used;
  for (const OperatorState& op : content.operators) {
    StoredOperator out{op.state_id, op.task, op.values, {}};
    for (const TableSnapshot& table : op.tables) {
      StoredTable stored_table{table.name, table.schema, {}};
      for (const state::PageRef& page : table.pages) {
        const auto known = stored_.find(page.id);
        PageLocation location;
        if (known != stored_.end() && !sparse.contains(known->second.file)) {
          location = known->second;
        } else {
          const ByteSpan bytes(*page.bytes);
          const ByteSpan front = bytes.first(page.hole_begin);
          const ByteSpan back = bytes.subspan(page.hole_end);
          if (!file) {
            MS_ASSIGN(file, files_.open(path(pages_name(content.id)), env::FileSystem::Mode::kTruncate));
            ByteWriter header;
            header.fixed(kPagesMagic);
            header.fixed(kVersion);
            header.fixed(uint16_t{0});
            const ByteSpan piece = header.view();
            MS_TRY(file->pwrite(std::span(&piece, 1), Bytes(0)));
          }
          location = {content.id,
                      end,
                      static_cast<uint32_t>(front.size() + back.size()),
                      static_cast<uint32_t>(bytes.size()),
                      page.hole_begin,
                      crc32c(back, crc32c(front))};
          const ByteSpan pieces[] = {front, back};
          MS_TRY(file->pwrite(pieces, Bytes(static_cast<int64_t>(end))));
          end += location.stored;
          written += location.stored;
        }
        stored[page.id] = location;
        used[location.file] += location.stored;
        stored_table.pages.push_back(location);
      }
      out.tables.push_back(std::move(stored_table));
    }
    manifest.operators.push_back(std::move(out));
  }
  FAILPOINT("checkpoint.pages_written");
  if (file) {
    MS_TRY(file->sync());
    MS_TRY(files_.sync_directory(directory_));
  }
  FAILPOINT("checkpoint.pages_synced");
  const ByteBuffer encoded = manifest.encode();
  MS_TRY(files_.write_file(path(manifest_name(content.id)), encoded));
  FAILPOINT("checkpoint.manifest_written");

  stored_ = std::move(stored);
  references_[content.id] = manifest.files();
  if (file) fill_[content.id] = {static_cast<int64_t>(end), 0};
  for (auto& [id, fill] : fill_) fill.second = used.contains(id) ? used[id] : 0;
  return Bytes(written + static_cast<int64_t>(encoded.size()));
}

Result<std::vector<CheckpointId>> CheckpointStore::list() {
  std::vector<CheckpointId> ids;
  if (!files_.exists(directory_)) return ids;
  MS_ASSIGN(const auto entries, files_.list(directory_));
  for (const env::DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with(kManifestPrefix)) continue;
    const auto number = parse_integer(std::string_view(entry.name).substr(kManifestPrefix.size()));
    if (number) ids.push_back(CheckpointId(*number));
  }
  std::sort(ids.rbegin(), ids.rend());
  return ids;
}

Result<LoadedCheckpoint> CheckpointStore::load(CheckpointId id) {
  MS_ASSIGN(const ByteBuffer bytes, files_.read_file(path(manifest_name(id))));
  MS_ASSIGN(Manifest manifest, Manifest::decode(bytes));
  references_[id] = manifest.files();
  return LoadedCheckpoint(files_, directory_, std::move(manifest));
}

Status CheckpointStore::prune(int retained) {
  MS_ASSIGN(const std::vector<CheckpointId> ids, list());
  std::set<CheckpointId> needed;
  int kept = 0;
  for (const CheckpointId id : ids) {
    if (kept < retained) {
      // One from before this start may be damaged: it stays to be looked at, and does not stand for a good one.
      if (!references_.contains(id) && !load(id)) continue;
      ++kept;
      needed.insert(references_[id].begin(), references_[id].end());
      continue;
    }
    MS_TRY(files_.remove(path(manifest_name(id))));
    references_.erase(id);
  }
  FAILPOINT("checkpoint.manifests_pruned");
  MS_ASSIGN(const auto entries, files_.list(directory_));
  for (const env::DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with(kPagesPrefix)) continue;
    const auto number = parse_integer(std::string_view(entry.name).substr(kPagesPrefix.size()));
    if (!number || needed.contains(CheckpointId(*number))) continue;
    MS_TRY(files_.remove(path(entry.name)));
    fill_.erase(CheckpointId(*number));
  }
  return {};
}

Status CheckpointStore::export_to(CheckpointId id, const std::string& directory) {
  MS_ASSIGN(const ByteBuffer bytes, files_.read_file(path(manifest_name(id))));
  MS_ASSIGN(const Manifest manifest, Manifest::decode(bytes));
  MS_TRY(files_.make_durable_directories(directory));
  constexpr size_t kChunk = 1 << 20;
  for (const CheckpointId file : manifest.files()) {
    MS_ASSIGN(const auto from, files_.open(path(pages_name(file)), env::FileSystem::Mode::kRead));
    MS_ASSIGN(const auto to, files_.open(directory + "/" + pages_name(file), env::FileSystem::Mode::kTruncate));
    MS_ASSIGN(const Bytes size, from->size());
    for (int64_t at = 0; at < size.value;) {
      MS_ASSIGN(const ByteBuffer chunk, read_exactly(*from, static_cast<uint64_t>(at),
                                                     std::min<size_t>(kChunk, static_cast<size_t>(size.value - at))));
      const ByteSpan piece(chunk);
      MS_TRY(to->pwrite(std::span(&piece, 1), Bytes(at)));
      at += static_cast<int64_t>(chunk.size());
    }
    MS_TRY(to->sync());
  }
  MS_TRY(files_.sync_directory(directory));
  return files_.write_file(directory + "/" + manifest_name(id), bytes);
}

}  // namespace millstream::stream
