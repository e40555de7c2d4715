// Copying chosen positions of a vector, and joining vectors: one typed loop per value size.
#include "column/vector.h"

namespace millstream::column {
namespace {

// A gather that keeps fewer than one position in so many copies the text, so that it does not pin the whole buffer.
constexpr size_t kShareFraction = 4;

template <typename T>
void copy_values(const Vector& from, std::span<const uint32_t> positions, Vector& to) {
  const Reader<T> source(from);
  T* out = to.mutable_values<T>();
  for (size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] != kNoPosition) out[i] = source[positions[i]];
  }
}

void copy_strings(const Vector& from, std::span<const uint32_t> positions, Vector& to) {
  if (from.is_constant() || positions.size() * kShareFraction >= from.length()) {
    copy_values<StringRef>(from, positions, to);
    to.share_bytes_of(from);
    return;
  }
  const Reader<StringRef> source(from);
  StringRef* out = to.mutable_values<StringRef>();
  for (size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] == kNoPosition || source.is_null(positions[i])) continue;
    const StringRef& text = source[positions[i]];
    out[i] = text.is_inline() ? text : to.add_string(text.view());
  }
}

void copy_validity(const Vector& from, std::span<const uint32_t> positions, Vector& to) {
  bool missing = false;
  for (const uint32_t position : positions) missing |= position == kNoPosition;
  if (!missing && from.validity() == nullptr) return;
  uint64_t* bits = to.mutable_validity();
  for (size_t i = 0; i < positions.size(); ++i) {
    const bool null = positions[i] == kNoPosition || from.is_null(positions[i]);
    bits[i >> 6] &= ~(uint64_t{null} << (i & 63));
  }
}

void copy_slices(const Vector& from, std::span<const uint32_t> positions, Vector& to) {
  const Reader<Slice> source(from);
  Slice* out = to.mutable_values<Slice>();
  std::vector<uint32_t> elements;
  for (size_t i = 0; i < positions.size(); ++i) {
    out[i].start = static_cast<uint32_t>(elements.size());
    if (positions[i] == kNoPosition || source.is_null(positions[i])) continue;
    const Slice slice = source[positions[i]];
    out[i].size = slice.size;
    for (uint32_t e = 0; e < slice.size; ++e) elements.push_back(slice.start + e);
  }
  for (size_t c = 0; c < from.children().size(); ++c) to.set_child(c, gather(*from.children()[c], elements));
}

}  // namespace

VectorPtr gather(const Vector& from, std::span<const uint32_t> positions) {
  auto to = Vector::make(from.type(), positions.size());
  copy_validity(from, positions, *to);
  switch (from.type().physical()) {
    case PhysicalKind::kBool:
    case PhysicalKind::kInt8:
      copy_values<uint8_t>(from, positions, *to);
      break;
    case PhysicalKind::kInt16:
      copy_values<int16_t>(from, positions, *to);
      break;
    case PhysicalKind::kInt32:
    case PhysicalKind::kFloat:
      copy_values<uint32_t>(from, positions, *to);
      break;
    case PhysicalKind::kInt64:
    case PhysicalKind::kDouble:
      copy_values<uint64_t>(from, positions, *to);
      break;
    case PhysicalKind::kInt128:
      copy_values<Int128>(from, positions, *to);
      break;
    case PhysicalKind::kTimestamp:
      copy_values<WideTimestamp>(from, positions, *to);
      break;
    case PhysicalKind::kString:
      copy_strings(from, positions, *to);
      break;
    case PhysicalKind::kArray:
    case PhysicalKind::kMap:
      copy_slices(from, positions, *to);
      break;
    case PhysicalKind::kRow:
      for (size_t c = 0; c < from.children().size(); ++c) to->set_child(c, gather(*from.children()[c], positions));
      break;
  }
  return to;
}

VectorPtr concatenate(std::span<const VectorPtr> parts) {
  CHECK(!parts.empty());
  if (parts.size() == 1) return parts[0];
  size_t length = 0;
  bool nulls = false;
  for (const VectorPtr& part : parts) {
    length += part->length();
    nulls |= part->validity() != nullptr;
  }
  auto to = Vector::make(parts[0]->type(), length);
  const PhysicalKind kind = to->type().physical();
  const size_t size = value_size_of(kind);

  size_t at = 0;
  uint32_t elements = 0;
  std::vector<std::vector<VectorPtr>> children(parts[0]->children().size());
  for (const VectorPtr& part : parts) {
    DCHECK(part->type().physical() == kind);
    if (nulls) {
      uint64_t* bits = to->mutable_validity();
      for (size_t i = 0; i < part->length(); ++i) {
        if (part->is_null(i)) bits[(at + i) >> 6] &= ~(uint64_t{1} << ((at + i) & 63));
      }
    }
    if (size > 0 && part->length() > 0) {
      std::byte* out = to->raw_values() + at * size;
      if (part->is_constant()) {
        for (size_t i = 0; i < part->length(); ++i) std::memcpy(out + i * size, part->raw_values(), size);
      } else {
        std::memcpy(out, part->raw_values(), part->length() * size);
      }
    }
    if (kind == PhysicalKind::kString) to->share_bytes_of(*part);
    if (kind == PhysicalKind::kArray || kind == PhysicalKind::kMap) {
      Slice* slices = to->mutable_values<Slice>() + at;
      for (size_t i = 0; i < part->length(); ++i) slices[i].start += elements;
      if (!part->children().empty() && part->children()[0])
        elements += static_cast<uint32_t>(part->children()[0]->length());
    }
    for (size_t c = 0; c < children.size(); ++c) children[c].push_back(part->children()[c]);
    at += part->length();
  }
  for (size_t c = 0; c < children.size(); ++c) to->set_child(c, concatenate(children[c]));
  return to;
}

}  // namespace millstream::column
