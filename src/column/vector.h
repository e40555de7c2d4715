// One column of a batch: typed values, validity bits, and ownership of the bytes that strings point to.
//
// Built by one thread, then immutable and shared as VectorPtr between threads. Positions whose validity bit is 0, or
// that no selection names, hold unspecified (but initialised) values. Strings live in reference-counted buffers or
// pinned pages that the vector keeps alive, never in the string.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "column/type.h"

namespace millstream::column {

using Int128 = __int128;

// 16 bytes: up to 12 bytes of text inline, longer ones by pointer with the first four bytes beside the size.
// (The layout that Umbra describes: Neumann and Freitag, CIDR 2020.)
struct StringRef {
  static constexpr uint32_t kInline = 12;
  static constexpr size_t kTextOffset = 4;  // inline text runs over prefix and rest
  uint32_t size = 0;
  char prefix[4] = {};
  union {
    char rest[8] = {};
    const char* pointer;
  };

  StringRef() = default;
  // Does not own: the caller keeps `text` alive as long as the vector (Vector::keep_alive, Vector::add_string).
  explicit StringRef(std::string_view text) : size(static_cast<uint32_t>(text.size())) {
    if (size <= kInline) {
      // An empty view may have a null pointer, which memcpy must not see.
      if (size > 0) std::memcpy(reinterpret_cast<char*>(this) + kTextOffset, text.data(), size);
    } else {
      std::memcpy(prefix, text.data(), sizeof prefix);
      pointer = text.data();
    }
  }
  [[nodiscard]] bool is_inline() const { return size <= kInline; }
  [[nodiscard]] const char* data() const {
    return is_inline() ? reinterpret_cast<const char*>(this) + kTextOffset : pointer;
  }
  // A view of an inline string points into this object.
  [[nodiscard]] std::string_view view() const { return {data(), size}; }

  friend bool operator==(const StringRef& a, const StringRef& b) {
    uint64_t head_a, head_b;
    std::memcpy(&head_a, &a, 8);
    std::memcpy(&head_b, &b, 8);
    if (head_a != head_b) return false;
    if (a.is_inline()) return std::memcmp(a.rest, b.rest, 8) == 0;
    return std::memcmp(a.pointer, b.pointer, a.size) == 0;
  }
};
static_assert(sizeof(StringRef) == 16);

// TIMESTAMP(7..9). 0 <= nanos < 1000 on top of the microseconds.
struct WideTimestamp {
  int64_t micros = 0;
  int32_t nanos = 0;
  int32_t zero = 0;  // so that equal values have equal bytes
  auto operator<=>(const WideTimestamp&) const = default;
};

// The elements of one ARRAY or MAP value: child positions [start, start + size).
struct Slice {
  uint32_t start = 0;
  uint32_t size = 0;
};

class Vector;
using VectorPtr = std::shared_ptr<const Vector>;

class Vector {
 public:
  // All values valid and zeroed. `length` positions can be written.
  Vector(Type type, size_t length);

  static std::shared_ptr<Vector> make(Type type, size_t length) {
    return std::make_shared<Vector>(std::move(type), length);
  }
  // One value standing for `length` rows: position 0 holds it; use value_at-style access through Reader below.
  static std::shared_ptr<Vector> make_constant(Type type, size_t length);
  // The value of `from` at `position`, for `length` rows. Shares bytes and children.
  static VectorPtr constant_of(const Vector& from, size_t position, size_t length);

  [[nodiscard]] const Type& type() const { return type_; }
  [[nodiscard]] size_t length() const { return length_; }
  [[nodiscard]] bool is_constant() const { return constant_; }

  // T must be the C++ type of type().physical(): uint8_t, int8_t … Int128, WideTimestamp, StringRef, Slice.
  template <typename T>
  [[nodiscard]] const T* values() const {
    DCHECK(sizeof(T) == value_size_);
    return reinterpret_cast<const T*>(data_.get());
  }
  template <typename T>
  [[nodiscard]] T* mutable_values() {
    DCHECK(sizeof(T) == value_size_);
    return reinterpret_cast<T*>(data_.get());
  }

  // The same, for code that only moves values of value_size_of() bytes.
  [[nodiscard]] const std::byte* raw_values() const { return data_.get(); }
  [[nodiscard]] std::byte* raw_values() { return data_.get(); }

  // Null if every position is valid; else one bit per position, 1 = not NULL, in words of 64.
  [[nodiscard]] const uint64_t* validity() const { return validity_.empty() ? nullptr : validity_.data(); }
  [[nodiscard]] bool is_null(size_t position) const {
    if (constant_) position = 0;
    return !validity_.empty() && ((validity_[position >> 6] >> (position & 63)) & 1) == 0;
  }
  void set_null(size_t position);
  void set_valid(size_t position);
  // Makes the validity words (all valid) if absent and returns them for writing.
  uint64_t* mutable_validity();

  // Children of ROW (fields), ARRAY (elements), MAP (keys, values); absent until set. A ROW's are as long as the ROW,
  // and constant where it is constant.
  [[nodiscard]] const std::vector<VectorPtr>& children() const { return children_; }
  void set_child(size_t index, VectorPtr child);

  // Copies bytes into this vector's own arena unless they fit inline.
  StringRef add_string(std::string_view text);
  // Room for exactly `size` bytes in the arena, to be filled by the caller before the vector is shared.
  char* allocate_bytes(size_t size);
  // Keeps `owner` (a buffer, a page pin) alive as long as this vector.
  void keep_alive(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }
  // What keep_alive and the arena hold; for vectors that copy StringRefs of this one.
  void share_bytes_of(const Vector& other);

  // Bytes that this vector holds by itself; for memory accounting.
  [[nodiscard]] size_t memory_size() const;

 private:
  struct FreeDeleter {
    void operator()(std::byte* p) const;
  };
  struct Arena;

  Type type_;
  size_t length_;
  uint32_t value_size_;
  bool constant_ = false;
  std::unique_ptr<std::byte[], FreeDeleter> data_;  // 64-byte aligned, padded to a multiple of 64
  std::vector<uint64_t> validity_;
  std::vector<VectorPtr> children_;
  std::shared_ptr<Arena> arena_;
  std::vector<std::shared_ptr<const void>> owners_;
};

// Bytes per value in a Vector (0 for kRow, which has only validity and children).
[[nodiscard]] uint32_t value_size_of(PhysicalKind kind);

// Reads a flat or constant vector by position without a branch: position & mask.
template <typename T>
class Reader {
 public:
  explicit Reader(const Vector& vector)
      : values_(vector.values<T>()), validity_(vector.validity()), mask_(vector.is_constant() ? 0 : ~size_t{0}) {}
  const T& operator[](size_t position) const { return values_[position & mask_]; }
  [[nodiscard]] bool is_null(size_t position) const {
    if (validity_ == nullptr) return false;
    position &= mask_;
    return ((validity_[position >> 6] >> (position & 63)) & 1) == 0;
  }
  [[nodiscard]] bool has_nulls() const { return validity_ != nullptr; }

 private:
  const T* values_;
  const uint64_t* validity_;
  size_t mask_;
};

// Which positions of a batch to work on: 0 … count-1, or the listed ones in rising order. Does not own the list.
struct Rows {
  const uint32_t* index = nullptr;
  size_t count = 0;

  [[nodiscard]] size_t operator[](size_t i) const { return index ? index[i] : i; }
  template <typename F>
  void for_each(F&& f) const {
    if (index == nullptr) {
      for (size_t i = 0; i < count; ++i) f(i);
    } else {
      for (size_t i = 0; i < count; ++i) f(static_cast<size_t>(index[i]));
    }
  }
};

// A new flat vector with the values of `from` at `positions`, in that order; kNoPosition gives NULL.
constexpr uint32_t kNoPosition = ~uint32_t{0};
[[nodiscard]] VectorPtr gather(const Vector& from, std::span<const uint32_t> positions);
// The values of several vectors of one type behind each other.
[[nodiscard]] VectorPtr concatenate(std::span<const VectorPtr> parts);

}  // namespace millstream::column
