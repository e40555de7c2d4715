// Storage of one column: an aligned value buffer, validity words, and an arena for the bytes of strings.
#include "column/vector.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace millstream::column {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kFirstChunk = 4096;
constexpr size_t kLargestChunk = size_t{1} << 20;

size_t padded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

std::byte* allocate_zeroed(size_t bytes) {
  auto* p = static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
  if (p == nullptr) throw std::bad_alloc();
  std::memset(p, 0, bytes);
  return p;
}

}  // namespace

void Vector::FreeDeleter::operator()(std::byte* p) const { std::free(p); }

struct Vector::Arena {
  std::vector<std::unique_ptr<char[]>> chunks;
  char* next = nullptr;
  size_t left = 0;
  size_t next_chunk = kFirstChunk;
  size_t held = 0;

  char* allocate(size_t size) {
    if (size > left) {
      const size_t chunk = std::max(size, next_chunk);
      next_chunk = std::min(next_chunk * 2, kLargestChunk);
      chunks.push_back(std::make_unique_for_overwrite<char[]>(chunk));
      held += chunk;
      if (chunk - size < left) return chunks.back().get();  // what is left of the old chunk is more
      next = chunks.back().get();
      left = chunk;
    }
    char* result = next;
    next += size;
    left -= size;
    return result;
  }
};

uint32_t value_size_of(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kBool:
    case PhysicalKind::kInt8:
      return 1;
    case PhysicalKind::kInt16:
      return 2;
    case PhysicalKind::kInt32:
    case PhysicalKind::kFloat:
      return 4;
    case PhysicalKind::kInt64:
    case PhysicalKind::kDouble:
    case PhysicalKind::kArray:
    case PhysicalKind::kMap:
      return 8;
    case PhysicalKind::kInt128:
    case PhysicalKind::kTimestamp:
    case PhysicalKind::kString:
      return 16;
    case PhysicalKind::kRow:
      return 0;
  }
  return 0;
}

Vector::Vector(Type type, size_t length)
    : type_(std::move(type)), length_(length), value_size_(value_size_of(type_.physical())) {
  if (value_size_ > 0 && length > 0) data_.reset(allocate_zeroed(padded(length * value_size_)));
}

std::shared_ptr<Vector> Vector::make_constant(Type type, size_t length) {
  auto vector = std::make_shared<Vector>(std::move(type), 1);
  vector->length_ = length;
  vector->constant_ = true;
  return vector;
}

VectorPtr Vector::constant_of(const Vector& from, size_t position, size_t length) {
  if (from.constant_) position = 0;
  auto vector = make_constant(from.type_, length);
  if (vector->value_size_ > 0) {
    std::memcpy(vector->data_.get(), from.data_.get() + position * from.value_size_, from.value_size_);
  }
  if (from.is_null(position)) vector->set_null(0);
  if (from.type_.physical() == PhysicalKind::kRow) {
    for (const VectorPtr& child : from.children_) vector->children_.push_back(constant_of(*child, position, length));
  } else {
    vector->children_ = from.children_;
  }
  vector->share_bytes_of(from);
  return vector;
}

uint64_t* Vector::mutable_validity() {
  if (validity_.empty()) validity_.assign(constant_ ? 1 : (length_ + 63) / 64, ~uint64_t{0});
  return validity_.data();
}

void Vector::set_null(size_t position) {
  if (constant_) position = 0;
  DCHECK(constant_ || position < length_);
  mutable_validity()[position >> 6] &= ~(uint64_t{1} << (position & 63));
}

void Vector::set_valid(size_t position) {
  if (validity_.empty()) return;
  if (constant_) position = 0;
  validity_[position >> 6] |= uint64_t{1} << (position & 63);
}

void Vector::set_child(size_t index, VectorPtr child) {
  if (children_.size() <= index) children_.resize(index + 1);
  children_[index] = std::move(child);
}

StringRef Vector::add_string(std::string_view text) {
  if (text.size() <= StringRef::kInline) return StringRef(text);
  char* copy = allocate_bytes(text.size());
  std::memcpy(copy, text.data(), text.size());
  return StringRef(std::string_view(copy, text.size()));
}

char* Vector::allocate_bytes(size_t size) {
  if (!arena_) arena_ = std::make_shared<Arena>();
  return arena_->allocate(size);
}

void Vector::share_bytes_of(const Vector& other) {
  const auto add = [this](std::shared_ptr<const void> owner) {
    for (const auto& known : owners_) {
      if (known == owner) return;
    }
    owners_.push_back(std::move(owner));
  };
  if (other.arena_ && other.arena_ != arena_) add(other.arena_);
  for (const auto& owner : other.owners_) add(owner);
}

size_t Vector::memory_size() const {
  size_t size = sizeof(Vector) + validity_.capacity() * 8;
  if (data_) size += padded((constant_ ? 1 : length_) * value_size_);
  if (arena_) size += arena_->held;
  for (const VectorPtr& child : children_) size += child->memory_size();
  return size;
}

}  // namespace millstream::column
