// JSON values: parsed by simdjson, written here.
#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

#include "base/json_escape.h"
#include "base/utf8.h"

namespace millstream {
namespace {

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no other word for it
    return;
  }
  const size_t start = out.size();
  fmt::format_to(std::back_inserter(out), "{}", value);
  // 1.0 stays a fraction when it is read back.
  if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

struct Writer {
  std::string& out;
  bool pretty;

  void new_line(int depth) {
    if (pretty) out.append(1, '\n').append(static_cast<size_t>(depth) * 2, ' ');
  }

  void write(const Json& json, int depth) {
    if (const auto* b = json.if_bool()) {
      out += *b ? "true" : "false";
    } else if (const auto* i = json.if_int()) {
      fmt::format_to(std::back_inserter(out), "{}", *i);
    } else if (const auto* d = json.if_double()) {
      append_double(out, *d);
    } else if (const auto* s = json.if_string()) {
      append_json_string(out, *s);
    } else if (const auto* array = json.if_array()) {
      write_array(*array, depth);
    } else if (const auto* object = json.if_object()) {
      write_object(*object, depth);
    } else {
      out += "null";
    }
  }

  void write_array(const Json::Array& array, int depth) {
    out += '[';
    for (size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out += ',';
      new_line(depth + 1);
      write(array[i], depth + 1);
    }
    if (!array.empty()) new_line(depth);
    out += ']';
  }

  void write_object(const Json::Object& object, int depth) {
    out += '{';
    for (size_t i = 0; i < object.size(); ++i) {
      if (i > 0) out += ',';
      new_line(depth + 1);
      append_json_string(out, object[i].first);
      out += pretty ? ": " : ":";
      write(object[i].second, depth + 1);
    }
    if (!object.empty()) new_line(depth);
    out += '}';
  }
};

// simdjson has bounded the depth.
Json convert(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      Json::Array array;
      for (const auto child : simdjson::dom::array(element)) array.push_back(convert(child));
      return array;
    }
    case element_type::OBJECT: {
      Json::Object object;
      for (const auto member : simdjson::dom::object(element)) object.emplace_back(member.key, convert(member.value));
      return object;
    }
    case element_type::INT64:
      return int64_t(element);
    case element_type::UINT64:
      return static_cast<double>(uint64_t(element));  // only above int64
    case element_type::DOUBLE:
      return double(element);
    case element_type::STRING:
      return std::string_view(element);
    case element_type::BOOL:
      return bool(element);
    case element_type::NULL_VALUE:
      return nullptr;
  }
  return nullptr;
}

// The last one of a name counts, as with most readers of JSON.
template <typename Members>
auto find_member(Members& members, std::string_view name) {
  return std::find_if(members.rbegin(), members.rend(), [&](const auto& member) { return member.first == name; });
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  try {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    const simdjson::error_code error = parser.parse(text.data(), text.size()).get(root);
    if (error != simdjson::SUCCESS) {
      return fail(ErrorCode::kParse, fmt::format("this is not JSON: {}", simdjson::error_message(error)));
    }
    return convert(root);
  } catch (const simdjson::simdjson_error& error) {
    return fail(ErrorCode::kParse, fmt::format("this is not JSON: {}", error.what()));
  }
}

std::string Json::to_text() const {
  std::string out;
  Writer{out, false}.write(*this, 0);
  return out;
}

std::string Json::to_pretty_text() const {
  std::string out;
  Writer{out, true}.write(*this, 0);
  return out;
}

const Json& Json::operator[](std::string_view name) const {
  static const Json kNull;
  if (const Object* object = if_object()) {
    if (const auto found = find_member(*object, name); found != object->rend()) return found->second;
  }
  return kNull;
}

Json& Json::set(std::string name, Json value) {
  if (if_object() == nullptr) value_ = Object();
  Object& object = *if_object();
  if (const auto found = find_member(object, name); found != object.rend()) {
    found->second = std::move(value);
  } else {
    object.emplace_back(std::move(name), std::move(value));
  }
  return *this;
}

std::string Json::string_or(std::string_view fallback) const {
  const std::string* text = if_string();
  return text != nullptr ? *text : std::string(fallback);
}

int64_t Json::int_or(int64_t fallback) const {
  const int64_t* number = if_int();
  return number != nullptr ? *number : fallback;
}

bool Json::bool_or(bool fallback) const {
  const bool* truth = if_bool();
  return truth != nullptr ? *truth : fallback;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    const size_t length = utf8_sequence(text);
    if (length > 1) {
      out += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    text.remove_prefix(1);
    if (const std::string_view escape = short_json_escape(c); !escape.empty()) {
      out += escape;
    } else if (length == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace millstream
