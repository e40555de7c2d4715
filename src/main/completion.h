// Completion scripts for shells, made from the command line's own grammar.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace millstream {

// `shell`: bash, zsh or fish.
[[nodiscard]] std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace millstream
