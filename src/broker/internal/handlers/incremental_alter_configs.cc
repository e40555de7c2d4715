// IncrementalAlterConfigs: sets, removes, extends or shortens single settings of topics.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "broker/internal/config_change.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

enum Operation : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

Status edit_list(ConfigOverrides& overrides, std::string_view name, std::string_view value, bool append) {
  const ConfigDefinition* const definition = find_topic_config(name);
  if (definition == nullptr) return check_topic_config(name, value);
  if (definition->type != ConfigType::kList) {
    return fail(ErrorCode::kInvalidArgument,
                "Config value append and subtract are not allowed for " + std::string(name) + ", which is not a list");
  }
  const auto present = overrides.find(name);
  const std::string before = present != overrides.end() ? present->second : std::string(definition->default_value);
  std::vector<std::string> elements;
  for (const std::string_view element : split(before, ',')) elements.emplace_back(trim(element));
  for (const std::string_view element : split(value, ',')) {
    const std::string text(trim(element));
    const auto at = std::find(elements.begin(), elements.end(), text);
    if (append && at == elements.end()) elements.push_back(text);
    if (!append && at != elements.end()) elements.erase(at);
  }
  overrides[std::string(name)] = join(elements, ",");
  return {};
}

}  // namespace

void handle_incremental_alter_configs(State& state, const kafka::IncrementalAlterConfigsRequest& request,
                                      CallPtr<kafka::IncrementalAlterConfigsResponse> call) {
  auto changes = std::make_shared<std::deque<ConfigChange>>();
  for (const auto& resource : request.resources) {
    ConfigChange& change = changes->emplace_back();
    change.resource_type = resource.resource_type;
    change.resource_name = resource.resource_name;
    plan_config_change(state, change, [&](ConfigOverrides& overrides) -> Status {
      for (const auto& config : resource.configs) {
        const std::string name(config.name);
        if (config.config_operation == kDelete) {
          if (find_topic_config(name) == nullptr) MS_TRY(check_topic_config(name, {}));
          overrides.erase(name);
          continue;
        }
        if (!config.value)
          return fail(ErrorCode::kInvalidArgument, "Null value not supported for topic configs: " + name);
        switch (config.config_operation) {
          case kSet:
            overrides[name] = *config.value;
            break;
          case kAppend:
            MS_TRY(edit_list(overrides, name, *config.value, true));
            break;
          case kSubtract:
            MS_TRY(edit_list(overrides, name, *config.value, false));
            break;
          default:
            return fail(ErrorCode::kInvalidArgument, "operations are set (0), delete (1), append (2) and subtract (3)");
        }
      }
      return {};
    });
  }
  store_config_changes(state, changes, request.validate_only, [changes, call = std::move(call)] {
    call->answer(answer_config_changes<kafka::IncrementalAlterConfigsResponse>(*changes));
  });
}

}  // namespace millstream::broker::internal
