// Splitting expressions into literal text and provider calls.
#include "connector/faker/expression.h"

#include "base/text.h"
#include "connector/faker/providers.h"

namespace millstream::connector::faker {
namespace {

class Literal final : public Piece {
 public:
  explicit Literal(std::string text) : text_(std::move(text)) {}
  void append(Draw&, std::string& out) const override { out += text_; }

 private:
  std::string text_;
};

class Pieces final : public Piece {
 public:
  explicit Pieces(std::vector<PiecePtr> pieces) : pieces_(std::move(pieces)) {}
  void append(Draw& draw, std::string& out) const override {
    for (const PiecePtr& piece : pieces_) piece->append(draw, out);
  }

 private:
  std::vector<PiecePtr> pieces_;
};

// The end of the call that begins behind "#{": its '}', which may also stand inside quotes.
size_t end_of_call(std::string_view text, size_t at) {
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '\'')
      quoted = !quoted;
    else if (text[at] == '}' && !quoted)
      return at;
  }
  return std::string_view::npos;
}

// "name 'a','b'": commas between arguments may be missing, and a ')' behind the last one is common in examples.
Result<PiecePtr> parse_call(std::string_view call) {
  call = trim(call);
  const size_t name_end = std::min(call.find_first_of(" '\t"), call.size());
  const std::string name(call.substr(0, name_end));
  std::vector<std::string> arguments;
  std::string_view rest = trim(call.substr(name_end));
  while (!rest.empty() && rest != ")") {
    if (rest.front() != '\'') {
      return fail(
          ErrorCode::kInvalidArgument,
          "The faker expression '#{" + std::string(call) + "}' cannot be read at '" + std::string(rest) + "'.",
          "Arguments stand in single quotes, which are doubled inside SQL: #{number.numberBetween ''1'',''10''}.");
    }
    const size_t end = rest.find('\'', 1);
    if (end == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument,
                  "A quote is not closed in the faker expression '#{" + std::string(call) + "}'.");
    }
    arguments.emplace_back(rest.substr(1, end - 1));
    rest = trim(rest.substr(end + 1));
    if (rest.starts_with(',')) rest = trim(rest.substr(1));
  }
  return make_provider(normalised(name), name, arguments);
}

}  // namespace

PiecePtr make_sequence_of(std::vector<PiecePtr> pieces) {
  return pieces.size() == 1 ? std::move(pieces[0]) : std::make_unique<Pieces>(std::move(pieces));
}
PiecePtr make_literal(std::string text) { return std::make_unique<Literal>(std::move(text)); }

Result<PiecePtr> parse_expression(std::string_view text) {
  std::vector<PiecePtr> pieces;
  for (size_t at = 0; at < text.size();) {
    const size_t call = text.find("#{", at);
    const size_t literal_end = std::min(call, text.size());
    if (literal_end > at) pieces.push_back(make_literal(std::string(text.substr(at, literal_end - at))));
    if (call == std::string_view::npos) break;
    const size_t end = end_of_call(text, call + 2);
    if (end == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument,
                  "The faker expression '" + std::string(text) + "' has a '#{' without '}'.");
    }
    MS_ASSIGN(PiecePtr piece, parse_call(text.substr(call + 2, end - call - 2)));
    pieces.push_back(std::move(piece));
    at = end + 1;
  }
  return make_sequence_of(std::move(pieces));
}

}  // namespace millstream::connector::faker
