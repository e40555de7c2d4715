// The table behind ErrorCode: name, blame, and whether trying again can help.
#include "base/error.h"

#include "base/check.h"

namespace millstream {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  Blame blame;
  bool retry;
};

constexpr Row kRows[] = {
    {ErrorCode::kInvalidArgument, "invalid_argument", Blame::kCaller, false},
    {ErrorCode::kParse, "parse_error", Blame::kCaller, false},
    {ErrorCode::kNotFound, "not_found", Blame::kCaller, false},
    {ErrorCode::kAlreadyExists, "already_exists", Blame::kCaller, false},
    {ErrorCode::kUnsupported, "unsupported", Blame::kCaller, false},
    {ErrorCode::kPermission, "permission_denied", Blame::kCaller, false},
    {ErrorCode::kConflict, "conflict", Blame::kCaller, false},
    {ErrorCode::kLimit, "limit_reached", Blame::kCaller, false},
    {ErrorCode::kOutOfMemory, "out_of_memory", Blame::kUs, true},
    {ErrorCode::kDiskFull, "disk_full", Blame::kUs, true},
    {ErrorCode::kIo, "io_error", Blame::kUs, true},
    {ErrorCode::kCorrupt, "corrupt", Blame::kUs, false},
    {ErrorCode::kTimeout, "timeout", Blame::kRemote, true},
    {ErrorCode::kUnavailable, "unavailable", Blame::kRemote, true},
    {ErrorCode::kRemote, "remote_error", Blame::kRemote, false},
    {ErrorCode::kCancelled, "cancelled", Blame::kCaller, false},
    {ErrorCode::kBadRow, "bad_row", Blame::kCaller, false},
    {ErrorCode::kInternal, "internal", Blame::kUs, false},
};

const Row& row_of(ErrorCode code) {
  const auto index = static_cast<size_t>(code);
  CHECK(index < std::size(kRows) && kRows[index].code == code);
  return kRows[index];
}

}  // namespace

std::string_view name_of(ErrorCode code) { return row_of(code).name; }
Blame blame_of(ErrorCode code) { return row_of(code).blame; }
bool can_retry(ErrorCode code) { return row_of(code).retry; }

std::string Error::to_string() const { return hint.empty() ? message : message + " (" + hint + ")"; }

}  // namespace millstream
