// The interactive shell: history, completion by the server, statements over several lines. libedit inside.
#include <editline/readline.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <locale.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"
#include "sql/error_text.h"
#include "sql/lexer.h"
#include "sql/parser.h"

namespace millstream::cli {
namespace {

// readline's callbacks have no argument for state.
std::string pending_text;
GatewayClient* gateway_of_shell = nullptr;
std::vector<std::string> candidates;

char* next_candidate(const char*, int state) {
  static size_t next = 0;
  if (state == 0) {
    next = 0;
    // A server that does not answer is no reason to disturb somebody who is typing.
    candidates =
        gateway_of_shell->complete(pending_text + rl_line_buffer, pending_text.size() + static_cast<size_t>(rl_point))
            .value_or(std::vector<std::string>{});
  }
  return next < candidates.size() ? strdup(candidates[next++].c_str()) : nullptr;
}

char** complete_word(const char* word, int, int) {
  rl_attempted_completion_over = 1;
  return rl_completion_matches(word, next_candidate);
}

// SQL is UTF-8, so libedit must take and show it even where the user's locale is another or none, as in containers.
void use_utf8() {
  setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") setlocale(LC_CTYPE, "C.UTF-8");
}

std::string history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state == nullptr && home == nullptr) return {};
  const std::string folder = state != nullptr ? std::string(state) : std::string(home) + "/.local/state";
  std::error_code ignored;  // without a folder there is no history
  std::filesystem::create_directories(folder, ignored);
  return folder + "/millstream_history";
}

// A statement to edit again: without line breaks and the comments before them, but with the text of its literals.
std::string on_one_line(std::string_view text) {
  std::string line;
  size_t at = 0;
  for (const sql::Token& token : sql::tokenize(text)) {
    const std::string_view gap = text.substr(at, token.span.offset - at);
    if (gap.find('\n') == std::string_view::npos)
      line += gap;
    else if (!line.empty())
      line += ' ';
    line += token.span.in(text);
    at = token.span.end();
  }
  return line;
}

constexpr char kHelp[] = R"(Statements end with ';' and may have several lines:
  SHOW TABLES;  DESCRIBE t;  SELECT …;  INSERT INTO …;  EXPLAIN …;  SHOW JOBS;  STOP JOB '…';  SET;
Words of the shell:
  help    this
  clear   an empty screen
  quit    ends the shell, as exit and Ctrl+D do
Tab completes keywords and names, Ctrl+C ends a query or drops what was typed.
)";

void run_statements(GatewayClient& gateway, const std::string& text) {
  for (const sql::ScriptItem& item : sql::parse_script(text)) {
    clear_interrupt();
    const std::string statement(item.span.in(text));
    const Status done =
        item.statement ? print_statement(gateway, statement, false, nullptr) : Status(fail(item.statement.error()));
    if (done) continue;
    std::fflush(stdout);
    fmt::print(stderr, "{} {}\n", coloured(Colour::kRed, "error:"),
               done.error().position ? sql::render_error(item.statement ? statement : text, done.error())
                                     : done.error().to_string());
    return;
  }
}

}  // namespace

int run_shell(GatewayClient& gateway, const std::string& server_url) {
  fmt::print(
      "Millstream SQL on {}. Statements end with ';', 'help' says more. Ctrl+C ends a query, Ctrl+D or 'quit' the "
      "shell.\n",
      server_url);
  use_utf8();
  rl_readline_name = "millstream";
  rl_attempted_completion_function = complete_word;
  // What a name cannot hold: a candidate takes the place of one part of a dotted name.
  static char breaks[] = " \t\n\"\\'`@$><=;|&{(.,)+-*/%!:[]}";
  rl_basic_word_break_characters = breaks;
  rl_completer_word_break_characters = breaks;
  gateway_of_shell = &gateway;
  using_history();
  const std::string history = history_file();
  if (!history.empty()) (void)read_history(history.c_str());
  while (!asked_to_end()) {
    clear_interrupt();
    char* line = readline(pending_text.empty() ? "sql> " : "  -> ");
    if (line == nullptr) {
      if (!interrupted() || asked_to_end()) break;
      pending_text.clear();
      fmt::print("\n");
      continue;
    }
    pending_text += line;
    std::free(line);
    std::string word = to_lower(trim(pending_text));
    if (word.ends_with(';')) word = trim(std::string_view(word).substr(0, word.size() - 1));
    if (word == "quit" || word == "exit") break;
    if (word == "help" || word == "clear") {
      fmt::print("{}", word == "help" ? kHelp : "\x1b[H\x1b[2J");
      pending_text.clear();
      continue;
    }
    if (!sql::is_complete(pending_text)) {
      pending_text += '\n';
      continue;
    }
    if (!trim(pending_text).empty()) {
      add_history(on_one_line(pending_text).c_str());
      run_statements(gateway, pending_text);
    }
    pending_text.clear();
  }
  if (!history.empty()) (void)write_history(history.c_str());
  fmt::print("\n");
  return kOk;
}

}  // namespace millstream::cli
