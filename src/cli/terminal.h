// What the commands print to: widths, colours only on a terminal, tables, and the error shape that all commands share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace millstream::cli {

// Exit codes of every command.
constexpr int kOk = 0;
constexpr int kFailed = 1;  // it was tried and did not work
constexpr int kUsage = 2;   // the command line or its input is wrong

[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] int terminal_columns();  // 120 where there is none

enum class Colour { kNone, kRed, kGreen, kYellow, kBold, kDim };
// `text` in that colour on a terminal without NO_COLOR, else as it is.
[[nodiscard]] std::string coloured(Colour colour, std::string_view text);

// Columns as wide as their widest cell; numbers to the right; control characters escaped. On a terminal the widest
// columns are cut so that a line fits.
[[nodiscard]] std::string table_text(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows);
// The same for lines of `columns` columns; 0: of any length.
[[nodiscard]] std::string table_text(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows, int columns);
// A table whose rows come in pieces: the header stands over the first, and again where a column has to become wider.
class GrowingTable {
 public:
  // `columns` as for table_text.
  GrowingTable(std::vector<std::string> header, int columns) : header_(std::move(header)), columns_(columns) {}
  [[nodiscard]] std::string add(const std::vector<std::vector<std::string>>& rows);

 private:
  std::vector<std::string> header_;
  int columns_;
  bool begun_ = false;
  std::vector<int> widths_;
  std::vector<bool> right_;
};

// What a command lists: for people a table, for programs an array of objects, both of the same fields.
struct Listing {
  std::vector<std::string> fields;
  std::vector<std::vector<Json>> rows;  // texts and numbers; a null is "-" in the table

  [[nodiscard]] std::string text() const;
  [[nodiscard]] Json json() const;
};
// How many columns `text` takes: wide characters count two, combining ones none.
[[nodiscard]] int display_width(std::string_view text);

// A moment of UTC, in milliseconds since 1970, by strftime's `format`; "-" for none (0 and less).
[[nodiscard]] std::string utc_text(int64_t milliseconds, const char* format);

// "error: message" and the hint on a line of its own, to stderr. Returns the exit code for the error.
int report(const Error& error);

}  // namespace millstream::cli
