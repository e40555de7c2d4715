// ICU behind a cache of the current stretch between two transitions.
#include "function/internal/zone.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>

#include <map>

#include "column/calendar.h"

namespace millstream::function::internal {

struct Zone::Rules {
  std::unique_ptr<icu::TimeZone> zone;
  const icu::BasicTimeZone* basic = nullptr;  // the same object, if it knows its transitions
};

namespace {

constexpr int64_t kMicrosPerMilli = 1000;

// Java also takes bare offsets, "+02:00"; ICU wants a prefix.
std::string icu_name(std::string_view name) {
  if (!name.empty() && (name[0] == '+' || name[0] == '-')) return "GMT" + std::string(name);
  if (name == "Z") return "UTC";
  if (name.size() > 3 && name.starts_with("UTC") && (name[3] == '+' || name[3] == '-'))
    return "GMT" + std::string(name.substr(3));
  return std::string(name);
}

}  // namespace

Zone::Zone(std::unique_ptr<Rules> rules) : rules_(std::move(rules)) {}
Zone::~Zone() = default;

Zone* Zone::find(std::string_view name) {
  thread_local std::map<std::string, std::unique_ptr<Zone>, std::less<>> zones;
  const auto known = zones.find(name);
  if (known != zones.end()) return known->second.get();
  auto rules = std::make_unique<Rules>();
  const std::string id = icu_name(name);
  rules->zone.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(id)));
  std::unique_ptr<Zone> zone;
  if (rules->zone && *rules->zone != icu::TimeZone::getUnknown()) {
    rules->basic = dynamic_cast<const icu::BasicTimeZone*>(rules->zone.get());
    zone.reset(new Zone(std::move(rules)));
  }
  return zones.emplace(std::string(name), std::move(zone)).first->second.get();
}

Zone& Zone::get(std::string_view name) {
  Zone* zone = find(name);
  return zone != nullptr ? *zone : *find("UTC");
}

int64_t Zone::look_up(int64_t utc_micros) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t raw = 0, daylight = 0;
  const int64_t utc_millis = column::floor_divide(utc_micros, kMicrosPerMilli);
  rules_->zone->getOffset(static_cast<UDate>(utc_millis), false, raw, daylight, status);
  offset_ = int64_t{raw + daylight} * kMicrosPerMilli;
  valid_from_ = utc_millis * kMicrosPerMilli;
  valid_until_ = valid_from_ + kMicrosPerMilli;
  if (rules_->basic != nullptr) {
    icu::TimeZoneTransition transition;
    const auto at = static_cast<UDate>(utc_millis);
    valid_from_ = rules_->basic->getPreviousTransition(at, true, transition)
                      ? static_cast<int64_t>(transition.getTime()) * kMicrosPerMilli
                      : INT64_MIN;
    valid_until_ = rules_->basic->getNextTransition(at, false, transition)
                       ? static_cast<int64_t>(transition.getTime()) * kMicrosPerMilli
                       : INT64_MAX;
  }
  return offset_;
}

int64_t Zone::to_utc(int64_t local_micros) {
  if (offset_ == 0 && valid_from_ == INT64_MIN && valid_until_ == INT64_MAX) return local_micros;
  const int64_t before = offset_at(local_micros - column::kMicrosPerDay);
  if (offset_at(local_micros - before) == before) return local_micros - before;
  const int64_t after = offset_at(local_micros + column::kMicrosPerDay);
  if (offset_at(local_micros - after) == after) return local_micros - after;
  return local_micros - before;
}

}  // namespace millstream::function::internal
