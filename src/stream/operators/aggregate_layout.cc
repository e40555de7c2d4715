// Slots begin at multiples of 16, as state rows do: sums of DECIMAL are 128 bits wide.
#include "stream/operators/aggregate_layout.h"

#include <fmt/core.h>

#include <algorithm>

namespace millstream::stream {

Result<std::shared_ptr<const AggregateLayout>> AggregateLayout::make(const std::vector<int>& keys,
                                                                     const std::vector<plan::AggregateCall>& calls,
                                                                     const column::Schema& input, bool retracting,
                                                                     Millis ttl) {
  auto layout = std::make_shared<AggregateLayout>();
  layout->retracting = retracting;
  layout->ttl = ttl;
  for (const int key : keys) layout->keys.push_back(input.fields[static_cast<size_t>(key)].type);
  uint32_t offset = 16;
  for (const plan::AggregateCall& call : calls) {
    Call made;
    made.function = call.function;
    made.result = call.signature.result;
    made.filter = call.filter;
    if (!call.arguments.empty()) made.argument = call.arguments[0];
    made.constants.assign(call.arguments.begin() + (call.arguments.empty() ? 0 : 1), call.arguments.end());
    for (const int column : made.constants)
      made.constant_types.push_back(input.fields[static_cast<size_t>(column)].type);
    const auto bind =
        call.split && call.function->bind_split != nullptr ? call.function->bind_split : call.function->bind;
    made.kernel = bind(call.signature, retracting);
    layout->order_matters |= retracting && made.kernel.order_matters;
    made.offset = offset;
    if (made.kernel.update != nullptr) {
      if (!made.constants.empty()) {
        return fail(ErrorCode::kUnsupported,
                    fmt::format("{} with more than one argument is not supported here", call.function->name));
      }
      offset += (made.kernel.slot_bytes + 15) / 16 * 16;
    } else {
      if (call.function->keeps == function::Keeps::kNothing || made.argument < 0) {
        return fail(
            ErrorCode::kUnsupported,
            fmt::format("{} over {} input is not supported", call.function->name, retracting ? "changing" : "this"),
            "COUNT, SUM, AVG, MIN and MAX are");
      }
      made.kept = static_cast<int>(layout->kept.size());
      layout->kept.push_back({input.fields[static_cast<size_t>(made.argument)].type, call.function->keeps,
                              call.function->name == "ARRAY_AGG"});
      offset += 16;
    }
    if (call.distinct && made.argument >= 0) {
      const auto same = std::find_if(layout->distincts.begin(), layout->distincts.end(),
                                     [&](const Distinct& d) { return d.column == made.argument; });
      made.distinct = static_cast<int>(same - layout->distincts.begin());
      if (same == layout->distincts.end()) {
        layout->distincts.push_back({made.argument, input.fields[static_cast<size_t>(made.argument)].type, 0});
      }
      made.user = layout->distincts[static_cast<size_t>(made.distinct)].users++;
      if (!retracting && made.user >= 64)
        return fail(ErrorCode::kUnsupported, "more than 64 DISTINCT aggregates over one column");
    }
    layout->calls.push_back(std::move(made));
  }
  layout->slot_bytes = offset;
  return std::shared_ptr<const AggregateLayout>(std::move(layout));
}

}  // namespace millstream::stream
