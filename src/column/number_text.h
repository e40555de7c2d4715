// Floating-point numbers as text, exactly as Java's Double.toString and Float.toString lay them out, and back.
//
// Digits are the shortest that read back to the same number (std::to_chars); the layout is Java's: "1.0E10", "0.001",
// "NaN", "-Infinity". Any thread; nothing allocates.
#pragma once

#include <optional>
#include <string_view>

namespace millstream::column {

constexpr size_t kMaxNumberText = 32;

// Write at most kMaxNumberText characters to `out` and return the end.
char* write_double(char* out, double value);
char* write_float(char* out, float value);

// As Java's Double.parseDouble: white space around, a sign, digits, exponent, a trailing f or d, NaN, Infinity.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
[[nodiscard]] std::optional<float> parse_float(std::string_view text);

}  // namespace millstream::column
