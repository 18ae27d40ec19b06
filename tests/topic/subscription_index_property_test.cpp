#include "random_topics.hpp"
#include "topic/subscription_index.hpp"
#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace lmqtt::topic;
using test::collected;
using test::member;

namespace {

// What the index must agree with: lists of everything, compared one by one.
class naive_index {
public:
    bool add(const std::string& filter, std::uint64_t session) {
        return plain_.emplace(filter, session).second;
    }

    bool remove(const std::string& filter, std::uint64_t session) {
        return plain_.erase({filter, session}) == 1;
    }

    bool add_shared(const std::string& group, const std::string& filter, std::uint64_t session) {
        return groups_[{group, filter}].insert(session).second;
    }

    bool remove_shared(const std::string& group, const std::string& filter, std::uint64_t session) {
        const auto found = groups_.find({group, filter});
        if (found == groups_.end() || found->second.erase(session) == 0) {
            return false;
        }
        if (found->second.empty()) {
            groups_.erase(found);
        }
        return true;
    }

    [[nodiscard]] collected match(const std::string& topic) const {
        collected result;
        for (const auto& [filter, session] : plain_) {
            if (matches(filter, topic)) {
                result.sessions.push_back(session);
            }
        }
        for (const auto& [name, members] : groups_) {
            if (matches(name.second, topic)) {
                result.groups.push_back(name.first + '|' + name.second);
            }
        }
        return result.sorted();
    }

    [[nodiscard]] std::size_t size() const {
        std::size_t count = plain_.size();
        for (const auto& [name, members] : groups_) {
            count += members.size();
        }
        return count;
    }

    [[nodiscard]] const auto& plain() const { return plain_; }

private:
    std::set<std::pair<std::string, std::uint64_t>> plain_;
    std::map<std::pair<std::string, std::string>, std::set<std::uint64_t>> groups_;
};

// One random change of both; they must agree whether it changed anything.
void change(
    subscription_index& index, naive_index& naive, test::random_topics& random, bool growing
) {
    const std::string filter = random.filter();
    const std::string group = random.share_name();
    const std::uint64_t session = random.below(growing ? 100 : 4);
    const bool add = growing ? !random.one_in(4) : random.one_in(4);
    INFO((add ? "add " : "remove ") << group << ' ' << filter << ' ' << session);
    if (random.one_in(3)) {
        REQUIRE(
            (add ? index.add_shared(group, filter, member(session)) ==
                       naive.add_shared(group, filter, session)
                 : index.remove_shared(group, filter, session) ==
                       naive.remove_shared(group, filter, session))
        );
    } else {
        REQUIRE(
            (add ? index.add(filter, member(session)) == naive.add(filter, session)
                 : index.remove(filter, session) == naive.remove(filter, session))
        );
    }
}

}  // namespace

TEST_CASE("the index matches what comparing every filter matches, whatever comes and goes") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 13U));
    INFO("seed " << seed);
    test::random_topics random{seed};
    subscription_index index{seed};
    naive_index naive;
    for (int step = 0; step < 3'000; ++step) {
        change(index, naive, random, step / 600 % 2 == 0);
        REQUIRE(index.size() == naive.size());
        if (step % 20 == 0) {
            const std::string topic = random.name();
            INFO("topic " << topic);
            REQUIRE(test::match(index, topic) == naive.match(topic));
        }
    }
    for (const auto& [filter, session] : naive.plain()) {
        REQUIRE(index.find(filter, session) != nullptr);
    }
}

TEST_CASE("a result kept while its generation is unchanged is the result of matching again") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 7U));
    INFO("seed " << seed);
    test::random_topics random{seed};
    subscription_index index{seed};
    naive_index naive;
    std::map<std::string, std::pair<std::uint64_t, collected>> kept;
    std::size_t reused = 0;
    for (int step = 0; step < 5'000; ++step) {
        if (random.one_in(4)) {
            change(index, naive, random, step / 500 % 2 == 0);
        }
        const std::string topic = random.name();
        const std::uint64_t generation = index.generation(topic);
        const auto found = kept.find(topic);
        const collected now = test::match(index, topic);
        if (found != kept.end() && found->second.first == generation) {
            REQUIRE(found->second.second == now);
            ++reused;
        }
        kept[topic] = {generation, now};
    }
    CHECK(reused > 100);
}
