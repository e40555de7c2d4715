// References to state rows as places in pages, and the hash that each row begins with.
#pragma once

#include <vector>

#include "state/internal/page.h"

namespace millstream::state::internal {

constexpr size_t page_of(uint64_t ref) { return ref >> 16; }
constexpr uint32_t row_of(uint64_t ref) { return static_cast<uint32_t>(ref & 0xffff); }

// How the index asks for hashes of rows when it grows.
struct RowHashes {
  const std::vector<Page>& pages;
  uint32_t row_bytes;
  [[nodiscard]] const std::byte* at(uint64_t ref) const {
    return pages[page_of(ref)].base + sizeof(PageHeader) + size_t{row_of(ref)} * row_bytes;
  }
  uint64_t operator()(uint64_t ref) const {
    uint64_t hash;
    std::memcpy(&hash, at(ref), 8);
    return hash;
  }
  void prefetch(uint64_t ref) const { __builtin_prefetch(at(ref)); }
};

}  // namespace millstream::state::internal
