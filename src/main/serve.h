// `millstream serve`, and a server inside the process for commands that find none running.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "cli/server_access.h"
#include "server/configuration.h"

namespace millstream {

// Runs until SIGTERM, SIGINT or the end of its terminal; returns the exit code.
int run_serve(const server::ConfigurationInput& input, bool json);

// For cli::ServerChoice::start_local: free ports on loopback, the given aliases and settings, `data` or a temporary
// folder.
[[nodiscard]] cli::StartLocalServer local_server_starter(server::ConfigurationInput input);

[[nodiscard]] std::map<std::string, std::string> environment_variables();

}  // namespace millstream
