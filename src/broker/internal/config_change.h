// Changing topic settings, for both requests that do it: checks all resources, stores, answers.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

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
void store_config_changes(State& state, std::shared_ptr<std::deque<ConfigChange>> changes, bool validate_only,
                          std::function<void()> done);

}  // namespace millstream::broker::internal
