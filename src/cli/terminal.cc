// Tables, colours and errors on a terminal.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cwchar>

namespace millstream::cli {
namespace {

// One UTF-8 character from `at`; advances. Broken bytes count as one column each.
int next_width(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  wchar_t character = static_cast<wchar_t>(lead < 0x80 ? lead : lead & (0xff >> (length + 1)));
  for (size_t i = 1; i < length && at + i < text.size(); ++i) {
    character = static_cast<wchar_t>(character << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f));
  }
  at += std::min(length, text.size() - at);
  if (character < 0x80) return 1;
  return std::max(0, wcwidth(character));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-+eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

std::string cut_to(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  int used = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    const int columns = next_width(text, at);
    if (used + columns > width - 1) break;
    used += columns;
    out += text.substr(from, at - from);
  }
  return out + "…";
}

}  // namespace

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }

int terminal_columns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 120;
}

std::string coloured(Colour colour, std::string_view text) {
  static const bool enabled = stdout_is_terminal() && std::getenv("NO_COLOR") == nullptr;
  if (!enabled || colour == Colour::kNone) return std::string(text);
  const char* code = colour == Colour::kRed      ? "31"
                     : colour == Colour::kGreen  ? "32"
                     : colour == Colour::kYellow ? "33"
                     : colour == Colour::kBold   ? "1"
                                                 : "2";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

int display_width(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) width += next_width(text, at);
  return width;
}

std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  const size_t count = header.size();
  std::vector<int> widths;
  std::vector<bool> right(count, !rows.empty());
  for (size_t i = 0; i < count; ++i) {
    int width = display_width(header[i]);
    for (const auto& row : rows) {
      width = std::max(width, display_width(row[i]));
      right[i] = right[i] && (is_number(row[i]) || row[i].empty() || row[i] == "NULL");
    }
    widths.push_back(width);
  }
  // Shrink the widest column until a line fits; none below eight columns.
  const int room = terminal_columns() - 2 * static_cast<int>(count > 0 ? count - 1 : 0);
  if (stdout_is_terminal()) {
    while (true) {
      int total = 0;
      for (const int width : widths) total += width;
      const auto widest = std::max_element(widths.begin(), widths.end());
      if (total <= room || widest == widths.end() || *widest <= 8) break;
      *widest = std::max(8, *widest - (total - room));
    }
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells, bool bold) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      const std::string cell = cut_to(cells[i], widths[i]);
      const std::string pad(static_cast<size_t>(std::max(0, widths[i] - display_width(cell))), ' ');
      text += right[i] ? pad + cell : (i + 1 == count ? cell : cell + pad);
      if (i + 1 < count) text += "  ";
    }
    out += (bold ? coloured(Colour::kBold, text) : text) + "\n";
  };
  line(header, true);
  for (const auto& row : rows) line(row, false);
  return out;
}

Json table_json(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  Json::Array array;
  for (const auto& row : rows) {
    Json::Object object;
    for (size_t i = 0; i < header.size(); ++i) object.emplace_back(header[i], row[i]);
    array.emplace_back(std::move(object));
  }
  return Json(std::move(array));
}

int report(const Error& error) {
  std::fflush(stdout);
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "  {}\n", error.hint);
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kParse ? kUsage : kFailed;
}

}  // namespace millstream::cli
