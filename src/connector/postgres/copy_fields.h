// Values in the binary format of PostgreSQL's COPY: a length, then the type's send/receive bytes, big-endian.
//
// Source: PostgreSQL's documentation, "COPY", section "Binary Format", and the receive functions of its types.
#pragma once

#include "base/bytes.h"
#include "column/vector.h"

namespace millstream::connector::postgres {

// Appends the field at `position`, as the type that stage_type_of() names; NULL is length -1.
void append_field(ByteBuffer& out, const column::Vector& vector, size_t position);

}  // namespace millstream::connector::postgres
