#include "broker/directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace lmqtt;
using namespace lmqtt::broker;

namespace {

mqtt::routed_message_ptr
kept(std::string_view topic, std::string_view payload = "x", std::int64_t expires_at_ms = 0) {
    return mqtt::make_routed_message(
        {.topic = topic, .payload = payload, .expires_at_ms = expires_at_ms}
    );
}

constexpr retained_limits generous{1'000'000, 1'000'000'000};

}  // namespace

TEST_CASE("one message is kept for a topic, the last [MQTT-3.3.1-5]", "[retained]") {
    retained_messages all;
    CHECK(all.put(*kept("a", "long payload"), generous));
    CHECK(all.put(*kept("b"), generous));
    const auto shorter = kept("a", "new");
    CHECK(all.put(*shorter, generous));
    CHECK(all.size() == 2);
    CHECK(all.index().find("a")->message->payload() == "new");
    CHECK(all.bytes() == shorter->memory() + kept("b")->memory());
    CHECK(all.erase("a"));
    CHECK_FALSE(all.erase("a"));
    CHECK(all.size() == 1);
    CHECK(all.bytes() == kept("b")->memory());
}

TEST_CASE("a limit on messages stops new topics, not new messages", "[retained]") {
    retained_messages all;
    const retained_limits two{2, 1'000'000};
    CHECK(all.put(*kept("a"), two));
    CHECK(all.put(*kept("b"), two));
    CHECK_FALSE(all.put(*kept("c"), two));
    CHECK(all.put(*kept("a", "changed"), two));
    CHECK(all.index().find("c") == nullptr);
}

TEST_CASE("a limit on bytes counts what would be there, and leaves the old message", "[retained]") {
    retained_messages all;
    const std::uint64_t one = kept("a", "1234")->memory();
    const retained_limits limits{10, one + 2};
    CHECK(all.put(*kept("a", "1234"), limits));
    CHECK_FALSE(all.put(*kept("a", "1234567"), limits));
    CHECK(all.index().find("a")->message->payload() == "1234");
    CHECK(all.put(*kept("a", "123456"), limits));
    CHECK_FALSE(all.put(*kept("b"), limits));
}

TEST_CASE("no limit counts what the broker says about itself", "[retained]") {
    retained_messages all;
    const retained_limits one{1, 1'000'000};
    all.put_status(*kept("$SYS/broker/version"));
    CHECK(all.put(*kept("$SYS/app/state"), one));
    all.put_status(*kept("$SYS/broker/version", "again"));
    CHECK(all.size() == 0);
    CHECK(all.bytes() == 0);
    CHECK(all.put(*kept("a"), one));
    CHECK(all.size() == 1);
    CHECK(all.erase("$SYS/app/state"));
    CHECK(all.size() == 1);
}

TEST_CASE("a sweep removes what has expired, a bounded part of it a call", "[retained]") {
    retained_messages all;
    constexpr int topics = 5000;
    std::set<std::string> late;
    for (int number = 0; number < topics; ++number) {
        const std::string topic = "t/" + std::to_string(number);
        const bool expires = number % 2 == 0;
        CHECK(all.put(*kept(topic, "x", expires ? 1000 : 0), generous));
        if (expires) {
            late.insert(topic);
        }
    }
    int calls = 0;
    for (; calls < 20; ++calls) {
        CHECK(all.sweep(999).empty());
    }
    std::set<std::string> gone;
    std::size_t most = 0;
    for (calls = 0; gone.size() < late.size() && calls < 100; ++calls) {
        const auto some = all.sweep(1000);
        most = std::max(most, some.size());
        gone.insert(some.begin(), some.end());
    }
    CHECK(gone == late);
    CHECK(most <= 1000);
    CHECK(all.size() == topics / 2);
}
