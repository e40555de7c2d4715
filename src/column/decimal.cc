// 256-bit intermediates, rounding, and text of DECIMAL.
#include "column/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "column/number_text.h"

namespace millstream::column {
namespace {

using Unsigned128 = unsigned __int128;

constexpr auto kPowers = [] {
  std::array<Int128, 39> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr int kMinimumAdjustedScale = 6;

// Beyond 38 digits the integer part wins, but six fractional digits stay.
DecimalShape adjusted(int precision, int scale) {
  if (precision <= kMaxDecimalPrecision) return {precision, scale};
  const int integer_digits = precision - scale;
  const int least = std::min(scale, kMinimumAdjustedScale);
  return {kMaxDecimalPrecision, std::max(kMaxDecimalPrecision - integer_digits, least)};
}

Unsigned128 magnitude(Int128 v) { return v < 0 ? ~static_cast<Unsigned128>(v) + 1 : static_cast<Unsigned128>(v); }

struct Unsigned256 {
  Unsigned128 high = 0;
  Unsigned128 low = 0;
};

Unsigned256 multiply(Unsigned128 a, Unsigned128 b) {
  const uint64_t a0 = static_cast<uint64_t>(a), a1 = static_cast<uint64_t>(a >> 64);
  const uint64_t b0 = static_cast<uint64_t>(b), b1 = static_cast<uint64_t>(b >> 64);
  const Unsigned128 p00 = Unsigned128{a0} * b0, p01 = Unsigned128{a0} * b1;
  const Unsigned128 p10 = Unsigned128{a1} * b0, p11 = Unsigned128{a1} * b1;
  const Unsigned128 middle = (p00 >> 64) + static_cast<uint64_t>(p01) + static_cast<uint64_t>(p10);
  return {p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), (middle << 64) | static_cast<uint64_t>(p00)};
}

struct Division {
  Unsigned256 quotient;
  Unsigned128 remainder = 0;
};

// Schoolbook, a bit at a time: only for what does not fit 128 bits.
Division divide(Unsigned256 a, Unsigned128 divisor) {
  Division result;
  if (a.high == 0) {
    result.quotient.low = a.low / divisor;
    result.remainder = a.low % divisor;
    return result;
  }
  Unsigned128 remainder = 0;
  for (int bit = 255; bit >= 0; --bit) {
    const bool carry = (remainder >> 127) != 0;
    const Unsigned128 word = bit >= 128 ? a.high : a.low;
    remainder = (remainder << 1) | ((word >> (bit & 127)) & 1);
    if (carry || remainder >= divisor) {
      remainder -= divisor;
      (bit >= 128 ? result.quotient.high : result.quotient.low) |= Unsigned128{1} << (bit & 127);
    }
  }
  result.remainder = remainder;
  return result;
}

// Half up: the remainder is at least half of the divisor.
bool rounds_up(Unsigned128 remainder, Unsigned128 divisor) { return remainder >= divisor - remainder; }

// |a| * 10^up / divisor, rounded half up, with the sign; nothing beyond 38 digits.
std::optional<Int128> scaled_quotient(Unsigned128 a, int up, Unsigned128 divisor, bool negative) {
  Division division = divide(multiply(a, static_cast<Unsigned128>(kPowers[std::min(up, 38)])), divisor);
  for (int digit = 38; digit < up; ++digit) {
    if (division.quotient.high != 0 || division.quotient.low >= static_cast<Unsigned128>(kPowers[37]))
      return std::nullopt;
    const Division next = divide(multiply(division.remainder, 10), divisor);
    division.quotient.low = division.quotient.low * 10 + next.quotient.low;
    division.remainder = next.remainder;
  }
  if (division.quotient.high != 0) return std::nullopt;
  Unsigned128 quotient = division.quotient.low;
  if (rounds_up(division.remainder, divisor)) ++quotient;
  if (quotient >= static_cast<Unsigned128>(kPowers[38])) return std::nullopt;
  const auto value = static_cast<Int128>(quotient);
  return negative ? -value : value;
}

std::optional<Int128> checked(std::optional<Int128> value, int precision) {
  if (value && !fits_precision(*value, precision)) return std::nullopt;
  return value;
}

// |value| * 10^by as 256 bits, 0 <= by <= 76.
Unsigned256 scaled_up(Unsigned128 value, int by) {
  if (by <= 38) return multiply(value, static_cast<Unsigned128>(kPowers[by]));
  // Values of DECIMAL stay below 10^38, so two steps cannot lose a bit that matters for a comparison of equal scales.
  const Unsigned256 first = multiply(value, static_cast<Unsigned128>(kPowers[38]));
  Unsigned256 result = multiply(first.low, static_cast<Unsigned128>(kPowers[by - 38]));
  result.high += multiply(first.high, static_cast<Unsigned128>(kPowers[by - 38])).low;
  return result;
}

}  // namespace

Int128 power_of_ten(int exponent) {
  DCHECK(exponent >= 0 && exponent <= 38);
  return kPowers[exponent];
}

DecimalShape sum_shape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(a.scale, b.scale);
  return adjusted(std::max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
}

DecimalShape product_shape(DecimalShape a, DecimalShape b) {
  return adjusted(a.precision + b.precision + 1, a.scale + b.scale);
}

DecimalShape quotient_shape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(6, a.scale + b.precision + 1);
  return adjusted(a.precision - a.scale + b.scale + scale, scale);
}

DecimalShape remainder_shape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(a.scale, b.scale);
  return adjusted(std::min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

DecimalShape rounded_shape(DecimalShape a, int digits) {
  if (digits >= a.scale) return a;
  if (digits < 0) return {std::min(kMaxDecimalPrecision, 1 + a.precision - a.scale), 0};
  return {1 + a.precision - a.scale + digits, digits};
}

DecimalShape shape_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kTinyint:
      return {3, 0};
    case TypeKind::kSmallint:
      return {5, 0};
    case TypeKind::kInteger:
      return {10, 0};
    case TypeKind::kBigint:
      return {19, 0};
    default:
      return {type.precision(), type.scale()};
  }
}

std::optional<Int128> rescale(Int128 value, int from_scale, int to_scale) {
  if (to_scale == from_scale) return value;
  if (to_scale < from_scale) {
    const int by = from_scale - to_scale;
    if (by > 38) return Int128{0};
    const Int128 divisor = kPowers[by];
    const Int128 quotient = value / divisor;
    const Unsigned128 remainder = magnitude(value % divisor);
    if (!rounds_up(remainder, static_cast<Unsigned128>(divisor))) return quotient;
    return value < 0 ? quotient - 1 : quotient + 1;
  }
  const int by = to_scale - from_scale;
  if (by > 38) return value == 0 ? std::optional<Int128>(0) : std::nullopt;
  Int128 result;
  if (__builtin_mul_overflow(value, kPowers[by], &result) || !fits_precision(result, 38)) return std::nullopt;
  return result;
}

Int128 truncate_scale(Int128 value, int from_scale, int to_scale) {
  const int by = from_scale - to_scale;
  if (by > 38) return 0;
  return by <= 0 ? value : value / kPowers[by];
}

std::optional<Int128> decimal_add(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result) {
  const int scale = std::max(scale_a, scale_b);
  Int128 x, y, sum;
  if (__builtin_mul_overflow(a, kPowers[scale - scale_a], &x) ||
      __builtin_mul_overflow(b, kPowers[scale - scale_b], &y) || __builtin_add_overflow(x, y, &sum)) {
    // Only where the scales are far apart: then the sum of the two rounded numbers has every digit that is left.
    const auto p = rescale(a, scale_a, result.scale);
    const auto q = rescale(b, scale_b, result.scale);
    if (!p || !q || __builtin_add_overflow(*p, *q, &sum)) return std::nullopt;
    return checked(sum, result.precision);
  }
  return checked(rescale(sum, scale, result.scale), result.precision);
}

std::optional<Int128> decimal_multiply(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result) {
  Int128 product;
  if (!__builtin_mul_overflow(a, b, &product)) {
    return checked(rescale(product, scale_a + scale_b, result.scale), result.precision);
  }
  Unsigned256 wide = multiply(magnitude(a), magnitude(b));
  int down = scale_a + scale_b - result.scale;
  if (down < 0) return std::nullopt;
  if (down > 38) {
    // Cutting digits first is exact: half up looks only at the digit behind the last one kept.
    wide = divide(wide, static_cast<Unsigned128>(kPowers[38])).quotient;
    down -= 38;
  }
  const Unsigned128 divisor = static_cast<Unsigned128>(kPowers[down]);
  const Division division = divide(wide, divisor);
  if (division.quotient.high != 0) return std::nullopt;
  Unsigned128 quotient = division.quotient.low + (rounds_up(division.remainder, divisor) ? 1 : 0);
  if (quotient >= static_cast<Unsigned128>(kPowers[38])) return std::nullopt;
  const auto value = static_cast<Int128>(quotient);
  return checked((a < 0) != (b < 0) ? -value : value, result.precision);
}

std::optional<Int128> decimal_divide(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result) {
  const int up = result.scale + scale_b - scale_a;
  const bool negative = (a < 0) != (b < 0);
  if (up >= 0) return checked(scaled_quotient(magnitude(a), up, magnitude(b), negative), result.precision);
  Int128 divisor;
  if (__builtin_mul_overflow(b, kPowers[std::min(-up, 38)], &divisor)) return Int128{0};
  return checked(scaled_quotient(magnitude(a), 0, magnitude(divisor), negative), result.precision);
}

std::optional<Int128> decimal_remainder(Int128 a, int scale_a, Int128 b, int scale_b, DecimalShape result) {
  const int scale = std::max(scale_a, scale_b);
  Int128 x, y;
  if (__builtin_mul_overflow(b, kPowers[scale - scale_b], &y)) {
    return checked(rescale(a, scale_a, result.scale), result.precision);  // |b| is larger than any a
  }
  if (!__builtin_mul_overflow(a, kPowers[scale - scale_a], &x)) {
    return checked(rescale(x % y, scale, result.scale), result.precision);
  }
  const Division division =
      divide(multiply(magnitude(a), static_cast<Unsigned128>(kPowers[scale - scale_a])), magnitude(y));
  const auto value = static_cast<Int128>(division.remainder);
  return checked(rescale(a < 0 ? -value : value, scale, result.scale), result.precision);
}

int decimal_compare(Int128 a, int scale_a, Int128 b, int scale_b) {
  if (scale_a == scale_b) return a < b ? -1 : (a > b ? 1 : 0);
  if ((a < 0) != (b < 0)) return a < b ? -1 : 1;
  const int scale = std::max(scale_a, scale_b);
  Int128 x, y;
  if (!__builtin_mul_overflow(a, kPowers[scale - scale_a], &x) &&
      !__builtin_mul_overflow(b, kPowers[scale - scale_b], &y)) {
    return x < y ? -1 : (x > y ? 1 : 0);
  }
  const Unsigned256 p = scaled_up(magnitude(a), scale - scale_a);
  const Unsigned256 q = scaled_up(magnitude(b), scale - scale_b);
  const int order = p.high != q.high ? (p.high < q.high ? -1 : 1) : (p.low < q.low ? -1 : (p.low > q.low ? 1 : 0));
  return a < 0 ? -order : order;
}

char* write_decimal(char* out, Int128 unscaled, int scale) {
  if (unscaled < 0) *out++ = '-';
  Unsigned128 left = magnitude(unscaled);
  char digits[48];
  int count = 0;
  if ((left >> 64) == 0) {
    count = static_cast<int>(std::to_chars(digits, digits + sizeof digits, static_cast<uint64_t>(left)).ptr - digits);
  } else {
    char reversed[48];
    while (left != 0) {
      reversed[count++] = static_cast<char>('0' + static_cast<int>(left % 10));
      left /= 10;
    }
    std::reverse_copy(reversed, reversed + count, digits);
  }
  const int integer_digits = std::max(count - scale, 0);
  out = std::copy(digits, digits + integer_digits, out);
  if (integer_digits == 0) *out++ = '0';
  if (scale > 0) {
    *out++ = '.';
    for (int i = count; i < scale; ++i) *out++ = '0';
    out = std::copy(digits + integer_digits, digits + count, out);
  }
  return out;
}

DecimalParse parse_decimal(std::string_view text, DecimalShape shape, Int128& out) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  // At most 39 digits count; later ones only tell whether there is anything behind (half up looks at one digit).
  Int128 digits = 0;
  int kept = 0;
  int64_t exponent = 0;
  bool any = false;
  bool point = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (kept < 38) {
        digits = digits * 10 + (c - '0');
        if (digits != 0) ++kept;
        if (point) --exponent;
      } else {
        if (kept == 38 && c >= '5') {
          // The rounding digit itself: room for it is only needed when no rescaling follows.
          digits += 1;
        }
        ++kept;
        if (!point) ++exponent;
      }
    } else {
      break;
    }
  }
  if (!any) return DecimalParse::kMalformed;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return DecimalParse::kMalformed;
    ++i;
    if (i < text.size() && text[i] == '+') {
      ++i;
      if (i < text.size() && text[i] == '-') return DecimalParse::kMalformed;
    }
    int64_t written = 0;
    const auto [stop, code] = std::from_chars(text.data() + i, text.data() + text.size(), written);
    if (code != std::errc() || stop != text.data() + text.size() || std::abs(written) > 1'000'000'000) {
      return DecimalParse::kMalformed;
    }
    exponent += written;
  }
  if (digits == 0) {
    out = 0;
    return DecimalParse::kOk;
  }
  exponent = std::clamp<int64_t>(exponent, -1000, 1000);
  const auto scaled = rescale(negative ? -digits : digits, static_cast<int>(-exponent), shape.scale);
  if (!scaled || !fits_precision(*scaled, shape.precision)) return DecimalParse::kOverflow;
  out = *scaled;
  return DecimalParse::kOk;
}

double decimal_to_double(Int128 unscaled, int scale) {
  constexpr Int128 kExact = Int128{1} << 53;
  if (unscaled < kExact && unscaled > -kExact && scale <= 22) {
    // Both operands are exact, so one division rounds correctly.
    return static_cast<double>(static_cast<int64_t>(unscaled)) / static_cast<double>(kPowers[scale]);
  }
  char text[kMaxDecimalText];
  const char* end = write_decimal(text, unscaled, scale);
  double value = 0;
  std::from_chars(text, end, value);
  return value;
}

std::optional<Int128> decimal_from_double(double value, DecimalShape shape) {
  if (!std::isfinite(value)) return std::nullopt;
  // No two decimals of up to 15 digits have the same nearest double, so one of them that has this one is its shortest
  // text.
  constexpr int kExactPowers = 22;
  if (shape.scale <= kExactPowers) {
    const auto power = static_cast<double>(kPowers[static_cast<size_t>(shape.scale)]);
    const double scaled = std::round(value * power);
    if (std::abs(scaled) < 1e15 && scaled / power == value) {
      const auto whole = static_cast<Int128>(static_cast<int64_t>(scaled));
      return fits_precision(whole, shape.precision) ? std::optional(whole) : std::nullopt;
    }
  }
  char text[kMaxNumberText];
  char* end = write_double(text, value);
  Int128 result = 0;
  if (parse_decimal({text, static_cast<size_t>(end - text)}, shape, result) != DecimalParse::kOk) return std::nullopt;
  return result;
}

}  // namespace millstream::column
