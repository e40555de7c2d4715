// Any bytes as a SQL script: parsed, and what parses is a fixed point of printing, on one line and laid out. Short text
// that begins no statement is also read as the parts that are stored alone: a query, an expression, a type.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sql/parser.h"
#include "sql/printer.h"

namespace {

using namespace millstream;

template <typename Tree>
void check_part(std::string_view text, Result<Tree> (*parse)(std::string_view)) {
  const auto tree = parse(text);
  if (!tree) return;
  const std::string once = sql::print(*tree);
  const auto again = parse(once);
  if (!again || sql::print(*again) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)sql::is_complete(text);
  size_t end = 0;
  const auto items = sql::parse_script(text);
  constexpr size_t kShort = 256;
  if (items.size() == 1 && !items[0].statement && size <= kShort) {
    check_part(text, sql::parse_query);
    check_part(text, sql::parse_expression);
    check_part(text, sql::parse_type);
  }
  for (const sql::ScriptItem& item : items) {
    if (item.span.offset < end || item.span.end() > size) std::abort();
    end = item.span.end();
    if (!item.statement) {
      if (item.statement.error().message.empty()) std::abort();
      continue;
    }
    const std::string once = sql::print(*item.statement);
    const auto again = sql::parse_statement(once);
    if (!again || sql::print(*again) != once) std::abort();
    const auto pretty = sql::parse_statement(sql::print_pretty(*item.statement));
    if (!pretty || sql::print(*pretty) != once) std::abort();
  }
  return 0;
}
