// What the kernels and signatures of text functions share. Positions and lengths count characters (code points).
#pragma once

#include <string_view>

#include "function/internal/characters.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"

namespace millstream::function::internal {

// The result of a kernel that makes new texts.
struct TextOut {
  explicit TextOut(KernelCall& call) : out(call.out), values(call.out.mutable_values<StringRef>()) {}
  void copy(size_t i, std::string_view text) { values[i] = out.add_string(text); }
  void null(size_t i) { out.set_null(i); }
  Vector& out;
  StringRef* values;
};

// Characters [from, from + length) of the text.
inline std::string_view characters(std::string_view text, size_t from, size_t length) {
  if (is_ascii(text)) return from >= text.size() ? std::string_view() : text.substr(from, length);
  const size_t start = offset_of_character(text, from);
  return text.substr(start, offset_of_character(text.substr(start), length));
}

// By the pattern, with the type of argument `source` as the result; VARCHAR of its length if `varying`.
inline Result<Signature> infer_shaped(const Pattern& pattern, std::span<const Argument> arguments, size_t source,
                                      bool varying, bool nullable) {
  MS_ASSIGN(Signature signature, infer_by_pattern(pattern, arguments));
  const column::Type& type = signature.arguments[source];
  signature.result =
      (varying ? column::Type::varchar(type.length()) : type).as_nullable(nullable || signature.result.nullable());
  return signature;
}

}  // namespace millstream::function::internal
