// Reads with open() and read(): streams of the C++ library throw where the path is a folder.
#include "base/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace millstream {

Result<std::string> read_text_file(const std::string& path) {
  const auto failed = [&] {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                path + " cannot be read: " + std::strerror(errno));
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed();
  std::string text;
  std::array<char, 65'536> part{};
  ssize_t size = 0;
  while ((size = read(file, part.data(), part.size())) != 0) {
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      auto error = failed();
      close(file);
      return error;
    }
    text.append(part.data(), static_cast<size_t>(size));
  }
  close(file);
  drop_byte_order_mark(text);
  return text;
}

void drop_byte_order_mark(std::string& text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
}

}  // namespace millstream
