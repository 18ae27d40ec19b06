#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "small_stack.hpp"
#include "topic/retained_trie.hpp"
#include "topic/retained_walk.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

using namespace lmqtt::topic;

TEST_CASE("a topic has a place only from when it is set to when it is erased") {
    retained_trie trie{1};
    CHECK(trie.find("a/b") == retained_trie::none);
    CHECK(trie.place("a/b") == retained_trie::none);
    trie.place("a/b") = 7;
    CHECK(trie.find("a/b") == 7);
    CHECK(trie.find("a") == retained_trie::none);
    CHECK(trie.find("a/b/c") == retained_trie::none);
    CHECK(trie.erase("a") == retained_trie::none);
    CHECK(trie.erase("a/b/c") == retained_trie::none);
    CHECK(trie.erase("a/b") == 7);
    CHECK(trie.erase("a/b") == retained_trie::none);
}

TEST_CASE("topics with and without a dollar in front do not meet, nor do empty levels and none "
          "[MQTT-4.7.3-4]") {
    retained_trie trie{1};
    std::uint32_t number = 0;
    const std::vector<std::string> topics{
        "$a", "a", "a/", "/a", "//", "/", "$", "$a/", "$/a", "A", "a/b"};
    for (const std::string& topic : topics) {
        trie.place(topic) = number++;
    }
    number = 0;
    for (const std::string& topic : topics) {
        CHECK(trie.find(topic) == number++);
    }
}

TEST_CASE("places behave like a map, and all memory comes back") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U, 4U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    retained_trie trie{seed};
    const auto before = test::bytes_in_use();
    {
        std::map<std::string, std::uint32_t> model;
        for (std::uint32_t step = 0; step < 10'000; ++step) {
            const std::string topic = random.name();
            const auto found = model.find(topic);
            REQUIRE(
                trie.find(topic) == (found == model.end() ? retained_trie::none : found->second)
            );
            if (random.one_in(2)) {
                trie.place(topic) = step;
                model[topic] = step;
            } else {
                REQUIRE(
                    trie.erase(topic) ==
                    (found == model.end() ? retained_trie::none : found->second)
                );
                model.erase(topic);
            }
        }
        for (const auto& [topic, place] : model) {
            REQUIRE(trie.erase(topic) == place);
        }
    }
    // A list of a slab's chunks may have room for one more than at first.
    CHECK(test::bytes_in_use() <= before + 64);
}

TEST_CASE("retained topics of 65,536 levels are handled on a stack of 256 KiB [MQTT-4.7.3-3]") {
    const bool done = test::on_small_stack([] {
        retained_trie trie{1};
        const std::string topic(65'535, '/');
        trie.place(topic) = 3;
        std::string pluses = "+";
        while (pluses.size() + 2 <= 65'535) {
            pluses += "/+";
        }
        std::size_t found = 0;
        for (const std::string& filter : {std::string{"#"}, std::string{"/+/#"}, topic, pluses}) {
            retained_cursor cursor;
            retained_walk walk{trie, filter, cursor, 1'000'000};
            while (walk.next() != retained_trie::none) {
                ++found;
            }
            found += walk.finished() ? 0U : 100U;
        }
        return found == 3 && trie.erase(topic) == 3;
    });
    CHECK(done);
}
