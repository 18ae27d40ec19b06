// $SYS, published at its interval.
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <optional>
#include <string>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;

namespace {

// The payload of the next PUBLISH of QoS 0, without properties.
std::string payload_of(const std::string& publish, std::string_view topic) {
    return publish.substr(2 + 2 + topic.size() + 1);
}

}  // namespace

TEST_CASE("whoever subscribes to $SYS hears how the broker is, again and again", "[sys]") {
    config settings = quiet_config();
    settings.sys.interval = 1ms;
    settings.workers = GENERATE(1U, 4U);
    server broker(settings);
    broker.start();
    talker reader(broker);
    CHECK(reader.connect("reader") == 0);
    constexpr std::string_view topic = "$SYS/broker/clients/connected";
    CHECK(reader.subscribe(topic, qos::at_most_once) == 0);
    while (payload_of(reader.packet(), topic) != "1") {
    }
    talker other(broker);
    CHECK(other.connect("other") == 0);
    while (payload_of(reader.packet(), topic) != "2") {
    }
    other.leave();
    while (payload_of(reader.packet(), topic) != "1") {
    }
    CHECK(broker.retained("$SYS/broker/clients/maximum")->payload == "2");
    CHECK(broker.retained("$SYS/broker/version")->payload.starts_with("lmqtt version "));
}

TEST_CASE("$SYS can be turned off", "[sys]") {
    config settings = quiet_config();
    settings.sys.interval = std::nullopt;
    settings.mqtt.session_expiry_check_interval = 1ms;
    server broker(settings);
    std::promise<void> time_has_passed;
    broker.hooks().on_session_terminated = [&](std::string_view, session_end) {
        time_has_passed.set_value();
    };
    broker.start();
    const properties a_second =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{1}));
    connect_packet brief;
    brief.client_id = "brief";
    brief.properties = a_second;
    talker client(broker);
    CHECK(client.connect(brief) == 0);
    client.leave();
    time_has_passed.get_future().wait();
    CHECK_FALSE(broker.retained("$SYS/broker/uptime"));
}
