// What may be typed at a place of a statement: keywords, and the names that a session sees. The one home of completion,
// for the shell, the console and every client of the SQL Gateway.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "job/engine.h"

namespace millstream::api {

// Each takes the place of the word before byte `cursor`; parts of the name before that word stay: in `db.ord` only
// `ord` is replaced. Names come first (columns and tables in scope, or tables and views, those of WITH among them),
// then functions once a letter of them is there, then keywords, each sorted. Names are back-quoted where they must be.
// Runs statements in the session, so it waits for one that runs there.
[[nodiscard]] std::vector<std::string> complete_statement(job::Engine& engine, job::Session& session,
                                                          std::string_view statement, size_t cursor);

}  // namespace millstream::api
