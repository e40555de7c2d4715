// From text to tokens, and the values of the literals among them.
//
// White space and comments (--, //, /* */) leave no token. The lexer never fails: what it cannot read becomes a
// kInvalid token, so that a script can be reported on to its end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sql/token.h"

namespace millstream::sql {

// All tokens of the text, a kEnd last. The text must not be longer than kMaxTextBytes (parser.h).
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

// Why a kInvalid token is one: "unterminated string literal", "character '@' is not SQL".
[[nodiscard]] std::string explain_invalid(std::string_view token_text);
// Does the kInvalid token run to the end of the text because its closing mark is missing?
[[nodiscard]] bool is_unterminated(std::string_view token_text);

// The value of a kString or kQuotedName token, from its text with quotes.
[[nodiscard]] std::string unquote(std::string_view token_text);
// The UTF-8 value of a kUnicodeString token. Fails for a bad escape.
[[nodiscard]] Result<std::string> decode_unicode_string(std::string_view token_text, char escape);
// The bytes of a kBinaryString token. Fails for an odd number of digits or a character that is none.
[[nodiscard]] Result<std::string> decode_binary_string(std::string_view token_text);

}  // namespace millstream::sql
