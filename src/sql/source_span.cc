// Counts lines and characters up to a span.
#include "sql/source_span.h"

#include <algorithm>

namespace millstream::sql {

SourcePosition locate(std::string_view text, SourceSpan span) {
  const std::string_view before = text.substr(0, std::min<size_t>(span.offset, text.size()));
  const size_t line_break = before.rfind('\n');
  const std::string_view line = line_break == std::string_view::npos ? before : before.substr(line_break + 1);
  const auto is_character_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return {.line = static_cast<int>(std::ranges::count(before, '\n')) + 1,
          .column = static_cast<int>(std::ranges::count_if(line, is_character_start)) + 1,
          .offset = before.size(),
          .length = std::min<size_t>(span.length, text.size() - before.size())};
}

}  // namespace millstream::sql
