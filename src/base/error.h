// The one error type and Result<T>: what failed, whose fault it is, and whether a retry can help.
//
// Functions that can fail return Result<T> or Status. Nothing of ours throws across a module border; libraries that
// throw are wrapped where they are called. A broken invariant is not an error: see base/check.h.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millstream {

// Stable codes; base/error.cc holds the one table that gives each its name, blame and retry advice.
enum class ErrorCode {
  kInvalidArgument,  // the caller gave something that can never work
  kParse,            // SQL, JSON or a file does not follow its grammar; `position` says where
  kNotFound,
  kAlreadyExists,
  kUnsupported,  // understood, not implemented; the hint names what is
  kPermission,
  kConflict,     // fenced, out of date, or in use by another
  kLimit,        // a configured bound was reached
  kOutOfMemory,  // the memory budget refused a charge
  kDiskFull,
  kIo,       // the operating system refused an operation on a file or socket
  kCorrupt,  // bytes on disk do not match their checksum or format
  kTimeout,
  kUnavailable,  // a peer (PostgreSQL, a broker) cannot be reached now
  kRemote,       // a peer answered with an error of its own
  kCancelled,
  kBadRow,    // a row was refused and the policy is to fail
  kInternal,  // our fault
};

enum class Blame { kCaller, kRemote, kUs };

struct SourcePosition {
  int line = 0;       // 1-based
  int column = 0;     // 1-based, in characters
  size_t offset = 0;  // bytes from the start of the text
  size_t length = 0;  // bytes; 0: a point
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;                     // one sentence, no trailing newline
  std::string hint;                        // what to do next, or empty
  std::optional<SourcePosition> position;  // in the SQL text, if any

  // "message (hint)"; for logs and for answers with room for one line.
  [[nodiscard]] std::string to_string() const;
};

// The code's name as shown to people and machines, for example "not_found".
[[nodiscard]] std::string_view name_of(ErrorCode code);
[[nodiscard]] Blame blame_of(ErrorCode code);
[[nodiscard]] bool can_retry(ErrorCode code);

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// fail(kNotFound, "no such topic") converts to any Result<T>.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint), {}});
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace millstream

// MS_TRY(f()) returns f's error from the enclosing function; MS_ASSIGN(auto x, f()) also binds f's value.
#define MS_CONCAT_INNER(a, b) a##b
#define MS_CONCAT(a, b) MS_CONCAT_INNER(a, b)
#define MS_TRY(...)                                                                               \
  do {                                                                                            \
    auto&& ms_status = (__VA_ARGS__);                                                             \
    if (!ms_status) return std::unexpected(std::forward<decltype(ms_status)>(ms_status).error()); \
  } while (false)
#define MS_ASSIGN_INNER(result, declaration, ...)                 \
  auto result = (__VA_ARGS__);                                    \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = *std::move(result)
#define MS_ASSIGN(declaration, ...) MS_ASSIGN_INNER(MS_CONCAT(ms_result_, __LINE__), declaration, __VA_ARGS__)
