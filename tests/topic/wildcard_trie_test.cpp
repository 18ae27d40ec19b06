#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/wildcard_trie.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt::topic;
using test::member;

namespace {

std::vector<std::uint64_t> sessions_for(const wildcard_trie& trie, std::string_view topic) {
    matched_lists lists;
    trie.match(topic, lists);
    std::vector<std::uint64_t> sessions;
    for (const subscriber_list* list : lists) {
        for (const subscriber& each : list->subscribers()) {
            sessions.push_back(each.session);
        }
    }
    std::sort(sessions.begin(), sessions.end());
    return sessions;
}

}  // namespace

TEST_CASE("filters that share levels are told apart") {
    wildcard_trie trie{1};
    const std::vector<std::string> filters{
        "#", "+", "a/#", "a/+", "+/b", "+/+", "a/+/#", "+/#", "/+"};
    for (std::size_t number = 0; number < filters.size(); ++number) {
        trie.at(filters[number]).add(member(number));
    }
    using sessions = std::vector<std::uint64_t>;
    CHECK(sessions_for(trie, "a") == sessions{0, 1, 2, 7});
    CHECK(sessions_for(trie, "b") == sessions{0, 1, 7});
    CHECK(sessions_for(trie, "a/b") == sessions{0, 2, 3, 4, 5, 6, 7});
    CHECK(sessions_for(trie, "/b") == sessions{0, 4, 5, 7, 8});
    CHECK(sessions_for(trie, "a/b/c") == sessions{0, 2, 6, 7});
    CHECK(sessions_for(trie, "$a").empty());
}

TEST_CASE("a filter is found as a whole, and not as the beginning of another") {
    wildcard_trie trie{1};
    trie.at("a/+/c/#").add(member(1));
    CHECK(trie.find("a/+/c/#") != nullptr);
    CHECK(trie.find("a/+/c") == nullptr);
    CHECK(trie.find("a/+") == nullptr);
    CHECK(trie.find("a/+/#") == nullptr);
    CHECK(trie.find("+/+/c/#") == nullptr);
}

TEST_CASE("trimming a filter frees the nodes that only it needed") {
    const auto before = test::bytes_in_use();
    {
        wildcard_trie trie{1};
        trie.at("a/+").add(member(1));
        const auto one = test::bytes_in_use();
        trie.at("a/+/a-long-level-name/#").add(member(2));
        trie.at("b/#").add(member(3));
        for (const char* filter : {"a/+/a-long-level-name/#", "b/#"}) {
            trie.trim(filter);
            REQUIRE(trie.find(filter) != nullptr);
            trie.find(filter)->remove(2);
            trie.find(filter)->remove(3);
            trie.trim(filter);
            REQUIRE(trie.find(filter) == nullptr);
        }
        trie.trim("x/y/+");
        CHECK(sessions_for(trie, "a/x") == std::vector<std::uint64_t>{1});
        // Tables that grew to 8 slots for the second filter may have stayed so.
        CHECK(test::bytes_in_use() <= one + 200);
    }
    CHECK(test::bytes_in_use() == before);
}
