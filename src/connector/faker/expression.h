// Faker expressions: text with parts such as #{Name.fullName} and #{number.numberBetween '1','10'}.
//
// The syntax and the names of providers are those of Java Faker and Datafaker, as flink-faker passes them on; letter
// case and underscores of names do not matter. Word lists are our own. Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "connector/paced_rows.h"

namespace millstream::connector::faker {

// The random numbers of one value: the same seed gives the same value.
struct Draw {
  uint64_t seed = 0;
  ProcTime now{0};
  int64_t used = 0;

  uint64_t bits() { return mix(seed, used++); }
  uint64_t below(uint64_t bound) { return connector::below(bits(), bound); }
  // From `least` to `greatest`, both included.
  int64_t between(int64_t least, int64_t greatest) {
    const uint64_t width = static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least) + 1;
    return static_cast<int64_t>(static_cast<uint64_t>(least) + (width == 0 ? bits() : below(width)));
  }
  double unit() { return connector::unit(bits()); }
};

// A part of an expression.
class Piece {
 public:
  virtual ~Piece() = default;
  virtual void append(Draw& draw, std::string& out) const = 0;
  // Milliseconds since 1970, if this is a point in time.
  [[nodiscard]] virtual bool is_time() const { return false; }
  virtual int64_t time(Draw& draw) const {
    (void)draw;
    return 0;
  }
};
using PiecePtr = std::unique_ptr<const Piece>;

// The whole text as one piece. kInvalidArgument for an unknown provider (names the nearest) or wrong arguments.
Result<PiecePtr> parse_expression(std::string_view text);

// For providers.
[[nodiscard]] PiecePtr make_sequence_of(std::vector<PiecePtr> pieces);
[[nodiscard]] PiecePtr make_literal(std::string text);

}  // namespace millstream::connector::faker
