// Refusals, and signatures described by a string of letters.
#include "function/internal/inference.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace millstream::function::internal {

using column::Type;
using column::TypeKind;

std::string name_in_messages(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInteger:
      return "INTEGER";
    case TypeKind::kVarchar:
      return "VARCHAR(" + std::to_string(type.length()) + ")";
    case TypeKind::kVarbinary:
      return "VARBINARY(" + std::to_string(type.length()) + ")";
    case TypeKind::kArray:
      return name_in_messages(type.element()) + " ARRAY";
    case TypeKind::kMultiset:
      return name_in_messages(type.element()) + " MULTISET";
    default:
      return type.as_nullable().to_sql();
  }
}

std::unexpected<Error> cannot_apply(std::string_view name, std::span<const Argument> arguments,
                                    std::initializer_list<std::string> forms) {
  const bool sign = !name.empty() && (std::ispunct(static_cast<unsigned char>(name[0])) != 0);
  std::string call;
  if (sign && arguments.size() == 2) {
    call = "<" + name_in_messages(arguments[0].type) + "> " + std::string(name) + " <" +
           name_in_messages(arguments[1].type) + ">";
  } else if (sign && arguments.size() == 1) {
    call = std::string(name) + "<" + name_in_messages(arguments[0].type) + ">";
  } else {
    call = std::string(name) + "(";
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0) call += ", ";
      call += "<" + name_in_messages(arguments[i].type) + ">";
    }
    call += ")";
  }
  std::string hint = "Supported form(s):";
  for (const std::string& form : forms) hint += " '" + form + "'";
  return fail(ErrorCode::kInvalidArgument,
              "Cannot apply '" + std::string(name) + "' to arguments of type '" + call + "'", std::move(hint));
}

std::unexpected<Error> wrong_count(std::string_view name, std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument, "Invalid number of arguments to function '" + std::string(name) +
                                               "'. Was expecting " + std::string(expected) + " arguments");
}

bool any_nullable(std::span<const Argument> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const Argument& a) { return a.type.nullable(); });
}

Type nullable_as(const Type& type, std::span<const Argument> arguments) {
  return type.as_nullable(any_nullable(arguments));
}

Signature as_given(Type result, std::span<const Argument> arguments) {
  Signature signature{std::move(result), {}};
  for (const Argument& argument : arguments) signature.arguments.push_back(argument.type);
  return signature;
}

namespace {

// The type that an argument of this family is cast to, or nothing if it is of another family.
std::optional<Type> match(char letter, const Type& type) {
  const bool null = type.kind() == TypeKind::kNull;
  const bool nullable = type.nullable();
  switch (letter) {
    case 's':
      if (null) return Type::string();
      return type.is_character() ? std::optional(type) : std::nullopt;
    case 'i':
      if (null || type.is_integer()) return Type::integer().as_nullable(nullable);
      return std::nullopt;
    case 'l':
      if (null || type.is_integer()) return Type::bigint().as_nullable(nullable);
      return std::nullopt;
    case 'n':
      if (null || type.is_numeric()) return Type::double_precision().as_nullable(nullable);
      return std::nullopt;
    case 'b':
      if (null || type.kind() == TypeKind::kBoolean) return Type::boolean().as_nullable(nullable);
      return std::nullopt;
    case 'x':
      if (null) return Type::bytes();
      return type.is_binary() ? std::optional(type) : std::nullopt;
    case 't':
      if (null) return Type::timestamp(3);
      return is_datetime(type) ? std::optional(type) : std::nullopt;
    case 'a':
      return type;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Signature> infer_by_pattern(const Pattern& pattern, std::span<const Argument> arguments) {
  const size_t optional_at = pattern.letters.find('?');
  const bool repeats = pattern.letters.ends_with('*');
  std::string letters;
  for (const char c : pattern.letters) {
    if (c != '?' && c != '*') letters += c;
  }
  const size_t least = optional_at == std::string_view::npos ? letters.size() : optional_at;
  if (arguments.size() < least || (!repeats && arguments.size() > letters.size())) {
    std::string expected = std::to_string(least);
    if (repeats)
      expected += " or more";
    else if (letters.size() != least)
      expected += " to " + std::to_string(letters.size());
    return wrong_count(pattern.name, expected);
  }
  Signature signature{nullable_as(pattern.result, arguments), {}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const char letter = letters[std::min(i, letters.size() - 1)];
    const auto type = match(letter, arguments[i].type);
    if (!type) return cannot_apply(pattern.name, arguments, pattern.forms);
    signature.arguments.push_back(*type);
  }
  return signature;
}

}  // namespace millstream::function::internal
