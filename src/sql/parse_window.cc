// OVER (...) and WINDOW w AS (...): partitioning, order and frame; and ORDER BY items everywhere.
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

Result<std::vector<OrderItem>> Parser::order_items() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    MS_ASSIGN(item.value, expression());
    if (stream_.accept("ASC")) {
      item.direction = SortDirection::kAscending;
    } else if (stream_.accept("DESC")) {
      item.direction = SortDirection::kDescending;
    }
    if (stream_.accept("NULLS")) {
      item.nulls = stream_.accept("FIRST") ? NullOrder::kFirst : NullOrder::kLast;
      if (item.nulls == NullOrder::kLast) MS_TRY(stream_.expect("LAST"));
    }
    items.push_back(std::move(item));
  } while (stream_.accept(","));
  return items;
}

Result<WindowSpecification> Parser::window_specification() {
  const size_t from = stream_.position();
  WindowSpecification window;
  MS_TRY(stream_.expect("("));
  if (stream_.at_identifier()) {
    MS_ASSIGN(window.base, stream_.identifier());
  }
  if (stream_.accept_all({"PARTITION", "BY"})) {
    MS_ASSIGN(window.partition_by, expressions());
  }
  if (stream_.accept_all({"ORDER", "BY"})) {
    MS_ASSIGN(window.order_by, order_items());
  }
  if (stream_.at("ROWS") || stream_.at("RANGE")) {
    MS_ASSIGN(window.frame, window_frame());
  }
  MS_TRY(stream_.expect(")"));
  window.span = stream_.span_since(from);
  return window;
}

Result<WindowFrame> Parser::window_frame() {
  WindowFrame frame;
  frame.unit = stream_.accept("ROWS") ? FrameUnit::kRows : FrameUnit::kRange;
  if (frame.unit == FrameUnit::kRange) stream_.advance();
  if (!stream_.accept("BETWEEN")) {
    MS_ASSIGN(frame.start, frame_bound());
    return frame;
  }
  MS_ASSIGN(frame.start, frame_bound());
  MS_TRY(stream_.expect("AND"));
  MS_ASSIGN(FrameBound end, frame_bound());
  frame.end = std::move(end);
  return frame;
}

Result<FrameBound> Parser::frame_bound() {
  FrameBound bound;
  if (stream_.accept_all({"CURRENT", "ROW"})) return bound;
  const bool unbounded = stream_.accept("UNBOUNDED");
  if (!unbounded) {
    // Tighter than the AND of BETWEEN.
    MS_ASSIGN(Expression distance, expression(Precedence::kRange));
    bound.distance.emplace(std::move(distance));
  }
  if (stream_.accept("PRECEDING")) {
    bound.kind = unbounded ? FrameBoundKind::kUnboundedPreceding : FrameBoundKind::kPreceding;
  } else {
    MS_TRY(stream_.expect("FOLLOWING"));
    bound.kind = unbounded ? FrameBoundKind::kUnboundedFollowing : FrameBoundKind::kFollowing;
  }
  return bound;
}

}  // namespace millstream::sql::internal
