// Text functions that give a part of a text; the result shares the bytes of its argument.
#include <algorithm>

#include "base/utf8.h"
#include "function/internal/binding.h"
#include "function/internal/tables.h"
#include "function/internal/text_kernel.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;

// Views into the argument stay valid as long as its bytes; inline strings move with the StringRef.
template <typename F>
void map_views(KernelCall& call, F f) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.out.share_bytes_of(*call.arguments[0]);
  call.rows.for_each([&](size_t i) { out[i] = StringRef(f(i, in[i].view())); });
}

void substring_kernel(KernelCall& call) {
  const Reader<int32_t> from = argument<int32_t>(call, 1);
  const bool bounded = call.arguments.size() == 3;
  map_views(call, [&](size_t i, std::string_view text) -> std::string_view {
    const int64_t length = bounded ? Reader<int32_t>(*call.arguments[2])[i] : INT32_MAX;
    if (length < 0) {
      call.out.set_null(i);
      return {};
    }
    int64_t start = from[i];
    if (start > 0) {
      --start;
    } else if (start < 0) {
      const auto size = static_cast<int64_t>(count_characters(text));
      // From the end; nothing from before the beginning.
      start += size;
      if (start < 0) return {};
    }
    return characters(text, static_cast<size_t>(start), static_cast<size_t>(length));
  });
}

void left_kernel(KernelCall& call) {
  const Reader<int32_t> count = argument<int32_t>(call, 1);
  map_views(call, [&](size_t i, std::string_view text) {
    return characters(text, 0, static_cast<size_t>(std::max(count[i], 0)));
  });
}

void right_kernel(KernelCall& call) {
  const Reader<int32_t> count = argument<int32_t>(call, 1);
  map_views(call, [&](size_t i, std::string_view text) {
    const auto size = static_cast<int64_t>(count_characters(text));
    return characters(text, static_cast<size_t>(std::max<int64_t>(size - std::max(count[i], 0), 0)), text.size());
  });
}

bool contains_character(std::string_view set, std::string_view character) {
  return set.find(character) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text, std::string_view set, bool leading, bool trailing) {
  if (leading) {
    while (!text.empty()) {
      const std::string_view first = character_at(text, 0);
      if (!contains_character(set, first)) break;
      text.remove_prefix(first.size());
    }
  }
  if (trailing) {
    while (!text.empty()) {
      size_t start = text.size() - 1;
      while (start > 0 && is_continuation(text[start])) --start;
      if (!contains_character(set, text.substr(start))) break;
      text = text.substr(0, start);
    }
  }
  return text;
}

template <bool leading, bool trailing>
void trim_kernel(KernelCall& call) {
  const bool given = call.arguments.size() == 2;
  map_views(call, [&](size_t i, std::string_view text) {
    return trimmed(text, given ? argument<StringRef>(call, 1)[i].view() : " ", leading, trailing);
  });
}

// TRIM(side, characters, text)
void trim_side_kernel(KernelCall& call) {
  const Reader<StringRef> side = argument<StringRef>(call, 0);
  const Reader<StringRef> set = argument<StringRef>(call, 1);
  const Reader<StringRef> in = argument<StringRef>(call, 2);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.out.share_bytes_of(*call.arguments[2]);
  call.rows.for_each([&](size_t i) {
    const std::string_view where = side[i].view();
    out[i] = StringRef(trimmed(in[i].view(), set[i].view(), where != "TRAILING", where != "LEADING"));
  });
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }

// The place and size of the first separator; an empty one stands for any blank.
std::pair<size_t, size_t> find_separator(std::string_view text, std::string_view separator) {
  if (!separator.empty()) return {text.find(separator), separator.size()};
  const auto found = std::find_if(text.begin(), text.end(), is_blank);
  if (found == text.end()) return {std::string_view::npos, 0};
  return {static_cast<size_t>(found - text.begin()), 1};
}

void split_index_kernel(KernelCall& call) {
  const bool by_code = call.arguments[1]->type().kind() == TypeKind::kInteger;
  const Reader<int32_t> index = argument<int32_t>(call, 2);
  map_views(call, [&](size_t i, std::string_view text) -> std::string_view {
    std::string code;
    std::string_view separator;
    if (by_code) {
      const int32_t c = argument<int32_t>(call, 1)[i];
      if (c > 0 && c <= 255) append_code_point(code, static_cast<uint32_t>(c));
      separator = code;
    } else {
      separator = argument<StringRef>(call, 1)[i].view();
    }
    int32_t left = index[i];
    if (left < 0 || text.empty() || (by_code && code.empty())) {
      call.out.set_null(i);
      return {};
    }
    while (true) {
      const auto [end, width] = find_separator(text, separator);
      if (left == 0) return text.substr(0, end);
      if (end == std::string_view::npos) {
        call.out.set_null(i);
        return {};
      }
      text.remove_prefix(end + width);
      --left;
    }
  });
}

// --- The table ------------------------------------------------------------------------------------------------------

const Pattern kSubstring{"SUBSTRING",
                         "si?i",
                         Type::string(),
                         {"SUBSTRING(<CHARACTER>, <INTEGER>)", "SUBSTRING(<CHARACTER>, <INTEGER>, <INTEGER>)"}};
const Pattern kLeft{"LEFT", "si", Type::string(), {"LEFT(<CHARACTER>, <INTEGER>)"}};
const Pattern kRight{"RIGHT", "si", Type::string(), {"RIGHT(<CHARACTER>, <INTEGER>)"}};
const Pattern kTrim{"TRIM", "sss", Type::string(), {"TRIM([BOTH|LEADING|TRAILING] <STRING> FROM <STRING>)"}};
const Pattern kLtrim{"LTRIM", "s?s", Type::string(), {"LTRIM(<CHARACTER>)", "LTRIM(<CHARACTER>, <CHARACTER>)"}};
const Pattern kRtrim{"RTRIM", "s?s", Type::string(), {"RTRIM(<CHARACTER>)", "RTRIM(<CHARACTER>, <CHARACTER>)"}};
const Pattern kBtrim{"BTRIM", "s?s", Type::string(), {"BTRIM(<CHARACTER>)", "BTRIM(<CHARACTER>, <CHARACTER>)"}};
const Pattern kSplitIndex{"SPLIT_INDEX", "ssi", Type::string(), {"SPLIT_INDEX(<CHARACTER>, <CHARACTER>, <INTEGER>)"}};
const Pattern kSplitCode{"SPLIT_INDEX", "sii", Type::string(), {"SPLIT_INDEX(<CHARACTER>, <INTEGER>, <INTEGER>)"}};

Result<Signature> infer_substring(std::span<const Argument> a) { return infer_shaped(kSubstring, a, 0, true, true); }
Result<Signature> infer_left(std::span<const Argument> a) { return infer_shaped(kLeft, a, 0, true, true); }
Result<Signature> infer_right(std::span<const Argument> a) { return infer_shaped(kRight, a, 0, true, true); }
// TRIM(text) is TRIM(BOTH ' ' FROM text).
Result<Signature> infer_trim(std::span<const Argument> a) { return infer_shaped(kTrim, a, 2, true, false); }
Result<Signature> infer_ltrim(std::span<const Argument> a) { return infer_shaped(kLtrim, a, 0, true, false); }
Result<Signature> infer_rtrim(std::span<const Argument> a) { return infer_shaped(kRtrim, a, 0, true, false); }
Result<Signature> infer_btrim(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_shaped(kBtrim, a, 0, true, false));
  signature.result = Type::string().as_nullable(signature.result.nullable());
  return signature;
}
Result<Signature> infer_split_index(std::span<const Argument> a) {
  const bool code = a.size() == 3 && a[1].type.is_integer();
  MS_ASSIGN(Signature signature, infer_by_pattern(code ? kSplitCode : kSplitIndex, a));
  signature.result = Type::string();
  return signature;
}

constexpr std::string_view kCategory = "text";

const ScalarFunction kFunctions[] = {
    {.name = "SUBSTRING",
     .aliases = {"SUBSTR"},
     .category = kCategory,
     .syntax = "SUBSTRING(text, from [, length])",
     .sentence = "Characters from a position, counted from 1, or from the end if negative.",
     .example = "SUBSTRING('hello', 2, 3) → ell",
     .infer = infer_substring,
     .bind = bind<substring_kernel>},
    {.name = "LEFT",
     .category = kCategory,
     .syntax = "LEFT(text, count)",
     .sentence = "The first characters.",
     .example = "LEFT('hello', 2) → he",
     .infer = infer_left,
     .bind = bind<left_kernel>},
    {.name = "RIGHT",
     .category = kCategory,
     .syntax = "RIGHT(text, count)",
     .sentence = "The last characters.",
     .example = "RIGHT('hello', 2) → lo",
     .infer = infer_right,
     .bind = bind<right_kernel>},
    {.name = "TRIM",
     .category = kCategory,
     .syntax = "TRIM([BOTH | LEADING | TRAILING] characters FROM text)",
     .sentence = "Without the characters (spaces) at one or both ends.",
     .example = "TRIM(LEADING 'x' FROM 'xxax') → ax",
     .infer = infer_trim,
     .bind = bind<trim_side_kernel>},
    {.name = "LTRIM",
     .category = kCategory,
     .syntax = "LTRIM(text [, characters])",
     .sentence = "Without the characters (spaces) at the beginning.",
     .example = "LTRIM('  a') → a",
     .infer = infer_ltrim,
     .bind = bind<trim_kernel<true, false>>},
    {.name = "RTRIM",
     .category = kCategory,
     .syntax = "RTRIM(text [, characters])",
     .sentence = "Without the characters (spaces) at the end.",
     .example = "RTRIM('a  ') → a",
     .infer = infer_rtrim,
     .bind = bind<trim_kernel<false, true>>},
    {.name = "BTRIM",
     .category = kCategory,
     .syntax = "BTRIM(text [, characters])",
     .sentence = "Without the characters (spaces) at both ends.",
     .example = "BTRIM('xax', 'x') → a",
     .infer = infer_btrim,
     .bind = bind<trim_kernel<true, true>>},
    {.name = "SPLIT_INDEX",
     .category = kCategory,
     .syntax = "SPLIT_INDEX(text, separator, index)",
     .sentence = "The part of that number, from 0; NULL if there are fewer. The separator may be a character's code.",
     .example = "SPLIT_INDEX('a,b,c', ',', 1) → b",
     .infer = infer_split_index,
     .bind = bind<split_index_kernel>},
};

}  // namespace

std::span<const ScalarFunction> text_part_functions() { return kFunctions; }

}  // namespace millstream::function::internal
