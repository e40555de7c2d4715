// Where a piece of the tree was written: bytes from the start of the text that was parsed.
//
// Spans never take part in comparing trees: two statements are equal when they mean the same text, wherever it stood.
// Line and column are computed only when somebody asks (locate), because most spans are never shown.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace millstream::sql {

struct SourceSpan {
  uint32_t offset = 0;
  uint32_t length = 0;

  [[nodiscard]] uint32_t end() const { return offset + length; }
  [[nodiscard]] std::string_view in(std::string_view text) const { return text.substr(offset, length); }
  friend bool operator==(const SourceSpan&, const SourceSpan&) { return true; }
};

// From the start of `first` to the end of `last`.
[[nodiscard]] inline SourceSpan covering(SourceSpan first, SourceSpan last) {
  return {first.offset, last.end() > first.offset ? last.end() - first.offset : 0};
}

// Line and column (counted in characters, a tab is one) of a span in the text it was parsed from.
[[nodiscard]] SourcePosition locate(std::string_view text, SourceSpan span);

}  // namespace millstream::sql
