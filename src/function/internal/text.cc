// Text functions. Positions and lengths count characters (code points); ASCII text takes a path by bytes.
#include <algorithm>

#include "function/internal/case_map.h"
#include "function/internal/characters.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;
using column::TypeKind;

// The result of a text function over text `index`: the same bytes elsewhere, without copying.
struct TextOut {
  explicit TextOut(KernelCall& call) : out(call.out), values(call.out.mutable_values<StringRef>()) {}
  void copy(size_t i, std::string_view text) { values[i] = out.add_string(text); }
  void null(size_t i) { out.set_null(i); }
  Vector& out;
  StringRef* values;
};

// Views into the argument stay valid as long as its bytes; inline strings move with the StringRef.
template <typename F>
void map_views(KernelCall& call, F f) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.out.share_bytes_of(*call.arguments[0]);
  call.rows.for_each([&](size_t i) { out[i] = StringRef(f(i, in[i].view())); });
}

// --- Types ----------------------------------------------------------------------------------------------------------

template <const Pattern& pattern, bool always_nullable = false>
Result<Signature> infer(std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature, infer_by_pattern(pattern, arguments));
  if (always_nullable) signature.result = signature.result.as_nullable();
  return signature;
}

// Same type as the first argument; VARCHAR of its length if `varying`.
Result<Signature> infer_shaped(const Pattern& pattern, std::span<const Argument> arguments, size_t source, bool varying,
                               bool nullable) {
  MS_ASSIGN(Signature signature, infer_by_pattern(pattern, arguments));
  const Type& type = signature.arguments[source];
  signature.result =
      (varying ? Type::varchar(type.length()) : type).as_nullable(nullable || signature.result.nullable());
  return signature;
}

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

// --- Parts ----------------------------------------------------------------------------------------------------------

// Characters [from, from + length) of the text.
std::string_view characters(std::string_view text, size_t from, size_t length) {
  if (is_ascii(text)) return from >= text.size() ? std::string_view() : text.substr(from, length);
  const size_t start = offset_of_character(text, from);
  return text.substr(start, offset_of_character(text.substr(start), length));
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
      // From the end; what lies before the beginning is lost.
      if (size + start < 0)
        return characters(text, 0, static_cast<size_t>(std::max<int64_t>(length + size + start, 0)));
      start += size;
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

void split_index_kernel(KernelCall& call) {
  const bool by_code = call.arguments[1]->type().kind() == TypeKind::kInteger;
  const Reader<int32_t> index = argument<int32_t>(call, 2);
  map_views(call, [&](size_t i, std::string_view text) -> std::string_view {
    std::string code;
    std::string_view separator;
    if (by_code) {
      const int32_t c = argument<int32_t>(call, 1)[i];
      if (c > 0) append_code_point(code, static_cast<uint32_t>(c));
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
      const size_t end = separator.empty() ? std::string_view::npos : text.find(separator);
      if (left == 0) return text.substr(0, end);
      if (end == std::string_view::npos) {
        call.out.set_null(i);
        return {};
      }
      text.remove_prefix(end + separator.size());
      --left;
    }
  });
}

// --- Searching and replacing ----------------------------------------------------------------------------------------

// The character position (from 1) of the `occurrence`-th needle at or behind `from` (from 1); backwards if negative.
int32_t find_position(std::string_view needle, std::string_view text, int64_t from, int64_t occurrence) {
  if (occurrence <= 0) return 0;
  if (needle.empty()) return 1;
  if (from < 0) {
    size_t end = offset_of_character(
        text, static_cast<size_t>(std::max<int64_t>(static_cast<int64_t>(count_characters(text)) + from, 0)));
    if (static_cast<int64_t>(count_characters(text)) + from < 0) return 0;
    while (true) {
      const size_t at = text.rfind(needle, end);
      if (at == std::string_view::npos) return 0;
      if (--occurrence == 0) return static_cast<int32_t>(count_characters(text.substr(0, at))) + 1;
      if (at == 0) return 0;
      end = at - 1;
    }
  }
  size_t start = offset_of_character(text, static_cast<size_t>(std::max<int64_t>(from - 1, 0)));
  while (true) {
    const size_t at = text.find(needle, start);
    if (at == std::string_view::npos) return 0;
    if (--occurrence == 0) return static_cast<int32_t>(count_characters(text.substr(0, at))) + 1;
    start = at + 1;
  }
}

// POSITION and LOCATE name the needle first, INSTR the text; INSTR finds nothing from 0, where the others begin at 1.
template <size_t needle_index>
void position_kernel(KernelCall& call) {
  const Reader<StringRef> needle = argument<StringRef>(call, needle_index);
  const Reader<StringRef> text = argument<StringRef>(call, 1 - needle_index);
  int32_t* out = call.out.mutable_values<int32_t>();
  call.rows.for_each([&](size_t i) {
    const int64_t from = call.arguments.size() > 2 ? argument<int32_t>(call, 2)[i] : 1;
    if (needle_index == 1 && from == 0) {
      out[i] = 0;
      return;
    }
    const int64_t occurrence = call.arguments.size() > 3 ? argument<int32_t>(call, 3)[i] : 1;
    out[i] = find_position(needle[i].view(), text[i].view(), from, occurrence);
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

void translate_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<StringRef> from = argument<StringRef>(call, 1);
  const Reader<StringRef> to = argument<StringRef>(call, 2);
  TextOut out(call);
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    std::string_view rest = in[i].view();
    const std::string_view set = from[i].view();
    while (!rest.empty()) {
      const std::string_view character = character_at(rest, 0);
      const size_t at = set.find(character);
      if (at == std::string_view::npos) {
        text += character;
      } else {
        const std::string_view by = characters(to[i].view(), count_characters(set.substr(0, at)), 1);
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
    // A negative length replaces all that follows.
    if (length >= 0 && start + length <= size)
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

template <bool (*test)(char)>
void all_characters_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  uint8_t* out = call.out.mutable_values<uint8_t>();
  call.rows.for_each([&](size_t i) {
    const std::string_view text = in.is_null(i) ? std::string_view() : in[i].view();
    out[i] = !text.empty() && std::all_of(text.begin(), text.end(), test) ? 1 : 0;
  });
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// --- The table ------------------------------------------------------------------------------------------------------

template <Kernel kernel>
Kernel bind(const Signature&) {
  return kernel;
}

const Pattern kConcat{"CONCAT", "s*", Type::string(), {"CONCAT(<CHARACTER>)"}};
const Pattern kConcatWs{"CONCAT_WS", "ss*", Type::string(), {"CONCAT_WS(<CHARACTER>)"}};
const Pattern kLength{"CHAR_LENGTH", "s", Type::integer(), {"CHAR_LENGTH(<CHARACTER>)"}};
const Pattern kText1{"REVERSE", "s", Type::string(), {"REVERSE(<CHARACTER>)"}};
const Pattern kUpper{"UPPER", "s", Type::string(), {"UPPER(<CHARACTER>)"}};
const Pattern kLower{"LOWER", "s", Type::string(), {"LOWER(<CHARACTER>)"}};
const Pattern kInitcap{"INITCAP", "s", Type::string(), {"INITCAP(<CHARACTER>)"}};
const Pattern kRepeat{"REPEAT", "si", Type::string(), {"REPEAT(<CHARACTER>, <INTEGER>)"}};
const Pattern kSubstring{"SUBSTRING",
                         "si?i",
                         Type::string(),
                         {"SUBSTRING(<CHARACTER>, <INTEGER>)", "SUBSTRING(<CHARACTER>, <INTEGER>, <INTEGER>)"}};
const Pattern kLeft{"LEFT", "si", Type::string(), {"LEFT(<CHARACTER>, <INTEGER>)"}};
const Pattern kRight{"RIGHT", "si", Type::string(), {"RIGHT(<CHARACTER>, <INTEGER>)"}};
const Pattern kTrim{"TRIM", "sss", Type::string(), {"TRIM([BOTH|LEADING|TRAILING] <STRING> FROM <STRING>)"}};
const Pattern kTrimEnd{"LTRIM", "s?s", Type::string(), {"LTRIM(<CHARACTER>)", "LTRIM(<CHARACTER>, <CHARACTER>)"}};
const Pattern kSplitIndex{"SPLIT_INDEX", "ssi", Type::string(), {"SPLIT_INDEX(<CHARACTER>, <CHARACTER>, <INTEGER>)"}};
const Pattern kSplitCode{"SPLIT_INDEX", "sii", Type::string(), {"SPLIT_INDEX(<CHARACTER>, <INTEGER>, <INTEGER>)"}};
const Pattern kPosition{"POSITION",
                        "ss?i",
                        Type::integer(),
                        {"POSITION(<STRING> IN <STRING>)", "POSITION(<STRING> IN <STRING> FROM <INTEGER>)"}};
const Pattern kInstr{"INSTR", "ss?ii", Type::integer(), {"INSTR(<STRING>, <STRING>[, <INTEGER>[, <INTEGER>]])"}};
const Pattern kReplace{"REPLACE", "sss", Type::string(), {"REPLACE(<CHARACTER>, <CHARACTER>, <CHARACTER>)"}};
const Pattern kTranslate{"TRANSLATE", "sss", Type::string(), {"TRANSLATE(<CHARACTER>, <CHARACTER>, <CHARACTER>)"}};
const Pattern kOverlay{
    "OVERLAY", "ssi?i", Type::string(), {"OVERLAY(<STRING> PLACING <STRING> FROM <INTEGER> [FOR <INTEGER>])"}};
const Pattern kPad{"LPAD", "sis", Type::string(), {"LPAD(<CHARACTER>, <INTEGER>, <CHARACTER>)"}};
const Pattern kStarts{"STARTSWITH", "ss", Type::boolean(), {"STARTSWITH(<CHARACTER>, <CHARACTER>)"}};
const Pattern kStartsBytes{"STARTSWITH", "xx", Type::boolean(), {"STARTSWITH(<BINARY>, <BINARY>)"}};
const Pattern kElt{"ELT", "iss*", Type::string(), {"ELT(<INTEGER>, <CHARACTER>...)"}};
const Pattern kAscii{"ASCII", "s", Type::integer(), {"ASCII(<CHARACTER>)"}};
const Pattern kChr{"CHR", "l", Type::string(), {"CHR(<INTEGER>)"}};
const Pattern kTest{"IS_ALPHA", "s", Type::boolean(), {"IS_ALPHA(<CHARACTER>)"}};

Result<Signature> infer_upper(std::span<const Argument> a) { return infer_shaped(kUpper, a, 0, false, false); }
Result<Signature> infer_lower(std::span<const Argument> a) { return infer_shaped(kLower, a, 0, false, false); }
Result<Signature> infer_initcap(std::span<const Argument> a) { return infer_shaped(kInitcap, a, 0, false, false); }
Result<Signature> infer_substring(std::span<const Argument> a) { return infer_shaped(kSubstring, a, 0, true, true); }
Result<Signature> infer_left(std::span<const Argument> a) { return infer_shaped(kLeft, a, 0, true, true); }
Result<Signature> infer_right(std::span<const Argument> a) { return infer_shaped(kRight, a, 0, true, true); }
// TRIM(text) is TRIM(BOTH ' ' FROM text).
Result<Signature> infer_trim(std::span<const Argument> a) { return infer_shaped(kTrim, a, 2, true, false); }
Result<Signature> infer_trim_end(std::span<const Argument> a) { return infer_shaped(kTrimEnd, a, 0, true, false); }
Result<Signature> infer_btrim(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_trim_end(a));
  signature.result = Type::string().as_nullable(signature.result.nullable());
  return signature;
}
Result<Signature> infer_split_index(std::span<const Argument> a) {
  const bool code = a.size() == 3 && a[1].type.is_integer();
  MS_ASSIGN(Signature signature, infer_by_pattern(code ? kSplitCode : kSplitIndex, a));
  signature.result = Type::string();
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
Result<Signature> infer_concat_ws(std::span<const Argument> a) {
  MS_ASSIGN(Signature signature, infer_by_pattern(kConcatWs, a));
  signature.result = Type::string().as_nullable(a[0].type.nullable());
  return signature;
}

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
     .infer = infer_concat_ws,
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
     .infer = infer<kText1, true>,
     .bind = bind<reverse_kernel>},
    {.name = "REPEAT",
     .category = kCategory,
     .syntax = "REPEAT(text, count)",
     .sentence = "The text so many times.",
     .example = "REPEAT('ab', 3) → ababab",
     .infer = infer<kRepeat>,
     .bind = bind<repeat_kernel>},
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
     .infer = infer_trim_end,
     .bind = bind<trim_kernel<true, false>>},
    {.name = "RTRIM",
     .category = kCategory,
     .syntax = "RTRIM(text [, characters])",
     .sentence = "Without the characters (spaces) at the end.",
     .example = "RTRIM('a  ') → a",
     .infer = infer_trim_end,
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
    {.name = "POSITION",
     .aliases = {"LOCATE"},
     .category = kCategory,
     .syntax = "POSITION(part IN text [FROM start]), LOCATE(part, text [, start])",
     .sentence = "Where the part begins, from 1; 0 if it is not there.",
     .example = "POSITION('l' IN 'hello') → 3",
     .infer = infer<kPosition>,
     .bind = bind<position_kernel<0>>},
    {.name = "INSTR",
     .category = kCategory,
     .syntax = "INSTR(text, part [, start [, occurrence]])",
     .sentence = "Where the part begins, from 1; backwards from a negative start.",
     .example = "INSTR('hello', 'l', 1, 2) → 4",
     .infer = infer<kInstr>,
     .bind = bind<position_kernel<1>>},
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
     .infer = infer<kTranslate>,
     .bind = bind<translate_kernel>},
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
     .infer = infer<kPad, true>,
     .bind = bind<pad_kernel<true>>},
    {.name = "RPAD",
     .category = kCategory,
     .syntax = "RPAD(text, length, by)",
     .sentence = "Filled up on the right, or cut, to a length.",
     .example = "RPAD('ab', 5, 'xy') → abxyx",
     .infer = infer<kPad, true>,
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
     .infer = infer_starts,
     .bind = bind<affix_kernel<false>>},
    {.name = "ELT",
     .category = kCategory,
     .syntax = "ELT(index, a, b, …)",
     .sentence = "The text of that number, from 1.",
     .example = "ELT(2, 'a', 'b') → b",
     .infer = infer<kElt, true>,
     .bind = bind<elt_kernel>,
     .null_if_any_null = false},
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
     .infer = infer<kChr, true>,
     .bind = bind<chr_kernel>},
    {.name = "IS_ALPHA",
     .category = kCategory,
     .syntax = "IS_ALPHA(text)",
     .sentence = "Whether the text has letters only; FALSE of NULL.",
     .example = "IS_ALPHA('ab1') → false",
     .infer = infer<kTest>,
     .bind = bind<all_characters_kernel<is_ascii_letter>>,
     .null_if_any_null = false},
    {.name = "IS_DIGIT",
     .category = kCategory,
     .syntax = "IS_DIGIT(text)",
     .sentence = "Whether the text has digits only; FALSE of NULL.",
     .example = "IS_DIGIT('123') → true",
     .infer = infer<kTest>,
     .bind = bind<all_characters_kernel<is_ascii_digit>>,
     .null_if_any_null = false},
};

}  // namespace

std::span<const ScalarFunction> text_functions() { return kFunctions; }

}  // namespace millstream::function::internal
