// Time zones by IANA name: offsets from UTC, from ICU's rules, cached between transitions.
//
// A Zone is used by one thread. find() is cheap after the first call per thread and name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millstream::function::internal {

class Zone {
 public:
  // Null if ICU does not know the name; "UTC", "Europe/Berlin", "GMT+08:00", "-08:00". Lives as long as the thread.
  static Zone* find(std::string_view name);
  // The same for a name that was checked before; UTC if it is unknown after all.
  static Zone& get(std::string_view name);

  ~Zone();
  // Microseconds to add to UTC.
  [[nodiscard]] int64_t offset_at(int64_t utc_micros) {
    if (utc_micros >= valid_from_ && utc_micros < valid_until_) return offset_;
    return look_up(utc_micros);
  }
  [[nodiscard]] int64_t to_local(int64_t utc_micros) { return utc_micros + offset_at(utc_micros); }
  // As Java resolves local times: the earlier one of two, and one that a gap leaves out moves on by the gap.
  [[nodiscard]] int64_t to_utc(int64_t local_micros);

 private:
  struct Rules;
  explicit Zone(std::unique_ptr<Rules> rules);
  int64_t look_up(int64_t utc_micros);

  std::unique_ptr<Rules> rules_;
  int64_t valid_from_ = 0;
  int64_t valid_until_ = 0;  // empty range: nothing cached
  int64_t offset_ = 0;
};

}  // namespace millstream::function::internal
