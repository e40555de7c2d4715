// Casts among dates, times, timestamps with and without zone, and intervals.
#include "function/internal/cast_parts.h"
#include "function/internal/time_parts.h"

namespace millstream::function::internal {
namespace {

using column::TypeKind;

bool crosses_zone(TypeKind from, TypeKind to) {
  return (from == TypeKind::kTimestampLtz) != (to == TypeKind::kTimestampLtz);
}

}  // namespace

void cast_times(CastParts& parts) {
  const TypeKind from = parts.from.type().kind();
  const TypeKind to = parts.to().kind();
  if (parts.from.type().physical() == parts.to().physical() && !parts.from.type().is_timestamp() && from == to) {
    // Another precision of TIME.
    const Reader<int32_t> in(parts.from);
    int32_t* out = parts.out.mutable_values<int32_t>();
    const int32_t unit = time_unit_of(parts.to().precision());
    parts.rows.for_each([&](size_t i) { out[i] = in[i] / unit * unit; });
    return;
  }
  Zone& zone = Zone::get(parts.call.context.time_zone);
  const bool shift = crosses_zone(from, to) && zone_matters(from, to);
  const TimeReader in(parts.from);
  const TimeWriter out(parts.out);
  parts.rows.for_each([&](size_t i) {
    column::ParsedTime time = in[i];
    if (shift) time.micros = from == TypeKind::kTimestampLtz ? zone.to_local(time.micros) : zone.to_utc(time.micros);
    out.store(i, time);
  });
}

}  // namespace millstream::function::internal
