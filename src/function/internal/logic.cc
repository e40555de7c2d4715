// NOT, the IS tests, and the functions that choose by NULL or a condition.
#include "column/key.h"
#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;

Result<Signature> infer_not(std::span<const Argument> arguments) {
  return infer_by_pattern({"NOT", "b", Type::boolean(), {"NOT<BOOLEAN>"}}, arguments);
}

void not_kernel(KernelCall& call) {
  map<uint8_t, uint8_t>(call, [](uint8_t value) { return static_cast<uint8_t>(value == 0); });
}

Result<Signature> infer_null_test(std::span<const Argument> arguments) {
  if (arguments.size() != 1) return wrong_count("IS NULL", "1");
  return as_given(Type::boolean().not_null(), arguments);
}

template <bool null>
void null_test_kernel(KernelCall& call) {
  uint8_t* out = call.out.mutable_values<uint8_t>();
  const Vector& value = *call.arguments[0];
  call.rows.for_each([&](size_t i) { out[i] = value.is_null(i) == null ? 1 : 0; });
}

Result<Signature> infer_truth_test(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature, infer_by_pattern({"IS TRUE", "b", Type::boolean(), {"<BOOLEAN> IS TRUE"}}, arguments));
  signature.result = Type::boolean().not_null();
  return signature;
}

enum class Truth { kFalse, kTrue, kUnknown };

template <Truth truth, bool negated>
void truth_test_kernel(KernelCall& call) {
  uint8_t* out = call.out.mutable_values<uint8_t>();
  const Reader<uint8_t> value = argument<uint8_t>(call, 0);
  call.rows.for_each([&](size_t i) {
    const Truth is = value.is_null(i) ? Truth::kUnknown : value[i] != 0 ? Truth::kTrue : Truth::kFalse;
    out[i] = (is == truth) != negated ? 1 : 0;
  });
}

// IF and IFNULL are CASE and COALESCE in other words: the evaluator never calls a kernel.
Result<Signature> infer_if(std::span<const Argument> arguments) {
  if (arguments.size() != 3) return wrong_count("IF", "3");
  if (arguments[0].type.kind() != TypeKind::kBoolean && !is_null_literal(arguments[0])) {
    return cannot_apply("IF", arguments, {"IF(<BOOLEAN>, <ANY>, <ANY>)"});
  }
  const Type types[] = {arguments[1].type, arguments[2].type};
  MS_ASSIGN(Type common, common_type(types));
  // Times are cut to the first one's digits.
  if (is_datetime(types[0])) common = types[0];
  return Signature{nullable_as(common, arguments),
                   {Type::boolean().as_nullable(arguments[0].type.nullable()), common.as_nullable(types[0].nullable()),
                    common.as_nullable(types[1].nullable())}};
}

Result<Signature> infer_coalesce(std::string_view name, std::span<const Argument> arguments, bool two) {
  if (arguments.empty() || (two && arguments.size() != 2)) return wrong_count(name, two ? "2" : "1 or more");
  std::vector<Type> types;
  bool nullable = true;
  for (const Argument& argument : arguments) {
    types.push_back(argument.type);
    nullable = nullable && argument.type.nullable();
  }
  MS_ASSIGN(const Type common, common_type(types, CommonTypeOf::kArguments));
  Signature signature{common.as_nullable(nullable), {}};
  for (const Type& type : types) signature.arguments.push_back(common.as_nullable(type.nullable()));
  return signature;
}

Result<Signature> infer_ifnull(std::span<const Argument> arguments) {
  return infer_coalesce("IFNULL", arguments, true);
}
Result<Signature> infer_coalesce_call(std::span<const Argument> arguments) {
  return infer_coalesce("COALESCE", arguments, false);
}

// The types only matter to the comparison and the CASE that the binder makes of it.
Result<Signature> infer_nullif(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("NULLIF", "2");
  return as_given(arguments[0].type.as_nullable(), arguments);
}

constexpr std::string_view kCategory = "logic";
constexpr std::string_view kChoice = "conditional";

const ScalarFunction kFunctions[] = {
    {.name = "NOT",
     .category = kCategory,
     .syntax = "NOT a",
     .sentence = "The opposite; NULL stays NULL.",
     .example = "NOT TRUE → false",
     .infer = infer_not,
     .bind = bind<not_kernel>,
     .total = true},
    {.name = "IS NULL",
     .category = kCategory,
     .syntax = "a IS NULL",
     .sentence = "Whether a is NULL.",
     .example = "1 IS NULL → false",
     .infer = infer_null_test,
     .bind = bind<null_test_kernel<true>>,
     .null_if_any_null = false},
    {.name = "IS NOT NULL",
     .category = kCategory,
     .syntax = "a IS NOT NULL",
     .sentence = "Whether a is not NULL.",
     .example = "1 IS NOT NULL → true",
     .infer = infer_null_test,
     .bind = bind<null_test_kernel<false>>,
     .null_if_any_null = false},
    {.name = "IS TRUE",
     .category = kCategory,
     .syntax = "a IS TRUE",
     .sentence = "Whether a is TRUE, never NULL.",
     .example = "(1 = 1) IS TRUE → true",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kTrue, false>>,
     .null_if_any_null = false},
    {.name = "IS NOT TRUE",
     .category = kCategory,
     .syntax = "a IS NOT TRUE",
     .sentence = "Whether a is FALSE or NULL.",
     .example = "(1 = 2) IS NOT TRUE → true",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kTrue, true>>,
     .null_if_any_null = false},
    {.name = "IS FALSE",
     .category = kCategory,
     .syntax = "a IS FALSE",
     .sentence = "Whether a is FALSE, never NULL.",
     .example = "(1 = 2) IS FALSE → true",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kFalse, false>>,
     .null_if_any_null = false},
    {.name = "IS NOT FALSE",
     .category = kCategory,
     .syntax = "a IS NOT FALSE",
     .sentence = "Whether a is TRUE or NULL.",
     .example = "(1 = 2) IS NOT FALSE → false",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kFalse, true>>,
     .null_if_any_null = false},
    {.name = "IS UNKNOWN",
     .category = kCategory,
     .syntax = "a IS UNKNOWN",
     .sentence = "Whether a BOOLEAN is NULL.",
     .example = "(1 = 2) IS UNKNOWN → false",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kUnknown, false>>,
     .null_if_any_null = false},
    {.name = "IS NOT UNKNOWN",
     .category = kCategory,
     .syntax = "a IS NOT UNKNOWN",
     .sentence = "Whether a BOOLEAN is not NULL.",
     .example = "(1 = 2) IS NOT UNKNOWN → true",
     .infer = infer_truth_test,
     .bind = bind<truth_test_kernel<Truth::kUnknown, true>>,
     .null_if_any_null = false},
    {.name = "IF",
     .category = kChoice,
     .syntax = "IF(condition, a, b)",
     .sentence = "a where the condition is TRUE, else b; only the one that is needed is evaluated.",
     .example = "IF(1 < 2, 'yes', 'no') → yes",
     .infer = infer_if,
     .null_if_any_null = false,
     .form = CallForm::kIf},
    {.name = "COALESCE",
     .category = kChoice,
     .syntax = "COALESCE(a, b, …)",
     .sentence = "The first argument that is not NULL.",
     .example = "COALESCE(CAST(NULL AS INT), 3) → 3",
     .infer = infer_coalesce_call,
     .null_if_any_null = false,
     .form = CallForm::kCoalesce},
    {.name = "IFNULL",
     .category = kChoice,
     .syntax = "IFNULL(a, b)",
     .sentence = "b where a is NULL.",
     .example = "IFNULL(CAST(NULL AS INT), 5) → 5",
     .infer = infer_ifnull,
     .null_if_any_null = false,
     .form = CallForm::kCoalesce},
    {.name = "NULLIF",
     .category = kChoice,
     .syntax = "NULLIF(a, b)",
     .sentence = "NULL where a equals b, else a.",
     .example = "NULLIF(1, 1) → NULL",
     .infer = infer_nullif,
     .null_if_any_null = false,
     .form = CallForm::kNullIf},
};

}  // namespace

std::span<const ScalarFunction> logic_functions() { return kFunctions; }

}  // namespace millstream::function::internal
