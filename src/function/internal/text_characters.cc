// Text functions of single characters: their codes, and what kinds a text has.
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/utf8.h"
#include "function/internal/binding.h"
#include "function/internal/tables.h"
#include "function/internal/text_kernel.h"

namespace millstream::function::internal {
namespace {

using column::Type;

void ascii_kernel(KernelCall& call) {
  map<StringRef, int32_t>(call, [](const StringRef& text) {
    return text.size == 0 ? 0 : static_cast<int32_t>(static_cast<signed char>(text.data()[0]));
  });
}

void chr_kernel(KernelCall& call) {
  const Reader<int64_t> in = argument<int64_t>(call, 0);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    if (in[i] >= 0) append_code_point(text, static_cast<uint32_t>(in[i] & 0xff));
    out.copy(i, text);
  });
}

// As Java asks, by UTF-16 units: half of a surrogate pair is neither a letter nor a digit.
template <UBool (*test)(UChar32)>
bool all_characters(std::string_view text) {
  if (text.empty()) return false;
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < size;) {
    UChar32 character = 0;
    U8_NEXT(text.data(), at, size, character);
    if (character < 0 || character > 0xffff || test(character) == 0) return false;
  }
  return true;
}

template <UBool (*test)(UChar32)>
void all_characters_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  uint8_t* out = call.out.mutable_values<uint8_t>();
  call.rows.for_each([&](size_t i) { out[i] = !in.is_null(i) && all_characters<test>(in[i].view()) ? 1 : 0; });
}

// --- The table ------------------------------------------------------------------------------------------------------

const Pattern kAscii{"ASCII", "s", Type::integer(), {"ASCII(<CHARACTER>)"}};
const Pattern kChr{"CHR", "l", Type::string(), {"CHR(<INTEGER>)"}};
const Pattern kIsAlpha{"IS_ALPHA", "s", Type::boolean(), {"IS_ALPHA(<CHARACTER>)"}};
const Pattern kIsDigit{"IS_DIGIT", "s", Type::boolean(), {"IS_DIGIT(<CHARACTER>)"}};

template <const Pattern& pattern>
Result<Signature> infer_test(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature, infer_by_pattern(pattern, arguments));
  signature.result = signature.result.not_null();
  return signature;
}

constexpr std::string_view kCategory = "text";

const ScalarFunction kFunctions[] = {
    {.name = "ASCII",
     .category = kCategory,
     .syntax = "ASCII(text)",
     .sentence = "The first byte as a signed number; 0 of an empty text.",
     .example = "ASCII('abc') → 97",
     .infer = infer<kAscii>,
     .bind = bind<ascii_kernel>},
    {.name = "CHR",
     .category = kCategory,
     .syntax = "CHR(code)",
     .sentence = "The character of a code from 0 to 255; larger ones are taken modulo 256.",
     .example = "CHR(97) → a",
     .infer = infer_nullable<kChr>,
     .bind = bind<chr_kernel>},
    {.name = "IS_ALPHA",
     .category = kCategory,
     .syntax = "IS_ALPHA(text)",
     .sentence = "Whether the text has letters only; FALSE of NULL.",
     .example = "IS_ALPHA('ab1') → false",
     .infer = infer_test<kIsAlpha>,
     .bind = bind<all_characters_kernel<u_isalpha>>,
     .null_if_any_null = false},
    {.name = "IS_DIGIT",
     .category = kCategory,
     .syntax = "IS_DIGIT(text)",
     .sentence = "Whether the text has digits only; FALSE of NULL.",
     .example = "IS_DIGIT('123') → true",
     .infer = infer_test<kIsDigit>,
     .bind = bind<all_characters_kernel<u_isdigit>>,
     .null_if_any_null = false},
};

}  // namespace

std::span<const ScalarFunction> text_character_functions() { return kFunctions; }

}  // namespace millstream::function::internal
