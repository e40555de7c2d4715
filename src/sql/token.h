// One token of SQL text: its kind, its place, and whether Flink reserves the word.
#pragma once

#include <string_view>

#include "sql/source_span.h"

namespace millstream::sql {

enum class TokenKind : uint8_t {
  kWord,           // select, orders, at: keyword or name, the parser decides
  kQuotedName,     // `a b`
  kNumber,         // 12, 1.5, .5, 1e3
  kString,         // 'it''s'
  kUnicodeString,  // U&'\00e9'
  kBinaryString,   // X'00ff'
  kHintStart,      // /*+
  kHintEnd,        // */ behind a kHintStart
  kSymbol,         // one operator or punctuation mark
  kInvalid,        // what cannot be a token: the parser stops here with the lexer's reason
  kEnd,            // end of the text; always the last token
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool reserved = false;  // a kWord that Flink does not accept as a name without back-quotes
  SourceSpan span;
};

[[nodiscard]] inline bool is_symbol(std::string_view text, const Token& token, char symbol) {
  return token.kind == TokenKind::kSymbol && token.span.length == 1 && text[token.span.offset] == symbol;
}

// Is `word` one of Flink 2.3's reserved words, in any case? What Flink answered for each word it knows.
[[nodiscard]] bool is_reserved(std::string_view word);

}  // namespace millstream::sql
