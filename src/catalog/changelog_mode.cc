// The text of a changelog mode, as Flink's EXPLAIN CHANGELOG_MODE spells it.
#include "catalog/changelog_mode.h"

namespace millstream::catalog {

std::string ChangelogMode::to_text() const {
  std::string text;
  const auto add = [&](bool present, std::string_view word) {
    if (!present) return;
    if (!text.empty()) text += ',';
    text += word;
  };
  add(insert, "I");
  add(update_before, "UB");
  add(update_after, "UA");
  // Flink marks deletes that carry only their key as partial.
  add(remove, delete_by_key ? "PD" : "D");
  return text.empty() ? "NONE" : text;
}

}  // namespace millstream::catalog
