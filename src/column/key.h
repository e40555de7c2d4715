// Hashes and key groups of rows: the one place that decides which task owns a key.
//
// Frozen: docs/format/key-hash.md. Equal keys have equal bytes (-0.0 is 0.0, every NaN is one NaN, CHAR is padded),
// NULL equals NULL, and the hash is XXH3-64 over each column's normalised bytes, combined in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "column/batch.h"

namespace millstream::column {

constexpr int kKeyGroups = 128;

// hashes[i] belongs to rows[i]. `hashes` has rows.count elements.
void hash_keys(std::span<const VectorPtr> keys, Rows rows, std::span<uint64_t> hashes);

[[nodiscard]] constexpr KeyGroup key_group_of(uint64_t hash) { return KeyGroup(static_cast<uint16_t>(hash >> 57)); }
// The task that owns a key group: contiguous ranges, as even as can be.
[[nodiscard]] constexpr int task_of(KeyGroup group, int parallelism) { return group.value * parallelism / kKeyGroups; }

// Whether two rows have the same key (NULL equals NULL), and an order for sorting (NULL first).
[[nodiscard]] bool equal_at(const Vector& a, size_t position_a, const Vector& b, size_t position_b);
[[nodiscard]] int compare_at(const Vector& a, size_t position_a, const Vector& b, size_t position_b);

}  // namespace millstream::column
