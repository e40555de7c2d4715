// `millstream sql` and `millstream check`: scripts, single statements and the interactive shell over the SQL Gateway.
#pragma once

#include <map>
#include <string>

#include "cli/gateway_client.h"
#include "cli/server_access.h"

namespace millstream::cli {

struct SqlOptions {
  ServerChoice server;
  std::string file;        // -f
  std::string statements;  // -e
  bool json = false;
  bool replace = false;
  std::map<std::string, std::string> settings;  // set before the first statement
};
// Without file and statements: a shell on a terminal, else a script from standard input. Returns the exit code.
int run_sql(const SqlOptions& options);

struct CheckOptions {
  ServerChoice server;
  std::string file;
  bool json = false;
};
int run_check(const CheckOptions& options);

// One statement's result on standard output, as a table or one JSON object per row. Used by scripts and the shell.
Status print_statement(GatewayClient& gateway, const std::string& statement, bool json, std::string* job_id);

// The shell; returns the exit code.
int run_shell(GatewayClient& gateway, const std::string& server_url);

// True once Ctrl+C was pressed, or SIGTERM or SIGHUP came, since the last call of clear_interrupt().
[[nodiscard]] bool interrupted();
void clear_interrupt();
// True once SIGTERM or SIGHUP came: an interactive command ends too.
[[nodiscard]] bool asked_to_end();
// What a second Ctrl+C does that comes before the first is cleared.
enum class SecondInterrupt { kNothing, kEndsProcess };
void catch_interrupts(SecondInterrupt second = SecondInterrupt::kNothing);
// Whether the end of the terminal, SIGHUP, is to end the process: not under nohup.
[[nodiscard]] bool hangup_ends();

}  // namespace millstream::cli
