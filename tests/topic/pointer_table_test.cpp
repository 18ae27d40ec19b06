#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/pointer_table.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <set>

using namespace lmqtt::topic;

namespace {

struct numbered {
    std::uint32_t hash;
    std::uint32_t number;
};

const numbered* find(const pointer_table<numbered>& table, const numbered& wanted) {
    return table.find(wanted.hash, [&](const numbered& each) {
        return each.number == wanted.number;
    });
}

}  // namespace

TEST_CASE("entries with one and the same hash are told apart by comparison") {
    const auto hash = GENERATE(0U, 1U, 0xffff'ffffU);
    pointer_table<numbered> table;
    std::deque<numbered> entries;
    for (std::uint32_t number = 0; number < 1'000; ++number) {
        table.insert(&entries.emplace_back(numbered{hash, number}));
    }
    for (const numbered& entry : entries) {
        REQUIRE(find(table, entry) == &entry);
    }
    CHECK(find(table, {hash, 1'000}) == nullptr);
    for (std::size_t number = 0; number < 1'000; number += 2) {
        table.erase(&entries[number]);
    }
    for (const numbered& entry : entries) {
        REQUIRE((find(table, entry) != nullptr) == (entry.number % 2 == 1));
    }
    CHECK(table.size() == 500);
}

TEST_CASE("the table of pointers behaves like a set, and gives its memory back") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U, 4U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    // Few hashes make full buckets and long ways; many make the table grow.
    const std::uint32_t hashes = GENERATE(3U, 50U, 4'000U);
    std::deque<numbered> entries;
    for (std::uint32_t number = 0; number < 2'000; ++number) {
        entries.push_back({number % hashes * 0x0101'0001, number});
    }
    const auto before = test::bytes_in_use();
    pointer_table<numbered> table;
    std::set<std::uint32_t> model;
    for (std::size_t step = 0; step < 20'000; ++step) {
        const numbered& entry = entries[random.below(entries.size())];
        const bool growing = step / 4'000 % 2 == 0;
        const bool known = model.count(entry.number) == 1;
        REQUIRE((find(table, entry) == &entry) == known);
        if (!known && (growing || random.one_in(5))) {
            table.insert(&entries[entry.number]);
            model.insert(entry.number);
        } else if (known && (!growing || random.one_in(5))) {
            table.erase(&entry);
            model.erase(entry.number);
        }
    }
    std::size_t visited = 0;
    table.each([&](const numbered* each) { visited += model.count(each->number); });
    CHECK(visited == model.size());
    for (const std::uint32_t number : model) {
        table.erase(&entries[number]);
    }
    model.clear();
    CHECK(table.size() == 0);
    CHECK(test::bytes_in_use() == before);
}
