// The text of a .slt file as blocks: statements, streams, rows, expected changes. Parsing only; runner.h runs them.
//
// The format in full: docs/slt.md. A block is separated from the next by blank lines; its header may have comment lines
// above it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace millstream::slt {

struct Block {
  enum class Kind {
    kStatement,   // statement ok | statement error [REGEX]
    kQuery,       // query [rowsort] [streaming] | query error [REGEX]
    kStream,      // stream NAME
    kRows,        // rows TABLE
    kEmits,       // emits NAME [unordered|final] | emits NAME error [REGEX]
    kEnd,         // end
    kUnbounded,   // unbounded
    kCheckpoint,  // checkpoint
    kRestart,     // restart
    kAdvance,     // advance DURATION
    kIdle,        // idle TABLE SPLIT
    kCounter,     // counter STREAM NAME VALUE
  };
  Kind kind = Kind::kStatement;
  int line = 0;      // of the header, 1-based
  std::string name;  // stream, table
  bool expects_error = false;
  std::string error_pattern;       // a regular expression; empty: any error
  bool unordered = false;          // emits … unordered, query rowsort
  bool final_rows = false;         // emits … final
  bool streaming = false;          // query streaming
  std::vector<std::string> words;  // further words of the header: counter's name and value, a duration, a split
  std::string sql;                 // statement, query, stream
  std::vector<std::string> rows;   // rows, emits, and query's lines below ----
  bool has_result = false;         // query: a ---- line was there
};

struct TestFile {
  std::string path;
  std::string skip_reason;  // "skip ours: reason" on the first line: not for the oracle
  std::vector<Block> blocks;

  // Whether the oracle would skip this file (words for time, or skip_reason): counted as ours.
  [[nodiscard]] bool only_ours() const;
  [[nodiscard]] bool has(Block::Kind kind) const;
};

[[nodiscard]] Result<TestFile> parse_test_file(std::string path, std::string_view text);

}  // namespace millstream::slt
