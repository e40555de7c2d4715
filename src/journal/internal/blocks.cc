// Writes and checks headers and blocks; tells a torn tail from damage in the middle.
#include "journal/internal/blocks.h"

#include <fmt/format.h>

#include <charconv>

namespace millstream::journal::internal {
namespace {

constexpr uint32_t kBlockMagic = 0x4b4c424d;  // "MBLK"

std::string_view magic_of(FileKind kind) { return kind == FileKind::kJournal ? "MSJOURNL" : "MSJSNAPS"; }
std::string_view suffix_of(FileKind kind) { return kind == FileKind::kJournal ? ".journal" : ".snapshot"; }

// A block whose header and payload match their checksums, at the front of `bytes`.
struct Block {
  uint64_t sequence;
  ByteSpan payload;
};

std::optional<Block> block_at(ByteSpan bytes) {
  if (bytes.size() < kBlockHeaderSize) return std::nullopt;
  ByteReader reader(bytes);
  const auto magic = reader.fixed<uint32_t>();
  const auto sequence = reader.fixed<uint64_t>();
  const auto length = reader.fixed<uint32_t>();
  const auto payload_crc = reader.fixed<uint32_t>();
  const auto header_crc = reader.fixed<uint32_t>();
  if (magic != kBlockMagic || header_crc != crc32c(bytes.first(kBlockHeaderSize - 4))) return std::nullopt;
  const ByteSpan payload = reader.raw(length);
  if (!reader.ok() || crc32c(payload) != payload_crc) return std::nullopt;
  return Block{sequence, payload};
}

// A whole block anywhere in what a torn write should have left: then it was no torn write.
bool holds_later_block(ByteSpan bytes, uint64_t sequence) {
  std::byte magic[4];
  store_little_endian(magic, kBlockMagic);
  for (auto at = bytes.begin(); (at = std::search(at, bytes.end(), std::begin(magic), std::end(magic))) != bytes.end();
       ++at) {
    const auto block = block_at(bytes.subspan(static_cast<size_t>(at - bytes.begin())));
    if (block && block->sequence > sequence) return true;
  }
  return false;
}

std::unexpected<Error> corrupt(const std::string& path, size_t position, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("'{}' is damaged at byte {}: {}", path, position, what),
              "restore the data folder from a backup; nothing was changed");
}

Status read_block(const Block& block, const std::string& path, size_t position, const EachRecord& each) {
  ByteReader reader(block.payload);
  while (!reader.at_end()) {
    const auto owner = reader.fixed<uint8_t>();
    const ByteSpan record = reader.bytes();
    if (!reader.ok()) return corrupt(path, position, "a block's records do not fill it");
    MS_TRY(each(owner, record));
  }
  return {};
}

// False if the header is torn. Its 24 bytes are the same in all versions.
Result<bool> check_header(FileKind kind, uint64_t number, const std::string& path, ByteSpan file) {
  if (file.size() < kFileHeaderSize) return false;
  ByteReader reader(file);
  const std::string_view magic = as_text(reader.raw(8));
  const auto version = reader.fixed<uint32_t>();
  const auto named = reader.fixed<uint64_t>();
  if (reader.fixed<uint32_t>() != crc32c(file.first(kFileHeaderSize - 4))) return false;
  if (magic != magic_of(kind) || named != number) return corrupt(path, 0, "its header belongs to another file");
  if (version > kFormatVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("'{}' has format version {}; this program knows up to {}", path, version, kFormatVersion),
                "start the newer version of Millstream that wrote it");
  }
  return true;
}

}  // namespace

std::string file_name(FileKind kind, uint64_t number) { return fmt::format("{:020}{}", number, suffix_of(kind)); }

uint64_t number_of(FileKind kind, std::string_view name) {
  if (name.size() != 20 + suffix_of(kind).size() || !name.ends_with(suffix_of(kind))) return 0;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 20, number);
  return error == std::errc() && end == name.data() + 20 ? number : 0;
}

ByteBuffer file_header(FileKind kind, uint64_t number) {
  ByteWriter writer;
  writer.raw(as_bytes(magic_of(kind)));
  writer.fixed(kFormatVersion);
  writer.fixed(number);
  writer.fixed(crc32c(writer.view()));
  return writer.take();
}

void BlockBuilder::add(uint8_t owner, ByteSpan record) {
  writer_.fixed(owner);
  writer_.bytes(record);
}

void BlockBuilder::clear() {
  writer_ = ByteWriter();
  writer_.raw(ByteBuffer(kBlockHeaderSize));
}

ByteSpan BlockBuilder::seal(uint64_t sequence) {
  const ByteSpan payload = writer_.view().subspan(kBlockHeaderSize);
  store_little_endian(writer_.at(0), kBlockMagic);
  store_little_endian(writer_.at(4), sequence);
  store_little_endian(writer_.at(12), static_cast<uint32_t>(payload.size()));
  store_little_endian(writer_.at(16), crc32c(payload));
  store_little_endian(writer_.at(20), crc32c(writer_.view().first(kBlockHeaderSize - 4)));
  return writer_.view();
}

Result<Scan> scan_file(FileKind kind, uint64_t number, const std::string& path, ByteSpan file, const EachRecord& each) {
  Scan scan;
  MS_ASSIGN(const bool whole, check_header(kind, number, path, file));
  if (!whole) {
    // Blocks are only written behind a synced header.
    if (holds_later_block(file, 0)) return corrupt(path, 0, "the file's header does not match its checksum");
    scan.torn = true;
    return scan;
  }
  scan.good_bytes = kFileHeaderSize;
  while (scan.good_bytes < file.size()) {
    const ByteSpan rest = file.subspan(scan.good_bytes);
    const auto block = block_at(rest);
    if (!block) {
      if (holds_later_block(rest.subspan(1), scan.next_sequence))
        return corrupt(path, scan.good_bytes, "a block does not match its checksum, and whole blocks follow");
      scan.torn = true;
      return scan;
    }
    if (block->sequence != scan.next_sequence) return corrupt(path, scan.good_bytes, "a block is missing");
    MS_TRY(read_block(*block, path, scan.good_bytes, each));
    scan.good_bytes += kBlockHeaderSize + block->payload.size();
    ++scan.next_sequence;
  }
  return scan;
}

}  // namespace millstream::journal::internal
