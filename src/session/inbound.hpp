// What a session knows of the messages its client sends: which QoS 2 packet identifiers are taken,
// how much of the receive window is used, what its topic aliases stand for.
// The identifiers are session state; window and aliases end with the connection.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::session {

// A set of packet identifiers: a few in a row, a bitmap when there are more, one pointer when
// empty.
class packet_id_set {
public:
    packet_id_set() = default;
    packet_id_set(packet_id_set&&) = default;
    packet_id_set& operator=(packet_id_set&&) = default;

    packet_id_set(const packet_id_set& other) { *this = other; }

    packet_id_set& operator=(const packet_id_set& other);
    ~packet_id_set() = default;

    bool contains(std::uint16_t id) const;
    bool insert(std::uint16_t id);  // false: was in it
    bool erase(std::uint16_t id);   // false: was not

    std::size_t size() const { return held_ ? held_->size : 0; }

    void clear() { held_.reset(); }

    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::uint32_t id = 1; held_ && id <= 65535; ++id) {
            if (contains(static_cast<std::uint16_t>(id))) {
                visit(static_cast<std::uint16_t>(id));
            }
        }
    }

private:
    static constexpr std::size_t few = 8;

    struct contents {
        std::size_t size = 0;
        std::array<std::uint16_t, few> ids = {};
        std::vector<std::uint64_t> bitmap = {};  // in their place, once there were more than a few
    };

    std::unique_ptr<contents> held_;
};

// Aliases the client has given on this connection. [MQTT-3.3.2-7]
class incoming_aliases {
public:
    void set(std::uint16_t alias, std::string_view topic);
    // Empty: never set. [X-PUB-3]
    std::string_view topic(std::uint16_t alias) const;

private:
    std::vector<std::string> topics_;  // index = alias - 1
};

// The client may not have more unanswered QoS 1 and 2 publishes than we announced. [MQTT-3.3.4-7]
class receive_window {
public:
    void open(std::uint16_t maximum) {
        maximum_ = maximum;
        used_ = 0;
    }

    bool take() {
        if (used_ >= maximum_) {
            return false;
        }
        ++used_;
        return true;
    }

    void give_back() {
        if (used_ > 0) {
            --used_;
        }
    }

    std::uint16_t used() const { return used_; }

private:
    std::uint16_t maximum_ = 0;
    std::uint16_t used_ = 0;
};

}  // namespace lmqtt::session
