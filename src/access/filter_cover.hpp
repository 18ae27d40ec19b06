// Whether one topic filter covers another: everything the second matches is matched by the first.
// Exact, not an estimate: a SUBSCRIBE is granted by it. Pure function, any thread.
#pragma once

#include <string_view>

namespace lmqtt::access {

/// Both are valid filters without a share name. Topics that begin with '$' are not matched by a
/// leading wildcard [MQTT-4.7.2-1], so `#` does not cover `$SYS/#`; `a/#` covers `a`. Iterative, no
/// allocation.
[[nodiscard]] bool covers(std::string_view wide, std::string_view narrow);

/// A filter, so that each level of what it matches has one of its own: "#" matches no topic without
/// a level, so "+/#" says as much, and "/+/#" as much as "/#".
[[nodiscard]] std::string_view with_a_level_below(std::string_view filter);

}  // namespace lmqtt::access
