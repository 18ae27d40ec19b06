#include "raw_client.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>

using lmqtt::test::quiet_config;
using lmqtt::test::raw_client;

namespace {

using waiting_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    lmqtt::executor>;

// The promise is the test's, which outlives the server.
lmqtt::task<lmqtt::decision> never_answer(std::promise<void>& asked) {
    const auto here = co_await boost::asio::this_coro::executor;
    waiting_timer never(here, std::chrono::steady_clock::time_point::max());
    asked.set_value();
    co_await never.async_wait(lmqtt::use_task);
    co_return lmqtt::decision{};
}

}  // namespace

TEST_CASE("clients are told that the server shuts down [MQTT-3.14.4-1]", "[stop]") {
    lmqtt::server server(quiet_config());
    std::promise<void> connected;
    bool stopped = false;
    server.hooks().on_connected = [&](const lmqtt::client_info&) { connected.set_value(); };
    server.hooks().on_stop = [&] { stopped = true; };
    server.start();
    raw_client client(server);
    client.say_connect();
    connected.get_future().wait();
    auto seen = std::async(std::launch::async, [&] { return client.read_to_the_end(); });
    server.stop();
    const std::string bytes = seen.get();
    const std::string goodbye("\xE0\x01\x8B", 3);
    CHECK(bytes.find(goodbye) == bytes.size() - goodbye.size());
    CHECK(stopped);
}

TEST_CASE("a hook that never answers does not outlive the server", "[stop]") {
    std::promise<void> asked;
    lmqtt::server server(quiet_config());
    server.hooks().on_basic_auth = [&](lmqtt::basic_auth_request&) { return never_answer(asked); };
    server.start();
    raw_client client(server);
    client.say_connect();
    asked.get_future().wait();
    server.stop();
    CHECK(server.metrics().empty());
}

// Nobody waits for it longer than it gets to read its last packet; what it was owed goes with it.
TEST_CASE("a client that never reads does not outlive the server", "[stop]") {
    lmqtt::config settings = quiet_config();
    settings.workers = GENERATE(1U, 4U);
    settings.limits.max_output_bytes = lmqtt::unlimited;
    settings.mqtt.max_queued_bytes = lmqtt::unlimited;
    lmqtt::server server(settings);
    std::promise<void> full;
    server.hooks().on_delivered = [&, sent = 0](const auto&, auto, auto) mutable {
        if (++sent == 8) {
            full.set_value();
        }
    };
    server.start();
    raw_client deaf(server, 4096);
    deaf.say_connect();
    using namespace std::string_literals;
    deaf.say("\x82\x07\0\1\0\0\1#\2"s);
    deaf.packet();
    deaf.packet();  // CONNACK, SUBACK, and from here on nothing
    lmqtt::message large;
    large.topic = "large";
    large.payload = std::string(1'000'000, 'x');
    large.quality = lmqtt::qos::exactly_once;
    for (int i = 0; i < 8; ++i) {
        server.publish(large);
    }
    full.get_future().wait();
    server.stop();
    CHECK(server.metrics().empty());
}

TEST_CASE("stop from two threads, and again, stops once", "[stop]") {
    lmqtt::server server(quiet_config());
    int stopped = 0;
    server.hooks().on_stop = [&] { ++stopped; };
    server.start();
    auto other = std::async(std::launch::async, [&] { server.stop(); });
    server.stop();
    other.get();
    server.stop();
    server.wait();
    CHECK(stopped == 1);
}
