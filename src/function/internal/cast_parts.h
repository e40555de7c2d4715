// What the families of casts share: one call's vectors, and how a row is refused.
#pragma once

#include <string>

#include "function/internal/cast.h"
#include "function/internal/kernel.h"

namespace millstream::function::internal {

struct CastParts {
  const Vector& from;
  column::Rows rows;  // without NULLs
  Vector& out;
  CastCall& call;

  [[nodiscard]] const column::Type& to() const { return out.type(); }
  void refuse(size_t position, std::string message) {
    out.set_null(position);
    if (call.null_on_failure) return;
    call.context.errors->push_back(
        RowError{static_cast<uint32_t>(position), ErrorCode::kBadRow, std::move(message), call.source});
  }
};

void cast_numbers(CastParts& parts);    // BOOLEAN and numbers among themselves
void cast_times(CastParts& parts);      // DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ and intervals among themselves
void cast_from_text(CastParts& parts);  // from CHAR, VARCHAR, BINARY, VARBINARY
void cast_to_text(CastParts& parts);    // to them, from anything

}  // namespace millstream::function::internal
