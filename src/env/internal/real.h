// The parts of the real environment that have files of their own.
#pragma once

#include <memory>

#include "env/env.h"

namespace millstream::env::internal {

[[nodiscard]] std::unique_ptr<FileSystem> make_real_file_system();
[[nodiscard]] std::unique_ptr<Executor> make_real_executor(int threads, const Clock& clock);

}  // namespace millstream::env::internal
