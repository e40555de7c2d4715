// The small files beside the segments: from where on recovery must read, and where the log starts.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "env/file_system.h"

namespace millstream::log::internal {

inline constexpr const char* kCheckpointName = "recovery.checkpoint";
inline constexpr const char* kStartName = "start.checkpoint";

// Everything before this place is whole, indexed and on the disk.
struct Checkpoint {
  Offset segment{0};     // base offset
  int64_t position = 0;  // in it
  Offset next{0};        // the offset that comes there
  ByteBuffer producers;  // ProducerStates::write, as of there
};

// Atomic and durable. A missing or damaged file reads as nothing (recovery then reads all segments); one of a newer
// version is kUnsupported.
Status write_checkpoint(env::FileSystem& files, const std::string& folder, const Checkpoint& checkpoint);
Result<std::optional<Checkpoint>> read_checkpoint(env::FileSystem& files, const std::string& folder);
Status write_start(env::FileSystem& files, const std::string& folder, Offset start);
Result<std::optional<Offset>> read_start(env::FileSystem& files, const std::string& folder);

}  // namespace millstream::log::internal
