#include "topic/topic_filter.hpp"

#include "topic/levels.hpp"

namespace lmqtt::topic {
namespace {

constexpr std::string_view share_prefix = "$share/";

// Takes "$share/name/" off the text. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
std::optional<parsed_filter> split_share(std::string_view text) {
    text.remove_prefix(share_prefix.size());
    const auto slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view name = text.substr(0, slash);
    if (name.find_first_of("+#") != std::string_view::npos) {
        return std::nullopt;
    }
    return parsed_filter{.share_name = name, .filter = text.substr(slash + 1), .wildcard = false};
}

// '#' only as the whole last level, '+' only as a whole level. [MQTT-4.7.1-1] [MQTT-4.7.1-2]
bool wildcards_in_place(std::string_view filter) {
    level_reader levels{filter};
    bool ended = false;
    for (std::string_view level; levels.next(level);) {
        if (ended || (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos)) {
            return false;
        }
        ended = level == "#";
    }
    return true;
}

}  // namespace

std::optional<parsed_filter> parse_filter(std::string_view text, topic_limits limits) {
    if (text.size() > limits.maximum_bytes || text == "$share") {
        return std::nullopt;
    }
    std::optional<parsed_filter> parsed = parsed_filter{.share_name = {}, .filter = text};
    if (text.starts_with(share_prefix)) {
        parsed = split_share(text);
    }
    if (!parsed || parsed->share_name.find('\0') != std::string_view::npos ||
        !within_limits(parsed->filter, limits)) {
        return std::nullopt;
    }
    parsed->wildcard = parsed->filter.find_first_of("+#") != std::string_view::npos;
    if (parsed->wildcard && !wildcards_in_place(parsed->filter)) {
        return std::nullopt;
    }
    return parsed;
}

bool matches(std::string_view filter, std::string_view topic) {
    if (topic.starts_with('$') && starts_with_wildcard(filter)) {
        return false;  // [MQTT-4.7.2-1]
    }
    level_reader wanted{filter};
    level_reader given{topic};
    std::string_view want;
    std::string_view have;
    while (wanted.next(want)) {
        if (want == "#") {
            return true;
        }
        if (!given.next(have)) {
            return false;
        }
        if (want != "+" && want != have) {
            return false;
        }
    }
    return !given.next(have);
}

}  // namespace lmqtt::topic
