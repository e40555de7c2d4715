// Aggregation over event-time windows: TUMBLE, HOP and CUMULATE. A window fires once, when the watermark passes its
// end.
//
// One state per window end and one timer for it: the ends are kept in order, and a window is dropped whole once it has
// fired. A row that is late for all its windows is counted and dropped. Results of one window leave in the order in
// which its groups began; windows in the order of their ends.
#pragma once

#include <map>
#include <memory>

#include "stream/operator.h"
#include "stream/operators/aggregate_state.h"

namespace millstream::stream {

class WindowAggregate final : public Operator {
 public:
  // kUnsupported: SESSION; windows over TIMESTAMP_LTZ in a zone other than UTC.
  static Result<std::unique_ptr<Operator>> make(const plan::WindowAggregate& node, const column::Schema& input,
                                                const column::Schema& output, bool retracting,
                                                const std::string& time_zone);

  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status on_watermark(EventTime watermark, Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  WindowAggregate(const plan::WindowAggregate& node, const column::Schema& output,
                  std::shared_ptr<const AggregateLayout> layout)
      : node_(node), output_(output), layout_(std::move(layout)) {}

  struct Bounds {
    int64_t start = 0, end = 0;  // milliseconds, end exclusive
    auto operator<=>(const Bounds&) const = default;
  };
  // Calls visit(bounds) for each window that a time lies in.
  template <typename Visit>
  void for_each_window(int64_t time, Visit&& visit) const;
  Status add_rows(const Bounds& window, const column::Batch& batch, std::span<const column::VectorPtr> keys,
                  const std::vector<uint32_t>& positions);
  Status fire(const Bounds& window, AggregateState& state, Output& out) const;
  void count_memory();

  plan::WindowAggregate node_;
  column::Schema output_;
  std::shared_ptr<const AggregateLayout> layout_;
  OperatorContext context_;
  EventTime watermark_ = kNoWatermark;
  struct ByEnd {
    bool operator()(const Bounds& a, const Bounds& b) const {
      return a.end != b.end ? a.end < b.end : a.start < b.start;
    }
  };
  std::map<Bounds, std::unique_ptr<AggregateState>, ByEnd> windows_;
};

}  // namespace millstream::stream
