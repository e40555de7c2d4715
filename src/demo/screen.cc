// The demo's screen and line.
#include "demo/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.h"

namespace millstream::demo {
namespace {

std::string lag_text(const Sample& sample) { return sample.lag < 0 ? "-" : std::to_string(sample.lag); }

}  // namespace

const std::vector<std::string>& table_names() {
  static const std::vector<std::string> kNames{"transactions", "sales_per_category", "sales_per_day",
                                               "sales_per_month"};
  return kNames;
}

void read_job(const Json& job, Sample& sample) {
  sample.state = job["state"].string_or("");
  const Json& ours = job["millstream"];
  if (const std::string reason = ours["reason"].string_or(""); !reason.empty()) sample.state += ": " + reason;
  const Json& latest = ours["checkpoints"]["latest"]["completed"];
  sample.checkpoint = latest["id"].int_or(sample.checkpoint);
  sample.checkpoint_milliseconds = latest["end_to_end_duration"].int_or(sample.checkpoint_milliseconds);
  if (const Json::Array* stages = ours["stages"].if_array()) {
    for (const Json& stage : *stages) sample.lag = std::max(sample.lag, stage["lag"].int_or(-1));
  }
  if (const Json::Array* operators = ours["operators"].if_array()) {
    for (const Json& op : *operators) {
      sample.bad_rows += op["bad_rows"].int_or(0);
      sample.watermark = std::max(sample.watermark, op["watermark"].int_or(0));
    }
  }
}

std::string screen_text(const Places& places, const Sample& now, double rate) {
  using cli::Colour;
  using cli::coloured;
  std::string screen = "\x1b[H\x1b[J";
  screen += coloured(Colour::kBold, "Millstream: commerce analytics") + "  " + now.state + "\n\n";
  screen += fmt::format("  in            {:>12.0f} events/s   {:>12} sent\n", rate, now.sent);
  screen += fmt::format("  lag           {:>12} records\n", lag_text(now));
  screen += fmt::format("  watermark     {:>12}{}\n", cli::utc_text(now.watermark, "%H:%M:%S"),
                        now.watermark > 0 ? " UTC" : "");
  screen += fmt::format("  checkpoint    {:>12} in {} ms\n", now.checkpoint, now.checkpoint_milliseconds);
  screen += fmt::format("  bad records   {:>12}\n\n", now.bad_rows);
  screen += coloured(Colour::kBold, "  PostgreSQL") + "\n";
  for (size_t i = 0; i < table_names().size(); ++i)
    screen += fmt::format("  {:<22}{:>12} rows\n", table_names()[i], i < now.rows.size() ? now.rows[i] : 0);
  screen += "\n" + coloured(Colour::kBold, "  Top categories") + "\n";
  for (const auto& row : now.top) screen += fmt::format("  {:<16}{:>18}\n", row.at(0), row.at(1));
  screen += "\n" + coloured(Colour::kDim, "  Try from another terminal (Ctrl+C here ends everything):") + "\n";
  screen += fmt::format("  kcat -b {} -C -t financial_transactions -o -5 -e\n", places.kafka);
  screen += fmt::format("  psql -h 127.0.0.1 -p {} -U postgres commerce -c 'TABLE sales_per_category'\n",
                        places.postgres_port);
  screen += fmt::format("  millstream job show {} --server {}\n", places.job.substr(0, 8), places.url);
  return screen;
}

std::string line_text(const Sample& now, double rate) {
  const auto rows = [&](size_t i) { return i < now.rows.size() ? now.rows[i] : 0; };
  return fmt::format(
      "{:.0f} events/s in, transactions {}, categories {}, days {}, months {}, lag {}, checkpoint {}, {}\n", rate,
      rows(0), rows(1), rows(2), rows(3), lag_text(now), now.checkpoint, now.state);
}

}  // namespace millstream::demo
