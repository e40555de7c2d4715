// Walks the grammar: each command offers its own verbs and options, and no other's.
#include "main/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "base/text.h"

namespace millstream {
namespace {

struct Grammar {
  const CLI::App* app = nullptr;
  std::string path;  // "job list"; empty: the program itself
};

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Every command, those before their sub-commands.
void collect(const CLI::App& app, const std::string& path, std::vector<Grammar>& commands) {
  commands.push_back({&app, path});
  for (const CLI::App* sub : subcommands_of(app))
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), commands);
}

std::vector<std::string> names_of_subcommands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : subcommands_of(app)) names.push_back(sub->get_name());
  return names;
}

// "'a' 'job list'", the commands a word may lead to.
std::string quoted_paths(const std::vector<Grammar>& commands, const char* separator) {
  std::vector<std::string> paths;
  for (const Grammar& command : commands) {
    if (!command.path.empty()) paths.push_back("'" + command.path + "'");
  }
  return join(paths, separator);
}

std::string fish_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string fish_script(const std::vector<Grammar>& commands) {
  // Other words are options and values: they change nothing about what the command takes.
  std::string script = fmt::format(
      "# Do the words before the cursor make this command?\n"
      "function __millstream_at\n"
      "    set -l command ''\n"
      "    for word in (commandline -opc)\n"
      "        set -l longer (string trim -- \"$command $word\")\n"
      "        switch \"$longer\"\n"
      "            case {}\n"
      "                set command \"$longer\"\n"
      "        end\n"
      "    end\n"
      "    test \"$command\" = \"$argv\"\n"
      "end\n",
      quoted_paths(commands, " "));
  for (const Grammar& command : commands) {
    const std::string here = fmt::format("complete -c millstream -n '__millstream_at {}'", command.path);
    for (const CLI::App* sub : subcommands_of(*command.app))
      script += fmt::format("{} -f -a {} -d {}\n", here, sub->get_name(), fish_text(sub->get_description()));
    for (const CLI::Option* option : command.app->get_options()) {
      std::string names;
      for (const std::string& name : option->get_snames()) names += " -s " + name;
      for (const std::string& name : option->get_lnames()) names += " -l " + name;
      if (names.empty()) continue;  // a positional argument
      script += fmt::format("{}{}{} -d {}\n", here, names, option->get_expected_min() > 0 ? " -r" : "",
                            fish_text(option->get_description()));
    }
  }
  return script;
}

// For zsh too, which has bash's completion as a module.
std::string bash_script(const std::vector<Grammar>& commands) {
  std::string script = fmt::format(
      "_millstream() {{\n"
      "  local command=\"\" word verbs=\"\" options=\"\" current=\"${{COMP_WORDS[COMP_CWORD]}}\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:$((COMP_CWORD - 1))}}\"; do\n"
      "    case \"${{command:+$command }}$word\" in\n"
      "      {}) command=\"${{command:+$command }}$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n",
      quoted_paths(commands, "|"));
  for (const Grammar& command : commands) {
    std::vector<std::string> options;
    for (const CLI::Option* option : command.app->get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
    script += fmt::format("    '{}') verbs=\"{}\" options=\"{}\" ;;\n", command.path,
                          join(names_of_subcommands(*command.app), " "), join(options, " "));
  }
  // A word without a dash may be a file: options are offered to those that begin like one.
  return script +
         "  esac\n"
         "  case \"$current\" in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$verbs\" -- \"$current\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o default -F _millstream millstream\n";
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<Grammar> commands;
  collect(app, "", commands);
  if (shell == "fish") return fish_script(commands);
  if (shell == "bash") return bash_script(commands);
  return "(( $+functions[compdef] )) || { autoload -U +X compinit && compinit; }\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(commands);
}

}  // namespace millstream
