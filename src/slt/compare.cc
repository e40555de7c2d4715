// Row lists as text, sorted where order does not count.
#include "slt/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace millstream::slt {
namespace {

std::vector<std::string> texts_of(std::span<const TestRow> rows, const column::Schema& schema, bool with_kind) {
  std::vector<std::string> texts;
  for (const TestRow& row : rows) texts.push_back(print_row(row, schema, with_kind));
  return texts;
}

}  // namespace

std::string difference(std::span<const TestRow> expected, std::span<const TestRow> actual, const column::Schema& schema,
                       Comparison comparison, bool with_kind) {
  std::vector<std::string> wanted = texts_of(expected, schema, with_kind), got = texts_of(actual, schema, with_kind);
  if (comparison == Comparison::kUnordered) {
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
  }
  if (wanted == got) return {};
  // Longest common subsequence would be prettier; cutting the equal ends shows the place as well and cannot be slow.
  size_t head = 0;
  while (head < wanted.size() && head < got.size() && wanted[head] == got[head]) ++head;
  size_t tail = 0;
  while (tail < wanted.size() - head && tail < got.size() - head &&
         wanted[wanted.size() - 1 - tail] == got[got.size() - 1 - tail])
    ++tail;
  std::string text;
  if (head > 0) text += fmt::format("    … {} equal\n", head);
  for (size_t i = head; i < wanted.size() - tail; ++i) text += fmt::format("  - {}\n", wanted[i]);
  for (size_t i = head; i < got.size() - tail; ++i) text += fmt::format("  + {}\n", got[i]);
  if (tail > 0) text += fmt::format("    … {} equal\n", tail);
  return text;
}

std::vector<TestRow> final_rows(std::span<const TestRow> changes, std::span<const int> key,
                                const column::Schema& schema) {
  std::vector<TestRow> rows;
  if (key.empty()) {
    rows = netted(changes, schema);
  } else {
    std::map<std::string, TestRow> by_key;
    for (const TestRow& change : changes) {
      std::string text;
      for (const int column : key) {
        text +=
            print_cell(schema.fields[static_cast<size_t>(column)].type, change.values[static_cast<size_t>(column)]) +
            '\0';
      }
      if (column::is_addition(change.kind))
        by_key[text] = change;
      else if (change.kind == column::RowKind::kDelete)
        by_key.erase(text);
    }
    for (auto& [text, row] : by_key) rows.push_back(std::move(row));
  }
  for (TestRow& row : rows) row.kind = column::RowKind::kInsert;
  std::sort(rows.begin(), rows.end(), [&](const TestRow& a, const TestRow& b) {
    return print_row(a, schema, false) < print_row(b, schema, false);
  });
  return rows;
}

std::vector<TestRow> netted(std::span<const TestRow> changes, const column::Schema& schema) {
  std::vector<std::pair<std::string, TestRow>> rows;
  for (const TestRow& change : changes) {
    std::string text = print_row(change, schema, false);
    if (column::is_addition(change.kind)) {
      rows.emplace_back(std::move(text), change);
      continue;
    }
    const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const auto& row) { return row.first == text; });
    if (last != rows.rend()) rows.erase(std::next(last).base());
  }
  std::vector<TestRow> result;
  for (auto& [text, row] : rows) {
    row.kind = column::RowKind::kInsert;
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace millstream::slt
