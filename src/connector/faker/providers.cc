// Providers with arguments, and the lookup of all of them by name.
#include "connector/faker/providers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/text.h"
#include "column/calendar.h"
#include "column/number_text.h"
#include "connector/faker/pattern.h"

namespace millstream::connector::faker {
namespace {

using Arguments = std::vector<std::string>;

// A piece made of a function, for the many small ones.
class Function final : public Piece {
 public:
  explicit Function(std::function<void(Draw&, std::string&)> function) : function_(std::move(function)) {}
  void append(Draw& draw, std::string& out) const override { function_(draw, out); }

 private:
  std::function<void(Draw&, std::string&)> function_;
};
PiecePtr of(std::function<void(Draw&, std::string&)> function) {
  return std::make_unique<Function>(std::move(function));
}

class Words final : public Piece {
 public:
  explicit Words(std::vector<PiecePtr> ways) : ways_(std::move(ways)) {}
  void append(Draw& draw, std::string& out) const override { ways_[draw.below(ways_.size())]->append(draw, out); }

 private:
  std::vector<PiecePtr> ways_;
};

// Letters of Java's date patterns, as far as numbers go.
Status check_pattern(std::string_view pattern) {
  for (const char c : pattern) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 &&
        std::string_view("yYuMdHmsST").find(c) == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument,
                  "The date pattern '" + std::string(pattern) + "' has the unknown letter '" + std::string(1, c) + "'.",
                  "yyyy, MM, dd, HH, mm, ss and SSS are understood.");
    }
  }
  return {};
}

void append_padded(int64_t number, size_t width, std::string& out) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_time(int64_t millis, std::string_view pattern, std::string& out) {
  const column::CivilDate date = column::civil_of(column::floor_divide(millis, column::kMillisPerDay));
  const int64_t of_day = column::floor_modulo(millis, column::kMillisPerDay);
  bool quoted = false;
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    size_t width = 1;
    while (at + width < pattern.size() && pattern[at + width] == c) ++width;
    if (c == '\'')
      quoted = !quoted;
    else if (quoted)
      out.append(width, c);
    else if (c == 'y' || c == 'Y' || c == 'u')
      append_padded(width == 2 ? date.year % 100 : date.year, width, out);
    else if (c == 'M')
      append_padded(date.month, width, out);
    else if (c == 'd')
      append_padded(date.day, width, out);
    else if (c == 'H')
      append_padded(of_day / 3'600'000, width, out);
    else if (c == 'm')
      append_padded(of_day / 60'000 % 60, width, out);
    else if (c == 's')
      append_padded(of_day / 1000 % 60, width, out);
    else if (c == 'S')
      append_padded(of_day % 1000, 3, out);
    else
      out.append(width, c);
    at += c == '\'' ? 1 : width;
  }
}

// A point in time: `least` to `greatest` milliseconds from now, or from 1970 if absolute.
class Moment final : public Piece {
 public:
  Moment(int64_t least, int64_t greatest, bool absolute, std::string pattern)
      : least_(least), greatest_(greatest), absolute_(absolute), pattern_(std::move(pattern)) {}
  void append(Draw& draw, std::string& out) const override { append_time(time(draw), pattern_, out); }
  [[nodiscard]] bool is_time() const override { return true; }
  int64_t time(Draw& draw) const override { return draw.between(least_, greatest_) + (absolute_ ? 0 : draw.now.value); }

 private:
  int64_t least_, greatest_;
  bool absolute_;
  std::string pattern_;
};
constexpr std::string_view kTimePattern = "yyyy-MM-dd HH:mm:ss.SSS";

std::optional<int64_t> unit_millis(const std::string& written) {
  std::string name = to_lower(written);
  if (name.ends_with('s')) name.pop_back();
  if (name == "nanosecond" || name == "microsecond") return 0;
  if (name == "millisecond") return 1;
  if (name == "second") return 1000;
  if (name == "minute") return 60'000;
  if (name == "hour") return 3'600'000;
  if (name == "day") return column::kMillisPerDay;
  return std::nullopt;
}

struct Call {
  const std::string& name;  // as written
  const Arguments& arguments;

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& wants) const {
    return fail(ErrorCode::kInvalidArgument,
                "The faker expression '" + name + "' has wrong arguments ('" + join(arguments, "','") + "').",
                "It is written #{" + wants + "}.");
  }
  [[nodiscard]] Result<int64_t> integer(size_t index, int64_t otherwise, const std::string& wants) const {
    if (index >= arguments.size()) return otherwise;
    const auto value = parse_integer(trim(arguments[index]));
    if (!value) return wrong(wants);
    return *value;
  }
};

constexpr int64_t kLongestText = 1'000'000;

Result<PiecePtr> number_between(const Call& call) {
  const std::string wants = "number.numberBetween '1','10'";
  if (call.arguments.size() != 2) return call.wrong(wants);
  MS_ASSIGN(const int64_t least, call.integer(0, 0, wants));
  MS_ASSIGN(const int64_t beyond, call.integer(1, 0, wants));
  if (beyond < least) return call.wrong(wants);
  // The upper end is not reached, as in Java Faker, unless both are the same.
  const int64_t greatest = beyond > least ? beyond - 1 : beyond;
  return of([least, greatest](Draw& draw, std::string& out) { out += std::to_string(draw.between(least, greatest)); });
}

Result<PiecePtr> random_double(const Call& call) {
  const std::string wants = "number.randomDouble '2','1','100'";
  if (call.arguments.size() != 3) return call.wrong(wants);
  MS_ASSIGN(const int64_t digits, call.integer(0, 0, wants));
  const auto least = column::parse_double(call.arguments[1]), greatest = column::parse_double(call.arguments[2]);
  if (!least || !greatest || !(*least <= *greatest) || digits < 0 || digits > 15) return call.wrong(wants);
  const double scale = std::pow(10.0, static_cast<double>(digits));
  return of([least = *least, greatest = *greatest, scale](Draw& draw, std::string& out) {
    const double value = std::round((least + draw.unit() * (greatest - least)) * scale) / scale;
    char text[column::kMaxNumberText];
    out.append(text, column::write_double(text, value));
  });
}

Result<PiecePtr> random_number(const Call& call) {
  const std::string wants = "number.randomNumber '5','true'";
  MS_ASSIGN(const int64_t digits, call.integer(0, 9, wants));
  if (digits < 1 || digits > 18 || call.arguments.size() > 2) return call.wrong(wants);
  const auto strict = call.arguments.size() == 2 ? parse_boolean(trim(call.arguments[1])) : Result<bool>(false);
  if (!strict) return call.wrong(wants);
  int64_t beyond = 1;
  for (int64_t i = 0; i < digits; ++i) beyond *= 10;
  return of([least = *strict ? beyond / 10 : 0, beyond](Draw& draw, std::string& out) {
    out += std::to_string(draw.between(least, beyond - 1));
  });
}

Result<PiecePtr> digits(const Call& call) {
  const std::string wants = "number.digits '5'";
  MS_ASSIGN(const int64_t count, call.integer(0, -1, wants));
  if (count < 1 || count > kLongestText || call.arguments.size() != 1) return call.wrong(wants);
  return make_template(std::string(static_cast<size_t>(count), '#'), true, false, false);
}

// past and future: 'most','unit' or 'most','least','unit'; a date pattern may stand behind.
Result<PiecePtr> around_now(const Call& call, int64_t sign) {
  const std::string wants = call.name + " '15','SECONDS'} or #{" + call.name + " '15','5','SECONDS'";
  Arguments rest = call.arguments;
  std::string pattern(kTimePattern);
  if (rest.size() >= 3 && !unit_millis(std::string(trim(rest.back())))) {
    pattern = rest.back();
    MS_TRY(check_pattern(pattern));
    rest.pop_back();
  }
  if (rest.size() != 2 && rest.size() != 3) return call.wrong(wants);
  const auto unit = unit_millis(std::string(trim(rest.back())));
  const auto most = parse_integer(trim(rest[0]));
  const auto least = rest.size() == 3 ? parse_integer(trim(rest[1])) : Result<int64_t>(0);
  if (!unit || !most || !least || *least < 0 || *most < *least || *most > 100'000'000'000) return call.wrong(wants);
  const int64_t nearest_millis = *least * *unit, farthest = *most * *unit;
  return PiecePtr(sign < 0 ? std::make_unique<Moment>(-farthest, -nearest_millis, false, pattern)
                           : std::make_unique<Moment>(nearest_millis, farthest, false, pattern));
}

Result<PiecePtr> between_times(const Call& call) {
  const std::string wants = call.name + " '2024-01-01 00:00:00','2024-12-31 23:59:59'";
  if (call.arguments.size() != 2 && call.arguments.size() != 3) return call.wrong(wants);
  const auto first = column::parse_timestamp(trim(call.arguments[0])),
             last = column::parse_timestamp(trim(call.arguments[1]));
  if (!first || !last || first->micros > last->micros) return call.wrong(wants);
  std::string pattern(kTimePattern);
  if (call.arguments.size() == 3) pattern = call.arguments[2];
  MS_TRY(check_pattern(pattern));
  return PiecePtr(std::make_unique<Moment>(column::floor_divide(first->micros, 1000),
                                           column::floor_divide(last->micros, 1000), true, pattern));
}

Result<PiecePtr> birthday(const Call& call) {
  const std::string wants = call.name + "} or #{" + call.name + " '18','65'";
  if (!call.arguments.empty() && call.arguments.size() < 2) return call.wrong(wants);
  MS_ASSIGN(const int64_t youngest, call.integer(0, 18, wants));
  MS_ASSIGN(const int64_t oldest, call.integer(1, 65, wants));
  std::string pattern(kTimePattern);
  if (call.arguments.size() == 3) pattern = call.arguments[2];
  MS_TRY(check_pattern(pattern));
  if (youngest < 0 || oldest < youngest || oldest > 10'000) return call.wrong(wants);
  constexpr int64_t kYear = 31'556'952'000;
  return PiecePtr(std::make_unique<Moment>(-oldest * kYear, -youngest * kYear, false, pattern));
}

Result<PiecePtr> option(const Call& call) {
  if (call.arguments.empty()) return call.wrong("Options.option 'A','B'");
  std::vector<PiecePtr> ways;
  for (const std::string& argument : call.arguments) ways.push_back(make_literal(argument));
  return PiecePtr(std::make_unique<Words>(std::move(ways)));
}

Result<PiecePtr> pattern_call(const Call& call, bool digits_too, bool letters, const std::string& example) {
  if (call.arguments.empty() || call.arguments.size() > 2) return call.wrong(example);
  const auto upper = call.arguments.size() == 2 ? parse_boolean(trim(call.arguments[1])) : Result<bool>(false);
  if (!upper) return call.wrong(example);
  return make_template(call.arguments[0], digits_too, letters, *upper);
}

Result<PiecePtr> repeated_words(const Call& call, const std::string& between, int64_t otherwise, const std::string& end,
                                bool capital) {
  const std::string wants = call.name + "} or #{" + call.name + " '" + std::to_string(otherwise) + "'";
  MS_ASSIGN(const int64_t count, call.integer(0, otherwise, wants));
  if (count < 0 || count > 10'000) return call.wrong(wants);
  MS_ASSIGN(PiecePtr word,
            parse_expression(capital && end == "." && between == ". " ? "#{lorem.sentence}" : "#{lorem.word}"));
  return of([word = std::shared_ptr<const Piece>(std::move(word)), count, between, end, capital](Draw& draw,
                                                                                                 std::string& out) {
    const size_t start = out.size();
    for (int64_t i = 0; i < count; ++i) {
      if (i > 0) out += between;
      word->append(draw, out);
      if (between == ". " && out.ends_with('.')) out.pop_back();
    }
    if (capital && out.size() > start)
      out[start] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[start])));
    out += end;
  });
}

Result<PiecePtr> characters(const Call& call) {
  const std::string wants = call.name + " '10'} or #{" + call.name + " '5','10'";
  MS_ASSIGN(const int64_t least, call.integer(0, 255, wants));
  MS_ASSIGN(const int64_t most, call.integer(1, least, wants));
  if (least < 0 || most < least || most > kLongestText) return call.wrong(wants);
  return of([least, most](Draw& draw, std::string& out) {
    for (int64_t left = draw.between(least, most); left > 0; --left)
      out += "abcdefghijklmnopqrstuvwxyz0123456789"[draw.below(36)];
  });
}

Result<PiecePtr> price(const Call& call) {
  const std::string wants = "Commerce.price} or #{Commerce.price '1','100'";
  if (!call.arguments.empty() && call.arguments.size() != 2) return call.wrong(wants);
  const auto least = call.arguments.empty() ? std::optional(0.0) : column::parse_double(call.arguments[0]);
  const auto most = call.arguments.empty() ? std::optional(100.0) : column::parse_double(call.arguments[1]);
  if (!least || !most || !(*least <= *most) || std::abs(*least) > 1e12 || std::abs(*most) > 1e12)
    return call.wrong(wants);
  return of([least = std::llround(*least * 100), most = std::llround(*most * 100)](Draw& draw, std::string& out) {
    const int64_t cents = draw.between(least, most);
    if (cents < 0) out += '-';
    out += std::to_string(std::abs(cents) / 100);
    out += '.';
    append_padded(std::abs(cents) % 100, 2, out);
  });
}

PiecePtr hexadecimal(size_t count) {
  return of([count](Draw& draw, std::string& out) {
    for (size_t i = 0; i < count; ++i) out += "0123456789abcdef"[draw.below(16)];
  });
}

PiecePtr uuid() {
  return of([](Draw& draw, std::string& out) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    for (const char c : kForm) {
      if (c == 'x')
        out += "0123456789abcdef"[draw.below(16)];
      else if (c == 'y')
        out += "89ab"[draw.below(4)];
      else
        out += c;
    }
  });
}

PiecePtr decimal_degrees(int64_t most) {
  return of([most](Draw& draw, std::string& out) {
    const int64_t value = draw.between(-most * 1'000'000, most * 1'000'000);
    if (value < 0) out += '-';
    out += std::to_string(std::abs(value) / 1'000'000);
    out += '.';
    append_padded(std::abs(value) % 1'000'000, 6, out);
  });
}

// Digits with a Luhn check digit behind.
PiecePtr card_number(std::string_view start, size_t length) {
  return of([start = std::string(start), length](Draw& draw, std::string& out) {
    std::string number = start;
    while (number.size() + 1 < length) number += static_cast<char>('0' + draw.below(10));
    int sum = 0;
    for (size_t i = 0; i < number.size(); ++i) {
      int digit = number[number.size() - 1 - i] - '0';
      if (i % 2 == 0 && (digit *= 2) > 9) digit -= 9;
      sum += digit;
    }
    out += number;
    out += static_cast<char>('0' + (10 - sum % 10) % 10);
  });
}

using Maker = Result<PiecePtr> (*)(const Call&);
struct Entry {
  std::string_view name;  // as people write it
  Maker make;
};

template <int kLeast, int kGreatest>
Result<PiecePtr> small_number(const Call&) {
  return of([](Draw& draw, std::string& out) { out += std::to_string(draw.between(kLeast, kGreatest)); });
}
template <size_t kCount>
Result<PiecePtr> hexadecimal_call(const Call&) {
  return hexadecimal(kCount);
}
Result<PiecePtr> past(const Call& call) { return around_now(call, -1); }
Result<PiecePtr> future(const Call& call) { return around_now(call, 1); }
Result<PiecePtr> regexify(const Call& call) {
  if (call.arguments.size() != 1) return call.wrong("regexify '(a|b){1}'");
  return make_regexify(call.arguments[0]);
}

constexpr Entry kEntries[] = {
    {"Address.latitude", [](const Call&) -> Result<PiecePtr> { return decimal_degrees(90); }},
    {"Address.longitude", [](const Call&) -> Result<PiecePtr> { return decimal_degrees(180); }},
    {"bothify", [](const Call& call) { return pattern_call(call, true, true, "bothify '\?\?-###'"); }},
    {"Commerce.price", price},
    {"Crypto.md5", hexadecimal_call<32>},
    {"Crypto.sha1", hexadecimal_call<40>},
    {"Crypto.sha256", hexadecimal_call<64>},
    {"Crypto.sha512", hexadecimal_call<128>},
    {"Date.between", between_times},
    {"Date.birthday", birthday},
    {"Date.future", future},
    {"Date.past", past},
    {"Finance.creditCard", [](const Call&) -> Result<PiecePtr> { return card_number("4", 16); }},
    {"Internet.uuid", [](const Call&) -> Result<PiecePtr> { return uuid(); }},
    {"letterify", [](const Call& call) { return pattern_call(call, false, true, "letterify '\?\?\?'"); }},
    {"Lorem.characters", characters},
    {"Lorem.paragraph", [](const Call& call) { return repeated_words(call, ". ", 3, ".", true); }},
    {"Lorem.sentence", [](const Call& call) { return repeated_words(call, " ", 6, ".", true); }},
    {"Lorem.words", [](const Call& call) { return repeated_words(call, " ", 3, "", false); }},
    {"Number.digit", small_number<0, 9>},
    {"Number.digits", digits},
    {"Number.negative", small_number<-2147483647, -1>},
    {"Number.numberBetween", number_between},
    {"Number.positive", small_number<1, 2147483647>},
    {"Number.randomDigit", small_number<0, 9>},
    {"Number.randomDigitNotZero", small_number<1, 9>},
    {"Number.randomDouble", random_double},
    {"Number.randomNumber", random_number},
    {"numerify", [](const Call& call) { return pattern_call(call, true, false, "numerify '###'"); }},
    {"Options.nextElement", option},
    {"Options.option", option},
    {"regexify", regexify},
    {"Time.future", future},
    {"Time.past", past},
    {"TimeAndDate.between", between_times},
    {"TimeAndDate.birthday", birthday},
    {"TimeAndDate.future", future},
    {"TimeAndDate.past", past},
};

// At the bars outside of calls.
std::vector<std::string_view> alternatives_of(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\'' && (quoted || (at > 0 && text[at - 1] == ' ') || (at > 0 && text[at - 1] == ',')))
      quoted = !quoted;
    if (text[at] != '|' || quoted) continue;
    parts.push_back(text.substr(start, at - start));
    start = at + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

Result<PiecePtr> make_words(const WordList& list) {
  std::vector<PiecePtr> ways;
  for (const std::string_view alternative : alternatives_of(list.alternatives)) {
    if (list.is_pattern && alternative.find("#{") == std::string_view::npos) {
      ways.push_back(make_template(alternative, true, true, true));
      continue;
    }
    MS_ASSIGN(PiecePtr piece, parse_expression(alternative));
    ways.push_back(std::move(piece));
  }
  if (ways.size() == 1) return std::move(ways[0]);
  return PiecePtr(std::make_unique<Words>(std::move(ways)));
}

}  // namespace

std::string normalised(std::string_view name) {
  std::string text = to_lower(name);
  std::erase(text, '_');
  return text;
}

std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  for (const WordList& list : word_lists()) names.emplace_back(list.name);
  std::ranges::sort(names, {}, [](const std::string& name) { return to_lower(name); });
  return names;
}

Result<PiecePtr> make_provider(const std::string& name, const std::string& as_written,
                               const std::vector<std::string>& arguments) {
  for (const Entry& entry : kEntries) {
    if (normalised(entry.name) == name) return entry.make({as_written, arguments});
  }
  for (const WordList& list : word_lists()) {
    if (normalised(list.name) != name) continue;
    if (!arguments.empty()) return Call{as_written, arguments}.wrong(std::string(list.name));
    return make_words(list);
  }
  const std::vector<std::string> names = provider_names();
  std::string hint;
  if (const auto near = nearest(as_written, names)) hint = "Did you mean #{" + *near + "}? ";
  // What the same provider has.
  const std::string family = name.substr(0, name.find('.') + 1);
  std::vector<std::string> relatives;
  for (const std::string& other : names) {
    if (!family.empty() && normalised(other).starts_with(family)) relatives.push_back(other);
  }
  hint += relatives.empty() ? "docs/connectors/faker.md lists all expressions."
                            : "Known are " + join(relatives, ", ") + ".";
  return fail(ErrorCode::kInvalidArgument, "Unknown faker expression '#{" + as_written + "}'.", hint);
}

}  // namespace millstream::connector::faker
