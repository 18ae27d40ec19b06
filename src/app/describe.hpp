// `lmqttd describe ...`: the documents that the binary prints about itself. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::app {

/// What can be described: "toml", "config", "metrics", "hooks".
std::vector<std::string> description_topics();

/// Nothing for an unknown topic.
std::optional<std::string> describe(std::string_view topic);

}  // namespace lmqtt::app
