#include "session/session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace lmqtt;
using namespace lmqtt::session;
using state = lmqtt::session::session;

namespace {

state offline(std::uint32_t expiry_interval_seconds, std::int64_t since_ms) {
    state result;
    result.expiry_interval_seconds = expiry_interval_seconds;
    result.disconnected_at_ms = since_ms;
    return result;
}

}  // namespace

TEST_CASE(
    "a session expires when its interval has passed since it was left [MQTT-4.1.0-2] "
    "[MQTT-3.1.2-23]",
    "[session]"
) {
    const auto left = offline(10, 1'000);
    CHECK(left.outlives_connection());
    CHECK_FALSE(left.expired(10'999));
    CHECK(left.expired(11'000));
}

TEST_CASE("a session does not expire while somebody is connected [MQTT-4.1.0-1]", "[session]") {
    auto connected = offline(10, 1'000);
    connected.connection = 1;
    CHECK(connected.attached());
    CHECK_FALSE(connected.expired(1'000'000'000));
}

TEST_CASE("an interval of 0 ends with the connection, the largest never", "[session]") {
    const auto brief = offline(0, 1'000);
    CHECK_FALSE(brief.outlives_connection());
    CHECK(brief.expired(1'000));
    const auto endless = offline(never_expires, 1'000);
    CHECK(endless.outlives_connection());
    CHECK_FALSE(endless.expired(std::numeric_limits<std::int64_t>::max()));
    const auto almost = offline(never_expires - 1, 0);
    CHECK_FALSE(almost.expired(std::int64_t{never_expires - 1} * 1'000 - 1));
    CHECK(almost.expired(std::int64_t{never_expires - 1} * 1'000));
}

TEST_CASE("the same filter again replaces the subscription [MQTT-3.8.4-3]", "[session]") {
    state client;
    CHECK(client.subscribe({"a/+", {qos::at_most_once}, 1}));
    CHECK(client.subscribe({"a/b", {qos::at_most_once}, 2}));
    CHECK_FALSE(client.subscribe({"a/+", {qos::exactly_once, true, true, 2}, 3}));
    CHECK(client.subscriptions.size() == 2);
    const auto* const held = client.find("a/+");
    REQUIRE(held != nullptr);
    CHECK((held->what == subscription{"a/+", {qos::exactly_once, true, true, 2}, 3}));
}

TEST_CASE(
    "filters are compared character by character [MQTT-3.10.4-1] [MQTT-4.7.3-4] [X-SUB-3]",
    "[session]"
) {
    state client;
    const std::string filters[] = {
        "a",
        "a/",
        "/a",
        "a//b",
        "a/b",
        "A",
        "#",
        "+",
        "a/#",
        "$share/g/a",
        "$share/h/a",
        "caf\xc3\xa9",
        "cafe\xcc\x81"};
    for (const auto& each : filters) {
        CHECK(client.subscribe({each, {}, 0}));
    }
    CHECK(client.subscriptions.size() == std::size(filters));
    CHECK(client.find("a/c") == nullptr);
    CHECK(client.find("") == nullptr);
    CHECK_FALSE(client.unsubscribe("a/c"));
    CHECK(client.unsubscribe("a"));
    CHECK_FALSE(client.unsubscribe("a"));
    CHECK(client.find("a") == nullptr);
    CHECK(client.find("$share/g/a") != nullptr);
    CHECK(client.unsubscribe("$share/g/a"));
    CHECK(client.find("$share/h/a") != nullptr);
    CHECK(client.subscriptions.size() == std::size(filters) - 2);
}

TEST_CASE("subscriptions stay sorted in whatever order they come", "[session]") {
    state client;
    for (const auto* filter : {"m", "a", "z", "b", "y", "m/n"}) {
        client.subscribe({filter, {}, 0});
    }
    client.unsubscribe("y");
    const auto by_filter = [](const auto& left, const auto& right) {
        return left.what.topic_filter < right.what.topic_filter;
    };
    CHECK(std::is_sorted(client.subscriptions.begin(), client.subscriptions.end(), by_filter));
    for (const auto* filter : {"m", "a", "z", "b", "m/n"}) {
        CHECK(client.unsubscribe(filter));
    }
    CHECK(client.subscriptions.empty());
    CHECK(client.subscriptions.capacity() == 0);
}
