// Dates and times from text by the rules of Flink's CAST, which are looser than SQL's literals.
#pragma once

#include <optional>
#include <string_view>

#include "column/calendar.h"

namespace millstream::function::internal {

// "2024", "2024-2", "2024-02-09", " 2024-02-09 ", "2024-02-09 10:00:00" (the time is ignored). Days since 1970.
[[nodiscard]] std::optional<int32_t> parse_date_loosely(std::string_view text);
// "10", "10:11", "10:11:12.3456"; milliseconds of the day, rounded.
[[nodiscard]] std::optional<int32_t> parse_time_loosely(std::string_view text);
// "2024-02-09", "2024-2-9 1:2:3", "2024-02-09 10:11:12.123456789"; 30 February is the month's last day, 24:00:00 the
// next midnight. On failure `error_index` is where Java would have stopped.
[[nodiscard]] std::optional<column::ParsedTime> parse_timestamp_strictly(std::string_view text, size_t& error_index);

// Ten characters "2024-02-09" as days since 1970; false if they are none. The last date is remembered, since
// neighbouring rows mostly share it.
[[nodiscard]] bool read_plain_date(const char* text, int32_t& days);

// Cuts what `precision` digits after the second cannot show.
[[nodiscard]] column::ParsedTime cut_to_precision(column::ParsedTime time, int precision);

}  // namespace millstream::function::internal
