// Probing in three passes over the batch (fetch index lines, fetch rows, compare), and rows appended to open pages.
// Whole pages: state_table_pages.cc.
#include "state/state_table.h"

#include <algorithm>

#include "state/internal/cell.h"
#include "state/internal/hash_index.h"
#include "state/internal/row_hashes.h"

namespace millstream::state {

using column::Rows;
using column::StringRef;
using column::Vector;
using column::VectorPtr;
using internal::HashIndex;
using internal::Page;
using internal::page_of;
using internal::PageHeader;
using internal::PageMemory;
using internal::row_of;
using internal::RowHashes;
using internal::TextCell;

namespace {

// One key column of eight bytes: BIGINT, TIMESTAMP(p <= 6), DECIMAL(p <= 18).
struct OneWordMatch {
  const RowLayout::Cell& cell;
  column::Reader<uint64_t> values;
  bool operator()(const std::byte*, const std::byte* row, size_t position) const {
    const bool null = values.is_null(position);
    if (null != internal::is_null_cell(row, cell)) return false;
    uint64_t stored;
    std::memcpy(&stored, row + cell.offset, 8);
    return null || stored == values[position];
  }
};

struct OneTextMatch {
  const RowLayout::Cell& cell;
  column::Reader<StringRef> values;
  bool operator()(const std::byte* page, const std::byte* row, size_t position) const {
    const bool null = values.is_null(position);
    if (null != internal::is_null_cell(row, cell)) return false;
    if (null) return true;
    const StringRef& value = values[position];
    // Size and first four bytes, then the rest: the layouts agree for short text.
    if (std::memcmp(&value, row + cell.offset, 8) != 0) return false;
    if (value.is_inline()) return std::memcmp(value.rest, row + cell.offset + 8, 8) == 0;
    return internal::text_in_cell(page, row + cell.offset) == value.view();
  }
};

struct AnyMatch {
  const RowLayout& layout;
  std::span<const VectorPtr> keys;
  bool operator()(const std::byte* page, const std::byte* row, size_t position) const {
    for (size_t k = 0; k < keys.size(); ++k) {
      const RowLayout::Cell& cell = layout.cells()[k];
      const bool null = keys[k]->is_null(position);
      if (null != internal::is_null_cell(row, cell)) return false;
      if (!null && !internal::equals_cell(page, row + cell.offset, cell.kind, *keys[k], position)) return false;
    }
    return true;
  }
};

// Writes one cell. Long text goes to the heap, which the row's page must have room for.
void write_cell(Page& page, std::byte* row, const RowLayout::Cell& cell, const Vector& vector, size_t position) {
  const bool null = vector.is_null(position);
  internal::set_null_cell(row, cell, null);
  std::byte* at = row + cell.offset;
  if (vector.is_constant()) position = 0;
  const auto store = [&](auto value) {
    if (null) value = {};
    std::memcpy(at, &value, sizeof value);
  };
  switch (cell.kind) {
    case CellKind::k1:
      store(vector.values<uint8_t>()[position]);
      return;
    case CellKind::k2:
      store(vector.values<uint16_t>()[position]);
      return;
    case CellKind::k4:
      store(vector.values<uint32_t>()[position]);
      return;
    case CellKind::k8:
      store(vector.values<uint64_t>()[position]);
      return;
    case CellKind::k16:
      store(vector.values<column::Int128>()[position]);
      return;
    case CellKind::kFloat:
      store(internal::normalise(vector.values<float>()[position]));
      return;
    case CellKind::kDouble:
      store(internal::normalise(vector.values<double>()[position]));
      return;
    case CellKind::kText:
    case CellKind::kNested:
      break;
  }
  TextCell text;
  if (!null) {
    std::string scratch;
    const std::string_view bytes = internal::text_for_cell(cell.kind, vector, position, scratch);
    text.size = static_cast<uint32_t>(bytes.size());
    if (text.is_inline()) {
      std::memcpy(reinterpret_cast<char*>(&text) + 4, bytes.data(), bytes.size());
    } else {
      std::memcpy(text.prefix, bytes.data(), sizeof text.prefix);
      PageHeader& header = page.header();
      header.heap_begin -= text.size;
      std::memcpy(page.base + header.heap_begin, bytes.data(), bytes.size());
      text.offset = header.heap_begin;
    }
  }
  std::memcpy(at, &text, sizeof text);
}

size_t heap_bytes_for(const RowLayout::Cell& cell, const Vector& vector, size_t position) {
  if (cell.kind != CellKind::kText && cell.kind != CellKind::kNested) return 0;
  if (vector.is_null(position)) return 0;
  std::string scratch;
  const size_t size = internal::text_for_cell(cell.kind, vector, position, scratch).size();
  return size <= StringRef::kInline ? 0 : size;
}

}  // namespace

StateTable::StateTable(const TableSchema& schema, MemoryBudget& budget)
    : layout_(schema), budget_(&budget), index_(std::make_unique<HashIndex>(budget)) {}
StateTable::~StateTable() = default;
StateTable::StateTable(StateTable&&) noexcept = default;
StateTable& StateTable::operator=(StateTable&&) noexcept = default;

const std::byte* StateTable::row_at(RowRef row) const { return RowHashes{pages_, layout_.row_bytes()}.at(row.value); }
bool StateTable::is_live(RowRef row) const { return internal::is_live_row(row_at(row)); }
size_t StateTable::page_count() const { return pages_.size(); }
uint32_t StateTable::rows_in_page(size_t page) const { return pages_[page].memory ? pages_[page].header().rows : 0; }

std::byte* StateTable::writable_row(RowRef row) {
  Page& page = pages_[page_of(row.value)];
  if (page.frozen) {
    // Refusing would lose a change half-way through a batch, so the copy may pass the limit until the snapshot is
    // stored.
    auto copy = std::make_shared<PageMemory>();
    copy->budget = budget_;
    copy->unchecked = Bytes(page.size());
    budget_->charge_unchecked(copy->unchecked);
    copy->bytes = page.memory->bytes;
    page.memory = std::move(copy);
    page.base = page.memory->bytes.data();
    page.frozen = false;
    page.id = 0;
  }
  return page.base + sizeof(PageHeader) + size_t{row_of(row.value)} * layout_.row_bytes();
}

Result<RowRef> StateTable::allocate(size_t heap_bytes) {
  const size_t need = layout_.row_bytes() + heap_bytes;
  if (open_page_ < pages_.size() && pages_[open_page_].memory) {
    const PageHeader& header = pages_[open_page_].header();
    const size_t front = sizeof(PageHeader) + size_t{header.rows} * layout_.row_bytes();
    if (front + need <= header.heap_begin && header.rows < 0xffff) {
      const RowRef row((uint64_t{open_page_} << 16) | header.rows);
      std::memset(writable_row(row), 0, layout_.row_bytes());  // an emptied page is used again
      ++pages_[open_page_].header().rows;
      return row;
    }
  }
  // Pages double from small to full size; a row that is too large gets a page of its own.
  uint32_t size = internal::kFirstPageBytes;
  for (size_t p = 0; p < pages_.size() && size < internal::kPageBytes; ++p) size *= 2;
  if (need + sizeof(PageHeader) > size) size = static_cast<uint32_t>((need + sizeof(PageHeader) + 4095) / 4096 * 4096);
  auto memory = std::make_shared<PageMemory>();
  memory->budget = budget_;
  MS_ASSIGN(memory->charge, MemoryCharge::take(*budget_, Bytes(size)));
  memory->bytes.resize(size);
  size_t number = pages_.size();
  if (free_pages_.empty()) {
    pages_.emplace_back();
  } else {
    number = free_pages_.back();
    free_pages_.pop_back();
  }
  Page& page = pages_[number];
  page = Page{std::move(memory), nullptr, 0, false, 0};
  page.base = page.memory->bytes.data();
  page.header() = PageHeader{internal::kPageMagic, layout_.row_bytes(), 1, size};
  open_page_ = number;
  return RowRef(uint64_t{number} << 16);
}

Result<RowRef> StateTable::make_row(std::span<const VectorPtr> keys, uint64_t hash, size_t position) {
  size_t heap_bytes = 0;
  if (layout_.has_heap()) {
    for (size_t k = 0; k < keys.size(); ++k) heap_bytes += heap_bytes_for(layout_.cells()[k], *keys[k], position);
  }
  MS_ASSIGN(const RowRef row, allocate(heap_bytes));
  Page& page = pages_[page_of(row.value)];
  std::byte* at = writable_row(row);
  std::memcpy(at, &hash, 8);
  for (size_t k = 0; k < keys.size(); ++k) write_cell(page, at, layout_.cells()[k], *keys[k], position);
  for (size_t c = layout_.key_count(); c < layout_.cells().size(); ++c)
    internal::set_null_cell(at, layout_.cells()[c], true);
  MS_TRY(index_->insert(hash, row.value, RowHashes{pages_, layout_.row_bytes()}));
  internal::set_live_row(at, true);
  ++page.live;
  ++size_;
  return row;
}

template <typename KeyMatch>
Status StateTable::probe_with(const KeyMatch& match, std::span<const VectorPtr> keys, std::span<const uint64_t> hashes,
                              Rows rows, std::span<RowRef> refs, std::vector<uint32_t>* created) {
  // Small enough for the lines asked for to be still there when they are used.
  constexpr size_t kChunk = 256;
  const RowHashes row_hashes{pages_, layout_.row_bytes()};
  for (size_t begin = 0; begin < rows.count; begin += kChunk) {
    const size_t end = std::min(rows.count, begin + kChunk);
    for (size_t i = begin; i < end; ++i) index_->prefetch(hashes[i]);
    for (size_t i = begin; i < end; ++i) {
      const uint64_t candidate = index_->candidate(hashes[i]);
      if (candidate != HashIndex::kRowMask) __builtin_prefetch(row_hashes.at(candidate));
    }
    for (size_t i = begin; i < end; ++i) {
      const uint64_t hash = hashes[i];
      const size_t position = rows[i];
      const uint64_t* slot = index_->find(hash, [&](uint64_t ref) {
        const std::byte* row = row_hashes.at(ref);
        uint64_t stored;
        std::memcpy(&stored, row, 8);
        return stored == hash && match(pages_[page_of(ref)].base, row, position);
      });
      if (slot != nullptr) {
        refs[i] = RowRef(HashIndex::row_in(*slot));
      } else if (created == nullptr) {
        refs[i] = kNoRow;
      } else {
        MS_ASSIGN(refs[i], make_row(keys, hash, position));
        created->push_back(static_cast<uint32_t>(i));
      }
    }
  }
  return {};
}

Status StateTable::probe_any(std::span<const VectorPtr> keys, std::span<const uint64_t> hashes, Rows rows,
                             std::span<RowRef> refs, std::vector<uint32_t>* created) {
  DCHECK(keys.size() == layout_.key_count() && hashes.size() >= rows.count && refs.size() >= rows.count);
  if (keys.size() == 1 && layout_.cells()[0].kind == CellKind::k8) {
    return probe_with(OneWordMatch{layout_.cells()[0], column::Reader<uint64_t>(*keys[0])}, keys, hashes, rows, refs,
                      created);
  }
  if (keys.size() == 1 && layout_.cells()[0].kind == CellKind::kText) {
    return probe_with(OneTextMatch{layout_.cells()[0], column::Reader<StringRef>(*keys[0])}, keys, hashes, rows, refs,
                      created);
  }
  return probe_with(AnyMatch{layout_, keys}, keys, hashes, rows, refs, created);
}

Status StateTable::probe(std::span<const VectorPtr> keys, std::span<const uint64_t> hashes, Rows rows,
                         std::span<RowRef> refs, std::vector<uint32_t>& created) {
  return probe_any(keys, hashes, rows, refs, &created);
}

void StateTable::find(std::span<const VectorPtr> keys, std::span<const uint64_t> hashes, Rows rows,
                      std::span<RowRef> refs) const {
  // Without `created` nothing is made, so nothing changes and nothing can fail.
  const Status found = const_cast<StateTable*>(this)->probe_any(keys, hashes, rows, refs, nullptr);
  CHECK(found.has_value());
}

const std::byte* StateTable::slots(RowRef row) const { return row_at(row) + layout_.slots_offset(); }
std::byte* StateTable::mutable_slots(RowRef row) { return writable_row(row) + layout_.slots_offset(); }
uint64_t StateTable::hash_of(RowRef row) const { return RowHashes{pages_, layout_.row_bytes()}(row.value); }

Result<RowRef> StateTable::set_values(RowRef row, std::span<const VectorPtr> values, size_t position) {
  size_t heap_bytes = 0;
  for (size_t v = 0; v < values.size() && layout_.has_heap(); ++v) {
    heap_bytes += heap_bytes_for(layout_.cells()[layout_.key_count() + v], *values[v], position);
  }
  if (heap_bytes > 0) {
    const Page& page = pages_[page_of(row.value)];
    const PageHeader& header = page.header();
    if (sizeof(PageHeader) + size_t{header.rows} * layout_.row_bytes() + heap_bytes > header.heap_begin) {
      // No room for the text beside the row: the row moves to where there is.
      size_t key_bytes = 0;
      for (size_t k = 0; k < layout_.key_count(); ++k) {
        const RowLayout::Cell& cell = layout_.cells()[k];
        if (cell.kind != CellKind::kText && cell.kind != CellKind::kNested) continue;
        const size_t size = internal::text_in_cell(page.base, row_at(row) + cell.offset).size();
        key_bytes += size <= StringRef::kInline ? 0 : size;
      }
      MS_ASSIGN(const RowRef moved, allocate(key_bytes + heap_bytes));
      std::byte* to = writable_row(moved);
      const std::byte* from = row_at(row);
      Page& target = pages_[page_of(moved.value)];
      std::memcpy(to, from, layout_.row_bytes());
      for (size_t k = 0; k < layout_.key_count(); ++k) {
        const RowLayout::Cell& cell = layout_.cells()[k];
        if (cell.kind != CellKind::kText && cell.kind != CellKind::kNested) continue;
        TextCell text;
        std::memcpy(&text, from + cell.offset, sizeof text);
        if (text.is_inline()) continue;
        PageHeader& target_header = target.header();
        target_header.heap_begin -= text.size;
        std::memcpy(target.base + target_header.heap_begin, pages_[page_of(row.value)].base + text.offset, text.size);
        text.offset = target_header.heap_begin;
        std::memcpy(to + cell.offset, &text, sizeof text);
      }
      const uint64_t hash = hash_of(row);
      uint64_t* slot = index_->find(hash, [&](uint64_t ref) { return ref == row.value; });
      CHECK(slot != nullptr);
      HashIndex::replace(slot, moved.value);
      ++target.live;
      ++size_;
      // The old row is dead from here; the index names the new one.
      internal::set_live_row(writable_row(row), false);
      Page& old = pages_[page_of(row.value)];
      --size_;
      if (--old.live == 0 && page_of(row.value) != open_page_) {
        free_pages_.push_back(static_cast<uint32_t>(page_of(row.value)));
        old = Page{};
      }
      row = moved;
    }
  }
  std::byte* at = writable_row(row);
  Page& page = pages_[page_of(row.value)];
  for (size_t v = 0; v < values.size(); ++v) {
    write_cell(page, at, layout_.cells()[layout_.key_count() + v], *values[v], position);
  }
  return row;
}

bool StateTable::is_null(size_t column, RowRef row) const {
  return internal::is_null_cell(row_at(row), layout_.cells()[column]);
}
std::string_view StateTable::read_text(size_t column, RowRef row) const {
  return internal::text_in_cell(pages_[page_of(row.value)].base, row_at(row) + layout_.cells()[column].offset);
}

VectorPtr StateTable::read_column(size_t column, std::span<const RowRef> rows) const {
  const RowLayout::Cell& cell = layout_.cells()[column];
  if (cell.kind == CellKind::kNested) {
    std::vector<column::Value> values(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      if (is_null(column, rows[i])) continue;
      ByteReader reader(as_bytes(read_text(column, rows[i])));
      values[i] = decode_cell(cell.type, reader);
      CHECK(reader.ok());
    }
    return column::make_vector(cell.type, values);
  }
  auto out = Vector::make(cell.type, rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (internal::is_null_cell(row_at(rows[i]), cell)) out->set_null(i);
  }
  if (cell.kind == CellKind::kText) {
    StringRef* values = out->mutable_values<StringRef>();
    for (size_t i = 0; i < rows.size(); ++i) {
      if (out->validity() == nullptr || !out->is_null(i)) values[i] = out->add_string(read_text(column, rows[i]));
    }
    return out;
  }
  const auto copy = [&]<typename T>(T) {
    T* values = out->mutable_values<T>();
    for (size_t i = 0; i < rows.size(); ++i) std::memcpy(&values[i], row_at(rows[i]) + cell.offset, sizeof(T));
  };
  switch (cell.kind) {
    case CellKind::k1:
      copy(uint8_t{});
      break;
    case CellKind::k2:
      copy(uint16_t{});
      break;
    case CellKind::k4:
    case CellKind::kFloat:
      copy(uint32_t{});
      break;
    case CellKind::k8:
    case CellKind::kDouble:
      copy(uint64_t{});
      break;
    default:
      copy(column::Int128{});
      break;
  }
  return out;
}

void StateTable::erase(RowRef row) {
  const uint64_t hash = hash_of(row);
  uint64_t* slot = index_->find(hash, [&](uint64_t ref) { return ref == row.value; });
  CHECK(slot != nullptr);
  index_->erase(hash, slot);
  internal::set_live_row(writable_row(row), false);
  --size_;
  Page& page = pages_[page_of(row.value)];
  if (--page.live > 0) return;
  if (page_of(row.value) == open_page_) {
    page.header().rows = 0;
    page.header().heap_begin = page.size();
  } else {
    free_pages_.push_back(static_cast<uint32_t>(page_of(row.value)));
    page = Page{};
  }
}

int64_t StateTable::memory_size() const {
  int64_t total = 0;
  for (const Page& page : pages_) total += page.memory ? page.size() : 0;
  return total + static_cast<int64_t>(index_->memory_size());
}

}  // namespace millstream::state
