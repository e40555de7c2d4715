// What the demo shows: everything measured at one moment, as a screen for a terminal or a line for a file.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace millstream::demo {

// Where things can be reached from another terminal.
struct Places {
  std::string kafka, url;
  int postgres_port = 0;
  std::string job;
};

struct Sample {
  int64_t sent = 0;
  std::vector<int64_t> rows;                  // of the four tables, in the order of table_names()
  std::vector<std::vector<std::string>> top;  // category and sales
  int64_t lag = -1, checkpoint = 0, checkpoint_milliseconds = 0, bad_rows = 0, watermark = 0;
  std::string state;
};

[[nodiscard]] const std::vector<std::string>& table_names();
// Fills in what the server says of the job: the body of GET /jobs/{job}. What is missing stays as it is.
void read_job(const Json& job, Sample& sample);

// `rate`: events sent in the last second. The screen begins with what clears the terminal.
[[nodiscard]] std::string screen_text(const Places& places, const Sample& sample, double rate);
[[nodiscard]] std::string line_text(const Sample& sample, double rate);

}  // namespace millstream::demo
