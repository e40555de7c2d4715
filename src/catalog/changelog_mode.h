// Which row kinds can travel on an edge of a plan, or be accepted by a sink.
#pragma once

#include <string>

namespace millstream::catalog {

struct ChangelogMode {
  bool insert = true;
  bool update_before = false;
  bool update_after = false;
  bool remove = false;         // -D
  bool delete_by_key = false;  // a -D may carry only its key columns

  static ChangelogMode insert_only() { return {}; }
  static ChangelogMode upsert() { return {true, false, true, true, false}; }
  static ChangelogMode retract() { return {true, true, true, true, false}; }
  [[nodiscard]] bool is_insert_only() const { return !update_before && !update_after && !remove; }
  [[nodiscard]] std::string to_text() const;  // "I,UB,UA,D", as EXPLAIN CHANGELOG_MODE prints
  bool operator==(const ChangelogMode&) const = default;
};

}  // namespace millstream::catalog
