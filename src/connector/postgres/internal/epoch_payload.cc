// Writing and reading payload format 1.
#include "connector/postgres/internal/epoch_payload.h"

#include <algorithm>

namespace millstream::connector::postgres {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kFooterSize = 4 * sizeof(uint64_t);

bool is_whole(ByteSpan tuples, uint64_t count, size_t fields) {
  while (count-- > 0) {
    const size_t size = tuple_size(tuples, fields);
    if (size == 0) return false;
    tuples = tuples.subspan(size);
  }
  return tuples.empty();
}

}  // namespace

std::vector<WireColumn> EpochHeader::key_columns() const {
  std::vector<WireColumn> keys;
  std::ranges::copy_if(columns, std::back_inserter(keys), &WireColumn::is_key);
  return keys;
}

size_t tuple_size(ByteSpan tuples, size_t fields) {
  if (tuples.size() < 2 || static_cast<size_t>(load_big_endian<uint16_t>(tuples.data())) != fields) return 0;
  size_t at = 2;
  for (size_t i = 0; i < fields; ++i) {
    if (tuples.size() - at < 4) return 0;
    const auto size = load_big_endian<int32_t>(tuples.data() + at);
    at += 4;
    if (size < -1) return 0;
    if (size > 0) {
      if (tuples.size() - at < static_cast<size_t>(size)) return 0;
      at += static_cast<size_t>(size);
    }
  }
  return at;
}

ByteBuffer write_header(const TargetTable& table) {
  ByteWriter header;
  header.text(table.sql_name);
  header.text(table.shown_name);
  header.text(table.quoted_name);
  header.varint(table.columns.size());
  for (const WireColumn& column : table.columns) {
    header.text(column.name);
    header.fixed(static_cast<uint8_t>(column.type.kind));
    header.fixed(
        static_cast<uint8_t>((column.type.is_array ? 1 : 0) | (column.is_key ? 2 : 0) | (column.is_direct ? 4 : 0)));
    header.text(column.cast);
  }
  ByteWriter payload;
  payload.fixed(kVersion);
  payload.bytes(header.view());
  return payload.take();
}

void write_footer(ByteBuffer& payload, uint64_t row_count, uint64_t row_bytes, uint64_t delete_count,
                  uint64_t delete_bytes) {
  size_t at = payload.size();
  payload.resize(at + kFooterSize);
  for (const uint64_t number : {row_count, row_bytes, delete_count, delete_bytes}) {
    store_little_endian(payload.data() + at, number);
    at += sizeof number;
  }
}

Result<EpochPayload> read_payload(ByteSpan payload) {
  const auto corrupt = [] { return fail(ErrorCode::kCorrupt, "the committable of a PostgreSQL table is damaged"); };
  ByteReader reader(payload);
  const auto version = reader.fixed<uint8_t>();
  if (reader.ok() && version != kVersion) {
    return fail(ErrorCode::kUnsupported, "the committable of a PostgreSQL table has version " +
                                             std::to_string(version) + "; this program knows " +
                                             std::to_string(kVersion));
  }
  EpochPayload epoch;
  epoch.header_bytes = reader.bytes();
  ByteReader header(epoch.header_bytes);
  epoch.header.sql_name = header.text();
  epoch.header.shown_name = header.text();
  epoch.header.quoted_name = header.text();
  const uint64_t columns = header.varint();
  for (uint64_t i = 0; i < columns && header.ok(); ++i) {
    WireColumn column;
    column.name = header.text();
    const auto kind = header.fixed<uint8_t>();
    const auto flags = header.fixed<uint8_t>();
    column.cast = header.text();
    if (kind >= kWireKinds || flags > 7) return corrupt();
    column.type = {static_cast<WireKind>(kind), (flags & 1) != 0};
    column.is_key = (flags & 2) != 0;
    column.is_direct = (flags & 4) != 0;
    epoch.header.columns.push_back(std::move(column));
  }
  if (!reader.ok() || !header.at_end() || columns == 0 || reader.remaining() < kFooterSize) return corrupt();
  const ByteSpan body = reader.raw(reader.remaining() - kFooterSize);
  epoch.row_count = reader.fixed<uint64_t>();
  const auto row_bytes = reader.fixed<uint64_t>();
  epoch.delete_count = reader.fixed<uint64_t>();
  const auto delete_bytes = reader.fixed<uint64_t>();
  if (row_bytes > body.size() || delete_bytes != body.size() - row_bytes) return corrupt();
  epoch.rows = body.first(row_bytes);
  epoch.deletes = body.subspan(row_bytes);
  if (!is_whole(epoch.rows, epoch.row_count, epoch.header.columns.size()) ||
      !is_whole(epoch.deletes, epoch.delete_count, epoch.header.key_columns().size())) {
    return corrupt();
  }
  return epoch;
}

}  // namespace millstream::connector::postgres
