// The real file system, made in its own file because it is the one that talks to the kernel about files.
#pragma once

#include <memory>

#include "env/file_system.h"

namespace millstream::env::internal {

[[nodiscard]] std::unique_ptr<FileSystem> make_real_file_system();

}  // namespace millstream::env::internal
