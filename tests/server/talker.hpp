// A connection that speaks MQTT 5 with a server under test: packets out of plain values, whole
// packets back as bytes.
#pragma once

#include "mqtt/encode.hpp"
#include "raw_client.hpp"

#include <lmqtt/properties.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace lmqtt::test {

class talker : public raw_client {
public:
    explicit talker(const server& to, std::size_t listener = 0)
        : raw_client(to, 0, listener) {}

    using raw_client::say;

    template <class Packet>

    requires(!std::is_convertible_v<Packet, std::string_view>) void say(const Packet& what) {
        raw_client::say(bytes_of(what));
    }

    template <class Packet>
    static std::string bytes_of(const Packet& what) {
        std::string bytes;
        mqtt::encode(bytes, lmqtt::packet(what), protocol_version::v5_0);
        return bytes;
    }

    // The CONNACK's reason code; of what is connected, success.
    int connect(const connect_packet& what) {
        say(what);
        return static_cast<unsigned char>(raw_client::packet().at(3));
    }

    int connect(std::string_view client_id) {
        connect_packet plain;
        plain.client_id = client_id;
        return connect(plain);
    }

    // The first code of the SUBACK.
    int subscribe(std::string_view filter, subscription_options options) {
        subscribe_packet packet;
        packet.packet_id = 1;
        packet.filters = {{filter, options}};
        say(packet);
        return static_cast<unsigned char>(raw_client::packet().back());
    }

    int subscribe(std::string_view filter, qos quality = qos::exactly_once) {
        return subscribe(filter, subscription_options{quality});
    }

    void publish(std::string_view topic, qos quality = qos::at_most_once, std::uint16_t id = 7) {
        say(publication(topic, quality, id));
    }

    static publish_packet
    publication(std::string_view topic, qos quality = qos::at_most_once, std::uint16_t id = 7) {
        publish_packet what;
        what.topic = topic;
        what.quality = quality;
        what.packet_id = quality == qos::at_most_once ? std::uint16_t{0} : id;
        what.payload = "x";
        return what;
    }

    // The answer comes when everything before it has been dealt with.
    void ping() {
        say(pingreq_packet{});
        while (raw_client::packet().front() != '\xD0') {
        }
    }

    // What the broker still had to say; it has let go of the session then.
    std::string leave(reason_code why = reason_code::normal_disconnection) {
        disconnect_packet last;
        last.reason = disconnect_reason::from(why).value();
        say(last);
        return read_to_the_end();
    }
};

}  // namespace lmqtt::test
