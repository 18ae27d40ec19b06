// The mount point of a listener: a prefix before every topic its clients name, which they never
// see. Pure functions; an empty prefix changes nothing.
#pragma once

#include <string>
#include <string_view>

namespace lmqtt::broker {

// A topic name, or a filter, as the broker knows it: in a shared subscription the prefix comes
// behind "$share/<name>/".
std::string mounted_topic(std::string_view prefix, std::string_view topic);
std::string mounted_filter(std::string_view prefix, std::string_view topic_filter);

// Whether what was written fits into a packet once it is mounted. [MQTT-4.7.3-3]
bool can_be_mounted(std::string_view prefix, std::string_view written);

// How much of a topic's beginning is not shown to the client. A session that is resumed through
// another listener holds topics of its former one, which are shown whole.
std::size_t hidden_prefix(std::string_view prefix, std::string_view topic);

}  // namespace lmqtt::broker
