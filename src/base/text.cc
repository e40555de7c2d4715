// Words and numbers as people write them: nearest names, durations, sizes, trimming.
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millstream {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

template <typename Change>
std::string changed(std::string_view text, Change change) {
  std::string out(text.size(), '\0');
  std::transform(text.begin(), text.end(), out.begin(), change);
  return out;
}

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Nanoseconds.
constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

// The labels of Flink's TimeUtils; its plurals too.
constexpr Unit kDurationUnits[] = {
    {"", kMillisecond},
    {"d", kDay},
    {"day", kDay},
    {"days", kDay},
    {"h", kHour},
    {"hour", kHour},
    {"hours", kHour},
    {"min", kMinute},
    {"m", kMinute},
    {"minute", kMinute},
    {"minutes", kMinute},
    {"s", kSecond},
    {"sec", kSecond},
    {"secs", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"ms", kMillisecond},
    {"milli", kMillisecond},
    {"millis", kMillisecond},
    {"millisecond", kMillisecond},
    {"milliseconds", kMillisecond},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"micro", 1'000},
    {"micros", 1'000},
    {"microsecond", 1'000},
    {"microseconds", 1'000},
    {"ns", 1},
    {"nano", 1},
    {"nanos", 1},
    {"nanosecond", 1},
    {"nanoseconds", 1},
};

// The labels of Flink's MemorySize.
constexpr Unit kSizeUnits[] = {
    {"", 1},          {"b", 1},          {"bytes", 1},
    {"k", 1ll << 10}, {"kb", 1ll << 10}, {"kibibytes", 1ll << 10},
    {"m", 1ll << 20}, {"mb", 1ll << 20}, {"mebibytes", 1ll << 20},
    {"g", 1ll << 30}, {"gb", 1ll << 30}, {"gibibytes", 1ll << 30},
    {"t", 1ll << 40}, {"tb", 1ll << 40}, {"tebibytes", 1ll << 40},
};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (equals_ignoring_case(unit.name, name)) return &unit;
  }
  return nullptr;
}

// Takes the digits at the front of `text`; nothing if there are none or they pass int64.
std::optional<int64_t> take_number(std::string_view& text) {
  int64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

std::unexpected<Error> bad_duration(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a duration: {}", text, why),
              "write a number and a unit (ms, s, min, h, d) or ISO 8601, for example '200 ms', '5 min' or 'PT0.2S'");
}

// "PnDTnHnMn.nS" as java.time.Duration reads it, without signs. The total in nanoseconds.
Result<__int128> parse_iso_duration(std::string_view text) {
  std::string_view rest = text.substr(1);
  __int128 total = 0;
  bool in_time = false;
  bool any = false;
  std::string_view order = "DHMS";  // what may still come
  while (!rest.empty()) {
    if (!in_time && upper(rest.front()) == 'T') {
      in_time = true;
      rest.remove_prefix(1);
      if (rest.empty()) return bad_duration(text, "nothing follows the T");
      continue;
    }
    const auto number = take_number(rest);
    if (!number) return bad_duration(text, "a number is missing or too large");
    __int128 fraction = 0;  // nanoseconds
    bool has_fraction = false;
    if (!rest.empty() && rest.front() == '.') {
      has_fraction = true;
      rest.remove_prefix(1);
      int64_t place = kSecond / 10;
      for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), place /= 10)
        fraction += static_cast<__int128>(place) * (rest.front() - '0');
    }
    if (rest.empty()) return bad_duration(text, "the last number has no unit");
    const char unit = upper(rest.front());
    rest.remove_prefix(1);
    const size_t at = order.find(unit);
    if (at == std::string_view::npos || (unit == 'D') == in_time)
      return bad_duration(text, "units are D before T, then H, M and S in this order");
    if (has_fraction && unit != 'S') return bad_duration(text, "only seconds may have a fraction");
    order.remove_prefix(at + 1);
    const int64_t factor = unit == 'D' ? kDay : unit == 'H' ? kHour : unit == 'M' ? kMinute : kSecond;
    total += static_cast<__int128>(*number) * factor + fraction;
    any = true;
  }
  if (!any) return bad_duration(text, "it has no number");
  return total;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) { return changed(text, lower); }
std::string to_upper(std::string_view text) { return changed(text, upper); }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  // A third of the letters may be wrong; a word of one or two letters only in case.
  const size_t allowed = word.size() < 3 ? 0 : std::max<size_t>(1, word.size() / 3);
  const std::string wanted = to_lower(word);
  const std::string* best = nullptr;
  size_t best_distance = allowed + 1;
  for (const std::string& candidate : candidates) {
    const size_t gap = candidate.size() > word.size() ? candidate.size() - word.size() : word.size() - candidate.size();
    if (gap >= best_distance) continue;
    const size_t distance = edit_distance(wanted, to_lower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = &candidate;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

Result<Millis> parse_duration(std::string_view text) {
  const std::string_view whole = trim(text);
  if (whole.empty()) return bad_duration(text, "it is empty");
  __int128 nanoseconds = 0;
  if (upper(whole.front()) == 'P') {
    MS_ASSIGN(nanoseconds, parse_iso_duration(whole));
  } else {
    std::string_view rest = whole;
    const auto number = take_number(rest);
    if (!number) return bad_duration(text, "it does not start with a number, or the number is too large");
    const Unit* unit = find_unit(kDurationUnits, trim(rest));
    if (unit == nullptr) return bad_duration(text, fmt::format("'{}' is not a unit of time", trim(rest)));
    nanoseconds = static_cast<__int128>(*number) * unit->factor;
  }
  if (nanoseconds % kMillisecond != 0) return bad_duration(text, "it is finer than a millisecond");
  const __int128 milliseconds = nanoseconds / kMillisecond;
  if (milliseconds > std::numeric_limits<int64_t>::max()) return bad_duration(text, "it is too long");
  return Millis(static_cast<int64_t>(milliseconds));
}

Result<Bytes> parse_size(std::string_view text) {
  constexpr std::string_view kHint = "write a number and a unit (b, kb, mb, gb, tb), for example '64 mb'";
  std::string_view rest = trim(text);
  const auto number = take_number(rest);
  const Unit* unit = number ? find_unit(kSizeUnits, trim(rest)) : nullptr;
  if (unit == nullptr)
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a size", text), std::string(kHint));
  const __int128 size = static_cast<__int128>(*number) * unit->factor;
  if (size > std::numeric_limits<int64_t>::max()) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is more bytes than a number can hold", text),
                std::string(kHint));
  }
  return Bytes(static_cast<int64_t>(size));
}

Result<int64_t> parse_integer(std::string_view text) {
  std::string_view digits = trim(text);
  if (digits.size() > 1 && digits.front() == '+' && is_digit(digits[1])) digits.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' does not fit in 64 bits", text));
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a whole number", text));
  }
  return value;
}

Result<bool> parse_boolean(std::string_view text) {
  const std::string_view word = trim(text);
  if (equals_ignoring_case(word, "true")) return true;
  if (equals_ignoring_case(word, "false")) return false;
  return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is neither true nor false", text));
}

std::string format_size(Bytes size) {
  constexpr std::string_view kUnits[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(size.value);
  size_t unit = 0;
  // 1023.95 would round to "1024.0".
  while ((value >= 1023.95 || value <= -1023.95) && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", size.value) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_duration(Millis duration) {
  const auto value = static_cast<double>(duration.value);
  const double magnitude = value < 0 ? -value : value;
  if (magnitude < 1000) return fmt::format("{} ms", duration.value);
  if (magnitude < 60e3) return fmt::format("{:.1f} s", value / 1e3);
  if (magnitude < 3600e3) return fmt::format("{:.1f} min", value / 60e3);
  if (magnitude < 86400e3) return fmt::format("{:.1f} h", value / 3600e3);
  return fmt::format("{:.1f} d", value / 86400e3);
}

}  // namespace millstream
