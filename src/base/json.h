// Small JSON documents (REST bodies, committables, configuration): a value tree, a parser and a writer.
//
// Not for records: format/json decodes those in place. Wraps simdjson, which only json.cc includes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace millstream {

class Json {
 public:
  using Array = std::vector<Json>;
  // In insertion order, as REST answers are compared as text.
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() : value_(nullptr) {}
  Json(std::nullptr_t) : value_(nullptr) {}
  Json(bool b) : value_(b) {}
  Json(int32_t n) : value_(static_cast<int64_t>(n)) {}
  Json(int64_t n) : value_(n) {}
  Json(uint64_t n) : value_(static_cast<int64_t>(n)) {}
  Json(double d) : value_(d) {}
  Json(std::string s) : value_(std::move(s)) {}
  Json(std::string_view s) : value_(std::string(s)) {}
  Json(const char* s) : value_(std::string(s)) {}
  Json(Array a) : value_(std::move(a)) {}
  Json(Object o) : value_(std::move(o)) {}
  static Json object(std::initializer_list<std::pair<std::string, Json>> members) { return Json(Object(members)); }
  static Json array(std::initializer_list<Json> elements) { return Json(Array(elements)); }

  static Result<Json> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;         // compact
  [[nodiscard]] std::string to_pretty_text() const;  // two spaces

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  [[nodiscard]] const bool* if_bool() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const int64_t* if_int() const { return std::get_if<int64_t>(&value_); }
  [[nodiscard]] const double* if_double() const { return std::get_if<double>(&value_); }
  [[nodiscard]] const std::string* if_string() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* if_array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] Array* if_array() { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Object* if_object() const { return std::get_if<Object>(&value_); }
  [[nodiscard]] Object* if_object() { return std::get_if<Object>(&value_); }

  // The member of that name, or null (a static null value) if there is none or this is not an object.
  [[nodiscard]] const Json& operator[](std::string_view name) const;
  // Adds or replaces a member; makes an object of a null.
  Json& set(std::string name, Json value);
  // With a default for absent or other types.
  [[nodiscard]] std::string string_or(std::string_view fallback) const;
  [[nodiscard]] int64_t int_or(int64_t fallback) const;
  [[nodiscard]] bool bool_or(bool fallback) const;

 private:
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> value_;
};

// Appends `text` to `out` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millstream
