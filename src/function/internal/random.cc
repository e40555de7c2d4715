// Random numbers: RAND and RAND_INTEGER.
#include <random>

#include "function/internal/binding.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;

// The generator that the documentation of java.util.Random specifies, so that seeds give Flink's numbers.
class JavaRandom {
 public:
  explicit JavaRandom(uint64_t seed) : state_((seed ^ kMultiplier) & kMask) {}
  int32_t next(int bits) {
    state_ = (state_ * kMultiplier + 0xb) & kMask;
    return static_cast<int32_t>(static_cast<int64_t>(state_ << 16) >> (64 - bits));
  }
  double next_double() {
    const int64_t high = int64_t{next(26)} & ((1 << 26) - 1);
    const int64_t low = int64_t{next(27)} & ((1 << 27) - 1);
    return static_cast<double>((high << 27) + low) * 0x1.0p-53;
  }
  int32_t next_below(int32_t bound) {
    const auto limit = static_cast<int64_t>(bound);
    while (true) {
      const int64_t bits = next(31) & 0x7fffffff;
      const int64_t value = bits % limit;
      if (bits - value + (limit - 1) <= INT32_MAX) return static_cast<int32_t>(value);
    }
  }

 private:
  static constexpr uint64_t kMultiplier = 0x5deece66d;
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  uint64_t state_;
};

uint64_t fresh_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// RAND([seed]) and RAND_INTEGER([seed,] bound): a literal seed makes the sequence repeatable.
template <size_t plain_arguments>
std::shared_ptr<void> prepare_random(std::span<const Argument> arguments) {
  const bool seeded =
      arguments.size() > plain_arguments && arguments[0].constant != nullptr && !arguments[0].constant->is_null();
  return std::make_shared<JavaRandom>(seeded ? static_cast<uint64_t>(arguments[0].constant->as_int()) : fresh_seed());
}

void random_kernel(KernelCall& call) {
  auto& random = *static_cast<JavaRandom*>(call.state);
  double* out = call.out.mutable_values<double>();
  call.rows.for_each([&](size_t i) { out[i] = random.next_double(); });
}

void random_integer_kernel(KernelCall& call) {
  auto& random = *static_cast<JavaRandom*>(call.state);
  const Reader<int32_t> bound = argument<int32_t>(call, call.arguments.size() - 1);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    if (bound[i] <= 0)
      call.refuse(i, "bound must be positive");
    else
      out[i] = random.next_below(bound[i]);
  });
}

Result<Signature> infer_random(std::span<const Argument> arguments) {
  return infer_by_pattern({"RAND", "?i", Type::double_precision(), {"RAND()", "RAND(<INTEGER>)"}}, arguments);
}
Result<Signature> infer_random_integer(std::span<const Argument> arguments) {
  return infer_by_pattern(
      {"RAND_INTEGER", "i?i", Type::integer(), {"RAND_INTEGER(<INTEGER>)", "RAND_INTEGER(<INTEGER>, <INTEGER>)"}},
      arguments);
}

constexpr std::string_view kCategory = "numbers";

const ScalarFunction kFunctions[] = {
    {.name = "RAND",
     .category = kCategory,
     .syntax = "RAND([seed])",
     .sentence = "A random number from 0 to below 1.",
     .example = "RAND() < 1 → true",
     .infer = infer_random,
     .bind = bind<random_kernel>,
     .prepare = prepare_random<0>,
     .deterministic = false},
    {.name = "RAND_INTEGER",
     .category = kCategory,
     .syntax = "RAND_INTEGER([seed,] bound)",
     .sentence = "A random integer from 0 to below the bound.",
     .example = "RAND_INTEGER(10) < 10 → true",
     .infer = infer_random_integer,
     .bind = bind<random_integer_kernel>,
     .prepare = prepare_random<1>,
     .deterministic = false},
};

}  // namespace

std::span<const ScalarFunction> random_functions() { return kFunctions; }

}  // namespace millstream::function::internal
