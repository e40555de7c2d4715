// How fast JSON records become columns: a Nexmark bid with few fields read, and a commerce event with six.
//
// Bytes and records per second and core.
#include <fmt/core.h>

#include "bench/microbench.h"
#include "format/decoder.h"
#include "format/encoder.h"

namespace {

using millstream::column::Schema;
using millstream::column::Type;
namespace format = millstream::format;

constexpr size_t kRecords = 2048;
constexpr double kSeconds = 0.5;  // per case

std::string bid(size_t i) {
  return fmt::format(
      R"({{"event_type":2,"person":null,"auction":null,"bid":{{"auction":{},"bidder":{},"price":{},"channel":"Google",)"
      R"("url":"https://www.nexmark.com/googl/item.htm?query=1&channel_id={}","dateTime":"2024-05-01 12:{:02}:{:02}.{:03}","extra":"aaaaaaaaaaaaaaaaaaaaaaaa{}"}}}})",
      1000 + i % 77, 2000 + i % 991, 100 + i * 13 % 100000, i, i / 60 % 60, i % 60, i % 1000, i);
}

std::string commerce(size_t i) {
  return fmt::format(
      R"({{"transactionId":"{:08x}-1f2e-4c3d-9b8a-{:012x}","userId":"user_{}","transactionType":"purchase","amount":{}.{:02},)"
      R"("currency":"USD","transactionDate":"2024-05-01T12:{:02}:{:02}","category":"electronics","merchant":"Best Goods","location":"Berlin, Germany"}})",
      i * 2654435761u, i, i % 5000, 10 + i % 990, i % 100, i / 60 % 60, i % 60);
}

void run(const char* name, const Schema& schema, std::string (*record)(size_t), const format::FormatOptions& options) {
  auto buffer = std::make_shared<std::string>();
  std::vector<std::pair<size_t, size_t>> places;
  for (size_t i = 0; i < kRecords; ++i) {
    const std::string text = record(i);
    places.emplace_back(buffer->size(), text.size());
    *buffer += text;
    *buffer += '\n';
  }
  const size_t bytes = buffer->size();
  buffer->append(format::kDecodePadding, ' ');
  std::vector<std::string_view> records;
  for (const auto& [at, size] : places) records.push_back(std::string_view(*buffer).substr(at, size));
  auto decoder = format::make_decoder("json", schema, options);
  auto encoder = format::make_encoder("json", schema, options);
  if (!decoder || !encoder) {
    fmt::print("{}: {}\n", name, decoder.error().message);
    return;
  }
  format::Decoded decoded;
  size_t rounds = 0;
  const auto seconds_since = [](int64_t start) {
    return static_cast<double>(millstream::bench::now_nanoseconds() - start) / 1e9;
  };
  int64_t start = millstream::bench::now_nanoseconds();
  double elapsed = 0;
  for (; elapsed < kSeconds; elapsed = seconds_since(start)) {
    for (int i = 0; i < 20; ++i, ++rounds) (*decoder)->decode(records, buffer, decoded);
  }
  const std::string what = std::string("json.") + name;
  millstream::bench::report(what + " decode", static_cast<double>(rounds * bytes) / elapsed / 1e6, "MB/s");
  millstream::bench::report(what + " decode", static_cast<double>(rounds * kRecords) / elapsed / 1e3,
                            "thousand records/s");
  format::EncodedRows rows;
  rounds = 0;
  start = millstream::bench::now_nanoseconds();
  for (elapsed = 0; elapsed < kSeconds; elapsed = seconds_since(start)) {
    for (int i = 0; i < 20; ++i, ++rounds) {
      rows.clear();
      (void)(*encoder)->encode(decoded.columns, millstream::column::Rows{nullptr, kRecords}, rows);
    }
  }
  millstream::bench::report(what + " encode", static_cast<double>(rounds * kRecords) / elapsed / 1e3,
                            "thousand rows/s");
}

}  // namespace

namespace millstream::bench {
void micro_json() {
  const Type bid_row = Type::row({{"auction", Type::bigint(), ""}, {"price", Type::bigint(), ""}});
  run("nexmark bid, 2 fields", Schema{{{"event_type", Type::integer()}, {"bid", bid_row}}}, bid, {});
  run("commerce, 2 fields", Schema{{{"amount", Type::double_precision()}, {"category", Type::string()}}}, commerce, {});
  run("commerce, 6 fields",
      Schema{{{"transactionId", Type::string()},
              {"userId", Type::string()},
              {"amount", Type::double_precision()},
              {"transactionDate", Type::string()},
              {"category", Type::string()},
              {"merchant", Type::string()}}},
      commerce, {});
  run("commerce, all, typed",
      Schema{{{"transactionId", Type::string()},
              {"userId", Type::string()},
              {"transactionType", Type::string()},
              {"amount", Type::decimal(10, 2)},
              {"currency", Type::string()},
              {"transactionDate", Type::timestamp(3)},
              {"category", Type::string()},
              {"merchant", Type::string()},
              {"location", Type::string()}}},
      commerce, {{"timestamp-format.standard", "ISO-8601"}});
}
}  // namespace millstream::bench
