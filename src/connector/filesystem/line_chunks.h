// Reads one part of a file ahead of its consumer, in large chunks that hold whole lines only.
//
// Reading runs on Env's executor, a few chunks ahead; the consumer never blocks. Lines are handed out in place: a chunk
// lives as long as anything points into it, then its memory is used for the next one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "env/env.h"

namespace millstream::connector::filesystem {

inline constexpr size_t kChunkBytes = 1 << 20;
inline constexpr int64_t kLongestLine = 256 << 20;

// Memory of one chunk, with room behind it for a decoder's padding.
class ChunkBuffer {
 public:
  static Result<std::unique_ptr<ChunkBuffer>> make(size_t capacity, MemoryBudget& budget);
  [[nodiscard]] char* data() { return data_.get(); }
  [[nodiscard]] size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  MemoryCharge charge_;
};

// Chunks that nobody points into any more, for the next reads. Any thread.
class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
 public:
  explicit ChunkPool(MemoryBudget& budget) : budget_(budget) {}
  // Goes back into the pool when the last owner lets go of it.
  Result<std::shared_ptr<ChunkBuffer>> take(size_t capacity);

 private:
  static constexpr size_t kKept = 4;
  void give_back(std::unique_ptr<ChunkBuffer> buffer);

  MemoryBudget& budget_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ChunkBuffer>> free_;
};

struct Chunk {
  std::shared_ptr<ChunkBuffer> buffer;
  size_t size = 0;     // whole lines, each with its line end except perhaps the file's last
  int64_t offset = 0;  // of the first byte in the file
};

class LineChunks {
 public:
  // Reads bytes [offset, end) of the file. `wake` is called when next() has an answer after it had none.
  LineChunks(env::Env& env, std::shared_ptr<ChunkPool> pool, std::string path, int64_t offset, int64_t end,
             std::function<void()> wake);
  ~LineChunks();

  // The next chunk; nothing: not there yet (or at_end()).
  Result<std::optional<Chunk>> next();
  [[nodiscard]] bool at_end() const;

 private:
  struct Shared;
  static void read_ahead(const std::shared_ptr<Shared>& shared);
  static Result<Chunk> read_one(Shared& shared, int64_t offset);
  void start();

  env::Env& env_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace millstream::connector::filesystem
