// Literals: numbers, text, bytes, times and intervals.
#include "base/text.h"
#include "sql/internal/parser_state.h"
#include "sql/lexer.h"

namespace millstream::sql::internal {
namespace {

struct UnitWord {
  std::string_view word;
  TimeUnit unit;
};
constexpr UnitWord kIntervalUnits[] = {
    {"YEAR", TimeUnit::kYear},        {"QUARTER", TimeUnit::kQuarter}, {"MONTH", TimeUnit::kMonth},
    {"WEEK", TimeUnit::kWeek},        {"DAY", TimeUnit::kDay},         {"HOUR", TimeUnit::kHour},
    {"MINUTE", TimeUnit::kMinute},    {"SECOND", TimeUnit::kSecond},   {"YEARS", TimeUnit::kYear},
    {"QUARTERS", TimeUnit::kQuarter}, {"MONTHS", TimeUnit::kMonth},    {"WEEKS", TimeUnit::kWeek},
    {"DAYS", TimeUnit::kDay},         {"HOURS", TimeUnit::kHour},      {"MINUTES", TimeUnit::kMinute},
    {"SECONDS", TimeUnit::kSecond},
};

bool may_range(TimeUnit from, TimeUnit to) {
  switch (from) {
    case TimeUnit::kYear:
      return to == TimeUnit::kMonth;
    case TimeUnit::kDay:
      return to == TimeUnit::kHour || to == TimeUnit::kMinute || to == TimeUnit::kSecond;
    case TimeUnit::kHour:
      return to == TimeUnit::kMinute || to == TimeUnit::kSecond;
    case TimeUnit::kMinute:
      return to == TimeUnit::kSecond;
    default:
      return false;
  }
}

}  // namespace

// Nothing if the current token does not begin a literal.
Result<std::optional<Expression>> Parser::literal() {
  const size_t from = stream_.position();
  const Token& token = stream_.current();
  switch (token.kind) {
    case TokenKind::kNumber: {
      stream_.advance();
      return make(NumberLiteral{std::string(stream_.text_of(token))}, from);
    }
    case TokenKind::kString:
    case TokenKind::kUnicodeString:
      return string_literal();
    case TokenKind::kBinaryString: {
      auto bytes = decode_binary_string(stream_.text_of(token));
      if (!bytes) return stream_.fail_at(token.span, ErrorCode::kParse, bytes.error().message, bytes.error().hint);
      stream_.advance();
      return make(BinaryLiteral{*std::move(bytes)}, from);
    }
    case TokenKind::kWord:
      break;
    default:
      return std::nullopt;
  }
  if (!token.reserved) return std::nullopt;
  const auto constant = [&](ExpressionNode node) {
    stream_.advance();
    return make(std::move(node), from);
  };
  if (stream_.is("NULL", 0)) return constant(NullLiteral{});
  if (stream_.is("TRUE", 0)) return constant(BooleanLiteral{true});
  if (stream_.is("FALSE", 0)) return constant(BooleanLiteral{false});
  if (stream_.is("UNKNOWN", 0)) return constant(BooleanLiteral{});
  if (stream_.is("INTERVAL", 0)) return interval_literal();
  const bool text_follows = stream_.ahead(1).kind == TokenKind::kString;
  if (stream_.is("DATE", 0) && text_follows) return temporal_literal(TemporalKind::kDate, 1);
  if (stream_.is("TIME", 0) && text_follows) return temporal_literal(TemporalKind::kTime, 1);
  if (stream_.is("TIMESTAMP", 0) && text_follows) return temporal_literal(TemporalKind::kTimestamp, 1);
  if (stream_.is("TIMESTAMP", 0) && stream_.at_all({"TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE"})) {
    return temporal_literal(TemporalKind::kTimestampLtz, 5);
  }
  return std::nullopt;
}

// 'a', or 'a' and 'b' on different lines, which are one; U&'..' [UESCAPE 'x'].
Result<Expression> Parser::string_literal() {
  const size_t from = stream_.position();
  const Token& token = stream_.current();
  std::string value;
  if (token.kind == TokenKind::kUnicodeString) {
    stream_.advance();
    char escape = '\\';
    if (stream_.accept("UESCAPE")) {
      const SourceSpan span = stream_.current().span;
      MS_ASSIGN(TextLiteral character, stream_.text_literal());
      if (character.value.size() != 1) {
        return stream_.fail_at(span, ErrorCode::kParse, "UESCAPE takes one character");
      }
      escape = character.value[0];
    }
    auto decoded = decode_unicode_string(stream_.text_of(token), escape);
    if (!decoded) return stream_.fail_at(token.span, ErrorCode::kParse, decoded.error().message, decoded.error().hint);
    return make(StringLiteral{*std::move(decoded)}, from);
  }
  MS_ASSIGN(TextLiteral first, stream_.text_literal());
  value = std::move(first.value);
  SourceSpan last = first.span;
  while (stream_.current().kind == TokenKind::kString) {
    const SourceSpan next = stream_.current().span;
    if (stream_.text().substr(last.end(), next.offset - last.end()).find('\n') == std::string_view::npos) {
      return stream_.fail_at(next, ErrorCode::kParse, "String literal continued on same line",
                             "join texts with ||, or write a quote inside a text twice");
    }
    MS_ASSIGN(TextLiteral more, stream_.text_literal());
    value += more.value;
    last = next;
  }
  return make(StringLiteral{std::move(value)}, from);
}

Result<Expression> Parser::temporal_literal(TemporalKind kind, size_t words) {
  const size_t from = stream_.position();
  for (; words > 0; --words) stream_.advance();
  MS_ASSIGN(TextLiteral value, stream_.text_literal());
  return make(TemporalLiteral{kind, std::move(value.value)}, from);
}

// INTERVAL [+|-] 'text' unit, or INTERVAL followed by a number, a column or (expression), and a unit.
Result<Expression> Parser::interval_literal() {
  const size_t from = stream_.position();
  stream_.advance();
  const size_t amount_from = stream_.position();
  const bool negative = stream_.is("-", 0);
  if (negative || stream_.is("+", 0)) stream_.advance();
  if (stream_.current().kind == TokenKind::kString) {
    MS_ASSIGN(TextLiteral text, stream_.text_literal());
    MS_ASSIGN(IntervalQualifier qualifier, interval_qualifier());
    return make(IntervalLiteral{negative, std::move(text.value), qualifier}, from);
  }
  Expression amount;
  if (stream_.is("(", 0)) {
    MS_ASSIGN(amount, parenthesized());
  } else if (stream_.current().kind == TokenKind::kNumber) {
    MS_ASSIGN(std::optional<Expression> number, literal());
    amount = *std::move(number);
  } else if (stream_.at_identifier()) {
    MS_ASSIGN(Name name, stream_.name());
    amount = make(ColumnReference{std::move(name)}, amount_from);
  } else {
    stream_.note_expected(kAnyText);
    return stream_.fail_here();
  }
  if (negative) amount = make(Unary{UnaryOperator::kMinus, ExpressionBox(std::move(amount))}, amount_from);
  MS_ASSIGN(IntervalQualifier qualifier, interval_qualifier());
  return make(IntervalOf{ExpressionBox(std::move(amount)), qualifier}, from);
}

// DAY | DAY(2) | DAY TO SECOND(3) | SECOND(2, 3)
Result<IntervalQualifier> Parser::interval_qualifier() {
  const size_t from = stream_.position();
  const auto unit_here = [&]() -> Result<TimeUnit> {
    for (const UnitWord& row : kIntervalUnits) {
      if (stream_.accept(row.word)) return row.unit;
    }
    return stream_.fail_here();
  };
  IntervalQualifier result;
  MS_ASSIGN(result.from, unit_here());
  if (stream_.accept("(")) {
    MS_ASSIGN(result.precision, stream_.whole_number());
    if (result.from == TimeUnit::kSecond && stream_.accept(",")) {
      MS_ASSIGN(result.fraction, stream_.whole_number());
    }
    MS_TRY(stream_.expect(")"));
  }
  if (stream_.is("TO", 0)) {
    const SourceSpan to = stream_.current().span;
    stream_.advance();
    MS_ASSIGN(result.to, unit_here());
    if (!may_range(result.from, *result.to)) {
      return stream_.fail_at(to, ErrorCode::kParse,
                             "Encountered \"TO\": an interval cannot run from " + std::string(name_of(result.from)) +
                                 " to " + std::string(name_of(*result.to)),
                             "YEAR TO MONTH, DAY TO SECOND and the ranges within them can be written");
    }
    if (*result.to == TimeUnit::kSecond && stream_.accept("(")) {
      MS_ASSIGN(result.fraction, stream_.whole_number());
      MS_TRY(stream_.expect(")"));
    }
  }
  result.span = stream_.span_since(from);
  return result;
}

}  // namespace millstream::sql::internal
