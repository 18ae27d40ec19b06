#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/node_table.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <utility>

using namespace lmqtt::topic;

TEST_CASE("an empty table has no children, not even at node 0 and level 0") {
    node_table table{1};
    CHECK(table.find(0, 0) == node_table::none);
    table.insert(0, 1, 5);
    CHECK(table.find(0, 0) == node_table::none);
    CHECK(table.find(0, 1) == 5);
    CHECK(table.find(1, 0) == node_table::none);
    table.insert(0, 0, 6);
    CHECK(table.find(0, 0) == 6);
}

TEST_CASE("the table of edges behaves like a map, and gives its memory back") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U, 4U, 5U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    const auto before = test::bytes_in_use();
    {
        node_table table{seed};
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> model;
        for (std::uint32_t step = 0; step < 20'000; ++step) {
            const auto node = static_cast<std::uint32_t>(random.below(40));
            const auto level = static_cast<std::uint32_t>(random.below(40));
            const auto known = model.find({node, level});
            REQUIRE(
                table.find(node, level) == (known == model.end() ? node_table::none : known->second)
            );
            const bool growing = step / 4'000 % 2 == 0;
            if (known == model.end() && (growing || random.one_in(5))) {
                table.insert(node, level, step);
                model[{node, level}] = step;
            } else if (known != model.end() && (!growing || random.one_in(5))) {
                table.erase(node, level);
                model.erase(known);
            }
            REQUIRE(table.size() == model.size());
        }
        for (const auto& [key, child] : model) {
            REQUIRE(table.find(key.first, key.second) == child);
            table.erase(key.first, key.second);
        }
    }
    CHECK(test::bytes_in_use() == before);
}
