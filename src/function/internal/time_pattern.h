// Java date patterns ("yyyy-MM-dd'T'HH:mm:ss.SSS"), compiled once into a list of parts that read and write text.
//
// The letters are DateTimeFormatter's: y u M L d D H h k K m s S n a E Q w (week of year, Sunday first) X x Z z V, text
// in quotes, optional sections in brackets. Reading resolves like Java's SMART style: 30 February is the month's last
// day. Immutable after compile(); any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "column/calendar.h"

namespace millstream::function::internal {

class TimePattern {
 public:
  // kInvalidArgument in Java's words: "Illegal pattern character 'b'".
  static Result<TimePattern> compile(std::string_view pattern);

  // The local date and time; fields that the pattern lacks are those of 1970-01-01 00:00:00. Offsets in the text are
  // read and ignored. Nothing if the text does not match to its end.
  [[nodiscard]] std::optional<column::ParsedTime> parse(std::string_view text) const;
  // Appends to `out`. `zone` and `offset_micros` are what the letters of zones print.
  void format(column::ParsedTime local, std::string_view zone, int64_t offset_micros, std::string& out) const;

 private:
  struct Part {
    char letter = 0;  // 0: literal text; '[' and ']': borders of an optional section
    int count = 0;
    int adjacent = 0;  // digits that following numbers of fixed width reserve
    std::string text;
    size_t section_end = 0;  // of '[': the part behind its ']'
  };
  struct Fields;

  [[nodiscard]] static bool parse_part(const Part& part, std::string_view text, size_t& at, Fields& fields);
  [[nodiscard]] bool parse_range(size_t from, size_t to, std::string_view text, size_t& at, Fields& fields) const;
  [[nodiscard]] std::optional<column::ParsedTime> parse_iso(std::string_view text) const;

  std::vector<Part> parts_;
  char iso_separator_ = 0;  // the pattern is yyyy-MM-dd?HH:mm:ss[.S…] with this separator: the fast path
  int iso_fraction_ = 0;    // digits of its fraction
};

// How Flink reads a time by a pattern: the pattern first, then JDBC's "yyyy-[m]m-[d]d [hh:mm:ss[.f…]]", where what is
// too much is carried: 30 February is 1 or 2 March, 24:61:00 the next day at 01:01.
[[nodiscard]] std::optional<column::ParsedTime> parse_by_pattern(const TimePattern& pattern, std::string_view text);

}  // namespace millstream::function::internal
