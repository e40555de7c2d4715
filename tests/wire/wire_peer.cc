// The C++ side of tests/wire/run.sh: lists what we speak, writes random messages, and reads and rewrites given ones.
//
// File format, both sides: per message a big-endian int32 length of what follows, int16 key, int8 kind (0 request, 1
// response), int16 version, body.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "wire/kafka/message.h"
#include "wire/kafka/messages/all.h"
#include "wire/kafka/testing/random_message.h"

namespace {

using namespace millstream;
using namespace millstream::wire::kafka;

constexpr size_t kPrefix = 9;

template <typename Message>
void append(ByteBuffer& out, const Message& message, int8_t kind, int16_t version) {
  const ByteBuffer body = encode(message, version);
  const size_t at = out.size();
  out.resize(at + kPrefix);
  store_big_endian(out.data() + at, static_cast<int32_t>(body.size() + kPrefix - 4));
  store_big_endian(out.data() + at + 4, static_cast<int16_t>(Message::kInfo.key));
  store_big_endian(out.data() + at + 6, kind);
  store_big_endian(out.data() + at + 7, version);
  out.insert(out.end(), body.begin(), body.end());
}

template <typename Message>
void write_random(ByteBuffer& out, int8_t kind, uint64_t seed, uint64_t count) {
  for (int16_t version = Message::kInfo.lowest; version <= Message::kInfo.highest; ++version) {
    for (uint64_t i = 0; i < count; ++i) {
      testing::RandomFiller filler(seed * 1'000'003 + i * 97 + static_cast<uint64_t>(version), version);
      Message message;
      filler.structure(message);
      append(out, message, kind, version);
    }
  }
}

template <typename Message>
bool rewrite_as(ByteBuffer& out, ApiKey key, int8_t kind, int8_t wanted_kind, int16_t version, ByteSpan body) {
  if (Message::kInfo.key != key || kind != wanted_kind) return false;
  auto message = decode<Message>(body, version);
  if (!message) {
    std::cerr << message.error().to_string() << '\n';
    std::exit(1);
  }
  append(out, *message, kind, version);
  return true;
}

template <typename... Apis>
void write_all(std::tuple<Apis...>*, ByteBuffer& out, uint64_t seed, uint64_t count) {
  (write_random<typename Apis::Request>(out, 0, seed, count), ...);
  (write_random<typename Apis::Response>(out, 1, seed, count), ...);
}
template <typename... Apis>
bool rewrite_one(std::tuple<Apis...>*, ByteBuffer& out, ApiKey key, int8_t kind, int16_t version, ByteSpan body) {
  return (rewrite_as<typename Apis::Request>(out, key, kind, 0, version, body) || ...) ||
         (rewrite_as<typename Apis::Response>(out, key, kind, 1, version, body) || ...);
}
template <typename... Apis>
void list_all(std::tuple<Apis...>*) {
  ((std::cout << static_cast<int>(Apis::Request::kInfo.key) << ' ' << Apis::Request::kInfo.lowest << ' '
              << Apis::Request::kInfo.highest << '\n'),
   ...);
}

ByteBuffer read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const ByteSpan bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}
void write_file(const char* path, const ByteBuffer& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  auto* const apis = static_cast<AllApis*>(nullptr);
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "list" && argc == 2) {
    list_all(apis);
    return 0;
  }
  if (command == "write" && argc == 5) {
    ByteBuffer out;
    write_all(apis, out, std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
    write_file(argv[2], out);
    return 0;
  }
  if (command == "rewrite" && argc == 4) {
    const ByteBuffer in = read_file(argv[2]);
    ByteBuffer out;
    for (size_t at = 0; at + kPrefix <= in.size();) {
      const auto size = static_cast<size_t>(load_big_endian<int32_t>(in.data() + at));
      const auto key = static_cast<ApiKey>(load_big_endian<int16_t>(in.data() + at + 4));
      const auto kind = load_big_endian<int8_t>(in.data() + at + 6);
      const auto version = load_big_endian<int16_t>(in.data() + at + 7);
      const ByteSpan body = ByteSpan(in).subspan(at + kPrefix, size - (kPrefix - 4));
      if (!rewrite_one(apis, out, key, kind, version, body)) {
        std::cerr << "no API " << static_cast<int>(key) << '\n';
        return 1;
      }
      at += 4 + size;
    }
    write_file(argv[3], out);
    return 0;
  }
  std::cerr << "usage: wire_peer list | write FILE SEED COUNT | rewrite IN OUT\n";
  return 2;
}
