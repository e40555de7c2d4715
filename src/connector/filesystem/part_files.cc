// The writer that collects lines and the committer that makes files of them.
#include "connector/filesystem/part_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "connector/record_encoding.h"

namespace millstream::connector::filesystem {
namespace {

constexpr uint8_t kPayloadVersion = 1;
constexpr int64_t kEpochBytes = 64 << 20;  // of one writer before sources pause

std::string target_of(const FileOptions& options) { return "filesystem:" + options.path; }

class PartFileWriter final : public stream::SinkWriter {
 public:
  PartFileWriter(catalog::TablePtr table, FileOptions options, uint64_t run, std::unique_ptr<RecordEncoding> encoding)
      : table_(std::move(table)), options_(std::move(options)), run_(run), encoding_(std::move(encoding)) {}

  Status open(const stream::OperatorContext& context) override {
    task_ = context.task_index;
    return {};
  }

  Status write(const column::Batch& batch) override {
    MS_TRY(encoding_->encode(batch));
    for (size_t i = 0; i < encoding_->size(); ++i) {
      const std::string_view line = encoding_->value(i);
      lines_ += line;
      lines_ += '\n';
      epoch_bytes_ += static_cast<int64_t>(line.size()) + 1;
      if (static_cast<int64_t>(lines_.size()) >= options_.roll_size.value) roll();
    }
    return {};
  }

  [[nodiscard]] bool is_full() const override { return epoch_bytes_ >= kEpochBytes; }

  Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
    if (!lines_.empty()) roll();
    epoch_bytes_ = 0;
    return std::exchange(files_, {});
  }

 private:
  void roll() {
    ByteWriter payload;
    payload.fixed(kPayloadVersion);
    payload.text(options_.path);
    payload.text(fmt::format("part-{:016x}-{}-{}", run_, task_, counter_++));
    payload.text(lines_);
    files_.push_back({target_of(options_), table_->name, payload.take()});
    lines_.clear();
  }

  catalog::TablePtr table_;
  FileOptions options_;
  uint64_t run_;
  std::unique_ptr<RecordEncoding> encoding_;
  int task_ = 0;
  int64_t counter_ = 0;
  int64_t epoch_bytes_ = 0;
  std::string lines_;
  std::vector<stream::Committable> files_;
};

// Runs on Env's executor, one job at a time.
struct CommitWork {
  env::Env& env;
  std::string folder;
  std::string memory;           // path of the file that remembers the last epoch
  std::set<std::string> given;  // names of the last epoch
  bool is_known = false;        // `given` was read

  Status read_memory() {
    if (is_known) return {};
    given.clear();
    if (env.files().exists(memory)) {
      MS_ASSIGN(const ByteBuffer text, env.files().read_file(memory));
      MS_ASSIGN(const Json names, Json::parse(as_text(text)));
      if (const auto* list = names["files"].if_array()) {
        for (const Json& name : *list) given.insert(name.string_or(""));
      }
    }
    is_known = true;
    return {};
  }

  Status commit(const std::vector<stream::Committable>& epoch) {
    MS_TRY(env.files().make_durable_directories(folder));
    MS_TRY(read_memory());
    std::set<std::string> names;
    for (const stream::Committable& committable : epoch) {
      ByteReader reader(committable.payload);
      const auto version = reader.fixed<uint8_t>();
      (void)reader.text();  // the folder: the epoch's target is made of it, so it is this one
      const std::string name(reader.text());
      const ByteSpan content = reader.bytes();
      if (version != kPayloadVersion || !reader.at_end()) {
        return fail(ErrorCode::kCorrupt, "a committable of folder '" + folder + "' cannot be read (version " +
                                             std::to_string(version) + ")");
      }
      MS_TRY(write_part(name, content));
      names.insert(name);
    }
    MS_TRY(env.files().sync_directory(folder));
    Json::Array list;
    for (const std::string& name : names) list.emplace_back(name);
    given = std::move(names);
    return env.files().write_file(memory, as_bytes(Json::object({{"files", Json(std::move(list))}}).to_text()));
  }

  Status write_part(const std::string& name, ByteSpan content) {
    const std::string path = folder + "/" + name;
    if (given.contains(name) || env.files().exists(path)) return {};
    const std::string hidden = folder + "/." + name + ".inprogress";
    MS_ASSIGN(const std::unique_ptr<env::File> file, env.files().open(hidden, env::FileSystem::Mode::kTruncate));
    MS_TRY(file->pwrite(std::span(&content, 1), Bytes(0)));
    MS_TRY(file->sync());
    return env.files().rename(hidden, path);
  }
};

class PartFileCommitter final : public stream::Committer {
 public:
  PartFileCommitter(env::Env& env, const std::string& folder, const std::string& job)
      : env_(env),
        work_(std::make_shared<CommitWork>(
            CommitWork{env, folder, fmt::format("{}/.millstream-{:08x}", folder, crc32c(as_bytes(job))), {}, false})) {}

  // The folder knows by names what it has, so the last epoch may be offered again.
  void recover(AttemptId, std::function<void(Result<CheckpointId>)> done) override { done(CheckpointId(0)); }

  void commit(CheckpointId, std::vector<stream::Committable> epoch, std::function<void(Status)> done) override {
    env_.executor().submit(
        [work = work_, epoch = std::move(epoch), done = std::move(done)] { done(work->commit(epoch)); });
  }

 private:
  env::Env& env_;
  std::shared_ptr<CommitWork> work_;
};

class PartFileSink final : public stream::Sink {
 public:
  PartFileSink(const plan::TableSink& sink, column::Schema input, FileOptions options, const ConnectorParts& parts)
      : table_(sink.table),
        input_(std::move(input)),
        options_(std::move(options)),
        env_(parts.env),
        run_(parts.env.random()) {}

  Status check() override {
    MS_TRY(env_.files().make_durable_directories(options_.path));
    if (const auto listed = env_.files().list(options_.path); !listed) {
      return fail(ErrorCode::kInvalidArgument,
                  "'path' = '" + options_.path + "' is not a folder that can be written: " + listed.error().message,
                  "Part files are written into a folder; name one that is new or holds such files already.");
    }
    return {};
  }
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    MS_ASSIGN(auto encoding, RecordEncoding::make(*table_, input_));
    return std::make_unique<PartFileWriter>(table_, options_, run_, std::move(encoding));
  }
  [[nodiscard]] std::string target() const override { return target_of(options_); }
  Result<std::unique_ptr<stream::Committer>> make_committer(const stream::SinkIdentity& identity) override {
    return std::make_unique<PartFileCommitter>(env_, options_.path, identity.job);
  }

 private:
  catalog::TablePtr table_;
  column::Schema input_;
  FileOptions options_;
  env::Env& env_;
  uint64_t run_;  // tells the files of this start from those of others
};

}  // namespace

Result<std::unique_ptr<stream::Sink>> make_part_file_sink(const plan::TableSink& sink, const column::Schema& input,
                                                          FileOptions options, const ConnectorParts& parts) {
  MS_TRY(RecordEncoding::make(*sink.table, input));
  return std::make_unique<PartFileSink>(sink, input, std::move(options), parts);
}

}  // namespace millstream::connector::filesystem
