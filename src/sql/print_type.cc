// Names, quoting and types as text.
#include <algorithm>

#include "sql/internal/text_printer.h"

namespace millstream::sql {

std::string quote_identifier(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const bool plain = !name.empty() && std::ranges::all_of(name, is_plain) && !(name[0] >= '0' && name[0] <= '9');
  if (plain && !is_reserved(name) && !internal::begins_special_form(name)) return std::string(name);
  std::string quoted = "`";
  for (char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

std::string print(const TypeName& type) {
  internal::TextPrinter printer(false);
  printer.type(type);
  return printer.take();
}

std::string print(const Name& name) {
  internal::TextPrinter printer(false);
  printer.name(name);
  return printer.take();
}

namespace internal {

void TextPrinter::identifier(const Identifier& value) { text(quote_identifier(value.text)); }

void TextPrinter::name(const Name& value) {
  list(value.parts, [&](const Identifier& part) { identifier(part); }, ".");
}

void TextPrinter::quoted(std::string_view value) { text(quote_text(value)); }

void TextPrinter::identifiers(const std::vector<Identifier>& values) {
  text("(");
  list(values, [&](const Identifier& one) { identifier(one); });
  text(")");
}

void TextPrinter::interval(const IntervalQualifier& qualifier) {
  text(name_of(qualifier.from));
  const bool single = !qualifier.to;
  if (qualifier.precision) {
    text("(");
    number(*qualifier.precision);
    if (single && qualifier.fraction) {
      text(", ");
      number(*qualifier.fraction);
    }
    text(")");
  }
  if (single) return;
  text(" TO ");
  text(name_of(*qualifier.to));
  if (qualifier.fraction) {
    text("(");
    number(*qualifier.fraction);
    text(")");
  }
}

void TextPrinter::type(const TypeName& value) {
  text(name_of(value.kind));
  if (value.interval) {
    text(" ");
    interval(*value.interval);
  }
  if (value.precision) {
    text("(");
    number(*value.precision);
    if (value.scale) {
      text(", ");
      number(*value.scale);
    }
    text(")");
  }
  if (value.kind == TypeKind::kRow) {
    text("<");
    list(value.fields, [&](const RowField& field) {
      identifier(field.name);
      text(" ");
      type(field.type);
      if (field.comment) {
        text(" ");
        quoted(*field.comment);
      }
    });
    text(">");
  } else if (!value.arguments.empty()) {
    text("<");
    list(value.arguments, [&](const TypeName& argument) { type(argument); });
    text(">");
  }
  if (value.not_null) text(" NOT NULL");
}

}  // namespace internal
}  // namespace millstream::sql
