// Names in one column, as JSON that people can read and SQL can take apart. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::persistence {

// ["a","b"]
std::string text_of_names(const std::vector<std::string>& names);

// Back. What somebody has made unreadable is no names.
std::vector<std::string> names_of(std::string_view text);

}  // namespace lmqtt::persistence
