// The four codecs of Kafka's record batches, with the framings Kafka uses, bounded in memory.
//
// gzip: RFC 1952 members. snappy: one raw block, or the "xerial" framing that Java clients write (magic 0x82 "SNAPPY"
// 0, two versions, then length-prefixed blocks). lz4: LZ4 frames with independent blocks. zstd: zstd frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"

namespace millstream::wire::kafka {

// The values are those of the attribute bits.
enum class Compression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
inline constexpr uint8_t kMaxCompression = 4;

[[nodiscard]] std::string_view name_of(Compression compression);  // "none", "gzip", …
// Knows the names above; kInvalidArgument names them.
Result<Compression> compression_from_name(std::string_view name);

// Bytes that were charged to a budget before they were allocated. 64 bytes behind size() may be read (SIMD parsers).
class PaddedBuffer {
 public:
  static constexpr size_t kPadding = 64;
  PaddedBuffer() = default;

  [[nodiscard]] ByteSpan view() const { return {data_.get(), size_}; }
  [[nodiscard]] std::byte* data() { return data_.get(); }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }
  void set_size(size_t size);
  // Keeps the first size() bytes. Charges the new block before it gives the old one back.
  Status reserve(size_t capacity, MemoryBudget& budget);

 private:
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  MemoryCharge charge_;
};

// Reused from batch to batch by one thread, so that codec states and buffers are allocated once.
class Decompressor {
 public:
  // No result is larger than `limit`, whatever the input claims. The budget outlives this object and its buffers.
  Decompressor(MemoryBudget& budget, Bytes limit);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // The result lies in `out` (or is `input` itself for kNone) and is valid until out's next use. kCorrupt for broken
  // input, kLimit beyond the limit, kOutOfMemory if the budget refuses.
  Result<ByteSpan> decompress(Compression compression, ByteSpan input, PaddedBuffer& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends the compressed form of `input` to `out`. `level` 0 is the codec's default. Any thread.
Status compress(Compression compression, ByteSpan input, ByteBuffer& out, int level = 0);

}  // namespace millstream::wire::kafka
