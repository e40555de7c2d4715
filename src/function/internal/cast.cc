// The dispatch of CAST by type families, and the casts of nested types.
#include "function/internal/cast.h"

#include <algorithm>

#include "function/internal/cast_parts.h"

namespace millstream::function::internal {
namespace {

using column::Rows;
using column::Slice;
using column::Type;
using column::TypeKind;
using column::VectorPtr;

std::vector<Type> child_types(const Type& type) {
  if (type.kind() == TypeKind::kMultiset) return {type.element(), Type::integer().not_null()};
  std::vector<Type> types;
  for (const Type::Field& field : type.fields()) types.push_back(field.type);
  return types;
}

// Casts one child; a refused element refuses its whole row.
template <typename OwnerOf>
VectorPtr cast_child(CastParts& parts, const VectorPtr& child, Rows rows, const Type& to, OwnerOf owner_of) {
  std::vector<RowError> errors;
  EvaluationContext own{parts.call.context.now, parts.call.context.time_zone, &errors};
  CastCall inner{own, parts.call.source, false};
  const VectorPtr result = cast_vector(child, rows, to, inner);
  for (RowError& error : errors) {
    const size_t owner = owner_of(error.position);
    if (!parts.out.is_null(owner)) parts.refuse(owner, std::move(error.message));
  }
  return result;
}

void cast_rows(CastParts& parts) {
  const auto types = child_types(parts.to());
  const auto& children = parts.from.children();
  for (size_t c = 0; c < types.size(); ++c) {
    if (parts.from.is_constant()) {
      parts.out.set_child(c,
                          cast_child(parts, children[c], Rows{nullptr, 1}, types[c], [](size_t) { return size_t{0}; }));
    } else {
      VectorPtr child = cast_child(parts, children[c], parts.rows, types[c], [](size_t position) { return position; });
      parts.out.set_child(c, std::move(child));
    }
  }
}

void cast_slices(CastParts& parts) {
  const Reader<Slice> slices(parts.from);
  Slice* out = parts.out.mutable_values<Slice>();
  std::vector<uint32_t> elements;
  std::vector<std::pair<uint32_t, uint32_t>> owners;  // first element, row
  parts.rows.for_each([&](size_t position) {
    out[position] = slices[position];
    for (uint32_t e = 0; e < slices[position].size; ++e) {
      elements.push_back(slices[position].start + e);
      owners.emplace_back(slices[position].start + e, static_cast<uint32_t>(position));
    }
  });
  std::sort(owners.begin(), owners.end());
  const auto types = child_types(parts.to());
  for (size_t c = 0; c < types.size(); ++c) {
    parts.out.set_child(
        c, cast_child(
               parts, parts.from.children()[c], Rows{elements.data(), elements.size()}, types[c],
               [&owners](uint32_t element) {
                 return size_t{
                     std::lower_bound(owners.begin(), owners.end(), std::pair<uint32_t, uint32_t>(element, 0))->second};
               }));
  }
}

void dispatch(CastParts& parts) {
  const Type& from = parts.from.type();
  const Type& to = parts.to();
  const auto text_like = [](const Type& type) { return type.is_character() || type.is_binary(); };
  const auto number_like = [](const Type& type) { return type.is_numeric() || type.kind() == TypeKind::kBoolean; };
  if (text_like(to)) return cast_to_text(parts);
  if (text_like(from)) return cast_from_text(parts);
  if (number_like(from) && number_like(to)) return cast_numbers(parts);
  if (to.kind() == TypeKind::kRow) return cast_rows(parts);
  if (to.is_nested()) return cast_slices(parts);
  cast_times(parts);
}

}  // namespace

VectorPtr cast_vector(const VectorPtr& from, Rows rows, const Type& to, CastCall& call) {
  if (from->type().same_but_nullability(to)) return from;
  if (from->type().kind() == TypeKind::kNull || (from->is_constant() && from->is_null(0))) {
    return make_constant_vector(to, column::Value(), from->length());
  }
  auto out = from->is_constant() ? Vector::make_constant(to, from->length()) : Vector::make(to, from->length());
  if (from->is_constant()) rows = Rows{nullptr, 1};
  std::vector<uint32_t> valid;
  if (from->validity() != nullptr && !from->is_constant()) {
    std::copy_n(from->validity(), (from->length() + 63) / 64, out->mutable_validity());
    rows.for_each([&](size_t position) {
      if (!from->is_null(position)) valid.push_back(static_cast<uint32_t>(position));
    });
    rows = Rows{valid.data(), valid.size()};
  }
  CastParts parts{*from, rows, *out, call};
  dispatch(parts);
  return out;
}

}  // namespace millstream::function::internal
