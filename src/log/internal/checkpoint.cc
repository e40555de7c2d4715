// Both files: magic, version, fields, checksum.
#include "log/internal/checkpoint.h"

#include <fmt/format.h>

#include "base/logging.h"

namespace millstream::log::internal {
namespace {

constexpr uint32_t kVersion = 1;
constexpr uint32_t kCheckpointMagic = 0x504b434d;  // "MCKP"
constexpr uint32_t kStartMagic = 0x5254534d;       // "MSTR"

ByteWriter begin(uint32_t magic) {
  ByteWriter writer;
  writer.fixed(magic);
  writer.fixed(kVersion);
  return writer;
}

Status finish(env::FileSystem& files, const std::string& path, ByteWriter writer) {
  writer.fixed(crc32c(writer.view()));
  return files.write_file(path, writer.view());
}

// The fields behind magic and version, or nothing.
Result<std::optional<ByteBuffer>> read_fields(env::FileSystem& files, const std::string& path, uint32_t magic) {
  if (!files.exists(path)) return std::nullopt;
  MS_ASSIGN(const ByteBuffer content, files.read_file(path));
  ByteReader reader(content);
  const bool sound = content.size() >= 12 && reader.fixed<uint32_t>() == magic &&
                     load_little_endian<uint32_t>(content.data() + content.size() - 4) ==
                         crc32c(ByteSpan(content).first(content.size() - 4));
  if (!sound) {
    log_warning("'{}' is damaged and not used", path);
    return std::nullopt;
  }
  if (const auto version = reader.fixed<uint32_t>(); version > kVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("'{}' has format version {}; this program knows up to {}", path, version, kVersion),
                "start the newer version of Millstream that wrote it");
  }
  return ByteBuffer(content.begin() + 8, content.end() - 4);
}

}  // namespace

Status write_checkpoint(env::FileSystem& files, const std::string& folder, const Checkpoint& checkpoint) {
  ByteWriter writer = begin(kCheckpointMagic);
  writer.fixed(checkpoint.segment.value);
  writer.fixed(checkpoint.position);
  writer.fixed(checkpoint.next.value);
  writer.bytes(checkpoint.producers);
  return finish(files, folder + "/" + kCheckpointName, std::move(writer));
}

Result<std::optional<Checkpoint>> read_checkpoint(env::FileSystem& files, const std::string& folder) {
  MS_ASSIGN(const auto fields, read_fields(files, folder + "/" + kCheckpointName, kCheckpointMagic));
  if (!fields) return std::nullopt;
  ByteReader reader(*fields);
  Checkpoint checkpoint;
  checkpoint.segment = Offset(reader.fixed<int64_t>());
  checkpoint.position = reader.fixed<int64_t>();
  checkpoint.next = Offset(reader.fixed<int64_t>());
  const ByteSpan producers = reader.bytes();
  checkpoint.producers.assign(producers.begin(), producers.end());
  if (!reader.at_end()) return std::nullopt;
  return checkpoint;
}

Status write_start(env::FileSystem& files, const std::string& folder, Offset start) {
  ByteWriter writer = begin(kStartMagic);
  writer.fixed(start.value);
  return finish(files, folder + "/" + kStartName, std::move(writer));
}

Result<std::optional<Offset>> read_start(env::FileSystem& files, const std::string& folder) {
  MS_ASSIGN(const auto fields, read_fields(files, folder + "/" + kStartName, kStartMagic));
  if (!fields) return std::nullopt;
  ByteReader reader(*fields);
  const Offset start(reader.fixed<int64_t>());
  if (!reader.at_end()) return std::nullopt;
  return start;
}

}  // namespace millstream::log::internal
