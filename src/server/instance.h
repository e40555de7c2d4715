// One running Millstream: opens its data folder, wires the modules, listens, and stops cleanly. Decides nothing.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "env/env.h"
#include "net/address.h"
#include "server/configuration.h"

namespace millstream::server {

inline constexpr char kVersion[] = "0.1.0";

class Instance {
 public:
  // Blocks until it listens. kConflict: another process has the data folder; the error names its pid.
  static Result<std::unique_ptr<Instance>> start(env::Env& env, const Configuration& configuration);
  // Final checkpoints, flush, close.
  ~Instance();

  [[nodiscard]] const net::HostPort& kafka_address() const;
  [[nodiscard]] const net::HostPort& http_address() const;
  [[nodiscard]] const std::string& log_file() const;
  [[nodiscard]] const std::string& data_folder() const;

 private:
  struct Impl;
  explicit Instance(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// $XDG_DATA_HOME/millstream, or ~/.local/share/millstream.
[[nodiscard]] std::string default_data_folder();

}  // namespace millstream::server
