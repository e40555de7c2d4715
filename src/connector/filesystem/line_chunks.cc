// One job at a time reads ahead until enough chunks wait.
#include "connector/filesystem/line_chunks.h"

#include <cstring>

#include "format/decoder.h"

namespace millstream::connector::filesystem {
namespace {

constexpr size_t kAhead = 2;  // chunks that may wait

}  // namespace

Result<std::unique_ptr<ChunkBuffer>> ChunkBuffer::make(size_t capacity, MemoryBudget& budget) {
  auto made = std::make_unique<ChunkBuffer>();
  MS_ASSIGN(made->charge_, MemoryCharge::take(budget, Bytes(static_cast<int64_t>(capacity + format::kDecodePadding))));
  made->data_ = std::make_unique_for_overwrite<char[]>(capacity + format::kDecodePadding);
  std::memset(made->data_.get() + capacity, 0, format::kDecodePadding);
  made->capacity_ = capacity;
  return made;
}

Result<std::shared_ptr<ChunkBuffer>> ChunkPool::take(size_t capacity) {
  std::unique_ptr<ChunkBuffer> buffer;
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty() && capacity <= free_.back()->capacity()) {
      buffer = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!buffer) {
    MS_ASSIGN(buffer, ChunkBuffer::make(capacity, budget_));
  }
  return std::shared_ptr<ChunkBuffer>(buffer.release(), [pool = weak_from_this()](ChunkBuffer* given) {
    std::unique_ptr<ChunkBuffer> owned(given);
    if (const auto alive = pool.lock()) alive->give_back(std::move(owned));
  });
}

void ChunkPool::give_back(std::unique_ptr<ChunkBuffer> buffer) {
  const std::scoped_lock lock(mutex_);
  // Chunks for a long line are not kept.
  if (free_.size() < kKept && buffer->capacity() == kChunkBytes) free_.push_back(std::move(buffer));
}

struct LineChunks::Shared {
  env::FileSystem* files = nullptr;
  std::shared_ptr<ChunkPool> pool;
  std::string path;
  int64_t end = 0;
  std::function<void()> wake;
  std::unique_ptr<env::File> file;  // of the one job that runs; opened by the first

  std::mutex mutex;
  int64_t next_offset = 0;  // of the next chunk to read
  bool reading = false;
  bool wanted = false;  // the consumer went away with nothing
  bool gone = false;    // there is no consumer any more
  std::optional<Error> error;
  std::deque<Chunk> ready;
};

LineChunks::LineChunks(env::Env& env, std::shared_ptr<ChunkPool> pool, std::string path, int64_t offset, int64_t end,
                       std::function<void()> wake)
    : env_(env), shared_(std::make_shared<Shared>()) {
  shared_->files = &env.files();
  shared_->pool = std::move(pool);
  shared_->path = std::move(path);
  shared_->end = end;
  shared_->wake = std::move(wake);
  shared_->next_offset = offset;
  start();
}

LineChunks::~LineChunks() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->gone = true;
}

void LineChunks::start() {
  {
    const std::scoped_lock lock(shared_->mutex);
    if (shared_->reading || shared_->error || shared_->next_offset >= shared_->end || shared_->ready.size() >= kAhead)
      return;
    shared_->reading = true;
  }
  env_.executor().submit([shared = shared_] { read_ahead(shared); });
}

void LineChunks::read_ahead(const std::shared_ptr<Shared>& shared) {
  for (;;) {
    int64_t offset = 0;
    {
      const std::scoped_lock lock(shared->mutex);
      if (shared->gone || shared->error || shared->next_offset >= shared->end || shared->ready.size() >= kAhead) {
        shared->reading = false;
        return;
      }
      offset = shared->next_offset;
    }
    Result<Chunk> chunk = read_one(*shared, offset);
    bool wake = false;
    {
      const std::scoped_lock lock(shared->mutex);
      if (chunk) {
        shared->next_offset = chunk->offset + static_cast<int64_t>(chunk->size);
        shared->ready.push_back(*std::move(chunk));
      } else {
        shared->error = std::move(chunk).error();
      }
      wake = std::exchange(shared->wanted, false) && !shared->gone;
    }
    if (wake) shared->wake();
  }
}

// The chunk at `offset`, cut behind its last line end; longer where a line is longer than a chunk.
Result<Chunk> LineChunks::read_one(Shared& shared, int64_t offset) {
  if (!shared.file) {
    MS_ASSIGN(shared.file, shared.files->open(shared.path, env::FileSystem::Mode::kRead));
  }
  int64_t capacity = static_cast<int64_t>(kChunkBytes);
  for (;;) {
    MS_ASSIGN(std::shared_ptr<ChunkBuffer> buffer, shared.pool->take(static_cast<size_t>(capacity)));
    const int64_t wanted = std::min(capacity, shared.end - offset);
    MS_ASSIGN(
        const size_t got,
        shared.file->pread({reinterpret_cast<std::byte*>(buffer->data()), static_cast<size_t>(wanted)}, Bytes(offset)));
    if (static_cast<int64_t>(got) < wanted) {
      return fail(ErrorCode::kCorrupt,
                  "'" + shared.path + "' ends at byte " + std::to_string(offset + static_cast<int64_t>(got)) +
                      ", but " + std::to_string(shared.end) + " bytes of it were there when it was found",
                  "Files must not be cut while they are read.");
    }
    if (offset + wanted == shared.end) return Chunk{std::move(buffer), got, offset};
    if (const void* last = memrchr(buffer->data(), '\n', got)) {
      return Chunk{buffer, static_cast<size_t>(static_cast<const char*>(last) - buffer->data()) + 1, offset};
    }
    if (capacity >= kLongestLine) {
      return fail(ErrorCode::kLimit, "the line at byte " + std::to_string(offset) + " of '" + shared.path +
                                         "' is longer than " + std::to_string(kLongestLine) + " bytes");
    }
    capacity *= 2;
  }
}

Result<std::optional<Chunk>> LineChunks::next() {
  std::optional<Chunk> chunk;
  {
    const std::scoped_lock lock(shared_->mutex);
    if (!shared_->ready.empty()) {
      chunk = std::move(shared_->ready.front());
      shared_->ready.pop_front();
    } else if (shared_->error) {
      return fail(*shared_->error);
    } else {
      shared_->wanted = shared_->next_offset < shared_->end;
    }
  }
  start();
  return chunk;
}

bool LineChunks::at_end() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->ready.empty() && !shared_->error && shared_->next_offset >= shared_->end;
}

}  // namespace millstream::connector::filesystem
