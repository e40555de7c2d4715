// Upper and lower case of any text by Unicode's full mappings, through ICU (root locale).
#pragma once

#include <string>
#include <string_view>

namespace millstream::function::internal {

void append_upper(std::string_view text, std::string& out);
void append_lower(std::string_view text, std::string& out);

}  // namespace millstream::function::internal
