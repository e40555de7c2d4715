// Pages of a state table as a whole: their live rows move on, snapshots take them, a restore reads them.
#include "state/internal/cell.h"
#include "state/internal/hash_index.h"
#include "state/internal/row_hashes.h"
#include "state/state_table.h"

namespace millstream::state {

using internal::Page;
using internal::page_of;
using internal::PageHeader;
using internal::PageMemory;
using internal::RowHashes;
using internal::TextCell;

// Copies a row that lies in the bytes of some page into this table and its index.
Result<RowRef> StateTable::copy_row(ByteSpan page_bytes, const std::byte* from) {
  size_t heap_bytes = 0;
  for (const RowLayout::Cell& cell : layout_.cells()) {
    if (cell.kind != CellKind::kText && cell.kind != CellKind::kNested) continue;
    TextCell text;
    std::memcpy(&text, from + cell.offset, sizeof text);
    if (internal::is_null_cell(from, cell) || text.is_inline()) continue;
    if (text.offset > page_bytes.size() || text.size > page_bytes.size() - text.offset) {
      return fail(ErrorCode::kCorrupt, "a state page has text outside its bounds");
    }
    heap_bytes += text.size;
  }
  uint64_t hash;
  std::memcpy(&hash, from, 8);
  MS_ASSIGN(const RowRef row, allocate(heap_bytes));
  std::byte* to = writable_row(row);
  Page& page = pages_[page_of(row.value)];
  std::memcpy(to, from, layout_.row_bytes());
  for (const RowLayout::Cell& cell : layout_.cells()) {
    if (cell.kind != CellKind::kText && cell.kind != CellKind::kNested) continue;
    TextCell text;
    std::memcpy(&text, from + cell.offset, sizeof text);
    if (internal::is_null_cell(from, cell) || text.is_inline()) continue;
    page.header().heap_begin -= text.size;
    std::memcpy(page.base + page.header().heap_begin, page_bytes.data() + text.offset, text.size);
    text.offset = page.header().heap_begin;
    std::memcpy(to + cell.offset, &text, sizeof text);
  }
  internal::set_live_row(to, false);
  MS_TRY(index_->insert(hash, row.value, RowHashes{pages_, layout_.row_bytes()}));
  internal::set_live_row(to, true);
  ++page.live;
  ++size_;
  return row;
}

Result<bool> StateTable::compact() {
  for (size_t p = 0; p < pages_.size(); ++p) {
    if (!pages_[p].memory || p == open_page_ || pages_[p].live * 2 >= pages_[p].header().rows) continue;
    // The bytes stay alive while their rows are copied, also when the page is emptied by it.
    const std::shared_ptr<PageMemory> memory = pages_[p].memory;
    const uint32_t used = pages_[p].header().rows;
    for (uint32_t r = 0; r < used; ++r) {
      const std::byte* from = memory->bytes.data() + sizeof(PageHeader) + size_t{r} * layout_.row_bytes();
      if (!internal::is_live_row(from)) continue;
      const RowRef old((uint64_t{p} << 16) | r);
      const uint64_t hash = hash_of(old);
      MS_TRY(copy_row(memory->bytes, from));
      uint64_t* slot = index_->find(hash, [&](uint64_t ref) { return ref == old.value; });
      CHECK(slot != nullptr);
      index_->erase(hash, slot);
      --size_;
      --pages_[p].live;
    }
    free_pages_.push_back(static_cast<uint32_t>(p));
    pages_[p] = Page{};
    return true;
  }
  return false;
}

void StateTable::snapshot(SnapshotWriter& writer, std::string_view name) {
  writer.begin_table(name, layout_.to_text());
  for (Page& page : pages_) {
    if (!page.memory || page.live == 0) continue;
    if (page.id == 0) page.id = internal::next_page_id();
    page.frozen = true;
    const PageHeader& header = page.header();
    PageRef ref;
    ref.id = page.id;
    ref.bytes = std::shared_ptr<const ByteBuffer>(page.memory, &page.memory->bytes);
    ref.hole_begin = static_cast<uint32_t>(sizeof(PageHeader) + size_t{header.rows} * layout_.row_bytes());
    ref.hole_end = header.heap_begin;
    writer.add_page(name, std::move(ref));
  }
}

Status StateTable::restore_page(ByteSpan bytes, SnapshotReader& reader) {
  PageHeader header;
  if (bytes.size() < sizeof header) return fail(ErrorCode::kCorrupt, "a state page is shorter than its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != internal::kPageMagic || header.row_bytes != layout_.row_bytes() ||
      sizeof header + uint64_t{header.rows} * header.row_bytes > bytes.size()) {
    return fail(ErrorCode::kCorrupt, "a state page does not follow its table's layout");
  }
  for (uint32_t r = 0; r < header.rows; ++r) {
    const std::byte* row = bytes.data() + sizeof header + size_t{r} * header.row_bytes;
    if (!internal::is_live_row(row)) continue;
    uint64_t hash;
    std::memcpy(&hash, row, 8);
    if (!reader.owns(column::key_group_of(hash))) continue;
    MS_TRY(copy_row(bytes, row));
  }
  return {};
}

Status StateTable::restore(SnapshotReader& reader, std::string_view name) {
  CHECK(size_ == 0);
  return reader.for_each_page(name, layout_.to_text(), [&](ByteSpan page) { return restore_page(page, reader); });
}

}  // namespace millstream::state
