// The journal's bytes: file headers and checksummed blocks, as docs/format/journal.md draws them.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "journal/journal.h"

namespace millstream::journal::internal {

enum class FileKind { kJournal, kSnapshot };

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kFileHeaderSize = 24;
inline constexpr size_t kBlockHeaderSize = 24;
inline constexpr uint8_t kEndOfSnapshot = 0;  // in the place of an owner

[[nodiscard]] std::string file_name(FileKind kind, uint64_t number);
// The number of a file of that kind, or 0.
[[nodiscard]] uint64_t number_of(FileKind kind, std::string_view name);

[[nodiscard]] ByteBuffer file_header(FileKind kind, uint64_t number);

// Collects records for one block; the header's room is at its front.
class BlockBuilder {
 public:
  BlockBuilder() { clear(); }
  void add(uint8_t owner, ByteSpan record);
  [[nodiscard]] bool empty() const { return writer_.size() == kBlockHeaderSize; }
  [[nodiscard]] size_t size() const { return writer_.size(); }
  // Fills in the header; `sequence` counts the blocks of a file from 1.
  [[nodiscard]] ByteSpan seal(uint64_t sequence);
  void clear();

 private:
  ByteWriter writer_;
};

struct Scan {
  size_t good_bytes = 0;  // up to the end of the last whole block; 0: not even the header is whole
  uint64_t next_sequence = 1;
  bool torn = false;  // more bytes follow, none of which make a whole block
};

// Gives each record of the file to `each`, in order. A broken part that a whole block follows is kCorrupt; one that
// nothing follows is reported as torn.
using EachRecord = std::function<Status(uint8_t owner, ByteSpan record)>;
Result<Scan> scan_file(FileKind kind, uint64_t number, const std::string& path, ByteSpan file, const EachRecord& each);

}  // namespace millstream::journal::internal
