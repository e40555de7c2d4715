// Tables, colours and errors on a terminal.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <cwchar>

namespace millstream::cli {
namespace {

// The C library knows the widths of characters only in a locale of theirs, whatever the user's is.
int width_of(wchar_t character) {
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (unicode == nullptr) return 1;
  const locale_t before = uselocale(unicode);
  const int width = wcwidth(character);
  uselocale(before);
  return std::max(0, width);
}

// One UTF-8 character from `at`; advances. Broken bytes count as one column each.
int next_width(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
  const auto is_broken = [&] {
    if (length == 0 || at + length > text.size()) return true;
    for (size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return true;
    }
    return false;
  };
  if (length == 1 || is_broken()) {
    ++at;
    return 1;
  }
  auto character = static_cast<wchar_t>(lead & (0xff >> (length + 1)));
  for (size_t i = 1; i < length; ++i)
    character = static_cast<wchar_t>(character << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f));
  at += length;
  return width_of(character);
}

// A line break would tear a table, and an escape sequence could say anything to the terminal.
std::string without_controls(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
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
  return table_text(header, rows, stdout_is_terminal() ? terminal_columns() : 0);
}

std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                       int columns) {
  return GrowingTable(header, columns).add(rows);
}

std::string GrowingTable::add(const std::vector<std::vector<std::string>>& raw_rows) {
  std::vector<std::vector<std::string>> rows = raw_rows;
  for (auto& row : rows) {
    for (std::string& cell : row) cell = without_controls(cell);
  }
  const size_t count = header_.size();
  std::vector<int> widths = widths_;
  std::vector<bool> right = right_;
  widths.resize(count);
  right.resize(count, !rows.empty());
  for (size_t i = 0; i < count; ++i) {
    widths[i] = std::max(widths[i], display_width(header_[i]));
    for (const auto& row : rows) {
      widths[i] = std::max(widths[i], display_width(row[i]));
      right[i] = right[i] && (is_number(row[i]) || row[i].empty() || row[i] == "NULL");
    }
  }
  // The widest columns give way until a line fits, none below eight.
  if (columns_ > 0 && count > 0) {
    int excess = 2 * static_cast<int>(count - 1) - columns_;
    for (const int width : widths) excess += width;
    for (; excess > 0; --excess) {
      int& widest = *std::max_element(widths.begin(), widths.end());
      if (widest <= 8) break;
      --widest;
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
  if (!begun_ || widths != widths_) line(header_, true);
  for (const auto& row : rows) line(row, false);
  begun_ = true;
  widths_ = std::move(widths);
  right_ = std::move(right);
  return out;
}

std::string Listing::text() const {
  std::vector<std::vector<std::string>> cells;
  for (const std::vector<Json>& row : rows) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const Json& value : row) line.push_back(value.is_null() ? "-" : value.string_or(value.to_text()));
  }
  return table_text(fields, cells);
}

Json Listing::json() const {
  Json::Array array;
  for (const std::vector<Json>& row : rows) {
    Json::Object object;
    for (size_t i = 0; i < fields.size(); ++i) object.emplace_back(fields[i], row[i]);
    array.emplace_back(std::move(object));
  }
  return Json(std::move(array));
}

std::string utc_text(int64_t milliseconds, const char* format) {
  if (milliseconds <= 0) return "-";
  const std::time_t seconds = milliseconds / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, format, &utc);
  return text;
}

int report(const Error& error) {
  std::fflush(stdout);
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "  {}\n", error.hint);
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kParse ? kUsage : kFailed;
}

}  // namespace millstream::cli
