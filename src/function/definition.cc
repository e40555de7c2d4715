// The index of all functions: the tables by subject, joined once.
#include "function/definition.h"

#include <map>

#include "base/check.h"
#include "base/text.h"
#include "function/internal/tables.h"

namespace millstream::function {
namespace {

template <typename Function>
struct Index {
  std::vector<Function> functions;
  std::map<std::string, const Function*, std::less<>> by_name;

  void add(std::span<const Function> table) { functions.insert(functions.end(), table.begin(), table.end()); }
  void name(std::string_view name, const Function& function) { CHECK(by_name.emplace(name, &function).second); }
};

template <typename Function>
void name_all(Index<Function>& index) {
  // Only now has the vector its final addresses.
  for (const Function& function : index.functions) {
    index.name(function.name, function);
    if constexpr (requires { function.aliases; }) {
      for (const std::string_view alias : function.aliases) index.name(alias, function);
    }
  }
}

const Index<ScalarFunction>& scalar_index() {
  static const auto index = [] {
    auto made = std::make_unique<Index<ScalarFunction>>();
    made->add(internal::arithmetic_functions());
    made->add(internal::comparison_functions());
    made->add(internal::logic_functions());
    made->add(internal::rounding_functions());
    made->add(internal::numeric_functions());
    made->add(internal::random_functions());
    made->add(internal::text_functions());
    made->add(internal::text_part_functions());
    made->add(internal::text_search_functions());
    made->add(internal::text_character_functions());
    made->add(internal::pattern_functions());
    made->add(internal::encoding_functions());
    made->add(internal::collection_functions());
    made->add(internal::clock_functions());
    made->add(internal::introspection_functions());
    made->add(internal::time_functions());
    made->add(internal::time_text_functions());
    name_all(*made);
    return made;
  }();
  return *index;
}

const Index<AggregateFunction>& aggregate_index() {
  static const auto index = [] {
    auto made = std::make_unique<Index<AggregateFunction>>();
    made->add(internal::aggregate_functions());
    name_all(*made);
    return made;
  }();
  return *index;
}

template <typename Function>
const Function* find(const Index<Function>& index, std::string_view name) {
  const auto found = index.by_name.find(to_upper(name));
  return found == index.by_name.end() ? nullptr : found->second;
}

}  // namespace

const ScalarFunction* find_scalar_function(std::string_view name) { return find(scalar_index(), name); }
std::span<const ScalarFunction> all_scalar_functions() { return scalar_index().functions; }
const AggregateFunction* find_aggregate_function(std::string_view name) { return find(aggregate_index(), name); }
std::span<const AggregateFunction> all_aggregate_functions() { return aggregate_index().functions; }

std::vector<std::string> all_function_names() {
  std::vector<std::string> names;
  for (const auto& [name, function] : scalar_index().by_name) {
    if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z' && name.find(' ') == std::string::npos) names.push_back(name);
  }
  for (const auto& [name, function] : aggregate_index().by_name) names.push_back(name);
  return names;
}

}  // namespace millstream::function
