#include "counted_memory.hpp"
#include "topic/retained_walk.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace lmqtt::topic;

namespace {

using places = std::vector<std::uint32_t>;

// All that is found with chunks of `budget` nodes, in order.
places found(const retained_trie& trie, std::string_view filter, std::size_t budget) {
    places result;
    retained_cursor cursor;
    for (bool finished = false; !finished;) {
        retained_walk walk{trie, filter, cursor, budget};
        for (auto place = walk.next(); place != retained_trie::none; place = walk.next()) {
            result.push_back(place);
        }
        finished = walk.finished();
    }
    std::sort(result.begin(), result.end());
    return result;
}

// Visits `budget` nodes and leaves the cursor where it is.
void visit(
    const retained_trie& trie, std::string_view filter, retained_cursor& cursor, std::size_t budget
) {
    retained_walk walk{trie, filter, cursor, budget};
    while (walk.next() != retained_trie::none) {
    }
}

}  // namespace

TEST_CASE(
    "a walk finds what the filter matches, in chunks of any size [MQTT-4.7.1-1] [MQTT-4.7.1-2]"
) {
    const std::size_t budget = GENERATE(1U, 2U, 3U, 1'000U);
    retained_trie trie{1};
    trie.place("a") = 0;
    trie.place("a/b") = 1;
    trie.place("a/b/c") = 2;
    trie.place("a//c") = 3;
    trie.place("/b") = 4;
    trie.place("d/b") = 5;
    trie.place("$SYS/b") = 6;
    CHECK(found(trie, "#", budget) == places{0, 1, 2, 3, 4, 5});
    CHECK(found(trie, "a/#", budget) == places{0, 1, 2, 3});
    CHECK(found(trie, "a/b/#", budget) == places{1, 2});
    CHECK(found(trie, "+", budget) == places{0});
    CHECK(found(trie, "+/b", budget) == places{1, 4, 5});
    CHECK(found(trie, "a/+/c", budget) == places{2, 3});
    CHECK(found(trie, "a/b", budget) == places{1});
    CHECK(found(trie, "a/x", budget).empty());
    CHECK(found(trie, "a/b/c/d", budget).empty());
    CHECK(found(trie, "x/#", budget).empty());
    CHECK(found(trie, "/+", budget) == places{4});
    CHECK(found(trie, "+/+/#", budget) == places{1, 2, 3, 4, 5});
}

TEST_CASE("filters starting with a wildcard find no topic starting with a dollar [MQTT-4.7.2-1]") {
    retained_trie trie{1};
    trie.place("$SYS/b") = 1;
    trie.place("$") = 2;
    trie.place("a/$x") = 3;
    CHECK(found(trie, "#", 100) == places{3});
    CHECK(found(trie, "+/b", 100).empty());
    CHECK(found(trie, "+", 100).empty());
    CHECK(found(trie, "$SYS/#", 100) == places{1});
    CHECK(found(trie, "$SYS/+", 100) == places{1});
    CHECK(found(trie, "$/#", 100) == places{2});
    CHECK(found(trie, "a/+", 100) == places{3});
}

TEST_CASE("a chunk looks at no more nodes than its budget, however many match") {
    retained_trie trie{1};
    for (std::uint32_t number = 0; number < 1'000; ++number) {
        trie.place("a/" + std::to_string(number)) = number;
    }
    retained_cursor cursor;
    std::size_t chunks = 0;
    std::size_t all = 0;
    for (bool finished = false; !finished; ++chunks) {
        retained_walk walk{trie, "#", cursor, 100};
        std::size_t count = 0;
        while (walk.next() != retained_trie::none) {
            ++count;
        }
        CHECK(count <= 100);
        all += count;
        finished = walk.finished();
    }
    CHECK(all == 1'000);
    CHECK(chunks >= 10);
    CHECK(chunks <= 11);
}

TEST_CASE(
    "a finished cursor stays finished, and a budget of nothing finds nothing and loses nothing"
) {
    retained_trie trie{1};
    trie.place("a") = 1;
    retained_cursor cursor;
    visit(trie, "#", cursor, 0);
    retained_walk walk{trie, "#", cursor, 100};
    CHECK_FALSE(walk.finished());
    CHECK(walk.next() == 1);
    CHECK(walk.next() == retained_trie::none);
    CHECK(walk.finished());
    retained_walk again{trie, "#", cursor, 100};
    CHECK(again.next() == retained_trie::none);
    CHECK(again.finished());
}

TEST_CASE("what is put back is the first of the next chunk, wherever it was found") {
    retained_trie trie{1};
    for (std::uint32_t number = 0; number < 5; ++number) {
        trie.place("a/" + std::to_string(number)) = 2 * number;
        trie.place("a/" + std::to_string(number) + "/b") = 2 * number + 1;
    }
    trie.place("a") = 10;
    const std::string filter = GENERATE("#", "a/#", "+/+/b", "a/+", "a");
    const places expected = found(trie, filter, 100);
    places seen;
    retained_cursor cursor;
    for (bool finished = false; !finished;) {
        std::uint32_t refused = retained_trie::none;
        {
            retained_walk walk{trie, filter, cursor, 100};
            refused = walk.next();
            if (refused != retained_trie::none) {
                walk.put_back();
                CHECK(walk.next() == retained_trie::none);
            }
            CHECK(walk.finished() == (refused == retained_trie::none));
        }
        retained_walk again{trie, filter, cursor, 100};
        CHECK(again.next() == refused);
        if (refused != retained_trie::none) {
            seen.push_back(refused);
            if (again.next() != retained_trie::none) {
                again.put_back();
            }
        }
        finished = again.finished();
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen == expected);
}

TEST_CASE("what was put back may be erased before the next chunk") {
    const auto before = test::bytes_in_use();
    {
        retained_trie trie{1};
        for (std::uint32_t number = 0; number < 3; ++number) {
            trie.place("a/" + std::to_string(number)) = number;
        }
        retained_cursor cursor;
        std::uint32_t refused = retained_trie::none;
        {
            retained_walk walk{trie, "a/+", cursor, 100};
            static_cast<void>(walk.next());
            refused = walk.next();
            walk.put_back();
        }
        trie.erase("a/" + std::to_string(refused));
        retained_walk rest{trie, "a/+", cursor, 100};
        const std::uint32_t last = rest.next();
        CHECK(last != refused);
        CHECK(last != retained_trie::none);
        CHECK(rest.next() == retained_trie::none);
        CHECK(rest.finished());
    }
    CHECK(test::bytes_in_use() == before);
}

TEST_CASE("the topic a cursor stands on may be erased, with all its relatives") {
    const auto before = test::bytes_in_use();
    {
        for (std::size_t budget = 0; budget < 20; ++budget) {
            retained_trie trie{1};
            trie.place("a/b/c") = 0;
            trie.place("a/b/d") = 1;
            trie.place("a/e") = 2;
            trie.place("f") = 3;
            retained_cursor cursor;
            visit(trie, "#", cursor, budget);
            for (const char* topic : {"a/b/c", "a/b/d", "a/e", "f"}) {
                REQUIRE(trie.erase(topic) != retained_trie::none);
            }
            retained_walk rest{trie, "#", cursor, 1'000};
            CHECK(rest.next() == retained_trie::none);
            CHECK(rest.finished());
        }
    }
    CHECK(test::bytes_in_use() == before);
}

TEST_CASE("nodes kept for a cursor are freed by the changes after it went on or was given up") {
    const bool give_up = GENERATE(false, true);
    retained_trie trie{1};
    trie.place("a/b") = 1;
    trie.erase("a/b");
    const auto before = test::bytes_in_use();
    {
        std::vector<retained_cursor> cursors(50);
        for (std::size_t number = 0; number < cursors.size(); ++number) {
            trie.place("a/b/" + std::to_string(number)) = 1;
            // The fourth node: the newest topic, which comes first.
            visit(trie, "#", cursors[number], 3);
        }
        for (std::size_t number = 0; number < cursors.size(); ++number) {
            REQUIRE(trie.erase("a/b/" + std::to_string(number)) == 1);
        }
        const auto pinned = test::bytes_in_use();
        CHECK(pinned > before);
        for (retained_cursor& cursor : cursors) {
            if (give_up) {
                cursor = retained_cursor{};
            } else {
                visit(trie, "#", cursor, 1'000);
            }
        }
        for (int change = 0; change < 50; ++change) {
            trie.place("z") = 1;
            trie.erase("z");
        }
    }
    CHECK(test::bytes_in_use() == before);
}

TEST_CASE("a topic erased and kept again under a standing cursor is reported at most once") {
    retained_trie trie{1};
    trie.place("a") = 1;
    retained_cursor cursor;
    visit(trie, "#", cursor, 1);
    trie.erase("a");
    trie.place("a") = 2;
    trie.place("b") = 3;
    retained_walk rest{trie, "#", cursor, 100};
    CHECK(rest.next() == 2);
    CHECK(rest.next() == retained_trie::none);
    CHECK(rest.finished());
    CHECK(trie.erase("a") == 2);
    CHECK(trie.erase("b") == 3);
    CHECK(found(trie, "#", 100).empty());
}

TEST_CASE("an enumeration ends although topics are added faster than it goes") {
    retained_trie trie{1};
    trie.place("a/0") = 0;
    trie.place("a/1") = 1;
    retained_cursor cursor;
    std::uint32_t number = 2;
    bool finished = false;
    for (int chunk = 0; chunk < 100 && !finished; ++chunk) {
        retained_walk walk{trie, "#", cursor, 1};
        walk.next();
        finished = walk.finished();
        for (int added = 0; added < 3; ++added, ++number) {
            trie.place("a/" + std::to_string(number)) = number;
        }
    }
    CHECK(finished);
}

TEST_CASE("a cursor that moves takes its pin along") {
    retained_trie trie{1};
    trie.place("a") = 1;
    const auto before = test::bytes_in_use();
    {
        retained_cursor first;
        visit(trie, "#", first, 1);
        retained_cursor second{std::move(first)};
        retained_cursor third;
        third = std::move(second);
        retained_walk rest{trie, "#", third, 100};
        CHECK(rest.next() == 1);
    }
    trie.erase("a");
    trie.place("a") = 1;
    CHECK(test::bytes_in_use() == before);
}
