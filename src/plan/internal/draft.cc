// Interning of drafts.
#include "plan/internal/draft.h"

#include <cinttypes>
#include <cstdio>

namespace millstream::plan {

Draft* DraftTable::intern(Draft draft, const std::string& digest) {
  std::string key = std::to_string(draft.node.index()) + "|" + digest;
  for (const Draft* input : draft.inputs) {
    char text[24];
    std::snprintf(text, sizeof text, "|%" PRIxPTR, reinterpret_cast<uintptr_t>(input));
    key += text;
  }
  const auto [found, is_new] = by_digest_.try_emplace(std::move(key), nullptr);
  if (is_new) {
    drafts_.push_back(std::move(draft));
    found->second = &drafts_.back();
  }
  return found->second;
}

}  // namespace millstream::plan
