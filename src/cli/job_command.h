// `millstream job list|show|cancel|checkpoint` over Flink's job REST.
#pragma once

#include <string>

#include "cli/server_access.h"

namespace millstream::cli {

struct JobOptions {
  enum class Verb { kList, kShow, kCancel, kCheckpoint } verb = Verb::kList;
  ServerChoice server;
  std::string id;  // a unique beginning of it is enough
  bool json = false;
};
int run_job(const JobOptions& options);

}  // namespace millstream::cli
