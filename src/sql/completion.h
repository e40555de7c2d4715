// What may be typed next: keywords that the parser would accept at the cursor, for the shell and the console.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millstream::sql {

struct Completion {
  size_t replace_from = 0;            // the word before the cursor starts here; at most the cursor
  std::vector<std::string> keywords;  // upper case, sorted, all starting with that word
  bool name_expected = false;         // a table, column or function name may stand here too
};
// `cursor` is a byte offset; text behind it is ignored.
[[nodiscard]] Completion complete(std::string_view text, size_t cursor);

}  // namespace millstream::sql
