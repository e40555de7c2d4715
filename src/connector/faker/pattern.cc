// A recursive-descent parser that makes pieces as it reads.
#include "connector/faker/pattern.h"

#include <algorithm>

namespace millstream::connector::faker {
namespace {

constexpr int64_t kOpenEnd = 10;  // repetitions of * and + at most
constexpr int64_t kMostRepeats = 10'000;

class Choice final : public Piece {
 public:
  explicit Choice(std::vector<PiecePtr> ways) : ways_(std::move(ways)) {}
  void append(Draw& draw, std::string& out) const override { ways_[draw.below(ways_.size())]->append(draw, out); }

 private:
  std::vector<PiecePtr> ways_;
};

class Repeated final : public Piece {
 public:
  Repeated(PiecePtr piece, int64_t least, int64_t most) : piece_(std::move(piece)), least_(least), most_(most) {}
  void append(Draw& draw, std::string& out) const override {
    const int64_t times = least_ == most_ ? least_ : draw.between(least_, most_);
    for (int64_t i = 0; i < times; ++i) piece_->append(draw, out);
  }

 private:
  PiecePtr piece_;
  int64_t least_, most_;
};

// One of several characters, each some bytes of UTF-8.
class OneOf final : public Piece {
 public:
  explicit OneOf(std::vector<std::string> characters) : characters_(std::move(characters)) {}
  void append(Draw& draw, std::string& out) const override { out += characters_[draw.below(characters_.size())]; }

 private:
  std::vector<std::string> characters_;
};

class Template final : public Piece {
 public:
  Template(std::string text, bool digits, bool letters, bool upper_case)
      : text_(std::move(text)), digits_(digits), letters_(letters), upper_case_(upper_case) {}
  void append(Draw& draw, std::string& out) const override {
    for (const char c : text_) {
      if (c == '#' && digits_)
        out += static_cast<char>('0' + draw.below(10));
      else if (c == '?' && letters_)
        out += static_cast<char>((upper_case_ ? 'A' : 'a') + draw.below(26));
      else
        out += c;
    }
  }

 private:
  std::string text_;
  bool digits_, letters_, upper_case_;
};

class RegexParser {
 public:
  explicit RegexParser(std::string_view text) : text_(text) {}

  Result<PiecePtr> parse() {
    MS_ASSIGN(PiecePtr piece, alternatives());
    if (at_ < text_.size()) return wrong("')' without '('");
    return piece;
  }

 private:
  std::unexpected<Error> wrong(const std::string& why) const {
    return fail(
        ErrorCode::kInvalidArgument,
        "regexify cannot use '" + std::string(text_) + "': " + why + " at character " + std::to_string(at_ + 1) + ".",
        "Alternatives, groups, classes [a-z], \\d \\w \\s and quantifiers ? * + {n} {n,m} are supported.");
  }
  [[nodiscard]] bool has(char c) const { return at_ < text_.size() && text_[at_] == c; }

  Result<PiecePtr> alternatives() {
    std::vector<PiecePtr> ways;
    for (;;) {
      std::vector<PiecePtr> pieces;
      while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
        MS_ASSIGN(PiecePtr piece, repeated());
        pieces.push_back(std::move(piece));
      }
      ways.push_back(make_sequence_of(std::move(pieces)));
      if (!has('|')) break;
      ++at_;
    }
    return ways.size() == 1 ? std::move(ways[0]) : std::make_unique<Choice>(std::move(ways));
  }

  Result<PiecePtr> repeated() {
    MS_ASSIGN(PiecePtr piece, atom());
    while (at_ < text_.size()) {
      int64_t least = 0, most = 0;
      if (has('?'))
        most = 1;
      else if (has('*'))
        most = kOpenEnd;
      else if (has('+'))
        least = 1, most = kOpenEnd;
      else if (has('{')) {
        ++at_;
        MS_ASSIGN(least, number());
        most = least;
        if (has(',')) {
          ++at_;
          if (has('}'))
            most = least + kOpenEnd;
          else {
            MS_ASSIGN(most, number());
          }
        }
        if (!has('}')) return wrong("'}' is missing");
        if (most < least || most > kMostRepeats) return wrong("no such number of repetitions");
      } else {
        break;
      }
      ++at_;
      piece = std::make_unique<Repeated>(std::move(piece), least, most);
    }
    return piece;
  }

  Result<int64_t> number() {
    int64_t value = 0;
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 6)
      value = value * 10 + (text_[at_++] - '0');
    if (at_ == start) return wrong("a number is missing");
    return value;
  }

  Result<PiecePtr> atom() {
    if (has('(')) {
      ++at_;
      if (text_.substr(at_).starts_with("?:")) at_ += 2;
      MS_ASSIGN(PiecePtr inner, alternatives());
      if (!has(')')) return wrong("')' is missing");
      ++at_;
      return inner;
    }
    if (has('[')) return character_class();
    if (has('.')) {
      ++at_;
      return PiecePtr(std::make_unique<OneOf>(range('a', 'z')));
    }
    if (has('^') || has('$')) {  // nothing is before or behind
      ++at_;
      return make_literal("");
    }
    for (const char c : {'?', '*', '+', '{'}) {
      if (has(c)) return wrong("nothing to repeat");
    }
    MS_ASSIGN(std::vector<std::string> characters, character());
    if (characters.size() == 1) return make_literal(std::move(characters[0]));
    return PiecePtr(std::make_unique<OneOf>(std::move(characters)));
  }

  static std::vector<std::string> range(unsigned char first, unsigned char last) {
    std::vector<std::string> characters;
    for (int c = first; c <= last; ++c) characters.emplace_back(1, static_cast<char>(c));
    return characters;
  }

  // One character, or those that an escape stands for.
  Result<std::vector<std::string>> character() {
    if (has('\\')) {
      if (++at_ == text_.size()) return wrong("nothing is behind '\\'");
      const char c = text_[at_++];
      switch (c) {
        case 'd':
          return range('0', '9');
        case 's':
          return std::vector<std::string>{" "};
        case 't':
          return std::vector<std::string>{"\t"};
        case 'n':
          return std::vector<std::string>{"\n"};
        case 'w': {
          auto characters = range('a', 'z');
          for (auto& more : {range('A', 'Z'), range('0', '9'), std::vector<std::string>{"_"}})
            characters.insert(characters.end(), more.begin(), more.end());
          return characters;
        }
        default:
          if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            --at_;
            return wrong(std::string("unknown escape '\\") + c + "'");
          }
          return std::vector<std::string>{std::string(1, c)};
      }
    }
    // A character of UTF-8 with the bytes that belong to it.
    const size_t start = at_++;
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80) ++at_;
    return std::vector<std::string>{std::string(text_.substr(start, at_ - start))};
  }

  Result<PiecePtr> character_class() {
    ++at_;
    const bool negated = has('^');
    if (negated) ++at_;
    std::vector<std::string> characters;
    while (!has(']')) {
      if (at_ >= text_.size()) return wrong("']' is missing");
      MS_ASSIGN(std::vector<std::string> one, character());
      if (has('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']' && one.size() == 1) {
        ++at_;
        MS_ASSIGN(const std::vector<std::string> last, character());
        if (one[0].size() != 1 || last.size() != 1 || last[0].size() != 1 || last[0][0] < one[0][0])
          return wrong("no such range");
        one = range(one[0][0], last[0][0]);
      }
      characters.insert(characters.end(), one.begin(), one.end());
    }
    ++at_;
    if (negated) {
      auto all = range(' ', '~');
      std::erase_if(all, [&](const std::string& c) { return std::ranges::find(characters, c) != characters.end(); });
      characters = std::move(all);
    }
    if (characters.empty()) return wrong("an empty class");
    return PiecePtr(std::make_unique<OneOf>(std::move(characters)));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<PiecePtr> make_regexify(std::string_view pattern) { return RegexParser(pattern).parse(); }

PiecePtr make_template(std::string_view text, bool digits, bool letters, bool upper_case) {
  return std::make_unique<Template>(std::string(text), digits, letters, upper_case);
}

}  // namespace millstream::connector::faker
