// Text functions of whole texts: joining, case, length, order. ASCII text takes a path by bytes.
#include <algorithm>

#include "function/internal/binding.h"
#include "function/internal/case_map.h"
#include "function/internal/tables.h"
#include "function/internal/text_kernel.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;

Result<Signature> infer_concat_operator(std::span<const Argument> arguments) {
  if (arguments.size() != 2) return wrong_count("||", "2");
  const Type& a = arguments[0].type;
  const Type& b = arguments[1].type;
  const auto texts = [](const Type& x, const Type& y) {
    return (x.is_character() && (y.is_character() || y.kind() == TypeKind::kNull));
  };
  const auto bytes = [](const Type& x, const Type& y) {
    return x.is_binary() && (y.is_binary() || y.kind() == TypeKind::kNull);
  };
  const bool text = texts(a, b) || texts(b, a);
  if (!text && !bytes(a, b) && !bytes(b, a)) return cannot_apply("||", arguments, {"<STRING> || <STRING>"});
  const int64_t length = std::min<int64_t>(int64_t{a.length()} + b.length(), column::kMaxLength);
  const bool fixed = a.kind() == b.kind() && (a.kind() == TypeKind::kChar || a.kind() == TypeKind::kBinary);
  const auto n = static_cast<int>(length);
  const Type result =
      text ? (fixed ? Type::character(n) : Type::varchar(n)) : (fixed ? Type::binary(n) : Type::varbinary(n));
  Signature signature = as_given(nullable_as(result, arguments), arguments);
  for (Type& type : signature.arguments) {
    if (type.kind() == TypeKind::kNull) type = text ? Type::string() : Type::bytes();
  }
  return signature;
}

// --- Joining --------------------------------------------------------------------------------------------------------

void concat_kernel(KernelCall& call) {
  std::vector<Reader<StringRef>> parts;
  for (size_t a = 0; a < call.arguments.size(); ++a) parts.push_back(argument<StringRef>(call, a));
  StringRef* out = call.out.mutable_values<StringRef>();
  call.rows.for_each([&](size_t i) {
    size_t size = 0;
    for (const auto& part : parts) size += part[i].size;
    char small[StringRef::kInline];
    char* to = size <= sizeof small ? small : call.out.allocate_bytes(size);
    char* end = to;
    for (const auto& part : parts) {
      const std::string_view text = part[i].view();
      end = std::copy(text.begin(), text.end(), end);
    }
    out[i] = StringRef(std::string_view(to, size));
  });
}

void concat_ws_kernel(KernelCall& call) {
  const Reader<StringRef> separator = argument<StringRef>(call, 0);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    if (separator.is_null(i)) return out.null(i);
    text.clear();
    bool any = false;
    for (size_t a = 1; a < call.arguments.size(); ++a) {
      const Reader<StringRef> part = argument<StringRef>(call, a);
      if (part.is_null(i)) continue;
      if (any) text += separator[i].view();
      text += part[i].view();
      any = true;
    }
    out.copy(i, text);
  });
}

// --- Case, length, order --------------------------------------------------------------------------------------------

template <char from, char to, void (*other)(std::string_view, std::string&)>
void case_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string mapped;
  call.rows.for_each([&](size_t i) {
    const std::string_view text = in[i].view();
    if (!is_ascii(text)) {
      mapped.clear();
      other(text, mapped);
      out[i] = call.out.add_string(mapped);
      return;
    }
    char small[StringRef::kInline];
    char* p = text.size() <= sizeof small ? small : call.out.allocate_bytes(text.size());
    for (size_t c = 0; c < text.size(); ++c)
      p[c] = text[c] >= from && text[c] <= to ? static_cast<char>(text[c] ^ 0x20) : text[c];
    out[i] = StringRef(std::string_view(p, text.size()));
  });
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Words are runs of ASCII letters and digits, as Calcite counts them.
void initcap_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.assign(in[i].view());
    bool inside = false;
    for (char& c : text) {
      if (!inside && c >= 'a' && c <= 'z')
        c = static_cast<char>(c ^ 0x20);
      else if (inside && c >= 'A' && c <= 'Z')
        c = static_cast<char>(c ^ 0x20);
      inside = is_letter_or_digit(c);
    }
    out.copy(i, text);
  });
}

void length_kernel(KernelCall& call) {
  map<StringRef, int32_t>(call,
                          [](const StringRef& text) { return static_cast<int32_t>(count_characters(text.view())); });
}

void reverse_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    const std::string_view from = in[i].view();
    text.clear();
    for (size_t end = from.size(); end > 0;) {
      size_t start = end - 1;
      while (start > 0 && is_continuation(from[start])) --start;
      text += from.substr(start, end - start);
      end = start;
    }
    out.copy(i, text);
  });
}

void repeat_kernel(KernelCall& call) {
  constexpr size_t kLimit = size_t{1} << 30;
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<int32_t> count = argument<int32_t>(call, 1);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    const auto times = static_cast<size_t>(std::max(count[i], 0));
    if (in[i].size * times > kLimit) return call.refuse(i, "REPEAT would make a text of more than 1 GB");
    for (size_t n = 0; n < times; ++n) text += in[i].view();
    out.copy(i, text);
  });
}

// --- The table ------------------------------------------------------------------------------------------------------

const Pattern kConcat{"CONCAT", "s*", Type::string(), {"CONCAT(<CHARACTER>)"}};
const Pattern kConcatWs{"CONCAT_WS", "ss*", Type::string(), {"CONCAT_WS(<CHARACTER>)"}};
const Pattern kLength{"CHAR_LENGTH", "s", Type::integer(), {"CHAR_LENGTH(<CHARACTER>)"}};
const Pattern kText1{"REVERSE", "s", Type::string(), {"REVERSE(<CHARACTER>)"}};
const Pattern kUpper{"UPPER", "s", Type::string(), {"UPPER(<CHARACTER>)"}};
const Pattern kLower{"LOWER", "s", Type::string(), {"LOWER(<CHARACTER>)"}};
const Pattern kInitcap{"INITCAP", "s", Type::string(), {"INITCAP(<CHARACTER>)"}};
const Pattern kRepeat{"REPEAT", "si", Type::string(), {"REPEAT(<CHARACTER>, <INTEGER>)"}};

Result<Signature> infer_upper(std::span<const Argument> a) { return infer_shaped(kUpper, a, 0, false, false); }
Result<Signature> infer_lower(std::span<const Argument> a) { return infer_shaped(kLower, a, 0, false, false); }
Result<Signature> infer_initcap(std::span<const Argument> a) { return infer_shaped(kInitcap, a, 0, false, false); }

constexpr std::string_view kCategory = "text";

const ScalarFunction kFunctions[] = {
    {.name = "||",
     .category = kCategory,
     .syntax = "a || b",
     .sentence = "Both texts or byte strings joined.",
     .example = "'a' || 'b' → ab",
     .infer = infer_concat_operator,
     .bind = bind<concat_kernel>},
    {.name = "CONCAT",
     .category = kCategory,
     .syntax = "CONCAT(a, b, …)",
     .sentence = "The texts joined; NULL if one is NULL.",
     .example = "CONCAT('a', 'b', 'c') → abc",
     .infer = infer<kConcat>,
     .bind = bind<concat_kernel>},
    {.name = "CONCAT_WS",
     .category = kCategory,
     .syntax = "CONCAT_WS(separator, a, …)",
     .sentence = "The texts that are not NULL, with the separator between them.",
     .example = "CONCAT_WS('-', 'a', 'b') → a-b",
     .infer = infer<kConcatWs>,
     .bind = bind<concat_ws_kernel>,
     .null_if_any_null = false},
    {.name = "UPPER",
     .category = kCategory,
     .syntax = "UPPER(text)",
     .sentence = "In upper case.",
     .example = "UPPER('ab') → AB",
     .infer = infer_upper,
     .bind = bind<case_kernel<'a', 'z', append_upper>>},
    {.name = "LOWER",
     .category = kCategory,
     .syntax = "LOWER(text)",
     .sentence = "In lower case.",
     .example = "LOWER('AB') → ab",
     .infer = infer_lower,
     .bind = bind<case_kernel<'A', 'Z', append_lower>>},
    {.name = "INITCAP",
     .category = kCategory,
     .syntax = "INITCAP(text)",
     .sentence = "Every word's first letter in upper case.",
     .example = "INITCAP('hello wORLD') → \"Hello World\"",
     .infer = infer_initcap,
     .bind = bind<initcap_kernel>},
    {.name = "CHAR_LENGTH",
     .aliases = {"CHARACTER_LENGTH"},
     .category = kCategory,
     .syntax = "CHAR_LENGTH(text)",
     .sentence = "The number of characters.",
     .example = "CHAR_LENGTH('äöü') → 3",
     .infer = infer<kLength>,
     .bind = bind<length_kernel>},
    {.name = "REVERSE",
     .category = kCategory,
     .syntax = "REVERSE(text)",
     .sentence = "The characters backwards.",
     .example = "REVERSE('abc') → cba",
     .infer = infer_nullable<kText1>,
     .bind = bind<reverse_kernel>},
    {.name = "REPEAT",
     .category = kCategory,
     .syntax = "REPEAT(text, count)",
     .sentence = "The text so many times.",
     .example = "REPEAT('ab', 3) → ababab",
     .infer = infer<kRepeat>,
     .bind = bind<repeat_kernel>},
};

}  // namespace

std::span<const ScalarFunction> text_functions() { return kFunctions; }

}  // namespace millstream::function::internal
