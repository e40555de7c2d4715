// How Kafka's requests and responses are read and written: each message has one fields(io) template for all its
// versions.
//
// A message struct declares kInfo, its fields with their defaults, and
//     template <typename Io> void fields(Io& io) { io(name, until(12)); io(topic_id, since(13)); io(partitions); }
// in wire order; tagged fields stand in a second template, tagged_fields(io). The same text serves MessageReader,
// MessageWriter (which sizes and writes) and the tests' random filler. Source of the layouts: the message definitions
// inside Apache Kafka's kafka-clients 4.4.0 jar (common/message/*.json); encoding rules: KIP-482.
//
//   C++ field                         on the wire
//   bool, intN_t, uint16_t, enums     fixed size, big-endian
//   std::string_view, ByteSpan        STRING, BYTES (compact from the first flexible version on)
//   std::optional of those            nullable ones
//   Records                           RECORDS, nullable; may be bytes that lie elsewhere, see there
//   Uuid                              16 bytes
//   std::vector<T>, optional of it    arrays of structs or scalars, nullable arrays
//   std::optional<Struct>             nullable struct
//
// Reading: text and bytes are views into the given bytes. A field that its version lacks keeps its default. Nothing is
// reserved that the remaining bytes could not hold. Unknown tagged fields are skipped.
// Writing: a field that its version lacks is left out; a null that its version cannot express is written as empty; text
// beyond the 32,767 bytes of a non-compact string is cut. Everything here may be used from any thread.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "wire/kafka/api_key.h"
#include "wire/kafka/error_code.h"
#include "wire/kafka/internal/varint.h"
#include "wire/kafka/uuid.h"

namespace millstream::wire::kafka {

inline constexpr int16_t kNeverFlexible = std::numeric_limits<int16_t>::max();

// Of a request or a response: which versions this code knows, and from which on they are flexible.
struct MessageInfo {
  ApiKey key;
  int16_t lowest = 0;
  int16_t highest = 0;
  int16_t first_flexible = kNeverFlexible;
  [[nodiscard]] constexpr bool knows(int16_t version) const { return version >= lowest && version <= highest; }
  [[nodiscard]] constexpr bool is_flexible(int16_t version) const { return version >= first_flexible; }
};

// The versions that have a field, and those in which an optional one may be null.
struct Versions {
  int16_t first = 0;
  int16_t last = std::numeric_limits<int16_t>::max();
  int16_t first_nullable = 0;
  [[nodiscard]] constexpr bool contain(int16_t version) const { return version >= first && version <= last; }
  [[nodiscard]] constexpr Versions nullable_since(int16_t version) const { return {first, last, version}; }
};
constexpr Versions since(int16_t first) { return {.first = first}; }
constexpr Versions until(int16_t last) { return {.last = last}; }
constexpr Versions between(int16_t first, int16_t last) { return {.first = first, .last = last}; }
constexpr Versions nullable_since(int16_t version) { return {.first_nullable = version}; }

// Record batches in a message. A response may name bytes that lie elsewhere (a range of a segment file) by their size:
// they take part in all lengths, and MessageWriter tells where they belong.
struct Records {
  std::optional<ByteSpan> bytes;       // null and no outside size: null on the wire
  std::optional<size_t> outside_size;  // written only; `bytes` is then unused
  uint32_t outside_index = 0;          // the writer's caller knows what it means
};
// In the written bytes, `size` bytes from outside belong before `position`.
struct Splice {
  size_t position;
  size_t size;
  uint32_t outside_index;
};

template <typename T>
concept WireScalar = std::integral<T> || std::is_enum_v<T>;

namespace internal {
template <typename T, typename Io>
constexpr bool kHasTaggedFields = requires(T t, Io io) { t.tagged_fields(io); };
}  // namespace internal

// Writes when kCounting is false; else only adds up sizes. The sink has exactly the counted room.
template <bool kCounting>
class BasicWriter {
 public:
  BasicWriter(std::byte* at, int16_t version, bool flexible, std::vector<Splice>* splices = nullptr)
      : at_(at), version_(version), flexible_(flexible), splices_(splices) {}

  [[nodiscard]] int16_t version() const { return version_; }
  // Of the bytes written here, without outside bytes; and of those outside.
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t outside_size() const { return outside_size_; }

  template <typename T>
  void operator()(const T& value, Versions versions = {}) {
    if (versions.contain(version_)) put(value, version_ >= versions.first_nullable);
  }
  // A tagged field: left out where it equals its default.
  template <typename T>
  void tag(uint32_t number, const T& value, Versions versions = {}, const T& fallback = T{}) {
    if (!versions.contain(version_) || is_default(value, fallback)) return;
    if (counting_tags_) {
      ++tag_count_;
      return;
    }
    varint(number);
    BasicWriter<true> counter(nullptr, version_, flexible_);
    counter.put(value, true);
    varint(counter.size() + counter.outside_size());
    put(value, true);
  }
  // A struct with its tagged fields: what nested ones and whole messages share.
  template <typename T>
  void structure(const T& value) {
    T& fields = const_cast<T&>(value);  // fields() also reads; this side of it does not change anything
    fields.fields(*this);
    if (!flexible_) return;
    if constexpr (internal::kHasTaggedFields<T, BasicWriter&>) {
      counting_tags_ = true;  // a tag's content is not visited meanwhile, so this does not nest
      tag_count_ = 0;
      fields.tagged_fields(*this);
      counting_tags_ = false;
      varint(tag_count_);
      fields.tagged_fields(*this);
    } else {
      varint(0);
    }
  }

  template <WireScalar T>
  void put(T value, bool) {
    if constexpr (std::is_enum_v<T>)
      fixed(static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (std::is_same_v<T, bool>)
      fixed(static_cast<int8_t>(value));
    else
      fixed(value);
  }
  void put(const Uuid& id, bool) {
    fixed(id.high);
    fixed(id.low);
  }
  void put(std::string_view text, bool) {
    if (!flexible_) text = text.substr(0, std::numeric_limits<int16_t>::max());
    length(text.size(), int16_t{});
    raw(as_bytes(text));
  }
  void put(ByteSpan bytes, bool) {
    length(bytes.size(), int32_t{});
    raw(bytes);
  }
  void put(const std::optional<std::string_view>& text, bool nullable) {
    if (!text && nullable)
      null_length(int16_t{});
    else
      put(text.value_or(std::string_view()), true);
  }
  void put(const std::optional<ByteSpan>& bytes, bool nullable) {
    if (!bytes && nullable)
      null_length(int32_t{});
    else
      put(bytes.value_or(ByteSpan()), true);
  }
  void put(const Records& records, bool) {
    if (!records.outside_size) return put(records.bytes, true);
    length(*records.outside_size, int32_t{});
    if (!kCounting && splices_ != nullptr) splices_->push_back({size_, *records.outside_size, records.outside_index});
    outside_size_ += *records.outside_size;
  }
  template <typename T>
  void put(const std::vector<T>& elements, bool) {
    length(elements.size(), int32_t{});
    for (const T& element : elements) put(element, false);
  }
  template <typename T>
  void put(const std::optional<std::vector<T>>& elements, bool nullable) {
    if (elements)
      put(*elements, true);
    else if (nullable)
      null_length(int32_t{});
    else
      length(0, int32_t{});
  }
  template <typename T>
    requires std::is_class_v<T>
  void put(const std::optional<T>& value, bool) {
    fixed(static_cast<int8_t>(value ? 1 : -1));
    if (value) structure(*value);
  }
  template <typename T>
    requires std::is_class_v<T>
  void put(const T& value, bool) {
    structure(value);
  }

 private:
  template <bool>
  friend class BasicWriter;

  template <typename T>
  static bool is_default(const T& value, const T& fallback) {
    return value == fallback;
  }
  template <typename T>
  static bool is_default(const std::vector<T>& value, const std::vector<T>&) {
    return value.empty();
  }
  template <typename Int>
  void fixed(Int value) {
    if constexpr (!kCounting) {
      store_big_endian(at_, value);
      at_ += sizeof value;
    }
    size_ += sizeof value;
  }
  void varint(uint64_t value) {
    if constexpr (kCounting) {
      size_ += internal::varint_size(value);
    } else {
      std::byte* const end = internal::write_varint(at_, value);
      size_ += static_cast<size_t>(end - at_);
      at_ = end;
    }
  }
  template <typename Int>
  void length(size_t size, Int) {
    if (flexible_)
      varint(size + 1);
    else
      fixed(static_cast<Int>(size));
  }
  template <typename Int>
  void null_length(Int) {
    if (flexible_)
      varint(0);
    else
      fixed(static_cast<Int>(-1));
  }
  void raw(ByteSpan bytes) {
    if constexpr (!kCounting) {
      if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
      at_ += bytes.size();
    }
    size_ += bytes.size();
  }

  std::byte* at_;
  int16_t version_;
  bool flexible_;
  bool counting_tags_ = false;
  uint32_t tag_count_ = 0;
  size_t size_ = 0;
  size_t outside_size_ = 0;
  std::vector<Splice>* splices_;
};
using MessageCounter = BasicWriter<true>;
using MessageWriter = BasicWriter<false>;

// Reads; after the first problem every further value is a default and problem() names it.
class MessageReader {
 public:
  // `memory` bounds what arrays may take together, since a small message can describe large structs.
  MessageReader(ByteSpan bytes, int16_t version, bool flexible, Bytes memory = kDefaultMemory)
      : at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        version_(version),
        flexible_(flexible),
        memory_(memory.value) {}
  static constexpr Bytes kDefaultMemory = 64_MiB;

  [[nodiscard]] int16_t version() const { return version_; }
  [[nodiscard]] const char* problem() const { return problem_; }  // nullptr: none so far
  [[nodiscard]] ByteSpan rest() const { return {at_, end_}; }

  template <typename T>
  void operator()(T& value, Versions versions = {}) {
    if (versions.contain(version_)) get(value, version_ >= versions.first_nullable);
  }
  template <typename T>
  void tag(uint32_t number, T& value, Versions versions = {}, const T& = T{}) {
    if (number == wanted_tag_ && versions.contain(version_)) {
      get(value, true);
      tag_taken_ = true;
    }
  }
  template <typename T>
  void structure(T& value) {
    value.fields(*this);
    if (!flexible_) return;
    uint32_t count = 0;
    if (!internal::read_varint32(at_, end_, count)) return stop("a tagged field count is cut off");
    for (; count > 0 && problem_ == nullptr; --count) {
      uint32_t number = 0;
      uint32_t size = 0;
      if (!internal::read_varint32(at_, end_, number) || !internal::read_varint32(at_, end_, size)) {
        return stop("a tagged field is cut off");
      }
      if (size > static_cast<size_t>(end_ - at_)) return stop("a tagged field is longer than its message");
      const std::byte* const behind = at_ + size;
      if constexpr (internal::kHasTaggedFields<T, MessageReader&>) {
        const std::byte* const outer_end = std::exchange(end_, behind);
        const uint32_t outer_tag = std::exchange(wanted_tag_, number);
        tag_taken_ = false;
        value.tagged_fields(*this);
        if (problem_ != nullptr) return;
        wanted_tag_ = outer_tag;
        end_ = outer_end;
        if (tag_taken_ && at_ != behind) return stop("a tagged field has bytes left over");
        tag_taken_ = true;
      }
      at_ = behind;
    }
  }

  template <WireScalar T>
  void get(T& value, bool) {
    if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(fixed<std::underlying_type_t<T>>());
    } else if constexpr (std::is_same_v<T, bool>) {
      value = fixed<int8_t>() != 0;
    } else {
      value = fixed<T>();
    }
  }
  void get(Uuid& id, bool) {
    id.high = fixed<uint64_t>();
    id.low = fixed<uint64_t>();
  }
  void get(std::string_view& text, bool) {
    std::optional<ByteSpan> bytes = sized(int16_t{});
    if (bytes)
      text = as_text(*bytes);
    else
      stop("a text is null that may not be");
  }
  void get(ByteSpan& value, bool) {
    std::optional<ByteSpan> bytes = sized(int32_t{});
    if (bytes)
      value = *bytes;
    else
      stop("bytes are null that may not be");
  }
  void get(std::optional<std::string_view>& text, bool nullable) {
    const std::optional<ByteSpan> bytes = sized(int16_t{});
    text = bytes ? std::optional(as_text(*bytes)) : std::nullopt;
    if (!bytes && !nullable) stop("a text is null that may not be");
  }
  void get(std::optional<ByteSpan>& value, bool nullable) {
    value = sized(int32_t{});
    if (!value && !nullable) stop("bytes are null that may not be");
  }
  void get(Records& records, bool) { records.bytes = sized(int32_t{}); }
  template <typename T>
  void get(std::vector<T>& elements, bool) {
    const int64_t count = length(int32_t{});
    if (count < 0) return stop("an array is null that may not be");
    read_elements(elements, static_cast<size_t>(count));
  }
  template <typename T>
  void get(std::optional<std::vector<T>>& elements, bool nullable) {
    const int64_t count = length(int32_t{});
    if (count >= 0) return read_elements(elements.emplace(), static_cast<size_t>(count));
    elements.reset();
    if (!nullable) stop("an array is null that may not be");
  }
  template <typename T>
    requires std::is_class_v<T>
  void get(std::optional<T>& value, bool) {
    if (fixed<int8_t>() < 0)
      value.reset();
    else
      structure(value.emplace(T{}));  // clang 19 does not see that a nested T has a default constructor
  }
  template <typename T>
    requires std::is_class_v<T>
  void get(T& value, bool) {
    structure(value);
  }

  void stop(const char* problem) {
    if (problem_ == nullptr) problem_ = problem;
    at_ = end_;
  }

 private:
  template <typename Int>
  Int fixed() {
    if (static_cast<size_t>(end_ - at_) < sizeof(Int)) {
      stop("the message ends early");
      return Int{};
    }
    const Int value = load_big_endian<Int>(at_);
    at_ += sizeof(Int);
    return value;
  }
  template <typename Int>
  int64_t length(Int) {
    if (!flexible_) {
      const Int value = fixed<Int>();
      if (value < -1) stop("a length is negative");
      return value;
    }
    uint32_t value = 0;
    if (!internal::read_varint32(at_, end_, value)) {
      stop("a length is cut off");
      return 0;
    }
    return static_cast<int64_t>(value) - 1;
  }
  template <typename Int>
  std::optional<ByteSpan> sized(Int kind) {
    const int64_t size = length(kind);
    if (size < 0) return std::nullopt;
    if (size > end_ - at_) {
      stop("a text or byte field is longer than its message");
      return ByteSpan();
    }
    at_ += size;
    return ByteSpan(at_ - size, static_cast<size_t>(size));
  }
  template <typename T>
  void read_elements(std::vector<T>& elements, size_t count) {
    if (problem_ != nullptr || count == 0) return elements.clear();
    MessageCounter smallest(nullptr, version_, flexible_);
    smallest.put(T{}, false);
    if (count > static_cast<size_t>(end_ - at_) / std::max<size_t>(smallest.size(), 1))
      return stop("an array is longer than its message");
    memory_ -= static_cast<int64_t>(count * sizeof(T));
    if (memory_ < 0) return stop("the message has too many array elements");
    elements.resize(count);
    for (T& element : elements) {
      get(element, false);
      if (problem_ != nullptr) return;
    }
  }

  const std::byte* at_;
  const std::byte* end_;
  int16_t version_;
  bool flexible_;
  int64_t memory_;
  uint32_t wanted_tag_ = std::numeric_limits<uint32_t>::max();
  bool tag_taken_ = false;
  const char* problem_ = nullptr;
};

// Bytes behind the last field. Brokers ignore them, as Kafka does: librdkafka 2.x asks for the metadata of all topics
// with a null array four bytes long where one is meant.
enum class Leftover { kRefuse, kIgnore };

// Reads a whole message body. kInvalidArgument, naming the message and the problem.
template <typename Message>
Result<Message> decode(ByteSpan body, int16_t version, Leftover leftover = Leftover::kRefuse) {
  MessageReader reader(body, version, Message::kInfo.is_flexible(version));
  Message message;
  reader.structure(message);
  if (leftover == Leftover::kRefuse && reader.problem() == nullptr && !reader.rest().empty())
    reader.stop("bytes follow its last field");
  if (reader.problem() != nullptr) {
    return fail(millstream::ErrorCode::kInvalidArgument, std::string(name_of(Message::kInfo.key)) + " version " +
                                                             std::to_string(version) + ": " + reader.problem());
  }
  return message;
}

// Appends a message body to `out`. Records from outside are left out and named in `splices` (positions from out's
// start).
template <typename Message>
void encode_to(ByteBuffer& out, const Message& message, int16_t version, std::vector<Splice>* splices = nullptr) {
  const bool flexible = Message::kInfo.is_flexible(version);
  MessageCounter counter(nullptr, version, flexible);
  counter.structure(message);
  const size_t start = out.size();
  const size_t first_splice = splices != nullptr ? splices->size() : 0;
  out.resize(start + counter.size());
  MessageWriter writer(out.data() + start, version, flexible, splices);
  writer.structure(message);
  if (splices != nullptr) {
    for (size_t i = first_splice; i < splices->size(); ++i) (*splices)[i].position += start;
  }
}
template <typename Message>
[[nodiscard]] ByteBuffer encode(const Message& message, int16_t version) {
  ByteBuffer out;
  encode_to(out, message, version);
  return out;
}

}  // namespace millstream::wire::kafka
