// Text functions that search, replace, fill up and choose.
#include <algorithm>

#include "function/internal/binding.h"
#include "function/internal/tables.h"
#include "function/internal/text_kernel.h"

namespace millstream::function::internal {
namespace {

using column::Type;

// The character position (from 1) of the `occurrence`-th needle at or behind `from` (from 1).
int32_t find_position(std::string_view needle, std::string_view text, int64_t from, int64_t occurrence) {
  if (needle.empty()) return 1;
  size_t start = offset_of_character(text, static_cast<size_t>(std::max<int64_t>(from - 1, 0)));
  while (true) {
    const size_t at = text.find(needle, start);
    if (at == std::string_view::npos) return 0;
    if (--occurrence == 0) return static_cast<int32_t>(count_characters(text.substr(0, at))) + 1;
    start = at + 1;
  }
}

// The same from the end: the `occurrence`-th needle that ends at or before the `from`-th last character.
int32_t find_position_backwards(std::string_view needle, std::string_view text, int64_t from, int64_t occurrence) {
  const auto size = static_cast<int64_t>(count_characters(text));
  if (needle.empty()) return static_cast<int32_t>(size) + 1;
  size_t end = offset_of_character(text, static_cast<size_t>(std::max<int64_t>(size - from + 1, 0)));
  while (true) {
    const size_t at = text.substr(0, end).rfind(needle);
    if (at == std::string_view::npos) return 0;
    if (--occurrence == 0) return static_cast<int32_t>(count_characters(text.substr(0, at))) + 1;
    end = at + needle.size() - 1;
  }
}

void position_kernel(KernelCall& call) {
  const Reader<StringRef> needle = argument<StringRef>(call, 0);
  const Reader<StringRef> text = argument<StringRef>(call, 1);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    const int64_t from = call.arguments.size() > 2 ? argument<int32_t>(call, 2)[i] : 1;
    out[i] = find_position(needle[i].view(), text[i].view(), from, 1);
  });
}

// INSTR names the text first, and finds nothing from 0.
void instr_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> needle = argument<StringRef>(call, 1);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    const int64_t from = call.arguments.size() > 2 ? argument<int32_t>(call, 2)[i] : 1;
    const int64_t occurrence = call.arguments.size() > 3 ? argument<int32_t>(call, 3)[i] : 1;
    if (occurrence <= 0)
      call.refuse(i, "nthAppearance must be positive!");
    else if (from == 0)
      out[i] = 0;
    else if (from > 0)
      out[i] = find_position(needle[i].view(), text[i].view(), from, occurrence);
    else
      out[i] = find_position_backwards(needle[i].view(), text[i].view(), -from, occurrence);
  });
}

void replace_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<StringRef> search = argument<StringRef>(call, 1);
  const Reader<StringRef> by = argument<StringRef>(call, 2);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    std::string_view rest = in[i].view();
    const std::string_view what = search[i].view();
    text.clear();
    if (what.empty()) {
      // Java puts the replacement around every character.
      text += by[i].view();
      while (!rest.empty()) {
        const std::string_view character = character_at(rest, 0);
        text += character;
        text += by[i].view();
        rest.remove_prefix(character.size());
      }
      return out.copy(i, text);
    }
    for (size_t at = rest.find(what); at != std::string_view::npos; at = rest.find(what)) {
      text += rest.substr(0, at);
      text += by[i].view();
      rest.remove_prefix(at + what.size());
    }
    text += rest;
    out.copy(i, text);
  });
}

// A NULL `from` or `to` counts as an empty one.
void translate_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<StringRef> from = argument<StringRef>(call, 1);
  const Reader<StringRef> to = argument<StringRef>(call, 2);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    if (in.is_null(i)) return out.null(i);
    text.clear();
    std::string_view rest = in[i].view();
    const std::string_view set = from.is_null(i) ? std::string_view() : from[i].view();
    const std::string_view images = to.is_null(i) ? std::string_view() : to[i].view();
    while (!rest.empty()) {
      const std::string_view character = character_at(rest, 0);
      const size_t at = set.find(character);
      if (at == std::string_view::npos) {
        text += character;
      } else {
        const std::string_view by = characters(images, count_characters(set.substr(0, at)), 1);
        text += by;
      }
      rest.remove_prefix(character.size());
    }
    out.copy(i, text);
  });
}

void overlay_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<StringRef> by = argument<StringRef>(call, 1);
  const Reader<int32_t> from = argument<int32_t>(call, 2);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    const std::string_view source = in[i].view();
    const auto size = static_cast<int64_t>(count_characters(source));
    const int64_t start = from[i];
    if (start <= 0 || start > size) return out.copy(i, source);
    const int64_t length = call.arguments.size() == 4 ? argument<int32_t>(call, 3)[i]
                                                      : static_cast<int64_t>(count_characters(by[i].view()));
    text.assign(characters(source, 0, static_cast<size_t>(start - 1)));
    text += by[i].view();
    // A length of 0 or less replaces all that follows, as in Flink.
    if (length > 0 && start + length <= size)
      text += characters(source, static_cast<size_t>(start + length - 1), source.size());
    out.copy(i, text);
  });
}

template <bool left>
void pad_kernel(KernelCall& call) {
  constexpr int32_t kLimit = 1 << 28;
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<int32_t> length = argument<int32_t>(call, 1);
  const Reader<StringRef> by = argument<StringRef>(call, 2);
  TextOut out(call);
  std::string text, padding;
  call.rows.for_each([&](size_t i) {
    const std::string_view source = in[i].view();
    const int32_t wanted = length[i];
    if (wanted < 0 || by[i].size == 0) return out.null(i);
    if (wanted > kLimit) return call.refuse(i, "A padded text of more than 268435456 characters is too long");
    const auto size = static_cast<int32_t>(count_characters(source));
    if (size >= wanted) return out.copy(i, characters(source, 0, static_cast<size_t>(wanted)));
    padding.clear();
    std::string_view rest = by[i].view();
    for (int32_t n = size; n < wanted; ++n) {
      if (rest.empty()) rest = by[i].view();
      const std::string_view character = character_at(rest, 0);
      padding += character;
      rest.remove_prefix(character.size());
    }
    text.assign(left ? std::string_view(padding) : source);
    text += left ? source : std::string_view(padding);
    out.copy(i, text);
  });
}

template <bool start>
void affix_kernel(KernelCall& call) {
  map<StringRef, StringRef, uint8_t>(call, [](const StringRef& text, const StringRef& part) {
    return static_cast<uint8_t>(start ? text.view().starts_with(part.view()) : text.view().ends_with(part.view()));
  });
}

void elt_kernel(KernelCall& call) {
  const Reader<int32_t> index = argument<int32_t>(call, 0);
  TextOut out(call);
  call.rows.for_each([&](size_t i) {
    if (index.is_null(i) || index[i] < 1 || static_cast<size_t>(index[i]) >= call.arguments.size()) return out.null(i);
    const Reader<StringRef> chosen = argument<StringRef>(call, static_cast<size_t>(index[i]));
    if (chosen.is_null(i)) return out.null(i);
    out.copy(i, chosen[i].view());
  });
}

// --- The table ------------------------------------------------------------------------------------------------------

const Pattern kPosition{"POSITION",
                        "ss?i",
                        Type::integer(),
                        {"POSITION(<STRING> IN <STRING>)", "POSITION(<STRING> IN <STRING> FROM <INTEGER>)"}};
const Pattern kInstr{"INSTR", "ss?ii", Type::integer(), {"INSTR(<STRING>, <STRING>[, <INTEGER>[, <INTEGER>]])"}};
const Pattern kReplace{"REPLACE", "sss", Type::string(), {"REPLACE(<CHARACTER>, <CHARACTER>, <CHARACTER>)"}};
const Pattern kTranslate{"TRANSLATE", "sss", Type::string(), {"TRANSLATE(<CHARACTER>, <CHARACTER>, <CHARACTER>)"}};
const Pattern kOverlay{
    "OVERLAY", "ssi?i", Type::string(), {"OVERLAY(<STRING> PLACING <STRING> FROM <INTEGER> [FOR <INTEGER>])"}};
const Pattern kLpad{"LPAD", "sis", Type::string(), {"LPAD(<CHARACTER>, <INTEGER>, <CHARACTER>)"}};
const Pattern kRpad{"RPAD", "sis", Type::string(), {"RPAD(<CHARACTER>, <INTEGER>, <CHARACTER>)"}};
const Pattern kStarts{"STARTSWITH", "ss", Type::boolean(), {"STARTSWITH(<CHARACTER>, <CHARACTER>)"}};
const Pattern kStartsBytes{"STARTSWITH", "xx", Type::boolean(), {"STARTSWITH(<BINARY>, <BINARY>)"}};
const Pattern kEnds{"ENDSWITH", "ss", Type::boolean(), {"ENDSWITH(<CHARACTER>, <CHARACTER>)"}};
const Pattern kEndsBytes{"ENDSWITH", "xx", Type::boolean(), {"ENDSWITH(<BINARY>, <BINARY>)"}};
const Pattern kElt{"ELT", "is*", Type::string(), {"ELT(<INTEGER>, <CHARACTER>...)", "ELT(<INTEGER>, <BINARY>...)"}};
const Pattern kEltBytes{"ELT", "ix*", Type::bytes(), {"ELT(<INTEGER>, <CHARACTER>...)", "ELT(<INTEGER>, <BINARY>...)"}};

Result<Signature> infer_translate(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_by_pattern(kTranslate, a));
  signature.result = Type::string().as_nullable(a[0].type.nullable());
  return signature;
}
Result<Signature> infer_overlay(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_by_pattern(kOverlay, a));
  const int64_t length = int64_t{signature.arguments[0].length()} + signature.arguments[1].length();
  signature.result = Type::varchar(static_cast<int>(std::min<int64_t>(length, column::kMaxLength)))
                         .as_nullable(signature.result.nullable());
  return signature;
}
Result<Signature> infer_starts(std::span<const Argument> a) {
  return infer_by_pattern(!a.empty() && a[0].type.is_binary() ? kStartsBytes : kStarts, a);
}
Result<Signature> infer_ends(std::span<const Argument> a) {
  return infer_by_pattern(!a.empty() && a[0].type.is_binary() ? kEndsBytes : kEnds, a);
}
Result<Signature> infer_elt(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_by_pattern(a.size() > 1 && a[1].type.is_binary() ? kEltBytes : kElt, a));
  const column::Value* index = a[0].constant;
  if (index != nullptr && !index->is_null() && index->as_int() < 0) {
    return fail(ErrorCode::kInvalidArgument,
                "Index must be an integer starting from '0', but was '" + std::to_string(index->as_int()) + "'");
  }
  const std::span<const Type> texts(signature.arguments.begin() + 1, signature.arguments.end());
  MS_ASSIGN(signature.result, common_type(texts, CommonTypeOf::kArguments));
  signature.result = signature.result.as_nullable();
  return signature;
}

constexpr std::string_view kCategory = "text";

const ScalarFunction kFunctions[] = {
    {.name = "POSITION",
     .aliases = {"LOCATE"},
     .category = kCategory,
     .syntax = "POSITION(part IN text [FROM start]), LOCATE(part, text [, start])",
     .sentence = "Where the part begins, from 1; 0 if it is not there.",
     .example = "POSITION('l' IN 'hello') → 3",
     .infer = infer<kPosition>,
     .bind = bind<position_kernel>},
    {.name = "INSTR",
     .category = kCategory,
     .syntax = "INSTR(text, part [, start [, occurrence]])",
     .sentence = "Where the part begins, from 1; backwards from a negative start.",
     .example = "INSTR('hello', 'l', 1, 2) → 4",
     .infer = infer<kInstr>,
     .bind = bind<instr_kernel>},
    {.name = "REPLACE",
     .category = kCategory,
     .syntax = "REPLACE(text, search, by)",
     .sentence = "Every occurrence replaced.",
     .example = "REPLACE('hello', 'l', 'L') → heLLo",
     .infer = infer<kReplace>,
     .bind = bind<replace_kernel>},
    {.name = "TRANSLATE",
     .category = kCategory,
     .syntax = "TRANSLATE(text, from, to)",
     .sentence = "Each character of `from` replaced by the one at its place in `to`, or removed.",
     .example = "TRANSLATE('abc', 'ab', 'x') → xc",
     .infer = infer_translate,
     .bind = bind<translate_kernel>,
     .null_if_any_null = false},
    {.name = "OVERLAY",
     .category = kCategory,
     .syntax = "OVERLAY(text PLACING by FROM start [FOR length])",
     .sentence = "A part replaced by position.",
     .example = "OVERLAY('abcdef' PLACING 'XX' FROM 3 FOR 1) → abXXdef",
     .infer = infer_overlay,
     .bind = bind<overlay_kernel>},
    {.name = "LPAD",
     .category = kCategory,
     .syntax = "LPAD(text, length, by)",
     .sentence = "Filled up on the left, or cut, to a length.",
     .example = "LPAD('ab', 5, 'xy') → xyxab",
     .infer = infer_nullable<kLpad>,
     .bind = bind<pad_kernel<true>>},
    {.name = "RPAD",
     .category = kCategory,
     .syntax = "RPAD(text, length, by)",
     .sentence = "Filled up on the right, or cut, to a length.",
     .example = "RPAD('ab', 5, 'xy') → abxyx",
     .infer = infer_nullable<kRpad>,
     .bind = bind<pad_kernel<false>>},
    {.name = "STARTSWITH",
     .category = kCategory,
     .syntax = "STARTSWITH(text, part)",
     .sentence = "Whether the text begins with the part.",
     .example = "STARTSWITH('abc', 'ab') → true",
     .infer = infer_starts,
     .bind = bind<affix_kernel<true>>},
    {.name = "ENDSWITH",
     .category = kCategory,
     .syntax = "ENDSWITH(text, part)",
     .sentence = "Whether the text ends with the part.",
     .example = "ENDSWITH('abc', 'bc') → true",
     .infer = infer_ends,
     .bind = bind<affix_kernel<false>>},
    {.name = "ELT",
     .category = kCategory,
     .syntax = "ELT(index, a, b, …)",
     .sentence = "The text of that number, from 1.",
     .example = "ELT(2, 'a', 'b') → b",
     .infer = infer_elt,
     .bind = bind<elt_kernel>,
     .null_if_any_null = false},
};

}  // namespace

std::span<const ScalarFunction> text_search_functions() { return kFunctions; }

}  // namespace millstream::function::internal
