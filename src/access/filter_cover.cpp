#include "access/filter_cover.hpp"

#include "topic/levels.hpp"
#include "topic/topic_filter.hpp"

namespace lmqtt::access {

// "a/#" also matches "a". But no topic is empty, so what "#" and "/#" match always has one more
// level, and "+/#" or "/+/#" matches as much.
std::string_view with_a_level_below(std::string_view filter) {
    if (filter == "#") {
        return "+/#";
    }
    return filter == "/#" ? "/+/#" : filter;
}

bool covers(std::string_view wide, std::string_view narrow) {
    if (narrow.starts_with('$') && topic::starts_with_wildcard(wide)) {
        return false;  // [MQTT-4.7.2-1]
    }
    topic::level_reader wide_levels{wide};
    topic::level_reader narrow_levels{with_a_level_below(narrow)};
    std::string_view outer;
    std::string_view inner;
    while (wide_levels.next(outer)) {
        if (outer == "#") {
            return true;
        }
        if (!narrow_levels.next(inner) || inner == "#") {
            return false;
        }
        if (outer != "+" && outer != inner) {
            return false;
        }
    }
    return !narrow_levels.next(inner);
}

}  // namespace lmqtt::access
