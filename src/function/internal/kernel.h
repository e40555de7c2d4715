// Loops over vectors for kernels: flat and constant arguments, all rows or a selection, without a branch per value.
//
// Kernels see only rows whose arguments are not NULL unless their table entry says otherwise (definition.h).
#pragma once

#include "column/vector.h"
#include "function/definition.h"

namespace millstream::function::internal {

using column::Int128;
using column::Reader;
using column::StringRef;
using column::Vector;
using column::WideTimestamp;

// out[i] = f(a[i])
template <typename A, typename R, typename F>
void map(KernelCall& call, F f) {
  R* out = call.out.mutable_values<R>();
  const Vector& a = *call.arguments[0];
  if (call.rows.index == nullptr && !a.is_constant()) {
    const A* x = a.values<A>();
    for (size_t i = 0; i < call.rows.count; ++i) out[i] = f(x[i]);
    return;
  }
  const Reader<A> x(a);
  call.rows.for_each([&](size_t i) { out[i] = f(x[i]); });
}

// out[i] = f(a[i], b[i])
template <typename A, typename B, typename R, typename F>
void map(KernelCall& call, F f) {
  R* out = call.out.mutable_values<R>();
  const Vector& a = *call.arguments[0];
  const Vector& b = *call.arguments[1];
  const size_t count = call.rows.count;
  if (call.rows.index == nullptr) {
    if (!a.is_constant() && !b.is_constant()) {
      const A* x = a.values<A>();
      const B* y = b.values<B>();
      for (size_t i = 0; i < count; ++i) out[i] = f(x[i], y[i]);
      return;
    }
    if (!a.is_constant()) {
      const A* x = a.values<A>();
      const B y = b.values<B>()[0];
      for (size_t i = 0; i < count; ++i) out[i] = f(x[i], y);
      return;
    }
    if (!b.is_constant()) {
      const A x = a.values<A>()[0];
      const B* y = b.values<B>();
      for (size_t i = 0; i < count; ++i) out[i] = f(x, y[i]);
      return;
    }
  }
  const Reader<A> x(a);
  const Reader<B> y(b);
  call.rows.for_each([&](size_t i) { out[i] = f(x[i], y[i]); });
}

// f(i, readers...) for each row; for kernels that refuse rows or write text.
template <typename F>
void for_each(KernelCall& call, F f) {
  call.rows.for_each(f);
}

template <typename T>
Reader<T> argument(const KernelCall& call, size_t index) {
  return Reader<T>(*call.arguments[index]);
}

// The C++ type of a physical kind, handed to f as a value of that type: with_type(kind, [&](auto zero) { … }).
template <typename F>
decltype(auto) with_type(column::PhysicalKind kind, F&& f) {
  switch (kind) {
    case column::PhysicalKind::kBool:
      return f(uint8_t{});
    case column::PhysicalKind::kInt8:
      return f(int8_t{});
    case column::PhysicalKind::kInt16:
      return f(int16_t{});
    case column::PhysicalKind::kInt32:
      return f(int32_t{});
    case column::PhysicalKind::kInt64:
      return f(int64_t{});
    case column::PhysicalKind::kFloat:
      return f(float{});
    case column::PhysicalKind::kDouble:
      return f(double{});
    case column::PhysicalKind::kInt128:
      return f(Int128{});
    case column::PhysicalKind::kTimestamp:
      return f(WideTimestamp{});
    case column::PhysicalKind::kString:
      return f(StringRef{});
    default:
      break;
  }
  CHECK(false);
  return f(int64_t{});
}

}  // namespace millstream::function::internal
