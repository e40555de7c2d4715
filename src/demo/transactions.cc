// Transactions of a small shop: six categories, prices with cents, event times of the last seconds.
#include "demo/transactions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <random>

#include "cli/kafka_client.h"

namespace millstream::demo {
namespace {

constexpr std::array kTypes = {"purchase", "purchase", "purchase", "refund", "transfer"};
constexpr std::array kCurrencies = {"USD", "GBP", "EUR"};
constexpr std::array kCategories = {"electronics", "groceries", "fashion", "home", "sports", "travel"};
constexpr std::array kMerchants = {"Northwind", "Acorn & Co", "Blue Harbour", "Kestrel", "Maple Lane", "Orbit"};
constexpr std::array kCities = {"Lisbon", "Oslo", "Nairobi", "Lima", "Osaka", "Tallinn", "Porto Alegre", "Halifax"};

}  // namespace

std::pair<std::string, std::string> TransactionMaker::next(std::time_t now) {
  const auto pick = [&](const auto& from) { return from[random_() % from.size()]; };
  const std::string id =
      fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", random_() & 0xffffffff, random_() & 0xffff,
                  random_() & 0xfff, random_() & 0xfff, random_() & 0xffffffffffff);
  const uint64_t cents = 1000 + random_() % 99'000;
  const std::time_t when = now - static_cast<std::time_t>(random_() % 4);
  std::tm utc{};
  gmtime_r(&when, &utc);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string value = fmt::format(
      R"({{"transactionId":"{}","userId":"user_{}","transactionType":"{}","amount":{}.{:02},"currency":"{}","transactionDate":"{}","category":"{}","merchant":"{}","location":"{}"}})",
      id, 1 + random_() % 500, pick(kTypes), cents / 100, cents % 100, pick(kCurrencies), date, pick(kCategories),
      pick(kMerchants), pick(kCities));
  return {id, std::move(value)};
}

Result<std::unique_ptr<TransactionGenerator>> TransactionGenerator::start(const std::string& bootstrap, int rate) {
  MS_ASSIGN(std::unique_ptr<cli::KafkaSender> sender, cli::KafkaSender::connect(bootstrap, {}));
  std::unique_ptr<TransactionGenerator> generator(new TransactionGenerator());
  generator->thread_ = std::thread([self = generator.get(), rate, sender = std::move(sender)] {
    TransactionMaker maker(std::random_device{}());
    const auto started = std::chrono::steady_clock::now();
    while (!self->stopping_.load(std::memory_order_relaxed)) {
      const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      const auto due = static_cast<int64_t>(elapsed * rate);
      for (int64_t i = self->sent(); i < due && !self->stopping_.load(std::memory_order_relaxed); ++i) {
        const auto [key, value] = maker.next(std::time(nullptr));
        if (self->outcome_ = sender->send("financial_transactions", key, value, -1); !self->outcome_) return;
        self->sent_.fetch_add(1, std::memory_order_relaxed);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (const auto acknowledged = sender->finish(); !acknowledged) self->outcome_ = fail(acknowledged.error());
  });
  return generator;
}

Status TransactionGenerator::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

}  // namespace millstream::demo
