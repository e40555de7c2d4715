// A page of state rows: header, rows from the front, text from the back. The bytes are the checkpoint format's.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/memory_budget.h"

namespace millstream::state::internal {

constexpr uint32_t kPageBytes = 64 * 1024;
constexpr uint32_t kFirstPageBytes = 2 * 1024;  // small tables (a window's slice) start small
constexpr uint32_t kPageMagic = 0x3150534d;     // "MSP1"

// At the start of every page. Little-endian hosts only (x86-64, ARM64).
struct PageHeader {
  uint32_t magic = kPageMagic;
  uint32_t row_bytes = 0;
  uint32_t rows = 0;        // made so far, dead ones too
  uint32_t heap_begin = 0;  // text lies in [heap_begin, page size)
};
static_assert(sizeof(PageHeader) == 16);

// Bytes and the charge for them; snapshots hold it too, until it is stored.
struct PageMemory {
  ByteBuffer bytes;
  MemoryCharge charge;
  Bytes unchecked{0};
  MemoryBudget* budget = nullptr;
  ~PageMemory() {
    if (unchecked.value > 0) budget->release(unchecked);
  }
};

struct Page {
  std::shared_ptr<PageMemory> memory;  // null: the number is free
  std::byte* base = nullptr;
  uint32_t live = 0;
  bool frozen = false;  // a snapshot has these bytes
  uint64_t id = 0;      // given at the first snapshot after a change

  [[nodiscard]] PageHeader& header() const { return *reinterpret_cast<PageHeader*>(base); }
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(memory->bytes.size()); }
};

// Of page bytes: unique in the process.
inline uint64_t next_page_id() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace millstream::state::internal
