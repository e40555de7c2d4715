// The files of examples/commerce, as they were at build time (cmake/commerce_files.cc.in).
#pragma once

#include <string_view>

namespace millstream::demo {

[[nodiscard]] std::string_view commerce_pipeline();       // pipeline.sql
[[nodiscard]] std::string_view commerce_create_tables();  // create_tables.sql

}  // namespace millstream::demo
