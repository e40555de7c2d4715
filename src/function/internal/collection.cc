// Arrays, maps and rows: constructors, access by index or key, and what can be asked of them.
#include <algorithm>

#include "column/key.h"
#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::kNoPosition;
using column::Slice;
using column::Type;
using column::TypeKind;
using column::VectorPtr;

// Makes `out` hold what `from` holds, at the same positions.
void adopt(Vector& out, const Vector& from) {
  const size_t positions = out.is_constant() ? 1 : out.length();
  const uint32_t size = value_size_of(out.type().physical());
  if (size > 0 && positions > 0) std::memcpy(out.raw_values(), from.raw_values(), positions * size);
  if (from.validity() != nullptr) {
    for (size_t i = 0; i < positions; ++i) {
      if (from.is_null(i)) out.set_null(i);
    }
  }
  for (size_t c = 0; c < from.children().size(); ++c) {
    const VectorPtr& child = from.children()[c];
    const bool row = out.type().kind() == TypeKind::kRow;
    out.set_child(c, row && out.is_constant() ? Vector::constant_of(*child, 0, out.length()) : child);
  }
  out.share_bytes_of(from);
}

size_t written_positions(const KernelCall& call) { return call.out.is_constant() ? 1 : call.out.length(); }

// Several vectors behind each other, and where each one's positions begin; a constant stands there once.
struct Stacked {
  VectorPtr values;
  std::vector<uint32_t> offsets;
  std::vector<bool> constant;

  [[nodiscard]] uint32_t position(size_t part, size_t i) const {
    return offsets[part] + static_cast<uint32_t>(constant[part] ? 0 : i);
  }
};

Stacked stack(const std::vector<VectorPtr>& parts) {
  Stacked stacked;
  std::vector<VectorPtr> flat;
  uint32_t offset = 0;
  for (const VectorPtr& part : parts) {
    stacked.offsets.push_back(offset);
    stacked.constant.push_back(part->is_constant());
    flat.push_back(part->is_constant() ? Vector::constant_of(*part, 0, 1) : part);
    offset += static_cast<uint32_t>(flat.back()->length());
  }
  stacked.values = concatenate(flat);
  return stacked;
}

// Every `step`-th argument from `first`, row by row: the elements of an ARRAY, or the keys or values of a MAP.
VectorPtr interleave(const KernelCall& call, size_t first, size_t step) {
  std::vector<VectorPtr> parts;
  for (size_t a = first; a < call.arguments.size(); a += step) parts.push_back(call.arguments[a]);
  const Stacked stacked = stack(parts);
  std::vector<uint32_t> positions;
  positions.reserve(call.rows.count * parts.size());
  call.rows.for_each([&](size_t i) {
    for (size_t part = 0; part < parts.size(); ++part) positions.push_back(stacked.position(part, i));
  });
  return gather(*stacked.values, positions);
}

void set_slices(KernelCall& call, size_t size) {
  Slice* slices = call.out.mutable_values<Slice>();
  uint32_t start = 0;
  call.rows.for_each([&](size_t i) {
    slices[i] = {start, static_cast<uint32_t>(size)};
    start += static_cast<uint32_t>(size);
  });
}

void array_kernel(KernelCall& call) {
  set_slices(call, call.arguments.size());
  call.out.set_child(0, interleave(call, 0, 1));
}

void map_kernel(KernelCall& call) {
  set_slices(call, call.arguments.size() / 2);
  call.out.set_child(0, interleave(call, 0, 2));
  call.out.set_child(1, interleave(call, 1, 2));
}

void row_kernel(KernelCall& call) {
  for (size_t a = 0; a < call.arguments.size(); ++a) {
    const VectorPtr& field = call.arguments[a];
    call.out.set_child(a, field->is_constant() ? Vector::constant_of(*field, 0, call.out.length()) : field);
  }
}

Result<Signature> infer_array(std::span<const Argument> arguments) {
  if (arguments.empty())
    return fail(ErrorCode::kInvalidArgument, "Require at least 1 argument",
                "ARRAY[…] needs an element to know its type");
  std::vector<Type> types;
  for (const Argument& argument : arguments) types.push_back(argument.type);
  MS_ASSIGN(const Type element, common_type(types));
  Signature signature{Type::array(element).not_null(), {}};
  for (const Type& type : types) signature.arguments.push_back(element.as_nullable(type.nullable()));
  return signature;
}

Result<Signature> infer_map(std::span<const Argument> arguments) {
  if (arguments.empty() || arguments.size() % 2 != 0)
    return fail(ErrorCode::kInvalidArgument, "Map requires an even number of arguments");
  std::vector<Type> keys, values;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    keys.push_back(arguments[i].type);
    values.push_back(arguments[i + 1].type);
  }
  MS_ASSIGN(const Type key, common_type(keys));
  MS_ASSIGN(const Type value, common_type(values));
  Signature signature{Type::map(key, value).not_null(), {}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    signature.arguments.push_back((i % 2 == 0 ? key : value).as_nullable(arguments[i].type.nullable()));
  }
  return signature;
}

Result<Signature> infer_row(std::span<const Argument> arguments) {
  std::vector<Type::Field> fields;
  for (size_t i = 0; i < arguments.size(); ++i) fields.push_back({"EXPR$" + std::to_string(i), arguments[i].type, {}});
  return as_given(Type::row(std::move(fields)).not_null(), arguments);
}

// --- Access ---------------------------------------------------------------------------------------------------------

// One position of `child` per row, or none.
template <typename PositionOf>
void pick(KernelCall& call, const Vector& child, PositionOf position_of) {
  std::vector<uint32_t> positions(written_positions(call), kNoPosition);
  call.rows.for_each([&](size_t i) { positions[i] = position_of(i); });
  adopt(call.out, *gather(child, positions));
}

void array_item_kernel(KernelCall& call) {
  const Reader<Slice> slices = argument<Slice>(call, 0);
  const Reader<int32_t> index = argument<int32_t>(call, 1);
  pick(call, *call.arguments[0]->children()[0], [&](size_t i) {
    const bool inside = index[i] >= 1 && static_cast<uint32_t>(index[i]) <= slices[i].size;
    return inside ? slices[i].start + static_cast<uint32_t>(index[i]) - 1 : kNoPosition;
  });
}

void map_item_kernel(KernelCall& call) {
  const Reader<Slice> slices = argument<Slice>(call, 0);
  const Vector& keys = *call.arguments[0]->children()[0];
  const Vector& key = *call.arguments[1];
  pick(call, *call.arguments[0]->children()[1], [&](size_t i) {
    for (uint32_t e = slices[i].start; e < slices[i].start + slices[i].size; ++e) {
      if (equal_at(keys, e, key, i)) return e;
    }
    return kNoPosition;
  });
}

void element_kernel(KernelCall& call) {
  const Reader<Slice> slices = argument<Slice>(call, 0);
  pick(call, *call.arguments[0]->children()[0], [&](size_t i) {
    if (slices[i].size > 1) call.refuse(i, "Array has more than one element.");
    return slices[i].size == 1 ? slices[i].start : kNoPosition;
  });
}

Result<Signature> infer_item(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("ITEM", "2");
  const Type& type = arguments[0].type;
  if (type.kind() == TypeKind::kArray && arguments[1].type.is_integer()) {
    const column::Value* index = arguments[1].constant;
    if (index != nullptr && !index->is_null() && index->as_int() < 1) {
      return fail(ErrorCode::kInvalidArgument,
                  "Array element access needs an index starting at 1 but was " + std::to_string(index->as_int()) + ".");
    }
    return Signature{type.element().as_nullable(), {type, Type::integer().as_nullable(arguments[1].type.nullable())}};
  }
  if (type.kind() == TypeKind::kMap) {
    const Type key = type.key().as_nullable(arguments[1].type.nullable());
    if (!can_cast_implicitly(arguments[1].type, key)) return cannot_apply("ITEM", arguments, {"<MAP>[<KEY>]"});
    return Signature{type.value().as_nullable(), {type, key}};
  }
  return cannot_apply("ITEM", arguments, {"<ARRAY>[<INTEGER>]", "<MAP>[<ANY>]", "<ROW>[<CHARACTER>|<INTEGER>]"});
}

Kernel bind_item(const Signature& signature) {
  return signature.arguments[0].kind() == TypeKind::kArray ? array_item_kernel : map_item_kernel;
}

Result<Signature> infer_element(std::span<const Argument> arguments) {
  if (arguments.size() != 1 || arguments[0].type.kind() != TypeKind::kArray)
    return cannot_apply("ELEMENT", arguments, {"ELEMENT(<ARRAY>)"});
  return as_given(arguments[0].type.element().as_nullable(), arguments);
}

// --- Questions ------------------------------------------------------------------------------------------------------

void cardinality_kernel(KernelCall& call) {
  map<Slice, int32_t>(call, [](const Slice& slice) { return static_cast<int32_t>(slice.size); });
}

Result<Signature> infer_cardinality(std::span<const Argument> arguments) {
  const bool sliced =
      arguments.size() == 1 && arguments[0].type.is_nested() && arguments[0].type.kind() != TypeKind::kRow;
  if (!sliced)
    return cannot_apply("CARDINALITY", arguments,
                        {"CARDINALITY(<ARRAY>)", "CARDINALITY(<MAP>)", "CARDINALITY(<MULTISET>)"});
  return as_given(Type::integer().as_nullable(arguments[0].type.nullable()), arguments);
}

// The place from 1 of a value in an array, or 0; NULL is found like others.
uint32_t place_in(const Vector& array, Slice slice, const Vector& needle, size_t i) {
  for (uint32_t e = 0; e < slice.size; ++e) {
    if (equal_at(*array.children()[0], slice.start + e, needle, i)) return e + 1;
  }
  return 0;
}

template <typename R>
void find_kernel(KernelCall& call) {
  const Vector& array = *call.arguments[0];
  const Reader<Slice> slices(array);
  R* out = call.out.mutable_values<R>();
  call.rows.for_each([&](size_t i) {
    if (array.is_null(i)) return call.out.set_null(i);
    const uint32_t place = place_in(array, slices[i], *call.arguments[1], i);
    out[i] = std::is_same_v<R, uint8_t> ? static_cast<R>(place != 0) : static_cast<R>(place);
  });
}

Result<Signature> infer_find(std::string_view name, const Type& result, std::span<const Argument> arguments) {
  if (arguments.size() != 2 || arguments[0].type.kind() != TypeKind::kArray) {
    return cannot_apply(name, arguments, {std::string(name) + "(<ARRAY>, <ARRAY ELEMENT>)"});
  }
  const Type types[] = {arguments[0].type.element(), arguments[1].type};
  MS_ASSIGN(const Type element, common_type(types, CommonTypeOf::kComparison));
  Type array = Type::array(element).as_nullable(arguments[0].type.nullable());
  return Signature{result.as_nullable(arguments[0].type.nullable()),
                   {std::move(array), element.as_nullable(arguments[1].type.nullable())}};
}
Result<Signature> infer_contains(std::span<const Argument> a) {
  return infer_find("ARRAY_CONTAINS", Type::boolean(), a);
}
Result<Signature> infer_position(std::span<const Argument> a) {
  return infer_find("ARRAY_POSITION", Type::integer(), a);
}

template <size_t child>
void map_side_kernel(KernelCall& call) {
  const Reader<Slice> slices = argument<Slice>(call, 0);
  Slice* out = call.out.mutable_values<Slice>();
  call.rows.for_each([&](size_t i) { out[i] = slices[i]; });
  call.out.set_child(0, call.arguments[0]->children()[child]);
}

template <size_t child>
Result<Signature> infer_map_side(std::span<const Argument> arguments) {
  if (arguments.size() != 1 || arguments[0].type.kind() != TypeKind::kMap)
    return cannot_apply(child == 0 ? "MAP_KEYS" : "MAP_VALUES", arguments, {"MAP_KEYS(<MAP>)"});
  const Type& map = arguments[0].type;
  return as_given(Type::array(child == 0 ? map.key() : map.value()).as_nullable(map.nullable()), arguments);
}

// --- Text -----------------------------------------------------------------------------------------------------------

void split_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> separators = argument<StringRef>(call, 1);
  Slice* out = call.out.mutable_values<Slice>();
  std::vector<column::Value> parts;
  call.rows.for_each([&](size_t i) {
    std::string_view rest = text[i].view();
    const std::string_view separator = separators[i].view();
    out[i].start = static_cast<uint32_t>(parts.size());
    out[i].size = 0;
    if (rest.empty()) return;
    while (true) {
      const size_t at = separator.empty() ? std::min<size_t>(1, rest.size()) : rest.find(separator);
      if (at == std::string_view::npos || (separator.empty() && rest.size() <= 1)) break;
      parts.emplace_back(std::string(rest.substr(0, at)));
      rest.remove_prefix(at + separator.size());
    }
    parts.emplace_back(std::string(rest));
    out[i].size = static_cast<uint32_t>(parts.size()) - out[i].start;
  });
  call.out.set_child(0, make_vector(call.out.type().element(), parts));
}

Result<Signature> infer_split(std::span<const Argument> arguments) {
  return infer_by_pattern({"SPLIT", "ss", Type::array(Type::string()), {"SPLIT(<CHARACTER>, <CHARACTER>)"}}, arguments);
}

void join_kernel(KernelCall& call) {
  const Vector& array = *call.arguments[0];
  const Reader<Slice> slices(array);
  const Reader<StringRef> elements(*array.children()[0]);
  const Reader<StringRef> separator = argument<StringRef>(call, 1);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    bool any = false;
    for (uint32_t e = slices[i].start; e < slices[i].start + slices[i].size; ++e) {
      const bool null = elements.is_null(e);
      if (null && call.arguments.size() < 3) continue;
      if (any) text += separator[i].view();
      text += null ? argument<StringRef>(call, 2)[i].view() : elements[e].view();
      any = true;
    }
    out[i] = call.out.add_string(text);
  });
}

Result<Signature> infer_join(std::span<const Argument> arguments) {
  const bool array =
      !arguments.empty() && arguments[0].type.kind() == TypeKind::kArray && arguments[0].type.element().is_character();
  const std::initializer_list<std::string> forms = {"ARRAY_JOIN(ARRAY<STRING>, <CHARACTER>[, <CHARACTER>])"};
  if (!array) return cannot_apply("ARRAY_JOIN", arguments, forms);
  MS_ASSIGN(Signature signature, infer_by_pattern({"ARRAY_JOIN", "as?s", Type::string(), forms}, arguments));
  return signature;
}

constexpr std::string_view kCategory = "collections";

const ScalarFunction kFunctions[] = {
    {.name = "ARRAY",
     .category = kCategory,
     .syntax = "ARRAY[a, b, …]",
     .sentence = "An array of the elements.",
     .example = "ARRAY[1, 2] → [1,2]",
     .infer = infer_array,
     .bind = bind<array_kernel>,
     .null_if_any_null = false},
    {.name = "MAP",
     .category = kCategory,
     .syntax = "MAP[key, value, …]",
     .sentence = "A map of the entries.",
     .example = "MAP['a', 1] → {\"a\":1}",
     .infer = infer_map,
     .bind = bind<map_kernel>,
     .null_if_any_null = false},
    {.name = "ROW",
     .category = kCategory,
     .syntax = "ROW(a, b, …)",
     .sentence = "A row of the values.",
     .example = "ROW(1, 'x') → [1,\"x\"]",
     .infer = infer_row,
     .bind = bind<row_kernel>,
     .null_if_any_null = false},
    {.name = "ITEM",
     .category = kCategory,
     .syntax = "array[index], map[key]",
     .sentence = "The element of that number, from 1, or of that key; NULL if there is none.",
     .example = "MAP['a', 1]['a'] → 1",
     .infer = infer_item,
     .bind = bind_item},
    {.name = "ELEMENT",
     .category = kCategory,
     .syntax = "ELEMENT(array)",
     .sentence = "The only element; NULL of an empty array.",
     .example = "ELEMENT(ARRAY[7]) → 7",
     .infer = infer_element,
     .bind = bind<element_kernel>},
    {.name = "CARDINALITY",
     .category = kCategory,
     .syntax = "CARDINALITY(collection)",
     .sentence = "The number of elements or entries.",
     .example = "CARDINALITY(ARRAY[1, 2]) → 2",
     .infer = infer_cardinality,
     .bind = bind<cardinality_kernel>},
    {.name = "ARRAY_CONTAINS",
     .category = kCategory,
     .syntax = "ARRAY_CONTAINS(array, a)",
     .sentence = "Whether a is an element.",
     .example = "ARRAY_CONTAINS(ARRAY[1, 2], 2) → true",
     .infer = infer_contains,
     .bind = bind<find_kernel<uint8_t>>,
     .null_if_any_null = false},
    {.name = "ARRAY_POSITION",
     .category = kCategory,
     .syntax = "ARRAY_POSITION(array, a)",
     .sentence = "The place of a, from 1; 0 if it is not there.",
     .example = "ARRAY_POSITION(ARRAY[1, 2], 2) → 2",
     .infer = infer_position,
     .bind = bind<find_kernel<int32_t>>},
    {.name = "MAP_KEYS",
     .category = kCategory,
     .syntax = "MAP_KEYS(map)",
     .sentence = "The keys.",
     .example = "MAP_KEYS(MAP['a', 1]) → [\"a\"]",
     .infer = infer_map_side<0>,
     .bind = bind<map_side_kernel<0>>},
    {.name = "MAP_VALUES",
     .category = kCategory,
     .syntax = "MAP_VALUES(map)",
     .sentence = "The values.",
     .example = "MAP_VALUES(MAP['a', 1]) → [1]",
     .infer = infer_map_side<1>,
     .bind = bind<map_side_kernel<1>>},
    {.name = "SPLIT",
     .category = kCategory,
     .syntax = "SPLIT(text, separator)",
     .sentence = "The parts between separators.",
     .example = "SPLIT('a,b', ',') → [\"a\",\"b\"]",
     .infer = infer_split,
     .bind = bind<split_kernel>},
    {.name = "ARRAY_JOIN",
     .category = kCategory,
     .syntax = "ARRAY_JOIN(array, separator [, for NULL])",
     .sentence = "The elements as one text; NULLs are left out or replaced.",
     .example = "ARRAY_JOIN(ARRAY['a', 'b'], '-') → a-b",
     .infer = infer_join,
     .bind = bind<join_kernel>},
};

}  // namespace

std::span<const ScalarFunction> collection_functions() { return kFunctions; }

}  // namespace millstream::function::internal
