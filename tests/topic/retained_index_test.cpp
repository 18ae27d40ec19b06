#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/retained_index.hpp"
#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

using namespace lmqtt::topic;

namespace {

using texts = std::vector<std::string>;

texts matched(const retained_index<std::string>& index, std::string_view filter) {
    texts result;
    retained_cursor cursor;
    while (!index.match(filter, cursor, 7, [&](const std::string& each) { result.push_back(each); })
    ) {
    }
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace

TEST_CASE("putting replaces and returns what was kept [MQTT-3.3.1-5]") {
    retained_index<std::string> index;
    CHECK(index.put("a/b", "first") == std::nullopt);
    CHECK(index.put("a/b", "second") == "first");
    CHECK(index.size() == 1);
    REQUIRE(index.find("a/b") != nullptr);
    CHECK(*index.find("a/b") == "second");
    CHECK(index.find("a") == nullptr);
    CHECK(index.erase("a") == std::nullopt);
    CHECK(index.erase("a/b") == "second");
    CHECK(index.erase("a/b") == std::nullopt);
    CHECK(index.size() == 0);
}

TEST_CASE("values may be of a kind that only moves") {
    retained_index<std::unique_ptr<int>> index;
    index.put("a", std::make_unique<int>(1));
    const auto old = index.put("a", std::make_unique<int>(2));
    REQUIRE(old.has_value());
    CHECK(**old == 1);
    CHECK(**index.find("a") == 2);
    CHECK(**index.erase("a") == 2);
}

TEST_CASE("each() visits every topic, those starting with a dollar included, in chunks") {
    retained_index<std::string> index;
    for (const char* topic : {"a", "a/b", "$SYS/x", "$SYS/x/y", "/"}) {
        index.put(topic, topic);
    }
    texts all;
    retained_cursor cursor;
    std::size_t chunks = 1;
    while (!index.each(cursor, 2, [&](const std::string& each) { all.push_back(each); })) {
        ++chunks;
    }
    std::sort(all.begin(), all.end());
    CHECK(all == texts{"$SYS/x", "$SYS/x/y", "/", "a", "a/b"});
    CHECK(chunks > 5);
    retained_cursor fresh;
    const retained_index<std::string> empty;
    CHECK(empty.each(fresh, 10, [](const std::string&) { FAIL(); }));
}

TEST_CASE("the retained index finds what comparing every topic finds, whatever comes and goes") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 9U));
    INFO("seed " << seed);
    test::random_topics random{seed};
    retained_index<std::string> index{seed};
    std::map<std::string, std::string> model;
    for (int step = 0; step < 4'000; ++step) {
        const std::string topic = random.name();
        if (step / 800 % 2 == 0 ? !random.one_in(4) : random.one_in(4)) {
            index.put(topic, topic);
            model[topic] = topic;
        } else {
            REQUIRE(index.erase(topic).has_value() == (model.erase(topic) == 1));
        }
        if (step % 10 == 0) {
            const std::string filter = random.filter();
            INFO("filter " << filter);
            texts expected;
            for (const auto& [each, value] : model) {
                if (matches(filter, each)) {
                    expected.push_back(each);
                }
            }
            REQUIRE(matched(index, filter) == expected);
            REQUIRE(index.size() == model.size());
        }
    }
}

TEST_CASE(
    "an enumeration between changes reports what stays exactly once, and the rest at most once"
) {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 25U));
    INFO("seed " << seed);
    test::random_topics random{seed};
    retained_index<std::string> index{seed};
    std::map<std::string, bool> touched;
    for (int count = 0; count < 150; ++count) {
        const std::string topic = random.name();
        index.put(topic, topic);
        touched[topic] = false;
    }
    const std::string filter = random.filter();
    INFO("filter " << filter);
    std::map<std::string, int> seen;
    retained_cursor cursor;
    const auto note = [&](const std::string& each) {
        REQUIRE(index.find(each) != nullptr);  // nothing that is gone
        const bool takes = !random.one_in(4);
        seen[each] += takes ? 1 : 0;
        return takes;
    };
    while (!index.match(filter, cursor, 1 + random.below(3), note)) {
        for (int change = 0; change < 3; ++change) {
            const std::string topic = random.name();
            touched[topic] = true;
            if (random.one_in(2)) {
                index.put(topic, topic);
            } else {
                index.erase(topic);
            }
        }
    }
    for (const auto& [topic, changed] : touched) {
        INFO("topic " << topic);
        if (!changed) {
            REQUIRE(seen[topic] == (matches(filter, topic) ? 1 : 0));
        }
    }
    for (const auto& [topic, times] : seen) {
        INFO("topic " << topic);
        REQUIRE((times == 0 || matches(filter, topic)));
    }
}

TEST_CASE("all memory comes back when nothing is retained any more") {
    retained_index<std::string> index;
    index.put("a", "");
    index.erase("a");
    const auto before = test::bytes_in_use();
    for (int number = 0; number < 30'000; ++number) {
        index.put("site/" + std::to_string(number) + "/a-rather-long-level", "");
    }
    CHECK(test::bytes_in_use() > before + 3'000'000);
    for (int number = 0; number < 30'000; ++number) {
        REQUIRE(index.erase("site/" + std::to_string(number) + "/a-rather-long-level").has_value());
    }
    // A list of a slab's chunks may have room for one more than at first.
    CHECK(test::bytes_in_use() <= before + 64);
}

TEST_CASE(
    "many threads enumerate at once between the changes of one, and give up cursors without lock"
) {
    retained_index<std::string> index;
    std::shared_mutex mutex;
    index.put("always/there", "always/there");
    std::atomic<int> running = 3;
    std::atomic<int> lost = 0;
    std::vector<std::thread> threads;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        threads.emplace_back([&, number] {
            test::random_topics random{number};
            for (int round = 0; round < 300; ++round) {
                const bool give_up = random.one_in(4);
                const std::string filter = random.one_in(2) ? "#" : "+/there";
                int seen = 0;
                bool done = false;
                retained_cursor cursor;
                for (int chunk = 0; !done && !(give_up && chunk == 3); ++chunk) {
                    const std::shared_lock lock{mutex};
                    done = index.match(filter, cursor, 3, [&](const std::string& each) {
                        seen += each == "always/there" ? 1 : 0;
                    });
                }
                lost += done && seen != 1 ? 1 : 0;
            }
            --running;
        });
    }
    test::random_topics random{7};
    while (running != 0) {
        const std::string topic = random.name();
        const std::unique_lock lock{mutex};
        if (random.one_in(2)) {
            index.put(topic, topic);
        } else {
            index.erase(topic);
        }
    }
    for (std::thread& each : threads) {
        each.join();
    }
    CHECK(lost == 0);
}
