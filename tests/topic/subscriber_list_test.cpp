#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/shared_groups.hpp"
#include "topic/subscriber_list.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::topic;
using test::member;

TEST_CASE("the only subscriber of a filter costs no memory beyond the list") {
    const auto before = test::bytes_in_use();
    subscriber_list list;
    CHECK(list.add(member(7)));
    CHECK(test::bytes_in_use() == before);
    REQUIRE(list.subscribers().size() == 1);
    CHECK(list.subscribers()[0].session == 7);
    CHECK(list.groups().empty());
}

TEST_CASE("subscribing again replaces the options of the session, and is not new") {
    subscriber_list list;
    const auto others = GENERATE(0U, 1U, 100U);
    for (std::uint32_t session = 100; session < 100 + others; ++session) {
        list.add(member(session));
    }
    CHECK(list.add(member(7)));
    auto again = member(7);
    again.options.no_local = true;
    again.subscription_identifier = 9;
    CHECK_FALSE(list.add(again));
    CHECK(list.subscribers().size() == others + 1);
    REQUIRE(list.find(7) != nullptr);
    CHECK(list.find(7)->options.no_local);
    CHECK(list.find(7)->subscription_identifier == 9);
}

TEST_CASE("removing takes only who is there, and gives the crowd's memory back") {
    const auto before = test::bytes_in_use();
    subscriber_list list;
    for (std::uint32_t session = 1; session <= 300; ++session) {
        list.add(member(session));
    }
    CHECK_FALSE(list.remove(0));
    for (std::uint32_t session = 300; session > 1; --session) {
        REQUIRE(list.remove(session));
        REQUIRE_FALSE(list.remove(session));
        REQUIRE(list.find(session) == nullptr);
    }
    CHECK(test::bytes_in_use() == before);
    CHECK(list.subscribers().size() == 1);
    CHECK_FALSE(list.remove(2));
    CHECK(list.remove(1));
    CHECK(list.empty());
    CHECK(list.subscribers().empty());
    CHECK_FALSE(list.remove(1));
}

TEST_CASE("groups stand beside subscribers, and a removed one's place is taken by the last") {
    subscriber_list list;
    shared_group first{"g", "a"};
    shared_group second{"h", "a"};
    shared_group third{"i", "a"};
    list.add(member(1));
    CHECK(list.add_group(&first) == 0);
    CHECK(list.add_group(&second) == 1);
    CHECK(list.add_group(&third) == 2);
    CHECK(list.subscribers().size() == 1);
    CHECK(list.remove(1));
    CHECK_FALSE(list.empty());

    CHECK(list.remove_group(0) == &third);
    CHECK(list.groups()[0] == &third);
    CHECK(list.remove_group(1) == nullptr);
    CHECK(list.remove_group(0) == nullptr);
    CHECK(list.empty());
}
