// Keyed rows of one operator and task: found a batch of keys at a time, stored in pages that checkpoints share.
//
// A row holds its key columns, value columns and a block of mutable memory (aggregate slots). Rows lie in pages of up
// to 64 KiB (docs/format/checkpoint.md); an index of 8-byte entries finds them by hash. At a checkpoint pages are
// handed over as they are; the first write to such a page afterwards copies it. Belongs to one task's thread, only the
// bytes of snapshots are read by others. Memory is charged before it is allocated: kOutOfMemory leaves the table as it
// was.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "column/key.h"
#include "column/vector.h"
#include "state/row_layout.h"
#include "state/snapshot.h"

namespace millstream::state {

namespace internal {
class HashIndex;
struct Page;
}  // namespace internal

// Names a row until it is erased, replaced or moved by compact(). Not stored anywhere.
using RowRef = StrongInt<struct RowRefTag, uint64_t>;
constexpr RowRef kNoRow{~uint64_t{0}};

class StateTable {
 public:
  // `budget` outlives the table and every snapshot taken of it is released before the budget goes.
  StateTable(const TableSchema& schema, MemoryBudget& budget);
  ~StateTable();
  StateTable(StateTable&&) noexcept;
  StateTable& operator=(StateTable&&) noexcept;

  // refs[i] becomes the row with the key at position rows[i], made if absent: its values NULL, its slots zero. The
  // indexes i of rows that were made are appended to `created` in order; a key that repeats is made once.
  // hashes[i] is column::hash_keys of the key.
  Status probe(std::span<const column::VectorPtr> keys, std::span<const uint64_t> hashes, column::Rows rows,
               std::span<RowRef> refs, std::vector<uint32_t>& created);
  // The same without making rows: kNoRow where there is none.
  void find(std::span<const column::VectorPtr> keys, std::span<const uint64_t> hashes, column::Rows rows,
            std::span<RowRef> refs) const;

  // The slot block, for reading and, copying the page if a checkpoint holds it, for writing. Pointers are good until
  // the next call that makes, replaces or moves rows or takes a snapshot.
  [[nodiscard]] const std::byte* slots(RowRef row) const;
  [[nodiscard]] std::byte* mutable_slots(RowRef row);
  [[nodiscard]] uint64_t hash_of(RowRef row) const;

  // Overwrites all value columns with those at `position`. The row may move: the result names it from now on.
  Result<RowRef> set_values(RowRef row, std::span<const column::VectorPtr> values, size_t position);
  // Column `column` (keys first, then values) of the named rows, as a new vector that owns its bytes.
  [[nodiscard]] column::VectorPtr read_column(size_t column, std::span<const RowRef> rows) const;
  // The text of one cell in place, good as long as pointers to slots are. The cell must not be NULL.
  [[nodiscard]] bool is_null(size_t column, RowRef row) const;
  [[nodiscard]] std::string_view read_text(size_t column, RowRef row) const;

  void erase(RowRef row);
  // Calls visit(RowRef) for the rows of pages [first_page, first_page + pages); erasing the visited row is allowed.
  template <typename Visit>
  void scan(size_t first_page, size_t pages, Visit&& visit) const {
    for (size_t p = first_page; p < first_page + pages && p < page_count(); ++p) {
      // Asked anew each time: erasing a page's last row takes the page away.
      for (uint32_t r = 0; r < rows_in_page(p); ++r) {
        const RowRef row((uint64_t{p} << 16) | r);
        if (is_live(row)) visit(row);
      }
    }
  }
  template <typename Visit>
  void scan(Visit&& visit) const {
    scan(0, page_count(), visit);
  }
  [[nodiscard]] size_t page_count() const;

  // Moves the rows of one page that is more than half dead; false if there is none. Rows change their names.
  Result<bool> compact();

  // The next writes leave the pages handed over as they are. Pages unchanged since the last time keep their ids.
  void snapshot(SnapshotWriter& writer, std::string_view name);
  // Adds the rows of this task's key groups. Into an empty table.
  Status restore(SnapshotReader& reader, std::string_view name);

  [[nodiscard]] size_t size() const { return size_; }
  // Of pages and index.
  [[nodiscard]] int64_t memory_size() const;

 private:
  [[nodiscard]] bool is_live(RowRef row) const;
  [[nodiscard]] uint32_t rows_in_page(size_t page) const;
  [[nodiscard]] const std::byte* row_at(RowRef row) const;
  std::byte* writable_row(RowRef row);
  Result<RowRef> allocate(size_t heap_bytes);
  Status restore_page(ByteSpan page, SnapshotReader& reader);
  Result<RowRef> copy_row(ByteSpan page, const std::byte* row);
  Result<RowRef> make_row(std::span<const column::VectorPtr> keys, uint64_t hash, size_t position);
  template <typename KeyMatch>
  Status probe_with(const KeyMatch& match, std::span<const column::VectorPtr> keys, std::span<const uint64_t> hashes,
                    column::Rows rows, std::span<RowRef> refs, std::vector<uint32_t>* created);
  Status probe_any(std::span<const column::VectorPtr> keys, std::span<const uint64_t> hashes, column::Rows rows,
                   std::span<RowRef> refs, std::vector<uint32_t>* created);

  RowLayout layout_;
  MemoryBudget* budget_;
  std::unique_ptr<internal::HashIndex> index_;
  std::vector<internal::Page> pages_;
  std::vector<uint32_t> free_pages_;  // numbers without a page
  size_t open_page_ = ~size_t{0};     // where rows are added
  size_t size_ = 0;
};

}  // namespace millstream::state
