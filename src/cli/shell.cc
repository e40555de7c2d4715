// The interactive shell: history, completion of keywords and table names, statements over several lines. libedit
// inside.
#include <editline/readline.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"
#include "sql/completion.h"
#include "sql/error_text.h"
#include "sql/parser.h"

namespace millstream::cli {
namespace {

// readline's callbacks have no argument for state.
std::string pending_text;
std::vector<std::string> table_names;
std::vector<std::string> candidates;

char* next_candidate(const char* word, int state) {
  static size_t next = 0;
  if (state == 0) {
    next = 0;
    candidates.clear();
    const std::string text = pending_text + std::string(rl_line_buffer, static_cast<size_t>(rl_point));
    const sql::Completion completion = sql::complete(text, text.size());
    candidates = completion.keywords;
    if (completion.name_expected) {
      for (const std::string& name : table_names) {
        if (to_lower(name).starts_with(to_lower(word))) candidates.push_back(name);
      }
    }
  }
  return next < candidates.size() ? strdup(candidates[next++].c_str()) : nullptr;
}

char** complete_word(const char* word, int, int) {
  rl_attempted_completion_over = 1;
  return rl_completion_matches(word, next_candidate);
}

std::string history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state == nullptr && home == nullptr) return {};
  const std::string folder = state != nullptr ? std::string(state) : std::string(home) + "/.local/state";
  (void)mkdir(folder.c_str(), 0700);
  return folder + "/millstream_history";
}

void refresh_table_names(GatewayClient& gateway) {
  GatewayClient::Listener listener;
  table_names.clear();
  listener.row = [](const ResultRow& row) {
    if (!row.cells.empty() && row.cells[0]) table_names.push_back(*row.cells[0]);
  };
  // Names are a convenience: without them there are still keywords.
  (void)gateway.execute("SHOW TABLES", listener);
}

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
  fmt::print("Millstream SQL on {}. Statements end with ';'. Ctrl+C ends a query, Ctrl+D or 'quit;' the shell.\n",
             server_url);
  char name[] = "millstream";
  rl_readline_name = name;
  rl_attempted_completion_function = complete_word;
  using_history();
  const std::string history = history_file();
  if (!history.empty()) (void)read_history(history.c_str());
  refresh_table_names(gateway);
  while (true) {
    clear_interrupt();
    char* line = readline(pending_text.empty() ? "sql> " : "  -> ");
    if (line == nullptr) {
      if (!interrupted()) break;
      pending_text.clear();
      fmt::print("\n");
      continue;
    }
    pending_text += line;
    std::free(line);
    const std::string word = to_lower(trim(pending_text));
    if (word == "quit;" || word == "exit;" || word == "quit" || word == "exit") break;
    if (!sql::is_complete(pending_text)) {
      pending_text += '\n';
      continue;
    }
    if (!trim(pending_text).empty()) {
      std::string entry = pending_text;
      for (char& c : entry) c = c == '\n' ? ' ' : c;
      add_history(entry.c_str());
      run_statements(gateway, pending_text);
      refresh_table_names(gateway);
    }
    pending_text.clear();
  }
  if (!history.empty()) (void)write_history(history.c_str());
  fmt::print("\n");
  return kOk;
}

}  // namespace millstream::cli
