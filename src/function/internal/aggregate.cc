// The table of aggregates, and which slot and loop each gets for its types.
#include "column/decimal.h"
#include "column/key.h"
#include "function/internal/aggregate_slots.h"
#include "function/internal/inference.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::PhysicalKind;
using column::Type;
using column::TypeKind;

// --- Types ----------------------------------------------------------------------------------------------------------

Result<Signature> one_argument(std::string_view name, std::span<const Argument> arguments, Type result) {
  if (arguments.size() != 1) return wrong_count(name, "1");
  return as_given(std::move(result), arguments);
}

Result<Signature> infer_count(std::span<const Argument> arguments) {
  if (arguments.size() > 1) {
    return fail(ErrorCode::kUnsupported, "COUNT of more than one argument is not supported",
                "use COUNT(*) or COUNT(column)");
  }
  return as_given(Type::bigint().not_null(), arguments);
}

Result<Signature> infer_sum(std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count("SUM", "1");
  const Type& type = arguments[0].type;
  if (!type.is_numeric()) return cannot_apply("SUM", arguments, {"SUM(<NUMERIC>)"});
  if (type.kind() == TypeKind::kDecimal) return as_given(Type::decimal(38, type.scale()), arguments);
  return as_given(type.as_nullable(), arguments);
}

// AVG and the deviations: integers stay integers, DECIMAL gets at least six fractional digits.
Result<Signature> infer_mean(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count(name, "1");
  const Type& type = arguments[0].type;
  if (!type.is_numeric()) return cannot_apply(name, arguments, {std::string(name) + "(<NUMERIC>)"});
  if (type.kind() == TypeKind::kDecimal) return as_given(Type::decimal(38, std::max(6, type.scale())), arguments);
  return as_given(type.as_nullable(), arguments);
}

Result<Signature> infer_avg(std::span<const Argument> a) { return infer_mean("AVG", a); }
Result<Signature> infer_stddev_pop(std::span<const Argument> a) { return infer_mean("STDDEV_POP", a); }
Result<Signature> infer_stddev_samp(std::span<const Argument> a) { return infer_mean("STDDEV_SAMP", a); }
Result<Signature> infer_stddev(std::span<const Argument> a) { return infer_mean("STDDEV", a); }
Result<Signature> infer_var_pop(std::span<const Argument> a) { return infer_mean("VAR_POP", a); }
Result<Signature> infer_var_samp(std::span<const Argument> a) { return infer_mean("VAR_SAMP", a); }
Result<Signature> infer_variance(std::span<const Argument> a) { return infer_mean("VARIANCE", a); }

Result<Signature> infer_same(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count(name, "1");
  return one_argument(name, arguments, arguments[0].type.as_nullable());
}
Result<Signature> infer_extreme(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() == 1 && (arguments[0].type.is_nested() || is_interval(arguments[0].type)))
    return cannot_apply(name, arguments, {std::string(name) + "(<COMPARABLE_TYPE>)"});
  return infer_same(name, arguments);
}
Result<Signature> infer_min(std::span<const Argument> arguments) { return infer_extreme("MIN", arguments); }
Result<Signature> infer_max(std::span<const Argument> arguments) { return infer_extreme("MAX", arguments); }
Result<Signature> infer_first(std::span<const Argument> arguments) { return infer_same("FIRST_VALUE", arguments); }
Result<Signature> infer_last(std::span<const Argument> arguments) { return infer_same("LAST_VALUE", arguments); }

Result<Signature> infer_listagg(std::span<const Argument> arguments) {
  return infer_by_pattern(
      {"LISTAGG", "s?s", Type::string(), {"LISTAGG(<CHARACTER>)", "LISTAGG(<CHARACTER>, <CHARACTER_LITERAL>)"}},
      arguments);
}
Result<Signature> infer_array_agg(std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count("ARRAY_AGG", "1");
  return as_given(Type::array(arguments[0].type), arguments);
}
Result<Signature> infer_collect(std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count("COLLECT", "1");
  return as_given(Type::multiset(arguments[0].type).not_null(), arguments);
}

// --- Kernels --------------------------------------------------------------------------------------------------------

AggregateKernel bind_count(const Signature& signature, bool) {
  return signature.arguments.empty() ? count_rows_kernel()
                                     : kernel_of<CountSlot>(count_values, result_of<CountSlot, int64_t>);
}

template <typename Slot>
AggregateKernel decimal_kernel(const Type& type, void (*result)(ConstSlots, std::span<const uint32_t>, Vector&)) {
  return type.precision() <= 18 ? kernel_of<Slot>(update_decimal_sum<Slot, int64_t>, result)
                                : kernel_of<Slot>(update_decimal_sum<Slot, Int128>, result);
}

AggregateKernel bind_sum(const Signature& signature, bool) {
  switch (signature.arguments[0].kind()) {
    case TypeKind::kTinyint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int8_t>, result_of<IntegerSum, int8_t>);
    case TypeKind::kSmallint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int16_t>, result_of<IntegerSum, int16_t>);
    case TypeKind::kInteger:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int32_t>, result_of<IntegerSum, int32_t>);
    case TypeKind::kBigint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int64_t>, result_of<IntegerSum, int64_t>);
    case TypeKind::kFloat:
      return kernel_of<FloatSum>(update_with<FloatSum, float>, result_of<FloatSum, float>);
    case TypeKind::kDouble:
      return kernel_of<DoubleSum>(update_with<DoubleSum, double>, result_of<DoubleSum, double>);
    default:
      return decimal_kernel<RestartingDecimalSum>(signature.arguments[0], decimal_sum_result);
  }
}

AggregateKernel bind_split_sum(const Signature& signature, bool retracting) {
  const Type& type = signature.arguments[0];
  return type.kind() == TypeKind::kDecimal ? decimal_kernel<DecimalSum>(type, decimal_sum_result)
                                           : bind_sum(signature, retracting);
}

AggregateKernel bind_avg(const Signature& signature, bool) {
  switch (signature.arguments[0].kind()) {
    case TypeKind::kTinyint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int8_t>, mean_of<IntegerSum, int8_t>);
    case TypeKind::kSmallint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int16_t>, mean_of<IntegerSum, int16_t>);
    case TypeKind::kInteger:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int32_t>, mean_of<IntegerSum, int32_t>);
    case TypeKind::kBigint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int64_t>, mean_of<IntegerSum, int64_t>);
    case TypeKind::kFloat:
      return kernel_of<DoubleSum>(update_with<DoubleSum, float>, mean_of<DoubleSum, float>);
    case TypeKind::kDouble:
      return kernel_of<DoubleSum>(update_with<DoubleSum, double>, mean_of<DoubleSum, double>);
    default:
      return decimal_kernel<DecimalSum>(signature.arguments[0], decimal_mean_result);
  }
}

AggregateKernel bind_split_avg(const Signature& signature, bool retracting) {
  switch (signature.arguments[0].kind()) {
    case TypeKind::kTinyint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int8_t>, mean_of<IntegerSum, int8_t, int8_t>);
    case TypeKind::kSmallint:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int16_t>, mean_of<IntegerSum, int16_t, int16_t>);
    case TypeKind::kInteger:
      return kernel_of<IntegerSum>(update_with<IntegerSum, int32_t>, mean_of<IntegerSum, int32_t, int32_t>);
    case TypeKind::kFloat:
      return kernel_of<FloatSum>(update_with<FloatSum, float>, mean_of<FloatSum, float>);
    default:
      return bind_avg(signature, retracting);
  }
}

template <Deviation deviation>
AggregateKernel bind_deviation(const Signature& signature, bool) {
  const Type& type = signature.arguments[0];
  switch (type.physical()) {
    case PhysicalKind::kInt8:
      return kernel_of<Moments>(update_with<Moments, int8_t>, moments_result<deviation>);
    case PhysicalKind::kInt16:
      return kernel_of<Moments>(update_with<Moments, int16_t>, moments_result<deviation>);
    case PhysicalKind::kInt32:
      return kernel_of<Moments>(update_with<Moments, int32_t>, moments_result<deviation>);
    case PhysicalKind::kFloat:
      return kernel_of<Moments>(update_with<Moments, float>, moments_result<deviation>);
    case PhysicalKind::kDouble:
      return kernel_of<Moments>(update_with<Moments, double>, moments_result<deviation>);
    case PhysicalKind::kInt64:
      if (type.kind() == TypeKind::kDecimal)
        return kernel_of<Moments>(update_decimal_moments<int64_t>, moments_result<deviation>);
      return kernel_of<Moments>(update_with<Moments, int64_t>, moments_result<deviation>);
    default:
      return kernel_of<Moments>(update_decimal_moments<Int128>, moments_result<deviation>);
  }
}

template <template <typename> typename Slot>
AggregateKernel bind_chosen(const Signature& signature, bool retracting) {
  const PhysicalKind kind = signature.arguments[0].physical();
  if (retracting || kind >= PhysicalKind::kString) return {};
  switch (kind) {
    case PhysicalKind::kBool:
      return chosen_kernel<Slot<uint8_t>, uint8_t>();
    case PhysicalKind::kInt8:
      return chosen_kernel<Slot<int8_t>, int8_t>();
    case PhysicalKind::kInt16:
      return chosen_kernel<Slot<int16_t>, int16_t>();
    case PhysicalKind::kInt32:
      return chosen_kernel<Slot<int32_t>, int32_t>();
    case PhysicalKind::kInt64:
      return chosen_kernel<Slot<int64_t>, int64_t>();
    case PhysicalKind::kFloat:
      return chosen_kernel<Slot<float>, float>();
    case PhysicalKind::kDouble:
      return chosen_kernel<Slot<double>, double>();
    case PhysicalKind::kInt128:
      return chosen_kernel<Slot<Int128>, Int128>();
    default:
      return chosen_kernel<Slot<WideTimestamp>, WideTimestamp>();
  }
}

AggregateKernel bind_kept(const Signature&, bool) { return {}; }

// --- Results made from all values -----------------------------------------------------------------------------------

void combine_listagg(const Vector& values, std::span<const column::Slice> groups, std::span<const uint32_t> positions,
                     std::span<const column::Value> constants, Vector& out) {
  const std::string separator = constants.empty() || constants[0].is_null() ? "," : constants[0].as_string();
  const Reader<StringRef> in(values);
  std::string text;
  for (size_t g = 0; g < groups.size(); ++g) {
    text.clear();
    bool any = false;
    for (uint32_t e = groups[g].start; e < groups[g].start + groups[g].size; ++e) {
      if (in.is_null(e)) continue;
      if (any) text += separator;
      text += in[e].view();
      any = true;
    }
    if (any)
      out.mutable_values<StringRef>()[positions[g]] = out.add_string(text);
    else
      out.set_null(positions[g]);
  }
}

// Several calls may write to one vector: each one's elements go behind those of the calls before.
void append_elements(Vector& out, size_t child, const column::VectorPtr& elements) {
  if (out.children().size() <= child || out.children()[child] == nullptr) {
    out.set_child(child, elements);
    return;
  }
  const column::VectorPtr parts[] = {out.children()[child], elements};
  out.set_child(child, concatenate(parts));
}

uint32_t elements_in(const Vector& out) {
  return out.children().empty() || out.children()[0] == nullptr ? 0
                                                                : static_cast<uint32_t>(out.children()[0]->length());
}

void combine_array(const Vector& values, std::span<const column::Slice> groups, std::span<const uint32_t> positions,
                   std::span<const column::Value>, Vector& out) {
  const uint32_t first = elements_in(out);
  std::vector<uint32_t> elements;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size == 0) out.set_null(positions[g]);
    out.mutable_values<column::Slice>()[positions[g]] = {first + static_cast<uint32_t>(elements.size()),
                                                         groups[g].size};
    for (uint32_t e = 0; e < groups[g].size; ++e) elements.push_back(groups[g].start + e);
  }
  append_elements(out, 0, gather(values, elements));
}

void combine_multiset(const Vector& values, std::span<const column::Slice> groups, std::span<const uint32_t> positions,
                      std::span<const column::Value>, Vector& out) {
  const uint32_t first = elements_in(out);
  std::vector<uint32_t> elements;
  std::vector<int32_t> counts;
  for (size_t g = 0; g < groups.size(); ++g) {
    std::vector<uint32_t> sorted;
    for (uint32_t e = groups[g].start; e < groups[g].start + groups[g].size; ++e) {
      if (!values.is_null(e)) sorted.push_back(e);
    }
    std::sort(sorted.begin(), sorted.end(),
              [&](uint32_t a, uint32_t b) { return compare_at(values, a, values, b) < 0; });
    const auto start = static_cast<uint32_t>(elements.size());
    for (const uint32_t e : sorted) {
      if (elements.size() > start && equal_at(values, elements.back(), values, e)) {
        ++counts.back();
      } else {
        elements.push_back(e);
        counts.push_back(1);
      }
    }
    out.mutable_values<column::Slice>()[positions[g]] = {first + start, static_cast<uint32_t>(elements.size()) - start};
  }
  auto children = Vector::make(Type::integer().not_null(), counts.size());
  std::copy(counts.begin(), counts.end(), children->mutable_values<int32_t>());
  append_elements(out, 0, gather(values, elements));
  append_elements(out, 1, std::move(children));
}

constexpr std::string_view kCategory = "aggregate";

const AggregateFunction kFunctions[] = {
    {.name = "COUNT",
     .category = kCategory,
     .syntax = "COUNT(*), COUNT(a)",
     .sentence = "Rows, or values that are not NULL.",
     .example = "COUNT(a) of 1, NULL, 2 → 2",
     .infer = infer_count,
     .bind = bind_count},
    {.name = "SUM",
     .category = kCategory,
     .syntax = "SUM(a)",
     .sentence = "Sum in the argument's type (integers wrap around; DECIMAL widens to 38 digits, beyond them it is "
                 "NULL and begins "
                 "anew); NULL of no values.",
     .example = "SUM(a) of 1, 2, 4 → 7",
     .infer = infer_sum,
     .bind = bind_sum,
     .bind_split = bind_split_sum},
    {.name = "AVG",
     .category = kCategory,
     .syntax = "AVG(a)",
     .sentence = "Mean in the argument's type: of integers an integer.",
     .example = "AVG(a) of 1, 2, 4 → 2",
     .infer = infer_avg,
     .bind = bind_avg,
     .bind_split = bind_split_avg},
    {.name = "MIN",
     .category = kCategory,
     .syntax = "MIN(a)",
     .sentence = "The least value.",
     .example = "MIN(a) of 2, 1 → 1",
     .infer = infer_min,
     .bind = bind_chosen<Least>,
     .needs_values_to_retract = true,
     .keeps = Keeps::kLeast},
    {.name = "MAX",
     .category = kCategory,
     .syntax = "MAX(a)",
     .sentence = "The greatest value.",
     .example = "MAX(a) of 2, 1 → 2",
     .infer = infer_max,
     .bind = bind_chosen<Greatest>,
     .needs_values_to_retract = true,
     .keeps = Keeps::kGreatest},
    {.name = "FIRST_VALUE",
     .category = kCategory,
     .syntax = "FIRST_VALUE(a)",
     .sentence = "The first value that is not NULL.",
     .example = "FIRST_VALUE(a) of NULL, 1, 2 → 1",
     .infer = infer_first,
     .bind = bind_chosen<First>,
     .needs_values_to_retract = true,
     .keeps = Keeps::kEarliest},
    {.name = "LAST_VALUE",
     .category = kCategory,
     .syntax = "LAST_VALUE(a)",
     .sentence = "The last value that is not NULL.",
     .example = "LAST_VALUE(a) of 1, 2, NULL → 2",
     .infer = infer_last,
     .bind = bind_chosen<Last>,
     .needs_values_to_retract = true,
     .keeps = Keeps::kLatest},
    {.name = "STDDEV_POP",
     .category = kCategory,
     .syntax = "STDDEV_POP(a)",
     .sentence = "Standard deviation of the population.",
     .example = "STDDEV_POP(a) of 1.0E0, 2.0E0, 4.0E0 → 1.247219128924647",
     .infer = infer_stddev_pop,
     .bind = bind_deviation<Deviation::kStddevPop>},
    {.name = "STDDEV_SAMP",
     .category = kCategory,
     .syntax = "STDDEV_SAMP(a)",
     .sentence = "Standard deviation of a sample.",
     .example = "STDDEV_SAMP(a) of 1, 2, 4 → 1",
     .infer = infer_stddev_samp,
     .bind = bind_deviation<Deviation::kStddevSamp>},
    {.name = "STDDEV",
     .category = kCategory,
     .syntax = "STDDEV(a)",
     .sentence = "The same as STDDEV_SAMP.",
     .example = "STDDEV(a) of 1, 2, 4 → 1",
     .infer = infer_stddev,
     .bind = bind_deviation<Deviation::kStddevSamp>},
    {.name = "VAR_POP",
     .category = kCategory,
     .syntax = "VAR_POP(a)",
     .sentence = "Variance of the population.",
     .example = "VAR_POP(a) of 1, 2, 4 → 1",
     .infer = infer_var_pop,
     .bind = bind_deviation<Deviation::kVarPop>},
    {.name = "VAR_SAMP",
     .category = kCategory,
     .syntax = "VAR_SAMP(a)",
     .sentence = "Variance of a sample; NULL of one value.",
     .example = "VAR_SAMP(a) of 1, 2, 4 → 2",
     .infer = infer_var_samp,
     .bind = bind_deviation<Deviation::kVarSamp>},
    {.name = "VARIANCE",
     .category = kCategory,
     .syntax = "VARIANCE(a)",
     .sentence = "The same as VAR_SAMP.",
     .example = "VARIANCE(a) of 1, 2, 4 → 2",
     .infer = infer_variance,
     .bind = bind_deviation<Deviation::kVarSamp>},
    {.name = "LISTAGG",
     .category = kCategory,
     .syntax = "LISTAGG(text [, separator])",
     .sentence = "The texts in order of arrival with a separator (a comma) between them; NULLs are left out.",
     .example = "LISTAGG(a, '-') of 'x', 'y' → x-y",
     .infer = infer_listagg,
     .bind = bind_kept,
     .needs_values_to_retract = true,
     .keeps = Keeps::kAll,
     .combine = combine_listagg},
    {.name = "ARRAY_AGG",
     .category = kCategory,
     .syntax = "ARRAY_AGG(a)",
     .sentence = "All values in order of arrival, NULLs too.",
     .example = "ARRAY_AGG(a) of 1, NULL → [1,null]",
     .infer = infer_array_agg,
     .bind = bind_kept,
     .needs_values_to_retract = true,
     .keeps = Keeps::kAll,
     .combine = combine_array},
    {.name = "COLLECT",
     .category = kCategory,
     .syntax = "COLLECT(a)",
     .sentence = "The multiset of the values that are not NULL.",
     .example = "COLLECT(a) of 1, 1, 2 → {\"1\":2,\"2\":1}",
     .infer = infer_collect,
     .bind = bind_kept,
     .needs_values_to_retract = true,
     .keeps = Keeps::kAll,
     .combine = combine_multiset},
};

}  // namespace

std::span<const AggregateFunction> aggregate_functions() { return kFunctions; }

}  // namespace millstream::function::internal
