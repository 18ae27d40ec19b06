#include "random_topics.hpp"
#include "topic/shared_groups.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <set>

using namespace lmqtt::topic;
using test::member;

namespace {

std::uint64_t chosen(
    const shared_group& group, strategy how, std::uint64_t publisher = 0, std::uint64_t random = 0
) {
    const subscriber* const who = choose(group, how, publisher, random);
    REQUIRE(who != nullptr);
    return who->session;
}

std::map<std::uint64_t, int> shares(const shared_group& group, strategy how, int messages) {
    std::map<std::uint64_t, int> counts;
    for (int message = 0; message < messages; ++message) {
        const auto number = static_cast<std::uint64_t>(message);
        ++counts[chosen(group, how, number, number)];
    }
    return counts;
}

constexpr std::array every_strategy{strategy::round_robin, strategy::random, strategy::sticky};

}  // namespace

TEST_CASE("a group knows its share name and its filter") {
    shared_group group{"name", "/a/+/#"};
    CHECK(group.share_name() == "name");
    CHECK(group.filter() == "/a/+/#");
    shared_group second{"n", "a"};
    CHECK(second.share_name() == "n");
    CHECK(second.filter() == "a");
}

TEST_CASE("a group without members has nobody to choose") {
    const shared_group group{"g", "a"};
    for (const strategy how : every_strategy) {
        CHECK(choose(group, how, 1, 1) == nullptr);
    }
}

TEST_CASE("a member that subscribes again is replaced, with its new granted QoS [MQTT-4.8.2-3]") {
    shared_group group{"g", "a"};
    CHECK(group.add(member(1), true));
    auto again = member(1);
    again.options.maximum_qos = lmqtt::qos::exactly_once;
    CHECK_FALSE(group.add(again, true));
    CHECK(group.size() == 1);
    const subscriber* const who = choose(group, strategy::round_robin, 0, 0);
    REQUIRE(who != nullptr);
    CHECK(who->options.maximum_qos == lmqtt::qos::exactly_once);
}

TEST_CASE("round robin gives each member the same number of messages") {
    shared_group group{"g", "a"};
    for (std::uint64_t session = 1; session <= 3; ++session) {
        group.add(member(session), true);
    }
    const auto counts = shares(group, strategy::round_robin, 300);
    CHECK(counts == std::map<std::uint64_t, int>{{1, 100}, {2, 100}, {3, 100}});
}

TEST_CASE("random follows the number it is given, over all members") {
    shared_group group{"g", "a"};
    for (std::uint64_t session = 1; session <= 4; ++session) {
        group.add(member(session), true);
    }
    CHECK(shares(group, strategy::random, 400).size() == 4);
    CHECK(chosen(group, strategy::random, 0, 6) == chosen(group, strategy::random, 1, 6));
}

TEST_CASE(
    "sticky keeps a publisher with its member as long as that one stays, whoever comes and goes"
) {
    shared_group group{"g", "a"};
    for (std::uint64_t session = 1; session <= 8; ++session) {
        group.add(member(session), true);
    }
    std::map<std::uint64_t, std::uint64_t> stuck;
    for (std::uint64_t publisher = 0; publisher < 200; ++publisher) {
        stuck[publisher] = chosen(group, strategy::sticky, publisher);
    }
    std::set<std::uint64_t> used;
    for (const auto& [publisher, session] : stuck) {
        used.insert(session);
    }
    CHECK(used.size() == 8);  // publishers are spread over the members

    group.remove(3);
    group.set_online(5, false);
    for (std::uint64_t session = 9; session <= 100; ++session) {
        group.add(member(session), true);
    }
    for (const auto& [publisher, session] : stuck) {
        INFO("publisher " << publisher << " was with " << session);
        const std::uint64_t now = chosen(group, strategy::sticky, publisher);
        if (session == 3 || session == 5) {
            CHECK(now != session);
            CHECK(chosen(group, strategy::sticky, publisher) == now);
        } else {
            CHECK(now == session);
        }
    }
}

TEST_CASE("members that are online are preferred, whatever the strategy") {
    shared_group group{"g", "a"};
    for (std::uint64_t session = 1; session <= 6; ++session) {
        group.add(member(session), session % 2 == 0);
    }
    CHECK(group.online() == 3);
    for (const strategy how : every_strategy) {
        for (const auto& [session, count] : shares(group, how, 600)) {
            CHECK(session % 2 == 0);
            CHECK(count > 0);
        }
    }
    group.set_online(2, false);
    group.set_online(3, true);
    for (const strategy how : every_strategy) {
        const auto counts = shares(group, how, 600);
        CHECK(counts.count(2) == 0);
        CHECK(counts.count(3) == 1);
        CHECK(counts.size() == 3);
    }
}

TEST_CASE("when nobody is online somebody who is not is chosen, so that the message waits for him"
) {
    shared_group group{"g", "a"};
    for (std::uint64_t session = 1; session <= 3; ++session) {
        group.add(member(session), false);
    }
    for (const strategy how : every_strategy) {
        CHECK(shares(group, how, 300).size() == 3);
    }
    group.set_online(2, true);
    for (const strategy how : every_strategy) {
        CHECK(shares(group, how, 10) == std::map<std::uint64_t, int>{{2, 10}});
    }
}

TEST_CASE("a member that left is never chosen again, and the others get every message") {
    for (const strategy how : every_strategy) {
        shared_group group{"g", "a"};
        for (std::uint64_t session = 1; session <= 100; ++session) {
            group.add(member(session), session % 3 != 0);
        }
        shares(group, how, 500);
        for (std::uint64_t leaving = 1; leaving < 100; ++leaving) {
            REQUIRE(group.remove(leaving));
            REQUIRE_FALSE(group.remove(leaving));
            for (const auto& [session, count] : shares(group, how, 100)) {
                REQUIRE(session > leaving);
                REQUIRE(count > 0);
            }
        }
        CHECK(group.size() == 1);
        CHECK(chosen(group, how) == 100);
    }
}

TEST_CASE("telling a group about a session that is no member changes nothing") {
    shared_group group{"g", "a"};
    group.add(member(1), true);
    CHECK_FALSE(group.set_online(2, true));
    CHECK_FALSE(group.remove(2));
    CHECK(group.online() == 1);
    CHECK(group.size() == 1);
}

TEST_CASE("members that are online stand in front whatever happens") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    shared_group group{"g", "a"};
    std::map<std::uint64_t, bool> model;
    for (int step = 0; step < 4'000; ++step) {
        const std::uint64_t session = random.below(150);
        const bool online = random.one_in(2);
        switch (random.below(3)) {
        case 0:
            REQUIRE(group.add(member(session), online) == (model.count(session) == 0));
            model[session] = online;
            break;
        case 1:
            REQUIRE(group.remove(session) == (model.erase(session) == 1));
            break;
        default:
            REQUIRE(group.set_online(session, online) == (model.count(session) == 1));
            if (model.count(session) == 1) {
                model[session] = online;
            }
        }
        std::map<std::uint64_t, bool> seen;
        for (const subscriber& each : group.members()) {
            seen[each.session] = seen.size() < group.online();
        }
        REQUIRE(seen == model);
    }
}
