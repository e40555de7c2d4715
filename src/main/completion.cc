// Walks the grammar: words of each subcommand, one level deep below groups such as `job` and `topic`.
#include "main/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "base/text.h"

namespace millstream {
namespace {

// "sql" → its options, "job" → its verbs, "job list" → its options.
void collect(const CLI::App& app, const std::string& path, std::map<std::string, std::vector<std::string>>& words) {
  std::vector<std::string>& here = words[path];
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    here.push_back(sub->get_name());
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), words);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) here.push_back("--" + name);
  }
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::map<std::string, std::vector<std::string>> words;
  collect(app, "", words);
  std::string script;
  if (shell == "fish") {
    for (const auto& [path, candidates] : words) {
      std::string condition = path.empty() ? "__fish_use_subcommand"
                                           : "__fish_seen_subcommand_from " + std::string(split(path, ' ').back());
      script += fmt::format("complete -c millstream -n '{}' -a '{}'\n", condition, join(candidates, " "));
    }
    return script;
  }
  if (shell == "zsh") script += "autoload -U +X bashcompinit && bashcompinit\n";
  script +=
      "_millstream() {\n  local command=\"\" word\n  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"${command:+$command }$word\" in\n";
  std::vector<std::string> commands;
  for (const auto& [path, candidates] : words) {
    if (!path.empty()) commands.push_back("\"" + path + "\"");
  }
  // Other words are options and values: they change nothing about what the command takes.
  script += fmt::format("      {}) command=\"${{command:+$command }}$word\" ;;\n", join(commands, "|"));
  script += "    esac\n  done\n  local words=\"\"\n  case \"$command\" in\n";
  for (const auto& [path, candidates] : words)
    script += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, join(candidates, " "));
  script +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _millstream "
      "millstream\n";
  return script;
}

}  // namespace millstream
