// Decompression within a limit and a budget, and compression, by zlib, snappy, lz4 and zstd.
#include "wire/kafka/compression.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace millstream::wire::kafka {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"none", "gzip", "snappy", "lz4", "zstd"};

// The framing of the Java library snappy-java ("xerial"): this magic, then version and lowest compatible version.
constexpr std::array<uint8_t, 8> kXerialMagic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr size_t kXerialHeaderSize = 16;
constexpr size_t kXerialBlock = 32 * 1024;

bool has_xerial_magic(ByteSpan input) {
  return input.size() >= kXerialMagic.size() &&
         std::memcmp(input.data(), kXerialMagic.data(), kXerialMagic.size()) == 0;
}

std::unexpected<Error> broken(Compression compression, std::string_view why) {
  return fail(ErrorCode::kCorrupt, fmt::format("broken {} data: {}", name_of(compression), why));
}

std::unexpected<Error> too_large(Bytes limit) {
  return fail(ErrorCode::kLimit, fmt::format("decompressed records are larger than {} bytes", limit.value));
}

// What a frame's header says about memory: its window, and its content's size if given (RFC 8878, 3.1.1.1).
struct ZstdFrame {
  uint64_t window = 0;
  bool single_segment = false;
};
std::optional<ZstdFrame> zstd_frame(ByteSpan input) {
  if (input.size() < 6 || load_little_endian<uint32_t>(input.data()) != 0xFD2FB528U) return std::nullopt;
  ZstdFrame frame;
  const auto descriptor = static_cast<uint8_t>(input[4]);
  frame.single_segment = (descriptor & 0x20) != 0;
  if (!frame.single_segment) {
    const auto window = static_cast<uint8_t>(input[5]);
    const uint64_t base = uint64_t{1} << (10 + (window >> 3));
    frame.window = base + base / 8 * (window & 7);
  }
  return frame;
}

}  // namespace

std::string_view name_of(Compression compression) { return kNames[static_cast<size_t>(compression)]; }

Result<Compression> compression_from_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Compression>(i);
  }
  return fail(ErrorCode::kInvalidArgument, fmt::format("unknown compression '{}'", name),
              "none, gzip, snappy, lz4 and zstd exist");
}

void PaddedBuffer::set_size(size_t size) { size_ = std::min(size, capacity_); }

Status PaddedBuffer::reserve(size_t capacity, MemoryBudget& budget) {
  if (capacity <= capacity_) return {};
  MS_ASSIGN(MemoryCharge charge, MemoryCharge::take(budget, Bytes(static_cast<int64_t>(capacity + kPadding))));
  auto data = std::make_unique_for_overwrite<std::byte[]>(capacity + kPadding);
  if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  charge_ = std::move(charge);
  capacity_ = capacity;
  return {};
}

struct Decompressor::Impl {
  MemoryBudget& budget;
  size_t limit;
  ZSTD_DCtx* zstd = nullptr;
  LZ4F_dctx* lz4 = nullptr;
  std::optional<z_stream> gzip;

  ~Impl() {
    ZSTD_freeDCtx(zstd);
    LZ4F_freeDecompressionContext(lz4);
    if (gzip) inflateEnd(&*gzip);
  }

  // Room for more output: four times the input to begin with, then doubled, never above the limit.
  Status grow(PaddedBuffer& out, size_t input_size) {
    const size_t wanted = out.capacity() == 0 ? std::max<size_t>(input_size * 4, 4096) : out.capacity() * 2;
    if (out.size() > limit) return too_large(Bytes(static_cast<int64_t>(limit)));
    return out.reserve(std::min(wanted, limit + 1), budget);  // one more, so that exactly `limit` bytes can end
  }

  Status gunzip(ByteSpan input, PaddedBuffer& out) {
    if (!gzip) {
      gzip.emplace();
      if (inflateInit2(&*gzip, 15 + 16) != Z_OK) {
        gzip.reset();
        return fail(ErrorCode::kOutOfMemory, "no memory for a gzip decoder");
      }
    } else {
      inflateReset(&*gzip);
    }
    z_stream& stream = *gzip;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    while (true) {
      if (out.size() == out.capacity()) MS_TRY(grow(out, input.size()));
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + out.size());
      stream.avail_out = static_cast<uInt>(out.capacity() - out.size());
      const int code = inflate(&stream, Z_NO_FLUSH);
      out.set_size(out.capacity() - stream.avail_out);
      if (code == Z_STREAM_END) {
        if (stream.avail_in == 0) return {};
        inflateReset(&stream);  // another member follows
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return broken(Compression::kGzip, stream.msg != nullptr ? stream.msg : "invalid stream");
      } else if (stream.avail_in == 0 && stream.avail_out > 0) {
        return broken(Compression::kGzip, "the stream ends early");
      }
    }
  }

  Status unsnap_block(ByteSpan block, PaddedBuffer& out) {
    const auto* data = reinterpret_cast<const char*>(block.data());
    size_t size = 0;
    if (!snappy::GetUncompressedLength(data, block.size(), &size)) return broken(Compression::kSnappy, "no length");
    if (size > limit - out.size()) return too_large(Bytes(static_cast<int64_t>(limit)));
    // A block claims its size in its first bytes; snappy's best ratio is 64 bytes out of 3, so a lie shows before it
    // costs.
    if (size > block.size() * 32) return broken(Compression::kSnappy, "the length cannot be right");
    if (out.size() + size > out.capacity()) {
      MS_TRY(out.reserve(std::min(std::max(out.size() + size, out.size() * 2), limit), budget));
    }
    if (!snappy::RawUncompress(data, block.size(), reinterpret_cast<char*>(out.data() + out.size()))) {
      return broken(Compression::kSnappy, "invalid block");
    }
    out.set_size(out.size() + size);
    return {};
  }

  Status unsnap(ByteSpan input, PaddedBuffer& out) {
    if (!has_xerial_magic(input)) return unsnap_block(input, out);
    while (!input.empty()) {
      if (has_xerial_magic(input)) {  // also in the middle, where streams were joined
        if (input.size() < kXerialHeaderSize) return broken(Compression::kSnappy, "the header is cut off");
        input = input.subspan(kXerialHeaderSize);
        continue;
      }
      if (input.size() < 4) return broken(Compression::kSnappy, "a block length is cut off");
      const auto size = load_big_endian<uint32_t>(input.data());
      if (size > input.size() - 4) return broken(Compression::kSnappy, "a block is cut off");
      MS_TRY(unsnap_block(input.subspan(4, size), out));
      input = input.subspan(4 + size);
    }
    return {};
  }

  Status unlz4(ByteSpan input, PaddedBuffer& out) {
    if (lz4 == nullptr) {
      if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION))) {
        return fail(ErrorCode::kOutOfMemory, "no memory for an lz4 decoder");
      }
    } else {
      LZ4F_resetDecompressionContext(lz4);
    }
    while (true) {
      if (out.size() == out.capacity()) MS_TRY(grow(out, input.size()));
      size_t written = out.capacity() - out.size();
      size_t read = input.size();
      const size_t hint = LZ4F_decompress(lz4, out.data() + out.size(), &written, input.data(), &read, nullptr);
      if (LZ4F_isError(hint)) return broken(Compression::kLz4, LZ4F_getErrorName(hint));
      out.set_size(out.size() + written);
      input = input.subspan(read);
      if (hint == 0 && input.empty()) return {};
      if (input.empty() && out.size() < out.capacity()) return broken(Compression::kLz4, "the frame ends early");
      if (read == 0 && written == 0 && out.size() < out.capacity())
        return broken(Compression::kLz4, "the frame is stuck");
    }
  }

  Status unzstd(ByteSpan input, PaddedBuffer& out) {
    if (zstd == nullptr) {
      zstd = ZSTD_createDCtx();
      if (zstd == nullptr) return fail(ErrorCode::kOutOfMemory, "no memory for a zstd decoder");
    }
    const auto frame = zstd_frame(input);
    if (!frame) return broken(Compression::kZstd, "no frame header");
    const unsigned long long content = ZSTD_getFrameContentSize(input.data(), input.size());
    if (content == ZSTD_CONTENTSIZE_ERROR) return broken(Compression::kZstd, "invalid frame header");
    const size_t frame_size = ZSTD_findFrameCompressedSize(input.data(), input.size());
    if (content != ZSTD_CONTENTSIZE_UNKNOWN && !ZSTD_isError(frame_size) && frame_size == input.size()) {
      // One frame of known size goes straight into the buffer and needs no window. zstd can put 128 KB into 4 bytes
      // (a run), so the claim is believed only as far as that goes.
      if (content > limit) return too_large(Bytes(static_cast<int64_t>(limit)));
      if (content / (128 * 1024) > input.size()) return broken(Compression::kZstd, "the content size cannot be right");
      MS_TRY(out.reserve(std::max<size_t>(content, 1), budget));
      const size_t size = ZSTD_decompressDCtx(zstd, out.data(), out.capacity(), input.data(), input.size());
      if (ZSTD_isError(size)) return broken(Compression::kZstd, ZSTD_getErrorName(size));
      out.set_size(size);
      return {};
    }
    // A stream keeps its own window, up to 128 MB as level 22 uses; it is charged while it lasts.
    if (frame->window > (uint64_t{1} << 27)) return broken(Compression::kZstd, "the window is larger than 128 MB");
    const uint64_t window = frame->single_segment ? std::min<uint64_t>(content, limit) : frame->window;
    MS_ASSIGN(const MemoryCharge charge, MemoryCharge::take(budget, Bytes(static_cast<int64_t>(window))));
    ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    while (true) {
      if (out.size() == out.capacity()) MS_TRY(grow(out, input.size()));
      ZSTD_outBuffer piece{out.data(), out.capacity(), out.size()};
      const size_t hint = ZSTD_decompressStream(zstd, &piece, &in);
      if (ZSTD_isError(hint)) return broken(Compression::kZstd, ZSTD_getErrorName(hint));
      out.set_size(piece.pos);
      if (in.pos == in.size && piece.pos < piece.size) {
        if (hint != 0) return broken(Compression::kZstd, "the frame ends early");
        // Contexts that grew for an unusually large window are not kept, so what is charged is what is held.
        if (window > (1U << 23)) ZSTD_freeDCtx(std::exchange(zstd, nullptr));
        return {};
      }
    }
  }
};

Decompressor::Decompressor(MemoryBudget& budget, Bytes limit)
    : impl_(new Impl{budget, static_cast<size_t>(std::max<int64_t>(limit.value, 0))}) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Result<ByteSpan> Decompressor::decompress(Compression compression, ByteSpan input, PaddedBuffer& out) {
  if (compression == Compression::kNone) return input;
  out.set_size(0);
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      MS_TRY(impl_->gunzip(input, out));
      break;
    case Compression::kSnappy:
      MS_TRY(impl_->unsnap(input, out));
      break;
    case Compression::kLz4:
      MS_TRY(impl_->unlz4(input, out));
      break;
    case Compression::kZstd:
      MS_TRY(impl_->unzstd(input, out));
      break;
  }
  if (out.size() > impl_->limit) return too_large(Bytes(static_cast<int64_t>(impl_->limit)));
  return out.view();
}

namespace {

Status gzip(ByteSpan input, ByteBuffer& out, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("gzip has no level {}", level));
  }
  const size_t start = out.size();
  out.resize(start + deflateBound(&stream, input.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  stream.avail_out = static_cast<uInt>(out.size() - start);
  const int code = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return fail(ErrorCode::kInternal, "gzip did not finish");
  return {};
}

// In the xerial framing, because Kafka's Java clients read nothing else.
Status snap(ByteSpan input, ByteBuffer& out) {
  const size_t header = out.size();
  out.resize(header + kXerialHeaderSize);
  std::memcpy(out.data() + header, kXerialMagic.data(), kXerialMagic.size());
  store_big_endian<int32_t>(out.data() + header + 8, 1);
  store_big_endian<int32_t>(out.data() + header + 12, 1);
  while (!input.empty()) {
    const ByteSpan block = input.first(std::min(kXerialBlock, input.size()));
    input = input.subspan(block.size());
    const size_t start = out.size();
    out.resize(start + 4 + snappy::MaxCompressedLength(block.size()));
    size_t size = 0;
    snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                        reinterpret_cast<char*>(out.data() + start + 4), &size);
    store_big_endian(out.data() + start, static_cast<uint32_t>(size));
    out.resize(start + 4 + size);
  }
  return {};
}

Status lz4(ByteSpan input, ByteBuffer& out, int level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // Kafka's Java clients refuse linked blocks
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.compressionLevel = level;
  const size_t start = out.size();
  out.resize(start + LZ4F_compressFrameBound(input.size(), &preferences));
  const size_t size =
      LZ4F_compressFrame(out.data() + start, out.size() - start, input.data(), input.size(), &preferences);
  if (LZ4F_isError(size)) return fail(ErrorCode::kInternal, LZ4F_getErrorName(size));
  out.resize(start + size);
  return {};
}

Status zstd(ByteSpan input, ByteBuffer& out, int level) {
  const size_t start = out.size();
  out.resize(start + ZSTD_compressBound(input.size()));
  const size_t size = ZSTD_compress(out.data() + start, out.size() - start, input.data(), input.size(), level);
  if (ZSTD_isError(size)) return fail(ErrorCode::kInternal, ZSTD_getErrorName(size));
  out.resize(start + size);
  return {};
}

}  // namespace

Status compress(Compression compression, ByteSpan input, ByteBuffer& out, int level) {
  switch (compression) {
    case Compression::kNone:
      out.insert(out.end(), input.begin(), input.end());
      return {};
    case Compression::kGzip:
      return gzip(input, out, level);
    case Compression::kSnappy:
      return snap(input, out);
    case Compression::kLz4:
      return lz4(input, out, level);
    case Compression::kZstd:
      return zstd(input, out, level);
  }
  return fail(ErrorCode::kInternal, "unknown codec");
}

}  // namespace millstream::wire::kafka
