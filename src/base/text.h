// Words and numbers as people write them: nearest names, durations, sizes, trimming.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace millstream {

[[nodiscard]] std::string_view trim(std::string_view text);                       // ASCII white space at both ends
[[nodiscard]] std::string to_lower(std::string_view text);                        // ASCII only
[[nodiscard]] std::string to_upper(std::string_view text);                        // ASCII only
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII only
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

// The candidate nearest to `word` (edit distance with swaps, ignoring case), or nothing if none is near enough to be
// meant.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// Flink's and Kafka's spellings: "200 ms", "5s", "1 min", "PT0.2S", "1 d". A bare number is milliseconds.
[[nodiscard]] Result<Millis> parse_duration(std::string_view text);
// "64 mb", "1gb", "512 kb", "100". Powers of 1024, a bare number is bytes.
[[nodiscard]] Result<Bytes> parse_size(std::string_view text);
[[nodiscard]] Result<int64_t> parse_integer(std::string_view text);
[[nodiscard]] Result<bool> parse_boolean(std::string_view text);  // true | false, any case

[[nodiscard]] std::string format_size(Bytes size);           // "1.4 MB", for people
[[nodiscard]] std::string format_duration(Millis duration);  // "1.2 s", for people

}  // namespace millstream
