// Comparisons: = <> < <= > >=, IS [NOT] DISTINCT FROM, IN, GREATEST and LEAST.
//
// Numbers compare as Java compares primitives: NaN equals nothing. DECIMALs compare exactly at their own scales.
#include <algorithm>
#include <cmath>

#include "column/decimal.h"
#include "column/key.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;
using column::VectorPtr;

enum class Relation { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

// --- Types ----------------------------------------------------------------------------------------------------------

// What both sides are cast to, or nothing if they cannot be compared.
Result<std::pair<Type, Type>> comparison_types(std::string_view name, std::span<const Argument> arguments) {
  const Type& a = arguments[0].type;
  const Type& b = arguments[1].type;
  const auto both = [&](const Type& type) {
    return std::pair(type.as_nullable(a.nullable()), type.as_nullable(b.nullable()));
  };
  if (a.is_exact_numeric() && b.is_exact_numeric() &&
      (a.kind() == TypeKind::kDecimal || b.kind() == TypeKind::kDecimal)) {
    const auto decimal = [](const Type& type) {
      const auto shape = column::shape_of(type);
      return Type::decimal(shape.precision, shape.scale).as_nullable(type.nullable());
    };
    return std::pair(decimal(a), decimal(b));
  }
  // Text beside a date or time is read as one.
  if (a.is_character() && is_datetime(b)) return both(b);
  if (b.is_character() && is_datetime(a)) return both(a);
  if ((a.is_character() && b.is_numeric()) || (a.is_numeric() && b.is_character())) {
    const auto family = [](const Type& type) {
      return type.is_character() && type.length() == column::kMaxLength ? Type::string() : type;
    };
    const auto word = [&](const Type& type) {
      const std::string text = name_in_messages(family(type));
      return text.substr(0, text.find('('));
    };
    return fail(ErrorCode::kInvalidArgument,
                "implicit type conversion between " + word(a) + " and " + word(b) + " is not supported now",
                "CAST one side to the type of the other");
  }
  const Type types[] = {a, b};
  const auto common = common_type(types, CommonTypeOf::kComparison);
  if (!common) {
    return cannot_apply(name, arguments, {"<COMPARABLE_TYPE> " + std::string(name) + " <COMPARABLE_TYPE>"});
  }
  return both(*common);
}

template <bool never_null>
Result<Signature> infer_comparison(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count(name, "2");
  MS_ASSIGN(auto types, comparison_types(name, arguments));
  if (types.first.is_nested() && (name[0] == '<' || name[0] == '>') && name != "<>") {
    return cannot_apply(name, arguments, {"<COMPARABLE_TYPE> " + std::string(name) + " <COMPARABLE_TYPE>"});
  }
  Type result = never_null ? Type::boolean().not_null() : nullable_as(Type::boolean(), arguments);
  Signature signature{std::move(result), {std::move(types.first), std::move(types.second)}};
  // Whether text equals a time can be said of any text; which comes first cannot.
  const bool reads_text =
      arguments[0].type.is_character() != arguments[1].type.is_character() && is_datetime(signature.arguments[0]);
  if (reads_text && (never_null || name == "=" || name == "<>")) {
    signature.null_on_failure = true;
    if (!never_null) signature.result = signature.result.as_nullable();
  }
  return signature;
}

Result<Signature> infer_equal(std::span<const Argument> a) { return infer_comparison<false>("=", a); }
Result<Signature> infer_not_equal(std::span<const Argument> a) { return infer_comparison<false>("<>", a); }
Result<Signature> infer_less(std::span<const Argument> a) { return infer_comparison<false>("<", a); }
Result<Signature> infer_less_equal(std::span<const Argument> a) { return infer_comparison<false>("<=", a); }
Result<Signature> infer_greater(std::span<const Argument> a) { return infer_comparison<false>(">", a); }
Result<Signature> infer_greater_equal(std::span<const Argument> a) { return infer_comparison<false>(">=", a); }
Result<Signature> infer_distinct(std::span<const Argument> a) { return infer_comparison<true>("IS DISTINCT FROM", a); }
Result<Signature> infer_not_distinct(std::span<const Argument> a) {
  return infer_comparison<true>("IS NOT DISTINCT FROM", a);
}

Result<Signature> infer_extreme(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return wrong_count(name, "1 or more");
  std::vector<Type> types;
  for (const Argument& argument : arguments) types.push_back(argument.type);
  MS_ASSIGN(const Type common, common_type(types, CommonTypeOf::kArguments));
  const bool cuts = common.kind() == TypeKind::kDate &&
                    std::any_of(types.begin(), types.end(), [](const Type& type) { return type.is_timestamp(); });
  if (common.is_nested() || cuts) return cannot_apply(name, arguments, {std::string(name) + "(<COMPARABLE>...)"});
  Signature signature{common, {}};
  for (const Argument& argument : arguments)
    signature.arguments.push_back(common.as_nullable(argument.type.nullable()));
  return signature;
}

Result<Signature> infer_greatest(std::span<const Argument> arguments) { return infer_extreme("GREATEST", arguments); }
Result<Signature> infer_least(std::span<const Argument> arguments) { return infer_extreme("LEAST", arguments); }

Result<Signature> infer_in(std::span<const Argument> arguments) {
  if (arguments.size() < 2) return wrong_count("IN", "2 or more");
  std::vector<Type> types;
  for (const Argument& argument : arguments) {
    // Text in the list of numbers or times is read as one of them.
    const bool reads =
        argument.type.is_character() && (arguments[0].type.is_numeric() || is_datetime(arguments[0].type));
    types.push_back(reads ? arguments[0].type : argument.type);
  }
  MS_ASSIGN(const Type common, common_type(types, CommonTypeOf::kComparison));
  Signature signature{nullable_as(Type::boolean(), arguments), {}};
  for (const Argument& argument : arguments)
    signature.arguments.push_back(common.as_nullable(argument.type.nullable()));
  return signature;
}

// --- Kernels --------------------------------------------------------------------------------------------------------

template <Relation relation, typename T>
bool holds(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, StringRef>) {
    if constexpr (relation == Relation::kEqual) return a == b;
    if constexpr (relation == Relation::kNotEqual) return !(a == b);
    const int order = a.view().compare(b.view());
    if constexpr (relation == Relation::kLess) return order < 0;
    if constexpr (relation == Relation::kLessEqual) return order <= 0;
    if constexpr (relation == Relation::kGreater) return order > 0;
    return order >= 0;
  } else {
    if constexpr (relation == Relation::kEqual) return a == b;
    if constexpr (relation == Relation::kNotEqual) return a != b;
    if constexpr (relation == Relation::kLess) return a < b;
    if constexpr (relation == Relation::kLessEqual) return a <= b;
    if constexpr (relation == Relation::kGreater) return a > b;
    return a >= b;
  }
}

template <Relation relation, typename T>
void compare_kernel(KernelCall& call) {
  map<T, T, uint8_t>(call, [](const T& a, const T& b) { return static_cast<uint8_t>(holds<relation, T>(a, b)); });
}

template <Relation relation, typename A, typename B>
void decimal_compare_kernel(KernelCall& call) {
  const int scale_a = call.arguments[0]->type().scale();
  const int scale_b = call.arguments[1]->type().scale();
  map<A, B, uint8_t>(call, [=](const A& a, const B& b) {
    return static_cast<uint8_t>(holds<relation, int>(column::decimal_compare(a, scale_a, b, scale_b), 0));
  });
}

template <Relation relation>
void nested_compare_kernel(KernelCall& call) {
  uint8_t* out = call.out.mutable_values<uint8_t>();
  call.rows.for_each([&](size_t i) {
    out[i] = holds<relation, int>(compare_at(*call.arguments[0], i, *call.arguments[1], i), 0) ? 1 : 0;
  });
}

template <Relation relation>
Kernel bind_compare(const Signature& signature) {
  const Type& a = signature.arguments[0];
  const Type& b = signature.arguments[1];
  if (a.kind() == TypeKind::kDecimal && b.kind() == TypeKind::kDecimal) {
    const bool wide_a = a.precision() > 18, wide_b = b.precision() > 18;
    if (a.scale() == b.scale() && wide_a == wide_b) {
      return wide_a ? compare_kernel<relation, Int128> : compare_kernel<relation, int64_t>;
    }
    if (wide_a)
      return wide_b ? decimal_compare_kernel<relation, Int128, Int128>
                    : decimal_compare_kernel<relation, Int128, int64_t>;
    return wide_b ? decimal_compare_kernel<relation, int64_t, Int128>
                  : decimal_compare_kernel<relation, int64_t, int64_t>;
  }
  if (a.is_nested()) return nested_compare_kernel<relation>;
  return with_type(a.physical(), [](auto zero) -> Kernel { return compare_kernel<relation, decltype(zero)>; });
}

// Two NULLs are not distinct; unlike "=", NaN is not distinct from NaN.
template <bool distinct>
void distinct_kernel(KernelCall& call) {
  uint8_t* out = call.out.mutable_values<uint8_t>();
  const Vector& a = *call.arguments[0];
  const Vector& b = *call.arguments[1];
  const bool decimals = a.type().kind() == TypeKind::kDecimal && b.type().kind() == TypeKind::kDecimal;
  call.rows.for_each([&](size_t i) {
    bool same;
    if (a.is_null(i) || b.is_null(i)) {
      same = a.is_null(i) == b.is_null(i);
    } else if (decimals) {
      same = column::decimal_compare(value_at(a, i).as_int128(), a.type().scale(), value_at(b, i).as_int128(),
                                     b.type().scale()) == 0;
    } else {
      same = equal_at(a, i, b, i);
    }
    out[i] = same != distinct ? 1 : 0;
  });
}

template <bool distinct>
Kernel bind_distinct(const Signature&) {
  return distinct_kernel<distinct>;
}

// NaN is above all numbers here, unlike in "<" and ">".
template <bool greatest, typename T>
bool beats(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return greatest ? !std::isnan(b) : !std::isnan(a);
  }
  return holds<greatest ? Relation::kGreater : Relation::kLess, T>(a, b);
}

template <bool greatest, typename T>
void extreme_kernel(KernelCall& call) {
  T* out = call.out.mutable_values<T>();
  const Reader<T> first = argument<T>(call, 0);
  call.rows.for_each([&](size_t i) { out[i] = first[i]; });
  for (size_t a = 1; a < call.arguments.size(); ++a) {
    const Reader<T> next = argument<T>(call, a);
    call.rows.for_each([&](size_t i) {
      if (beats<greatest, T>(next[i], out[i])) out[i] = next[i];
    });
  }
  if constexpr (std::is_same_v<T, StringRef>) {
    for (const VectorPtr& vector : call.arguments) call.out.share_bytes_of(*vector);
  }
}

template <bool greatest>
Kernel bind_extreme(const Signature& signature) {
  return with_type(signature.result.physical(),
                   [](auto zero) -> Kernel { return extreme_kernel<greatest, decltype(zero)>; });
}

// The constants of an IN list in an open-addressing table of their key hashes.
struct ConstantSet {
  VectorPtr values;
  std::vector<uint32_t> slots;  // position + 1; 0: free
  bool has_null = false;

  [[nodiscard]] bool contains(const Vector& vector, size_t position, uint64_t hash) const {
    const size_t mask = slots.size() - 1;
    for (size_t slot = hash & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
      if (equal_at(*values, slots[slot] - 1, vector, position)) return true;
    }
    return false;
  }
};

std::shared_ptr<void> prepare_in(std::span<const Argument> arguments) {
  std::vector<column::Value> values;
  auto set = std::make_shared<ConstantSet>();
  for (const Argument& argument : arguments.subspan(1)) {
    if (argument.constant == nullptr) return nullptr;
    if (argument.constant->is_null())
      set->has_null = true;
    else
      values.push_back(*argument.constant);
  }
  set->values = make_vector(arguments[0].type, values);
  std::vector<uint64_t> hashes(values.size());
  hash_keys({&set->values, 1}, column::Rows{nullptr, values.size()}, hashes);
  size_t size = 8;
  while (size < values.size() * 2 + 1) size *= 2;
  set->slots.assign(size, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    size_t slot = hashes[i] & (size - 1);
    while (set->slots[slot] != 0) slot = (slot + 1) & (size - 1);
    set->slots[slot] = static_cast<uint32_t>(i) + 1;
  }
  return set;
}

void in_constants(KernelCall& call, const ConstantSet& set, const std::vector<uint32_t>& positions) {
  uint8_t* out = call.out.mutable_values<uint8_t>();
  std::vector<uint64_t> hashes(positions.size());
  hash_keys({&call.arguments[0], 1}, column::Rows{positions.data(), positions.size()}, hashes);
  for (size_t i = 0; i < positions.size(); ++i) {
    const uint32_t position = positions[i];
    out[position] = set.contains(*call.arguments[0], position, hashes[i]) ? 1 : 0;
    if (out[position] == 0 && set.has_null) call.out.set_null(position);
  }
}

void in_kernel(KernelCall& call) {
  const Vector& needle = *call.arguments[0];
  uint8_t* out = call.out.mutable_values<uint8_t>();
  std::vector<uint32_t> positions;
  call.rows.for_each([&](size_t i) {
    if (needle.is_null(i))
      call.out.set_null(i);
    else
      positions.push_back(static_cast<uint32_t>(i));
  });
  if (call.state != nullptr) return in_constants(call, *static_cast<const ConstantSet*>(call.state), positions);
  for (const uint32_t i : positions) {
    bool null = false;
    for (size_t a = 1; a < call.arguments.size() && out[i] == 0; ++a) {
      if (call.arguments[a]->is_null(i))
        null = true;
      else
        out[i] = equal_at(needle, i, *call.arguments[a], i) ? 1 : 0;
    }
    if (out[i] == 0 && null) call.out.set_null(i);
  }
}

Kernel bind_in(const Signature&) { return in_kernel; }

const ScalarFunction kFunctions[] = {
    {.name = "=",
     .category = "comparison",
     .syntax = "a = b",
     .sentence = "Whether both are equal; NULL if one is NULL.",
     .example = "1 = 1.0 → true",
     .infer = infer_equal,
     .bind = bind_compare<Relation::kEqual>,
     .total = true},
    {.name = "<>",
     .aliases = {"!="},
     .category = "comparison",
     .syntax = "a <> b",
     .sentence = "Whether both differ.",
     .example = "'a' <> 'b' → true",
     .infer = infer_not_equal,
     .bind = bind_compare<Relation::kNotEqual>,
     .total = true},
    {.name = "<",
     .category = "comparison",
     .syntax = "a < b",
     .sentence = "Whether a is less; text by its bytes.",
     .example = "1.5 < 2 → true",
     .infer = infer_less,
     .bind = bind_compare<Relation::kLess>,
     .total = true},
    {.name = "<=",
     .category = "comparison",
     .syntax = "a <= b",
     .sentence = "Whether a is less or equal.",
     .example = "2 <= 2 → true",
     .infer = infer_less_equal,
     .bind = bind_compare<Relation::kLessEqual>,
     .total = true},
    {.name = ">",
     .category = "comparison",
     .syntax = "a > b",
     .sentence = "Whether a is greater.",
     .example = "INTERVAL '1' DAY > INTERVAL '1' HOUR → true",
     .infer = infer_greater,
     .bind = bind_compare<Relation::kGreater>,
     .total = true},
    {.name = ">=",
     .category = "comparison",
     .syntax = "a >= b",
     .sentence = "Whether a is greater or equal.",
     .example = "'b' >= 'a' → true",
     .infer = infer_greater_equal,
     .bind = bind_compare<Relation::kGreaterEqual>,
     .total = true},
    {.name = "IS DISTINCT FROM",
     .category = "comparison",
     .syntax = "a IS DISTINCT FROM b",
     .sentence = "Whether both differ, where NULL is a value like others.",
     .example = "1 IS DISTINCT FROM NULL → true",
     .infer = infer_distinct,
     .bind = bind_distinct<true>,
     .null_if_any_null = false},
    {.name = "IS NOT DISTINCT FROM",
     .category = "comparison",
     .syntax = "a IS NOT DISTINCT FROM b",
     .sentence = "Whether both are equal or both NULL.",
     .example = "1 IS NOT DISTINCT FROM 1 → true",
     .infer = infer_not_distinct,
     .bind = bind_distinct<false>,
     .null_if_any_null = false},
    {.name = "IN",
     .category = "comparison",
     .syntax = "a IN (b, c, …)",
     .sentence = "Whether a equals one of the list.",
     .example = "2 IN (1, 2) → true",
     .infer = infer_in,
     .bind = bind_in,
     .prepare = prepare_in,
     .null_if_any_null = false},
    {.name = "GREATEST",
     .category = "comparison",
     .syntax = "GREATEST(a, b, …)",
     .sentence = "The greatest of its arguments; NULL if one is NULL.",
     .example = "GREATEST(1, 3, 2) → 3",
     .infer = infer_greatest,
     .bind = bind_extreme<true>},
    {.name = "LEAST",
     .category = "comparison",
     .syntax = "LEAST(a, b, …)",
     .sentence = "The least of its arguments; NULL if one is NULL.",
     .example = "LEAST('b', 'a') → a",
     .infer = infer_least,
     .bind = bind_extreme<false>},
};

}  // namespace

std::span<const ScalarFunction> comparison_functions() { return kFunctions; }

}  // namespace millstream::function::internal
