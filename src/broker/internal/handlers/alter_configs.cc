// AlterConfigs: the named settings become all that a topic sets itself.
#include "broker/internal/config_change.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_alter_configs(State& state, const kafka::AlterConfigsRequest& request,
                          CallPtr<kafka::AlterConfigsResponse> call) {
  auto changes = std::make_shared<std::deque<ConfigChange>>();
  for (const auto& resource : request.resources) {
    ConfigChange& change = changes->emplace_back();
    change.resource_type = resource.resource_type;
    change.resource_name = resource.resource_name;
    plan_config_change(state, change, [&](ConfigOverrides& overrides) {
      overrides.clear();
      for (const auto& config : resource.configs) {
        if (config.value) overrides[std::string(config.name)] = *config.value;
      }
      return Status();
    });
  }
  store_config_changes(state, changes, request.validate_only, [changes, call = std::move(call)] {
    call->answer(answer_config_changes<kafka::AlterConfigsResponse>(*changes));
  });
}

}  // namespace millstream::broker::internal
