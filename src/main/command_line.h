// The grammar of the command line: one binary, subcommands, options; CLI11 inside.
#pragma once

namespace millstream {

// Runs the command and returns the exit code: 0 done, 1 it was tried and failed, 2 the command line or its input is
// wrong.
int run_command_line(int argc, char** argv);

}  // namespace millstream
