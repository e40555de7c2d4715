// Reading and describing the options.
#include "connector/dead_letter/options.h"

#include "base/text.h"

namespace millstream::connector::dead_letter {

Result<Options> Options::read(const catalog::Table& table) {
  Options options;
  const std::string mode = table.option_or("error-handling.mode", "log");
  if (equals_ignoring_case(mode, "fail"))
    options.mode = Mode::kFail;
  else if (equals_ignoring_case(mode, "ignore"))
    options.mode = Mode::kIgnore;
  else if (!equals_ignoring_case(mode, "log")) {
    return fail(ErrorCode::kInvalidArgument, "'error-handling.mode' must be fail, ignore or log, not '" + mode + "'.");
  }
  options.target = table.option_or("error-handling.log.target", "error_log");
  return options;
}

std::vector<catalog::OptionDefinition> option_definitions(const std::string& records) {
  using catalog::OptionType;
  return {
      {"error-handling.mode",
       OptionType::kEnum,
       false,
       "log",
       {"fail", "ignore", "log"},
       "What becomes of " + records +
           " that cannot be read: the job fails, they are counted, or they go to the dead-letter topic."},
      {"error-handling.log.target", OptionType::kString, false, "error_log", {}, "The dead-letter topic."},
  };
}

}  // namespace millstream::connector::dead_letter
