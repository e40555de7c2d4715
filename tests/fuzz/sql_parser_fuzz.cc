// Any bytes as a SQL script: parsed, and what parses is a fixed point of printing, on one line and laid out.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sql/parser.h"
#include "sql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millstream;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)sql::is_complete(text);
  size_t end = 0;
  for (const sql::ScriptItem& item : sql::parse_script(text)) {
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
