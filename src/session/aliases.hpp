// Topic aliases the broker gives on one connection: the topics of the last PUBLISH packets, first
// in, first out. Belongs to the attached client. [MQTT-3.1.2-26] [MQTT-3.1.2-27]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lmqtt::session {

class outgoing_aliases {
public:
    explicit outgoing_aliases(std::uint16_t maximum)
        : maximum_(maximum) {}

    struct choice {
        std::uint16_t alias = 0;  // 0: send the topic alone
        bool known = false;       // the client knows it: the topic may be left out
    };

    choice choose(std::string_view topic);

    std::uint16_t maximum() const { return maximum_; }

private:
    struct topic_hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view topic) const {
            return std::hash<std::string_view>{}(topic);
        }
    };

    std::uint16_t maximum_;
    std::uint16_t oldest_ = 0;
    std::vector<std::string> topics_;  // index = alias - 1
    std::unordered_map<std::string, std::uint16_t, topic_hash, std::equal_to<>> aliases_;
};

}  // namespace lmqtt::session
