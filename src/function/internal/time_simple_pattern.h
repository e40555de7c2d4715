// Date patterns as java.text.SimpleDateFormat takes them, which Flink's older functions of time and text are made with.
//
// The letters are G y Y M L w W D d F E u a H k K h m s S z Z X and text in quotes. Reading is lenient: blanks before
// a field, numbers of any length and size (the 30th of February is 1 or 2 March, 25:00 the next day), names in either
// case, and whatever follows the last field. Immutable after compile(); any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace millstream::function::internal {

class SimplePattern {
 public:
  // kInvalidArgument in Java's words: "Illegal pattern character 'x'".
  static Result<SimplePattern> compile(std::string_view pattern);

  struct Read {
    int64_t millis = 0;                   // since 1970, local
    std::optional<int64_t> offset_millis;  // what the text says that local time is ahead of UTC
  };
  // Fields that the text lacks are those of 1970-01-01 00:00:00. A year of two digits is the one from 80 years before
  // `this_year` on. Nothing if the text does not fit, or is no year of six digits.
  [[nodiscard]] std::optional<Read> parse(std::string_view text, int64_t this_year) const;
  // Appends to `out`. `zone` and `offset_micros` are what the letters of zones print.
  void format(int64_t local_millis, std::string_view zone, int64_t offset_micros, std::string& out) const;

 private:
  struct Part {
    char letter = 0;  // 0: literal text
    int count = 0;
    bool abuts = false;  // a field follows at once, so that a number has exactly `count` characters
    std::string text;
  };
  struct Fields;

  [[nodiscard]] static bool parse_part(const Part& part, std::string_view text, size_t& at, int64_t this_year,
                                       Fields& fields);

  std::vector<Part> parts_;
};

}  // namespace millstream::function::internal
