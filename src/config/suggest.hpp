// "Did you mean": the known word nearest to a mistyped one. Pure function.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace lmqtt::config_file {

/// Nothing if no candidate is near enough to be what was meant.
std::optional<std::string_view>
nearest(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace lmqtt::config_file
