#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "small_stack.hpp"
#include "topic/subscription_index.hpp"
#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::topic;
using test::collected;
using test::match;
using test::member;

namespace {

using sessions = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an empty index matches nothing") {
    const subscription_index index;
    CHECK(match(index, "a") == collected{});
    CHECK(match(index, "$SYS/x") == collected{});
    CHECK(index.size() == 0);
}

TEST_CASE("exact and wildcard filters are matched together") {
    subscription_index index;
    CHECK(index.add("a/b", member(1)));
    CHECK(index.add("a/+", member(2)));
    CHECK(index.add("a/b", member(3)));
    CHECK(index.add("#", member(1)));
    CHECK(index.size() == 4);
    CHECK(match(index, "a/b").sessions == sessions{1, 1, 2, 3});
    CHECK(match(index, "a/c").sessions == sessions{1, 2});
    CHECK(match(index, "c").sessions == sessions{1});
}

TEST_CASE(
    "a topic starting with a dollar is matched by no filter starting with a wildcard [MQTT-4.7.2-1]"
) {
    subscription_index index;
    index.add("#", member(1));
    index.add("+/x", member(2));
    index.add_shared("g", "#", member(3));
    index.add_shared("g", "+/x", member(4));
    CHECK(match(index, "$SYS/x") == collected{});
    CHECK(match(index, "$SYS") == collected{});

    index.add("$SYS/#", member(5));
    index.add("$SYS/x", member(6));
    index.add_shared("g", "$SYS/+", member(7));
    CHECK(match(index, "$SYS/x").sessions == sessions{5, 6});
    CHECK(match(index, "$SYS/x").groups == std::vector<std::string>{"g|$SYS/+"});
    CHECK(match(index, "SYS/x").sessions == sessions{1, 2});
}

TEST_CASE("subscribing again replaces the options and keeps the count") {
    subscription_index index;
    for (const char* filter : {"a", "a/#"}) {
        index.add(filter, member(1));
        auto again = member(1);
        again.options.retain_as_published = true;
        again.subscription_identifier = 77;
        CHECK_FALSE(index.add(filter, again));
        REQUIRE(index.find(filter, 1) != nullptr);
        CHECK(index.find(filter, 1)->options.retain_as_published);
        CHECK(index.find(filter, 1)->subscription_identifier == 77);
    }
    CHECK(index.size() == 2);
}

TEST_CASE("removing what is not there changes nothing") {
    subscription_index index;
    index.add("a/b", member(1));
    index.add_shared("g", "a/b", member(2));
    CHECK_FALSE(index.remove("a/b", 2));
    CHECK_FALSE(index.remove("a/c", 1));
    CHECK_FALSE(index.remove("a/+", 1));
    CHECK_FALSE(index.remove_shared("g", "a/b", 1));
    CHECK_FALSE(index.remove_shared("h", "a/b", 2));
    CHECK_FALSE(index.remove_shared("g", "a/c", 2));
    CHECK_FALSE(index.set_shared_online("g", "a/b", 1, false));
    CHECK_FALSE(index.set_shared_online("h", "a/b", 2, false));
    CHECK(index.size() == 2);
    CHECK(index.find("a/b", 2) == nullptr);
    CHECK(index.find_shared("h", "a/b") == nullptr);
}

TEST_CASE("a filter and its shared subscriptions coexist, each with its own members [X-SUB-3]") {
    for (const char* filter : {"a/b", "a/+"}) {
        subscription_index index;
        index.add(filter, member(1));
        index.add_shared("g", filter, member(1));
        index.add_shared("h", filter, member(1));
        index.add_shared("h", filter, member(2));
        CHECK(index.size() == 4);
        CHECK(index.group_count() == 2);
        const collected all = match(index, "a/b");
        CHECK(all.sessions == sessions{1});
        CHECK(
            all.groups ==
            std::vector<std::string>{std::string{"g|"} + filter, std::string{"h|"} + filter}
        );

        CHECK(index.remove_shared("h", filter, 1));
        CHECK(index.remove(filter, 1));
        CHECK(match(index, "a/b").sessions.empty());
        CHECK(match(index, "a/b").groups.size() == 2);
        CHECK(index.remove_shared("g", filter, 1));
        CHECK(index.remove_shared("h", filter, 2));
        CHECK(match(index, "a/b") == collected{});
        CHECK(index.size() == 0);
        CHECK(index.group_count() == 0);
    }
}

TEST_CASE("whether a member is online is told to the group and does not change generations") {
    subscription_index index;
    index.add_shared("g", "a", member(1));
    const auto generation = index.generation("a");
    REQUIRE(index.find_shared("g", "a") != nullptr);
    CHECK(index.find_shared("g", "a")->online() == 1);
    CHECK(index.set_shared_online("g", "a", 1, false));
    CHECK(index.find_shared("g", "a")->online() == 0);
    CHECK(index.generation("a") == generation);
}

TEST_CASE("a generation changes with every change that concerns the topic's first level") {
    subscription_index index;
    auto last = index.generation("a/x");
    const auto changed = [&] { return std::exchange(last, index.generation("a/x")) != last; };
    CHECK_FALSE(changed());

    index.add("a/b", member(1));
    CHECK(changed());
    index.add("a/b", member(1));
    CHECK(changed());
    index.add("a/#", member(1));
    CHECK(changed());
    index.remove("a/b", 1);
    CHECK(changed());
    index.add_shared("g", "a", member(2));
    CHECK(changed());
    index.remove_shared("g", "a", 2);
    CHECK(changed());
    for (const char* wild : {"#", "+", "+/x"}) {
        index.add(wild, member(3));
        CHECK(changed());
        index.remove(wild, 3);
        CHECK(changed());
    }
    index.remove("a/b", 1);
    CHECK_FALSE(changed());
    CHECK(index.generation("a") == index.generation("a/x"));
}

TEST_CASE("subscribe churn below other first levels leaves nearly all generations alone") {
    subscription_index index;
    std::size_t undisturbed = 0;
    for (int level = 0; level < 100; ++level) {
        const std::string first = "level" + std::to_string(level);
        const auto before = index.generation(first);
        index.add("other/b", member(1));
        index.remove("other/b", 1);
        undisturbed += index.generation(first) == before ? 1U : 0U;
    }
    CHECK(undisturbed >= 90);
}

TEST_CASE("topics and filters of 65,536 levels are handled on a stack of 256 KiB [MQTT-4.7.3-3]") {
    const bool done = test::on_small_stack([] {
        subscription_index index{1};
        const std::string slashes(65'535, '/');
        std::string pluses = "+";
        std::string topic = "a";
        while (pluses.size() + 2 <= 65'535) {
            pluses += "/+";
            topic += "/a";
        }
        index.add(slashes, member(1));
        index.add(slashes.substr(1) + "#", member(2));
        index.add(pluses, member(3));
        index.add_shared("g", pluses, member(4));
        const bool matched = match(index, slashes).sessions == sessions{1, 2} &&
                             match(index, topic).sessions == sessions{3} &&
                             match(index, topic).groups.size() == 1;
        return matched && index.remove(slashes, 1) && index.remove(slashes.substr(1) + "#", 2) &&
               index.remove(pluses, 3) && index.remove_shared("g", pluses, 4) && index.size() == 0;
    });
    CHECK(done);
}

TEST_CASE("a filter with thirty thousand subscribers loses them in any order without searching") {
    constexpr std::uint64_t count = 30'000;
    for (const char* filter : {"a/b", "a/#"}) {
        subscription_index index;
        for (std::uint64_t session = 0; session < count; ++session) {
            index.add(filter, member(session));
            index.add_shared("g", filter, member(session));
        }
        CHECK(match(index, "a/b").sessions.size() == count);
        for (std::uint64_t session = 0; session < count; ++session) {
            REQUIRE(index.remove(filter, session));
            REQUIRE(index.remove_shared("g", filter, session));
        }
        CHECK(index.size() == 0);
    }
}

TEST_CASE("thirty thousand groups on one filter come and go without searching") {
    subscription_index index;
    for (std::uint64_t number = 0; number < 30'000; ++number) {
        index.add_shared("g" + std::to_string(number), "a/+", member(number));
    }
    CHECK(index.group_count() == 30'000);
    CHECK(match(index, "a/b").groups.size() == 30'000);
    for (std::uint64_t number = 0; number < 30'000; ++number) {
        REQUIRE(index.remove_shared("g" + std::to_string(number), "a/+", number));
    }
    CHECK(match(index, "a/b") == collected{});
}

TEST_CASE("all memory comes back when all subscriptions are gone") {
    test::random_topics random{Catch::rngSeed() + 1U};
    subscription_index index;
    index.add("a", member(1));
    index.add("a/#", member(1));
    index.remove("a", 1);
    index.remove("a/#", 1);
    const auto before = test::bytes_in_use();
    {
        std::vector<std::pair<std::string, std::uint64_t>> added;
        std::vector<std::pair<std::string, std::uint64_t>> shared;
        for (std::uint64_t session = 0; session < 20'000; ++session) {
            const std::string own = random.filter();
            const std::string many = "d/" + std::to_string(session) + "/a-rather-long-level/+";
            index.add(own, member(session));
            index.add(many, member(session));
            index.add_shared("g", own, member(session));
            added.emplace_back(own, session);
            added.emplace_back(many, session);
            shared.emplace_back(own, session);
        }
        CHECK(test::bytes_in_use() > before + 5'000'000);
        for (const auto& [filter, session] : added) {
            REQUIRE(index.remove(filter, session));
        }
        for (const auto& [filter, session] : shared) {
            REQUIRE(index.remove_shared("g", filter, session));
        }
    }
    CHECK(index.size() == 0);
    // A list of a slab's chunks may have room for one more than at first.
    CHECK(test::bytes_in_use() <= before + 64);
}

TEST_CASE(
    "two hundred thousand subscriptions passing through a window of ten thousand do not pile up"
) {
    constexpr std::uint64_t window = 10'000;
    constexpr std::uint64_t total = 200'000;
    subscription_index index;
    const auto filter = [](std::uint64_t number) {
        return "device/" + std::to_string(number) + (number % 10 == 0 ? "/#" : "/state");
    };
    const auto before = test::bytes_in_use();
    std::size_t full = 0;
    for (std::uint64_t number = 0; number < total; ++number) {
        index.add(filter(number), member(number));
        if (number >= window) {
            index.remove(filter(number - window), number - window);
        }
        if (number == 2 * window) {
            full = test::bytes_in_use();
        }
    }
    CHECK(index.size() == window);
    CHECK(test::bytes_in_use() - before < (full - before) * 3 / 2);
}

TEST_CASE("an index destroyed with subscriptions gives their memory back") {
    const auto before = test::bytes_in_use();
    {
        subscription_index index;
        for (std::uint64_t session = 0; session < 1'000; ++session) {
            index.add("a/" + std::to_string(session), member(session));
            index.add("a/b", member(session));
            index.add("a/b/#", member(session));
            index.add_shared("g", "a/b/" + std::to_string(session % 10) + "/#", member(session));
        }

        struct sticking {
            void subscription(const subscriber&) {}

            void group(const shared_group& each) {
                CHECK(choose(each, strategy::sticky, 1, 1) != nullptr);
            }
        };

        index.match("a/b/7/x", sticking{});
    }
    CHECK(test::bytes_in_use() == before);
}
