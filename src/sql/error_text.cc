// Draws the line of an error and the carets below it.
#include "sql/error_text.h"

#include <algorithm>

namespace millstream::sql {
namespace {

constexpr size_t kWidth = 100;  // columns of source shown
constexpr size_t kBefore = 60;  // of them in front of the error, when the line is cut

struct Glyph {
  std::string_view bytes;
  size_t width;
};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Roughly: East Asian scripts and emoji take two columns, combining marks none.
size_t width_of(std::string_view bytes) {
  if (bytes.size() < 3)
    return bytes.size() == 2 && (bytes[0] == '\xCC' || (bytes[0] == '\xCD' && bytes[1] < '\xB0')) ? 0 : 1;
  if (bytes.size() == 4) return 2;
  const unsigned first = static_cast<unsigned char>(bytes[0]);
  const unsigned second = static_cast<unsigned char>(bytes[1]);
  const unsigned code = (first & 0x0F) << 12 | (second & 0x3F) << 6 | (static_cast<unsigned char>(bytes[2]) & 0x3F);
  return (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) || (code >= 0xAC00 && code < 0xD7A4) ||
                 (code >= 0xF900 && code < 0xFB00) || (code >= 0xFF00 && code < 0xFF61)
             ? 2
             : 1;
}

Glyph glyph_at(std::string_view line, size_t at) {
  size_t end = at + 1;
  while (end < line.size() && continues(line[end])) ++end;
  const std::string_view bytes = line.substr(at, end - at);
  return {bytes, width_of(bytes)};
}

}  // namespace

std::string render_error(std::string_view text, const Error& error) {
  std::string out = error.message;
  if (error.position && error.position->offset <= text.size()) {
    const SourcePosition& position = *error.position;
    out += "\nline " + std::to_string(position.line) + ", column " + std::to_string(position.column);
    const size_t before = position.offset == 0 ? std::string_view::npos : text.rfind('\n', position.offset - 1);
    const size_t start = before == std::string_view::npos ? 0 : before + 1;
    std::string_view line = text.substr(start, std::min(text.find('\n', position.offset), text.size()) - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t at = std::min(position.offset - start, line.size());
    const size_t end = std::min(at + std::max<size_t>(position.length, 1), std::max(line.size(), at + 1));

    // Where the shown piece begins: at the line's start, or kBefore characters in front of the error.
    size_t from = 0;
    bool cut = false;
    if (line.size() > kWidth && at > kBefore) {
      from = at;
      for (size_t back = 0; back < kBefore && from > 0; ++back) {
        do --from;
        while (from > 0 && continues(line[from]));
      }
      cut = from > 0;
    }
    std::string source = cut ? "..." : "";
    std::string carets = cut ? "   " : "";
    size_t column = 0;
    size_t i = from;
    for (; i < line.size() && column < kWidth;) {
      const Glyph glyph = glyph_at(line, i);
      const bool marked = i >= at && i < end;
      source += glyph.bytes;
      if (marked || i < at) {
        // A tab stays a tab in the caret line, so both lines are stretched alike.
        if (glyph.bytes == "\t") {
          carets += marked ? '^' : '\t';
        } else {
          carets.append(glyph.width, marked ? '^' : ' ');
        }
      }
      column += glyph.width;
      i += glyph.bytes.size();
    }
    if (i < line.size()) source += "...";
    if (at >= line.size()) carets += '^';
    out += "\n" + source + "\n" + carets;
  }
  if (!error.hint.empty()) out += "\nhint: " + error.hint;
  return out;
}

}  // namespace millstream::sql
