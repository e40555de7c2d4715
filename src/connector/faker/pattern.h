// Text that matches a regular expression, and the # ? patterns of numerify, letterify and bothify.
#pragma once

#include <string_view>

#include "connector/faker/expression.h"

namespace millstream::connector::faker {

// Alternatives, groups, classes, escapes and quantifiers; open-ended quantifiers repeat at most ten times.
// kInvalidArgument for what is no such expression.
Result<PiecePtr> make_regexify(std::string_view pattern);

// '#' becomes a digit, '?' a letter; which of them is said by the flags.
[[nodiscard]] PiecePtr make_template(std::string_view text, bool digits, bool letters, bool upper_case);

}  // namespace millstream::connector::faker
