// The reader that gives rows as they become due.
#include "connector/paced_rows.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace millstream::connector {
namespace {

constexpr int64_t kSplits = 16;
constexpr auto kBlock = static_cast<int64_t>(column::kBatchRows);
constexpr int64_t kTick = 10;  // milliseconds between batches at most rates: enough rows to be worth a batch
constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max() / 2;
constexpr int64_t kFastest = 100'000'000;  // rates from here on mean: as fast as it goes
constexpr int64_t kLongestCatchUp = 1;     // seconds' worth of rows that are made up for after a pause

struct PacedSplit {
  int64_t number = 0;
  int64_t next = 0;  // number of the next row
  uint64_t seed = 0;

  [[nodiscard]] std::string name() const { return (number < 10 ? "0" : "") + std::to_string(number); }
  [[nodiscard]] stream::SplitState state(int64_t rows) const {
    Json position;
    position.set("next", next);
    position.set("seed", static_cast<int64_t>(seed));
    return {name(), position.to_text(), next >= rows};
  }
  static Result<PacedSplit> read(const stream::SplitState& state) {
    const auto number = parse_integer(state.split);
    MS_ASSIGN(const Json position, Json::parse(state.position));
    if (!number || position["next"].if_int() == nullptr || position["seed"].if_int() == nullptr) {
      return fail(ErrorCode::kCorrupt, "the position of split '" + state.split + "' cannot be read: " + state.position);
    }
    return PacedSplit{*number, position["next"].int_or(0), static_cast<uint64_t>(position["seed"].int_or(0))};
  }
  // Rows up to the end of the block that `next` lies in.
  [[nodiscard]] int64_t left_in_block() const { return kBlock - next % kBlock; }
  void advance(int64_t made) {
    next += made;
    if (next % kBlock == 0) next += (kSplits - 1) * kBlock;
  }
};

class PacedReader final : public stream::SourceReader {
 public:
  PacedReader(Pace pace, std::unique_ptr<RowMaker> maker, const env::Clock& clock)
      : pace_(pace), maker_(std::move(maker)), clock_(clock) {}

  Status open(const stream::SourceContext&, std::vector<stream::SplitState> splits) override {
    return add_splits(std::move(splits));
  }

  Status add_splits(std::vector<stream::SplitState> states) override {
    for (const stream::SplitState& state : states) {
      MS_ASSIGN(PacedSplit split, PacedSplit::read(state));
      splits_.push_back(split);
    }
    begin_ = clock_.now();
    given_ = 0;
    fresh_ = true;
    return {};
  }

  Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
    if (splits_.empty() || next_split().next >= pace_.rows) return stream::PollResult::kFinished;
    PacedSplit& split = next_split();
    // A split gives rows for one block and then rests: only the one whose turn it is holds back the watermark.
    if (std::exchange(fresh_, false)) {
      for (const PacedSplit& other : splits_) {
        if (&other != &split) out.idle(other.name());
      }
    }
    const ProcTime now = clock_.now();
    int64_t due = rows_due(now);
    if (const int64_t most = rows_in(Millis(kLongestCatchUp * 1000)); due > most) {
      begin_ = ProcTime(now.value - kLongestCatchUp * 1000);
      given_ = 0;
      due = most;
    }
    const int64_t count =
        std::min({due, split.left_in_block(), pace_.rows - split.next, static_cast<int64_t>(max_rows)});
    if (count <= 0) {
      next_time_ = std::max(next_due(), ProcTime(now.value + 1));
      return stream::PollResult::kWaiting;
    }
    next_time_ = ProcTime::max();
    column::Batch batch;
    batch.length = static_cast<size_t>(count);
    MS_ASSIGN(batch.columns, maker_->make({split.seed, split.next, batch.length, now}));
    const std::string name = split.name();
    const int64_t block = split.next / kBlock;
    split.advance(count);
    given_ += count;
    const bool is_over = split.next >= pace_.rows;
    const bool rests = split.next / kBlock != block;
    MS_TRY(out.emit(name, std::move(batch)));
    if (is_over)
      out.finished(name);
    else if (rests && splits_.size() > 1)
      out.idle(name);
    if (next_split().next < pace_.rows && rows_due(now) <= 0) {
      // What comes within the tick comes together.
      next_time_ = std::max(next_due(), ProcTime(now.value + kTick));
      return stream::PollResult::kWaiting;
    }
    return stream::PollResult::kReady;
  }

  Result<std::vector<stream::SplitState>> snapshot() override {
    std::vector<stream::SplitState> states;
    for (const PacedSplit& split : splits_) states.push_back(split.state(pace_.rows));
    return states;
  }
  [[nodiscard]] ProcTime next_time() const override { return next_time_; }

 private:
  PacedSplit& next_split() { return *std::ranges::min_element(splits_, {}, &PacedSplit::next); }

  // This task's share of the rate is its share of the splits.
  [[nodiscard]] int64_t rows_in(Millis duration) const {
    if (pace_.rows_per_second >= kFastest) return kUnlimited;
    const auto rows = static_cast<__int128>(duration.value) * pace_.rows_per_second *
                          static_cast<int64_t>(splits_.size()) / (1000 * kSplits) +
                      1;
    return rows > kUnlimited ? kUnlimited : static_cast<int64_t>(rows);
  }
  [[nodiscard]] int64_t rows_due(ProcTime now) const {
    const int64_t rows = rows_in(elapsed(begin_, now));
    return rows == kUnlimited ? rows : rows - given_;
  }
  [[nodiscard]] ProcTime next_due() const {
    const auto rate = static_cast<__int128>(pace_.rows_per_second) * static_cast<int64_t>(splits_.size());
    return begin_ + Millis(static_cast<int64_t>((static_cast<__int128>(given_) * 1000 * kSplits + rate - 1) / rate));
  }

  Pace pace_;
  std::unique_ptr<RowMaker> maker_;
  const env::Clock& clock_;
  std::vector<PacedSplit> splits_;
  ProcTime begin_{0};  // the rate counts from here,
  int64_t given_ = 0;  // and these are the rows given since
  bool fresh_ = false;
  ProcTime next_time_ = ProcTime::max();
};

class PacedSource final : public stream::Source {
 public:
  PacedSource(Pace pace, MakeRowMaker make_maker, env::Env& env)
      : pace_(pace), make_maker_(std::move(make_maker)), env_(env) {}

  Result<std::vector<stream::SplitState>> discover() override {
    const uint64_t seed = env_.random();
    std::vector<stream::SplitState> states;
    for (int64_t i = 0; i < kSplits; ++i) states.push_back(PacedSplit{i, i * kBlock, seed}.state(pace_.rows));
    return states;
  }
  Result<std::unique_ptr<stream::SourceReader>> make_reader() override {
    MS_ASSIGN(auto maker, make_maker_());
    return std::make_unique<PacedReader>(pace_, std::move(maker), env_.clock());
  }

 private:
  Pace pace_;
  MakeRowMaker make_maker_;
  env::Env& env_;
};

}  // namespace

Result<Pace> read_pace(const catalog::Table& table) {
  Pace pace;
  MS_ASSIGN(pace.rows_per_second, parse_integer(table.option_or("rows-per-second", "10000")));
  if (pace.rows_per_second <= 0) return fail(ErrorCode::kInvalidArgument, "'rows-per-second' must be larger than 0.");
  if (table.options.contains("number-of-rows")) {
    MS_ASSIGN(pace.rows, parse_integer(table.option_or("number-of-rows", "")));
    if (pace.rows < 0) return fail(ErrorCode::kInvalidArgument, "'number-of-rows' must not be negative.");
  }
  return pace;
}

std::vector<catalog::OptionDefinition> pace_options(const std::string& other_end) {
  using catalog::OptionType;
  return {
      {"rows-per-second",
       OptionType::kInteger,
       false,
       "10000",
       {},
       "Rows a second over all tasks; 100000000 and more is as fast as it goes."},
      {"number-of-rows",
       OptionType::kInteger,
       false,
       "",
       {},
       "The source ends after that many rows. Without it, " + other_end + "."},
  };
}

Result<std::unique_ptr<stream::Source>> make_paced_source(Pace pace, MakeRowMaker make_maker,
                                                          const ConnectorParts& parts) {
  MS_TRY(make_maker());  // its complaints belong to the start, not to the first task
  return std::make_unique<PacedSource>(pace, std::move(make_maker), parts.env);
}

}  // namespace millstream::connector
