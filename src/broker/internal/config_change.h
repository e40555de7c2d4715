// Changing topic settings, for both requests that do it: checks all resources, stores, answers.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/internal/state.h"
#include "wire/kafka/error_code.h"

namespace millstream::broker::internal {

struct ConfigChange {
  int8_t resource_type = 0;
  std::string resource_name;
  wire::kafka::KafkaError error = wire::kafka::KafkaError::kNone;
  std::string message;
  ConfigOverrides overrides;  // what the topic shall have
};

// Finds the topic and lets `edit` make the new overrides from the present ones; fills in the error if it cannot be.
void plan_config_change(const State& state, ConfigChange& change, const std::function<Status(ConfigOverrides&)>& edit);
// Stores every change without error, unless only to validate, and then calls `done`, which reads the errors.
void store_config_changes(State& state, const std::shared_ptr<std::deque<ConfigChange>>& changes, bool validate_only,
                          std::function<void()> done);

// One answer per change, as both responses have them; its texts point into `changes`.
template <typename Response>
[[nodiscard]] Response answer_config_changes(const std::deque<ConfigChange>& changes) {
  Response response;
  for (const ConfigChange& change : changes) {
    auto& out = response.responses.emplace_back();
    out.error_code = change.error;
    out.error_message = change.message.empty() ? std::nullopt : std::optional<std::string_view>(change.message);
    out.resource_type = change.resource_type;
    out.resource_name = change.resource_name;
  }
  return response;
}

}  // namespace millstream::broker::internal
