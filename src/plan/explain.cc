// EXPLAIN: a plan as a tree of text, with changelog modes, keys, state growth and delivery.
#include <map>

#include "base/text.h"
#include "plan/internal/bind_context.h"
#include "plan/internal/column_names.h"
#include "plan/planner.h"

namespace millstream::plan {

namespace {

using column::Schema;

// "($2 * 0.908)" with the names of columns; a name that is no plain word in back-quotes.
std::string with_names(const std::string& text, const Schema& schema) {
  std::string result;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (quoted || text[i] != '$' || i + 1 >= text.size() || text[i + 1] < '0' || text[i + 1] > '9') {
      result += text[i];
      continue;
    }
    size_t number = 0;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9')
      number = number * 10 + static_cast<size_t>(text[++i] - '0');
    result += number < schema.size() ? schema.fields[number].name : "$" + std::to_string(number);
  }
  return result;
}

std::string text_of(const function::ExpressionPtr& expression, const Schema& schema) {
  return with_names(expression->to_text(), schema);
}

std::string projections_text(const std::vector<function::ExpressionPtr>& projections, const Schema& output,
                             const Schema& input) {
  std::string text;
  for (size_t i = 0; i < projections.size(); ++i) {
    if (i > 0) text += ", ";
    const std::string expression = text_of(projections[i], input);
    text += expression;
    if (expression != output.fields[i].name) text += " AS " + output.fields[i].name;
  }
  return text;
}

std::string calls_text(const std::vector<AggregateCall>& calls, const Schema& input) {
  std::string text;
  for (const AggregateCall& call : calls) {
    if (!text.empty()) text += ", ";
    text += std::string(call.function->name) + "(" + (call.distinct ? "DISTINCT " : "") +
            (call.arguments.empty() ? "*" : names_of(call.arguments, input)) + ")";
    if (call.filter >= 0) text += " FILTER (WHERE " + input.fields[static_cast<size_t>(call.filter)].name + ")";
  }
  return text;
}

std::string window_text(const Window& window) {
  const auto ms = [](Millis value) { return format_duration(value); };
  std::string text;
  switch (window.kind) {
    case Window::Kind::kTumble:
      text = "TUMBLE(size=" + ms(window.size);
      break;
    case Window::Kind::kHop:
      text = "HOP(slide=" + ms(window.slide) + ", size=" + ms(window.size);
      break;
    case Window::Kind::kCumulate:
      text = "CUMULATE(step=" + ms(window.slide) + ", size=" + ms(window.size);
      break;
    case Window::Kind::kSession:
      text = "SESSION(gap=" + ms(window.gap);
      break;
  }
  if (window.offset.value != 0) text += ", offset=" + ms(window.offset);
  return text + ")";
}

// What the connector gives, before computed columns.
Schema given_schema(const TableScan& scan) {
  Schema given;
  const Schema physical = scan.table->physical_schema();
  for (const int column : scan.decoded) given.fields.push_back(physical.fields[static_cast<size_t>(column)]);
  for (const std::string& key : scan.metadata) given.fields.push_back({key, column::Type(), ""});
  return given;
}

bool is_retention_free(const AggregateCall& call) { return !call.distinct && !call.function->needs_values_to_retract; }

std::string ttl_text(Millis ttl) {
  return ttl.value == 0 ? "" : ", dropped " + format_duration(ttl) + " after its last change";
}

struct Lines {
  std::string head;
  std::vector<std::string> details;
};

Lines describe(const PhysicalNode& node, const catalog::ConnectorDirectory* connectors) {
  const Schema none;
  const Schema& input = node.inputs.empty() ? none : node.inputs[0]->output;
  struct Visitor {
    const PhysicalNode& node;
    const Schema& input;
    const catalog::ConnectorDirectory* connectors;

    Lines operator()(const TableScan& scan) const {
      Lines lines;
      const Schema given = given_schema(scan);
      lines.head = "TableScan " + scan.table->name + " (" + scan.table->connector() + ")";
      lines.details.push_back("reads: " + (given.size() == 0 ? "no columns" : names_of_all(given)));
      if (!scan.computed.empty())
        lines.details.push_back("computes: " + projections_text(scan.computed, node.output, given));
      if (scan.condition != nullptr) lines.details.push_back("condition: " + text_of(scan.condition, given));
      if (scan.watermark != nullptr) {
        lines.details.push_back("watermark: " + node.output.fields[static_cast<size_t>(scan.event_time)].name + " AS " +
                                text_of(scan.watermark, node.output) + ", per split");
      }
      return lines;
    }
    Lines operator()(const Values& values) const {
      return {"Values", {std::to_string(values.rows.size()) + (values.rows.size() == 1 ? " row" : " rows")}};
    }
    Lines operator()(const Calc& calc) const {
      Lines lines{"Calc", {}};
      if (calc.condition != nullptr) lines.details.push_back("condition: " + text_of(calc.condition, input));
      lines.details.push_back("select: " + projections_text(calc.projections, node.output, input));
      return lines;
    }
    Lines operator()(const Exchange& exchange) const {
      return {exchange.keys.empty() ? "Exchange to one task" : "Exchange by hash of " + names_of(exchange.keys, input),
              {}};
    }
    Lines operator()(const UnionAll&) const { return {"UnionAll", {}}; }
    Lines operator()(const DropUpdateBefore&) const { return {"DropUpdateBefore", {}}; }
    Lines operator()(const GroupAggregate& aggregate) const {
      Lines lines{"GroupAggregate", {}};
      lines.details.push_back("group by: " +
                              (aggregate.keys.empty() ? "nothing, one row" : names_of(aggregate.keys, input)));
      if (!aggregate.calls.empty()) lines.details.push_back("calls: " + calls_text(aggregate.calls, input));
      bool values_kept = false;
      for (const AggregateCall& call : aggregate.calls) {
        values_kept = values_kept || call.distinct || (aggregate.input_retracts && !is_retention_free(call));
      }
      std::string state =
          aggregate.keys.empty() ? "one row" : "grows by key: one row for each " + names_of(aggregate.keys, input);
      if (values_kept)
        state += aggregate.keys.empty() ? ", and grows by value: DISTINCT and MIN/MAX keep the values"
                                        : ", and in it the values of DISTINCT and MIN/MAX";
      lines.details.push_back("state: " + state + ttl_text(aggregate.state_ttl));
      return lines;
    }
    Lines operator()(const WindowAggregate& aggregate) const {
      Lines lines{"WindowAggregate " + window_text(aggregate.window), {}};
      lines.details.push_back("time: " + names_of({aggregate.time_column}, input));
      lines.details.push_back(
          "group by: " + std::string(aggregate.keys.empty() ? "" : names_of(aggregate.keys, input) + ", ") + "window");
      if (!aggregate.calls.empty()) lines.details.push_back("calls: " + calls_text(aggregate.calls, input));
      lines.details.push_back("state: bounded by the window: dropped when the watermark passes its end");
      return lines;
    }
    Lines operator()(const ChangelogNormalize& normalize) const {
      Lines lines{"ChangelogNormalize by " + names_of(normalize.keys, input), {}};
      if (normalize.condition != nullptr) lines.details.push_back("condition: " + text_of(normalize.condition, input));
      lines.details.push_back("state: grows by key: the last row for each " + names_of(normalize.keys, input) +
                              ttl_text(normalize.state_ttl));
      return lines;
    }
    Lines operator()(const SinkMaterialize& materialize) const {
      return {"SinkMaterialize by " + names_of(materialize.sink_keys, input),
              {"input key: " + (materialize.input_upsert_key.empty() ? "none known, whole rows"
                                                                     : names_of(materialize.input_upsert_key, input)),
               "state: grows by row: every row that was not deleted" + ttl_text(materialize.state_ttl)}};
    }
    Lines operator()(const TableSink& sink) const {
      Lines lines{"TableSink " + sink.table->name + " (" + sink.table->connector() + ")", {}};
      if (!sink.sink_keys.empty()) lines.details.push_back("key: " + names_of(sink.sink_keys, input));
      lines.details.push_back("accepts: " + sink.accepted.to_text());
      if (!sink.not_null.empty()) {
        lines.details.push_back("NOT NULL: " + names_of(sink.not_null, input) +
                                (sink.drop_null_rows ? ", other rows are dropped" : ", else the job fails"));
      }
      if (connectors != nullptr) {
        if (const auto spec = connectors->find(sink.table->connector()); spec && (*spec)->delivery) {
          lines.details.push_back("delivery: " + (*spec)->delivery(*sink.table));
        }
      }
      return lines;
    }
    Lines operator()(const Collect& collect) const {
      return {collect.bounded_result ? "Collect (final result)" : "Collect (changes)", {}};
    }
    Lines operator()(const Limit& limit) const {
      std::string text = limit.count < 0 ? "all" : std::to_string(limit.count);
      if (limit.offset > 0) text += " after " + std::to_string(limit.offset);
      return {"Limit " + text, {"state: one counter"}};
    }
    Lines operator()(const Sort& sort) const {
      std::string keys;
      for (size_t i = 0; i < sort.columns.size(); ++i) {
        keys += (i > 0 ? ", " : "") + names_of({sort.columns[i]}, input) + (sort.descending[i] ? " DESC" : " ASC") +
                (sort.nulls_last[i] ? " NULLS LAST" : " NULLS FIRST");
      }
      return {"Sort", {"order: " + keys, "state: all rows until the end of the input"}};
    }
    static std::string names_of_all(const Schema& schema) {
      std::string text;
      for (const auto& field : schema.fields) text += (text.empty() ? "" : ", ") + field.name;
      return text;
    }
  };
  return std::visit(Visitor{node, input, connectors}, node.node);
}

class Printer {
 public:
  Printer(const SessionSettings& settings, const catalog::ConnectorDirectory* connectors)
      : settings_(settings), connectors_(connectors) {}

  void count(const PhysicalNodePtr& node) {
    if (++readers_[node.get()] > 1) return;
    for (const PhysicalNodePtr& input : node->inputs) count(input);
  }

  void print(const PhysicalNodePtr& node, size_t depth) {
    const std::string indent(depth * 3, ' ');
    const std::string prefix = depth == 0 ? "" : indent.substr(3) + "+- ";
    const Lines lines = describe(*node, connectors_);
    std::string head = lines.head;
    const bool is_shared = readers_[node.get()] > 1;
    if (is_shared) {
      const auto [entry, is_new] = numbers_.try_emplace(node.get(), numbers_.size() + 1);
      if (!is_new) {
        text_ += prefix + "shared #" + std::to_string(entry->second) + ": " + head + "\n";
        return;
      }
      head += "  [shared #" + std::to_string(entry->second) + "]";
    }
    text_ += prefix + head + "\n";
    for (const std::string& detail : lines.details) text_ += indent + "     " + detail + "\n";
    std::string changes = "changes: " + node->changelog.to_text();
    if (!node->upsert_key.empty()) changes += "; key: " + names_of(node->upsert_key, node->output);
    text_ += indent + "     " + changes + "; tasks: " + std::to_string(tasks(*node)) + "\n";
    for (const PhysicalNodePtr& input : node->inputs) print(input, depth + 1);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  [[nodiscard]] int tasks(const PhysicalNode& node) const {
    if (std::holds_alternative<Values>(node.node)) return 1;
    if (const auto* exchange = std::get_if<Exchange>(&node.node))
      return exchange->keys.empty() ? 1 : settings_.parallelism();
    if (const auto* aggregate = std::get_if<GroupAggregate>(&node.node);
        aggregate != nullptr && aggregate->keys.empty())
      return 1;
    if (node.inputs.empty()) return settings_.parallelism();
    return tasks(*node.inputs[0]);
  }

  const SessionSettings& settings_;
  const catalog::ConnectorDirectory* connectors_;
  std::map<const PhysicalNode*, int> readers_;
  std::map<const PhysicalNode*, size_t> numbers_;
  std::string text_;
};

}  // namespace

std::string explain(const PlannedStatement& planned, const PlanContext& context) {
  Printer printer(context.settings, &context.connectors);
  for (const PhysicalNodePtr& sink : planned.plan.sinks) printer.count(sink);
  for (const PhysicalNodePtr& sink : planned.plan.sinks) printer.print(sink, 0);
  std::string text = printer.take();
  text += planned.plan.bounded ? "The job ends with its input.\n" : "The job runs until it is stopped.\n";
  for (const std::string& note : planned.notes) text += "Note: " + note + "\n";
  return text;
}

}  // namespace millstream::plan
