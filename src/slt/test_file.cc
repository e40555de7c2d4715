// Splits a .slt file into blocks and checks their headers.
#include "slt/test_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace millstream::slt {
namespace {

struct Line {
  int number;
  std::string_view text;
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view word : split(line, ' ')) {
    word = trim(word);
    if (word.starts_with('#')) break;
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::string joined(std::span<const Line> lines) {
  std::string text;
  for (const Line& line : lines) {
    if (!text.empty()) text += '\n';
    text += line.text;
  }
  return text;
}

std::vector<std::string> texts(std::span<const Line> lines) {
  std::vector<std::string> result;
  for (const Line& line : lines) {
    if (!line.text.starts_with('#')) result.emplace_back(line.text);
  }
  return result;
}

// What follows the first `words` words of a header: a pattern may hold blanks and '#'.
std::string pattern_behind(std::string_view header, size_t words) {
  for (size_t i = 0; i < words; ++i) {
    header = trim(header);
    header.remove_prefix(std::min(header.find(' '), header.size()));
  }
  return std::string(trim(header));
}

class BlockParser {
 public:
  BlockParser(const std::string& path, std::span<const Line> lines) : path_(path), lines_(lines) {}

  Result<Block> parse() {
    const std::string_view header = lines_[0].text;
    const std::vector<std::string> words = words_of(header);
    block_.line = lines_[0].number;
    const std::span<const Line> body = lines_.subspan(1);
    const std::string& first = words[0];
    if (first == "statement") return statement(words, header, body);
    if (first == "query") return query(words, header, body);
    if (first == "stream") {
      block_.kind = Block::Kind::kStream;
      MS_TRY(named(words, 2));
      block_.sql = joined(body);
      return sql_present();
    }
    if (first == "rows") {
      block_.kind = Block::Kind::kRows;
      MS_TRY(named(words, 2));
      block_.rows = texts(body);
      return block_;
    }
    if (first == "emits") return emits(words, header, body);
    return word_block(words, body);
  }

 private:
  Result<Block> statement(const std::vector<std::string>& words, std::string_view header, std::span<const Line> body) {
    block_.kind = Block::Kind::kStatement;
    if (words.size() >= 2 && words[1] == "error") {
      block_.expects_error = true;
      block_.error_pattern = pattern_behind(header, 2);
    } else if (words.size() != 2 || words[1] != "ok") {
      return wrong("'statement ok' or 'statement error REGEX'");
    }
    block_.sql = joined(body);
    return sql_present();
  }

  Result<Block> query(const std::vector<std::string>& words, std::string_view header, std::span<const Line> body) {
    block_.kind = Block::Kind::kQuery;
    if (words.size() >= 2 && words[1] == "error") {
      block_.expects_error = true;
      block_.error_pattern = pattern_behind(header, 2);
      block_.sql = joined(body);
      return sql_present();
    }
    for (size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "rowsort")
        block_.unordered = true;
      else if (words[i] == "streaming")
        block_.streaming = true;
      else
        return wrong("'query', with 'rowsort' or 'streaming'");
    }
    const auto rule =
        std::find_if(body.begin(), body.end(), [](const Line& line) { return trim(line.text) == "----"; });
    block_.sql = joined({body.begin(), rule});
    block_.has_result = rule != body.end();
    if (block_.has_result) block_.rows = texts({rule + 1, body.end()});
    return sql_present();
  }

  Result<Block> emits(const std::vector<std::string>& words, std::string_view header, std::span<const Line> body) {
    block_.kind = Block::Kind::kEmits;
    if (words.size() < 2) return wrong("'emits NAME'");
    block_.name = words[1];
    if (words.size() >= 3 && words[2] == "error") {
      block_.expects_error = true;
      block_.error_pattern = pattern_behind(header, 3);
      return block_;
    }
    if (words.size() == 3 && words[2] == "unordered")
      block_.unordered = true;
    else if (words.size() == 3 && words[2] == "final")
      block_.final_rows = true;
    else if (words.size() != 2)
      return wrong("'emits NAME', with 'unordered', 'final' or 'error REGEX'");
    block_.rows = texts(body);
    return block_;
  }

  Result<Block> word_block(const std::vector<std::string>& words, std::span<const Line> body) {
    struct Word {
      std::string_view word;
      Block::Kind kind;
      size_t count;
    };
    static constexpr Word kWords[] = {
        {"end", Block::Kind::kEnd, 1},
        {"unbounded", Block::Kind::kUnbounded, 1},
        {"checkpoint", Block::Kind::kCheckpoint, 1},
        {"restart", Block::Kind::kRestart, 1},
        {"idle", Block::Kind::kIdle, 3},
        {"counter", Block::Kind::kCounter, 4},
    };
    const auto nothing_below = [&]() -> Status {
      if (!body.empty()) return wrong(fmt::format("nothing below '{}'", words[0]));
      return {};
    };
    if (words[0] == "advance") {
      MS_TRY(nothing_below());
      if (words.size() < 2) return wrong("a duration behind 'advance'");
      block_.kind = Block::Kind::kAdvance;
      block_.words = {join(std::span(words).subspan(1), " ")};
      return block_;
    }
    for (const Word& known : kWords) {
      if (known.word != words[0]) continue;
      MS_TRY(nothing_below());
      if (words.size() != known.count) return wrong(fmt::format("{} words behind '{}'", known.count - 1, known.word));
      block_.kind = known.kind;
      if (words.size() > 1) block_.name = words[1];
      if (words.size() > 2) block_.words.assign(words.begin() + 2, words.end());
      if (known.kind == Block::Kind::kIdle) {
        const auto split = parse_integer(block_.words[0]);
        if (!split || *split < 0) return wrong("'idle TABLE SPLIT', with the number of a split");
      }
      return block_;
    }
    static const std::vector<std::string> kAll = {"statement", "query",      "stream",  "rows",    "emits", "end",
                                                  "unbounded", "checkpoint", "restart", "advance", "idle",  "counter"};
    const auto near = nearest(words[0], kAll);
    return fail(ErrorCode::kParse, fmt::format("{}:{}: a block cannot begin with '{}'", path_, block_.line, words[0]),
                near ? fmt::format("did you mean '{}'?", *near) : join(kAll, ", "));
  }

  Status named(const std::vector<std::string>& words, size_t count) {
    if (words.size() != count) {
      return fail(ErrorCode::kParse, fmt::format("{}:{}: '{}' takes one name", path_, block_.line, words[0]));
    }
    block_.name = words[1];
    return {};
  }

  Result<Block> sql_present() {
    if (trim(block_.sql).empty()) return wrong("SQL below the header");
    return block_;
  }

  [[nodiscard]] std::unexpected<Error> wrong(std::string_view expected) const {
    return fail(ErrorCode::kParse, fmt::format("{}:{}: expected {}", path_, block_.line, expected));
  }

  const std::string& path_;
  std::span<const Line> lines_;
  Block block_;
};

}  // namespace

bool TestFile::has(Block::Kind kind) const {
  return std::any_of(blocks.begin(), blocks.end(), [kind](const Block& block) { return block.kind == kind; });
}

bool TestFile::only_ours() const {
  return !skip_reason.empty() || has(Block::Kind::kAdvance) || has(Block::Kind::kIdle);
}

Result<TestFile> parse_test_file(std::string path, std::string_view text) {
  TestFile file;
  file.path = std::move(path);
  std::vector<Line> lines;
  int number = 0;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (number == 1 && line.starts_with("skip ours:")) {
      file.skip_reason = std::string(trim(line.substr(10)));
      if (file.skip_reason.empty()) {
        return fail(ErrorCode::kParse, fmt::format("{}:1: 'skip ours:' needs a reason", file.path));
      }
      continue;
    }
    lines.push_back({number, line});
  }
  lines.push_back({number + 1, ""});
  std::vector<Line> block;
  for (const Line& line : lines) {
    if (!trim(line.text).empty()) {
      if (block.empty() && trim(line.text).starts_with('#')) continue;
      block.push_back(line);
      continue;
    }
    if (block.empty()) continue;
    MS_ASSIGN(Block parsed, BlockParser(file.path, block).parse());
    file.blocks.push_back(std::move(parsed));
    block.clear();
  }
  return file;
}

}  // namespace millstream::slt
