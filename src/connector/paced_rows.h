// Sources whose rows are made from their numbers: splits, positions and the rate; datagen and faker supply the columns.
//
// A task gives its share of the rate, by the clock. Rows are numbered over all splits: blocks of kBatchRows rows go to
// the splits in turn, so that one task gives rows in order and several share them. A position is the number of the
// split's next row and the seed, so a restored job makes the same values again.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "connector/connectors.h"

namespace millstream::connector {

// Consecutive rows to make, and what their values may depend on.
struct RowSpan {
  uint64_t seed = 0;
  int64_t first = 0;
  size_t count = 0;
  ProcTime now{0};
};

// 64 bits for one row number, uniform and independent for different seeds (SplitMix64, by Sebastiano Vigna).
[[nodiscard]] constexpr uint64_t mix(uint64_t seed, int64_t number) {
  uint64_t bits = seed + static_cast<uint64_t>(number) * 0x9e3779b97f4a7c15ULL;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}
// The same bits as a number below `bound` and as one in [0, 1).
[[nodiscard]] constexpr uint64_t below(uint64_t bits, uint64_t bound) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}
[[nodiscard]] constexpr double unit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

// Makes the columns of rows; one per reader, on its thread. An error ends the job.
class RowMaker {
 public:
  virtual ~RowMaker() = default;
  virtual Result<std::vector<column::VectorPtr>> make(const RowSpan& span) = 0;
};

struct Pace {
  int64_t rows_per_second = 10'000;
  int64_t rows = std::numeric_limits<int64_t>::max();  // then the source ends
};

// 'rows-per-second' and 'number-of-rows'.
Result<Pace> read_pace(const catalog::Table& table);
// Both options for a connector's spec; `other_end` says when the source ends without the latter: "it never ends".
[[nodiscard]] std::vector<catalog::OptionDefinition> pace_options(const std::string& other_end);

using MakeRowMaker = std::function<Result<std::unique_ptr<RowMaker>>()>;
Result<std::unique_ptr<stream::Source>> make_paced_source(Pace pace, MakeRowMaker make_maker,
                                                          const ConnectorParts& parts);

}  // namespace millstream::connector
