// Counts the calls of both forms; equal ones count once.
#include "plan/internal/split_aggregates.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace millstream::plan {
namespace {

// Function, column (-1: all rows), filter, DISTINCT.
using Form = std::tuple<std::string_view, int, int, bool>;

Form form_of(std::string_view function, const AggregateCall& call) {
  int column = call.arguments.empty() ? -1 : call.arguments[0];
  // Values that are never NULL are counted as rows.
  if (function == "COUNT" && !call.distinct && column >= 0 && !call.signature.arguments[0].nullable()) column = -1;
  return {function, column, call.filter, call.distinct};
}

bool is_deviation(std::string_view function) { return function.starts_with("VAR") || function.starts_with("STDDEV"); }

}  // namespace

void split_aggregates(std::vector<AggregateCall>& calls) {
  std::set<Form> whole, parts;
  bool must = false;
  for (const AggregateCall& call : calls) {
    const std::string_view name = call.function->name;
    must = must || is_deviation(name);
    whole.insert(form_of(name, call));
    if (name != "SUM" && name != "AVG") {
      parts.insert(form_of(name, call));
      continue;
    }
    parts.insert(form_of("$SUM0", call));
    // A sum that cannot be NULL needs no count to tell 0 from nothing.
    if (name == "AVG" || call.signature.result.nullable()) parts.insert(form_of("COUNT", call));
  }
  const bool split = must || parts.size() < whole.size();
  for (AggregateCall& call : calls) call.split = split;
}

}  // namespace millstream::plan
