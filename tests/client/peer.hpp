// The far end of a client's connection, which speaks MQTT with it.
#pragma once

#include "exchange.hpp"
#include "mqtt/encode.hpp"
#include "support/socket_pair.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lmqtt::client::test {

class peer {
public:
    explicit peer(exchange& of, int send_buffer = 0)
        : of_(of)
        , pair_(lmqtt::test::make_socket_pair(send_buffer)) {
        auto who = std::make_unique<client>(of.env, of.admit(std::move(pair_.ours)));
        id_ = who->id();
        of.tasks.spawn("client", client::run(std::move(who)));
        of.settle();
    }

    // Written, but not read by the broker yet.
    void write(std::string_view bytes) { pair_.theirs.write(bytes); }

    void say(std::string_view bytes) {
        write(bytes);
        of_.settle();
    }

    template <class Packet>

    requires(!std::is_convertible_v<Packet, std::string_view>) void say(const Packet& what) {
        say(bytes_of(what));
    }

    template <class Packet>
    static std::string
    bytes_of(const Packet& what, protocol_version version = protocol_version::v5_0) {
        std::string bytes;
        mqtt::encode(bytes, lmqtt::packet(what), version);
        return bytes;
    }

    // All that has come since the last call.
    std::string read() { return pair_.theirs.read(); }

    // The CONNACK's bytes.
    std::string connect(const connect_packet& what) {
        say(what);
        return read();
    }

    std::string connect(std::string_view client_id = "c") {
        connect_packet plain;
        plain.client_id = client_id;
        return connect(plain);
    }

    std::string subscribe(std::string_view filter, qos quality = qos::exactly_once) {
        subscribe_packet what;
        what.packet_id = 1;
        what.filters = {{filter, {quality}}};
        say(what);
        return read();
    }

    static publish_packet publication(
        std::string_view topic, qos quality, std::uint16_t id = 7, std::string_view payload = "x"
    ) {
        publish_packet what;
        what.topic = topic;
        what.payload = payload;
        what.quality = quality;
        what.packet_id = quality == qos::at_most_once ? std::uint16_t{0} : id;
        return what;
    }

    void hang_up() {
        pair_.theirs.close();
        of_.settle();
    }

    bool closed() {
        static_cast<void>(read());
        return pair_.theirs.at_end();
    }

    client* there() const { return of_.clients.find(id_); }

    session::connection_id id() const { return id_; }

private:
    exchange& of_;
    lmqtt::test::socket_pair pair_;
    session::connection_id id_ = 0;
};

}  // namespace lmqtt::client::test
