// One split after the other in the order of files and parts, so that a task's rows come in the order they were written.
#include "connector/filesystem/file_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>

#include "column/value.h"
#include "connector/filesystem/file_split.h"
#include "connector/filesystem/line_chunks.h"
#include "connector/record_decoding.h"

namespace millstream::connector::filesystem {
namespace {

std::vector<column::VectorPtr> metadata_vectors(const std::vector<std::string>& wanted, const FileSplit& split,
                                                size_t rows) {
  using column::Type;
  using column::Value;
  std::vector<column::VectorPtr> vectors;
  for (const std::string& key : wanted) {
    if (key == "file.size") {
      vectors.push_back(column::make_constant_vector(Type::bigint().not_null(), Value(split.size), rows));
    } else {
      const std::string text = key == "file.name" ? split.path.substr(split.path.rfind('/') + 1) : split.path;
      vectors.push_back(column::make_constant_vector(Type::string().not_null(), Value(text), rows));
    }
  }
  return vectors;
}

class FileReader final : public stream::SourceReader {
 public:
  FileReader(const plan::TableScan& scan, bool bounded, const ConnectorParts& parts,
             std::unique_ptr<RecordDecoding> decoding)
      : table_(scan.table->name),
        metadata_(scan.metadata),
        bounded_(bounded),
        env_(parts.env),
        decoding_(std::move(decoding)),
        pool_(std::make_shared<ChunkPool>(parts.budget)) {}

  Status open(const stream::SourceContext& context, std::vector<stream::SplitState> splits) override {
    wake_ = context.wake;
    return add_splits(std::move(splits));
  }

  Status add_splits(std::vector<stream::SplitState> states) override {
    for (const stream::SplitState& state : states) {
      MS_ASSIGN(FileSplit split, FileSplit::read(state));
      splits_.push_back(std::move(split));
    }
    // What another task had begun comes first: it holds back the watermark until it is done.
    std::ranges::sort(splits_, [](const FileSplit& a, const FileSplit& b) {
      const bool a_waits = a.offset == a.start, b_waits = b.offset == b.start;
      return std::tie(a_waits, a.path, a.start) < std::tie(b_waits, b.path, b.start);
    });
    if (chunks_) current_ = index_of(current_name_);
    mark_waiting_ = true;
    return {};
  }

  Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
    for (;;) {
      if (!chunks_ && !begin_next()) {
        say_finished(out);
        return bounded_ ? stream::PollResult::kFinished : stream::PollResult::kWaiting;
      }
      // Splits that wait for their turn do not hold back the watermark; the current one does from its first row.
      if (std::exchange(mark_waiting_, false)) {
        for (size_t i = 0; i < splits_.size(); ++i) {
          if (i != current_ && splits_[i].offset == splits_[i].start) out.idle(splits_[i].name());
        }
      }
      FileSplit& split = splits_[current_];
      if (cursor_ == chunk_.size) {
        chunk_ = {};
        cursor_ = 0;
        MS_ASSIGN(std::optional<Chunk> next, chunks_->next());
        if (!next && chunks_->at_end()) {
          say_finished(out);
          finished_.push_back(split.name());
          chunks_.reset();
          continue;
        }
        if (!next) return stream::PollResult::kWaiting;
        chunk_ = *std::move(next);
      }
      MS_TRY(emit_lines(split, std::min(max_rows, column::kBatchRows), out));
      // Only now: between two splits somebody has to hold back the watermark.
      if (!finished_.empty()) say_finished(out);
      return stream::PollResult::kReady;
    }
  }

  Result<std::vector<stream::SplitState>> snapshot() override {
    std::vector<stream::SplitState> states;
    for (const FileSplit& split : splits_) states.push_back(split.state());
    return states;
  }

 private:
  [[nodiscard]] size_t index_of(const std::string& name) const {
    return static_cast<size_t>(std::ranges::find_if(splits_, [&](const FileSplit& s) { return s.name() == name; }) -
                               splits_.begin());
  }

  bool begin_next() {
    const auto next = std::ranges::find_if(splits_, [](const FileSplit& split) { return split.offset < split.end; });
    if (next == splits_.end()) return false;
    current_ = static_cast<size_t>(next - splits_.begin());
    current_name_ = next->name();
    chunks_ = std::make_unique<LineChunks>(env_, pool_, next->path, next->offset, next->end, wake_);
    chunk_ = {};
    cursor_ = 0;
    return true;
  }

  void say_finished(stream::SourceOutput& out) {
    for (const std::string& name : finished_) out.finished(name);
    finished_.clear();
  }

  Status emit_lines(FileSplit& split, size_t wanted, stream::SourceOutput& out) {
    auto origin = std::make_shared<column::Origin>();
    origin->offsets.reserve(wanted);
    origin->raw_values.reserve(wanted);
    const char* const begin = chunk_.buffer->data();
    const char* const end = begin + chunk_.size;
    const char* at = begin + cursor_;
    while (at < end && origin->raw_values.size() < wanted) {
      const char* const found = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      const char* line_end = found != nullptr ? found : end;
      const char* const following = found != nullptr ? found + 1 : end;
      if (line_end > at && line_end[-1] == '\r') --line_end;
      origin->offsets.push_back(chunk_.offset + (at - begin));
      origin->raw_values.emplace_back(at, static_cast<size_t>(line_end - at));
      at = following;
    }
    cursor_ = static_cast<size_t>(at - begin);
    split.offset = chunk_.offset + static_cast<int64_t>(cursor_);
    origin->table = table_;
    origin->topic = split.path;
    origin->owner = chunk_.buffer;
    auto metadata = metadata_vectors(metadata_, split, origin->raw_values.size());
    return decoding_->decode_and_emit(current_name_, std::move(origin), std::move(metadata), out);
  }

  std::string table_;
  std::vector<std::string> metadata_;
  bool bounded_;
  env::Env& env_;
  std::unique_ptr<RecordDecoding> decoding_;
  std::shared_ptr<ChunkPool> pool_;
  std::function<void()> wake_;
  std::vector<FileSplit> splits_;
  size_t current_ = 0;
  std::string current_name_;
  std::unique_ptr<LineChunks> chunks_;  // of the current split; null between splits
  Chunk chunk_;
  size_t cursor_ = 0;                  // first byte of the chunk not emitted
  std::vector<std::string> finished_;  // read to their ends, not yet said
  bool mark_waiting_ = false;
};

class FileSource final : public stream::Source {
 public:
  FileSource(const plan::TableScan& scan, FileOptions options, const ConnectorParts& parts)
      : scan_(scan), options_(std::move(options)), parts_(parts) {}

  Result<std::vector<stream::SplitState>> discover() override {
    auto found = find_files(parts_.env.files(), options_);
    if (!found && found.error().code == ErrorCode::kNotFound && is_monitoring()) {
      return fail(ErrorCode::kUnavailable, "waiting for folder '" + options_.path + "'");
    }
    if (!found) return fail(std::move(found).error());
    std::vector<stream::SplitState> states;
    for (const std::string& path : *found) {
      // A file that is watched for is known by its name: it must stay one split, however long it is when seen again.
      MS_ASSIGN(const std::vector<FileSplit> splits,
                cut_file(parts_.env.files(), path,
                         is_monitoring() ? std::numeric_limits<int64_t>::max() / 2 : kSmallestPart));
      for (const FileSplit& split : splits) states.push_back(split.state());
    }
    return states;
  }
  // Bounded: what the job began with is all there is.
  Result<std::vector<stream::SplitState>> discover_more() override {
    return is_monitoring() ? discover() : Result<std::vector<stream::SplitState>>(std::vector<stream::SplitState>{});
  }
  [[nodiscard]] Millis discovery_interval() const override { return options_.monitor_interval; }

  Result<std::unique_ptr<stream::SourceReader>> make_reader() override {
    MS_ASSIGN(auto decoding, RecordDecoding::make(scan_));
    return std::make_unique<FileReader>(scan_, !is_monitoring(), parts_, std::move(decoding));
  }

 private:
  [[nodiscard]] bool is_monitoring() const { return options_.monitor_interval.value > 0; }

  plan::TableScan scan_;
  FileOptions options_;
  ConnectorParts parts_;
};

}  // namespace

Result<std::unique_ptr<stream::Source>> make_file_source(const plan::TableScan& scan, FileOptions options,
                                                         const ConnectorParts& parts) {
  MS_TRY(RecordDecoding::make(scan));  // its complaints belong to the start, not to the first task
  return std::make_unique<FileSource>(scan, std::move(options), parts);
}

}  // namespace millstream::connector::filesystem
