#include "broker/mount.hpp"

#include "topic/topic_filter.hpp"

namespace lmqtt::broker {

namespace {

constexpr std::size_t longest_text = 65535;

}  // namespace

std::string mounted_topic(std::string_view prefix, std::string_view topic) {
    std::string whole(prefix);
    whole += topic;
    return whole;
}

std::string mounted_filter(std::string_view prefix, std::string_view topic_filter) {
    const auto parsed = topic::parse_filter(topic_filter, {});
    const std::size_t before = parsed ? topic_filter.size() - parsed->filter.size() : 0;
    std::string whole(topic_filter.substr(0, before));
    whole += prefix;
    whole += topic_filter.substr(before);
    return whole;
}

bool can_be_mounted(std::string_view prefix, std::string_view written) {
    return prefix.size() + written.size() <= longest_text;
}

std::size_t hidden_prefix(std::string_view prefix, std::string_view topic) {
    return topic.starts_with(prefix) ? prefix.size() : 0;
}

}  // namespace lmqtt::broker
