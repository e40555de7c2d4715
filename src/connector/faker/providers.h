// What stands behind the names in faker expressions: word lists (words.cc), and numbers, times and patterns with
// arguments.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connector/faker/expression.h"

namespace millstream::connector::faker {

// `name` in lower case without underscores ("number.numberbetween"), arguments without quotes. kInvalidArgument names
// what the provider wants, or the nearest one that there is.
Result<PiecePtr> make_provider(const std::string& name, const std::string& as_written,
                               const std::vector<std::string>& arguments);

// A provider without arguments: alternatives, separated by '|', that are expressions themselves. '#' and '?' inside are
// digits and letters where `is_pattern`.
struct WordList {
  std::string_view name;  // as people write it: "Name.firstName"
  std::string_view alternatives;
  bool is_pattern = false;
};
[[nodiscard]] std::span<const WordList> word_lists();

// "Number.numberBetween" → "number.numberbetween"; what providers are found by.
[[nodiscard]] std::string normalised(std::string_view name);
// The name of every provider, sorted; for errors and documentation.
[[nodiscard]] std::vector<std::string> provider_names();

}  // namespace millstream::connector::faker
