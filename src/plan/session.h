// Settings of a session (SET 'k' = 'v') with their types, defaults and meaning; unknown keys are refused.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/connector_spec.h"

namespace millstream::plan {

struct SettingDefinition {
  std::string key;
  catalog::OptionType type = catalog::OptionType::kString;
  std::string default_value;
  std::string sentence;
  std::vector<std::string> choices;  // empty: any value of its type
  std::string ours;                  // how it differs from Flink; empty: it does not
};

// A value: copies are independent. One thread at a time.
class SessionSettings {
 public:
  // kNotFound names the nearest key; kInvalidArgument says what the key takes; kUnsupported what we cannot do.
  Status set(const std::string& key, const std::string& value);
  Status reset(const std::string& key);
  void reset_all() { values_.clear(); }
  [[nodiscard]] std::string get(std::string_view key) const;  // the value or its default; broken invariant if unknown
  [[nodiscard]] const std::map<std::string, std::string>& explicit_values() const { return values_; }

  [[nodiscard]] int parallelism() const;             // parallelism.default
  [[nodiscard]] Millis checkpoint_interval() const;  // execution.checkpointing.interval; our default 1 s
  [[nodiscard]] Millis watermark_interval() const;   // pipeline.auto-watermark-interval
  [[nodiscard]] Millis idle_timeout() const;         // table.exec.source.idle-timeout; 0: never idle by time
  [[nodiscard]] Millis state_ttl() const;            // table.exec.state.ttl; 0: forever
  [[nodiscard]] bool is_streaming() const;           // execution.runtime-mode
  [[nodiscard]] bool dml_sync() const;               // table.dml-sync
  [[nodiscard]] std::string time_zone() const;       // table.local-time-zone; 'default' is UTC
  [[nodiscard]] std::string job_name() const;        // pipeline.name; empty: the job names itself
  [[nodiscard]] bool drops_nulls() const;            // table.exec.sink.not-null-enforcer is DROP, not ERROR

  [[nodiscard]] static const std::vector<SettingDefinition>& definitions();

 private:
  [[nodiscard]] Millis duration(std::string_view key) const;
  std::map<std::string, std::string> values_;
};

}  // namespace millstream::plan
