#include "accounts/verified_cache.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace std::chrono_literals;

namespace {

constexpr base::steady_time start{std::chrono::hours(1000)};

}  // namespace

TEST_CASE("what was remembered is known for ten minutes", "[verified_cache]") {
    verified_cache cache;
    const auto one = cache.fingerprint({"alice", "$hash", "secret"});
    CHECK_FALSE(cache.has(one, start));
    cache.remember(one, start);
    CHECK(cache.has(one, start));
    CHECK(cache.has(one, start + 600s - 1ns));
    CHECK_FALSE(cache.has(one, start + 600s));
}

TEST_CASE("another user, another hash or another password is not known", "[verified_cache]") {
    verified_cache cache;
    cache.remember(cache.fingerprint({"alice", "$hash", "secret"}), start);
    CHECK(cache.has(cache.fingerprint({"alice", "$hash", "secret"}), start));
    for (const checked_password& other :
         {checked_password{"alicf", "$hash", "secret"},
          checked_password{"alice", "$hasi", "secret"},
          checked_password{"alice", "$hash", "secreu"},
          checked_password{"alice", "$hash", ""},
          checked_password{"alice$", "hash", "secret"},
          checked_password{"alice", "$hashs", "ecret"},
          checked_password{"", "alice$hash", "secret"},
          checked_password{"", "", ""}}) {
        CHECK_FALSE(cache.has(cache.fingerprint(other), start));
    }
}

TEST_CASE("two processes have nothing in common to compare", "[verified_cache]") {
    const verified_cache one;
    const verified_cache other;
    const checked_password same{"alice", "$hash", "secret"};
    CHECK(one.fingerprint(same) == one.fingerprint(same));
    CHECK(one.fingerprint(same) != other.fingerprint(same));
    CHECK(one.fingerprint(same).size() == 32);
}

TEST_CASE("what is remembered again lives from then on, and is there once", "[verified_cache]") {
    verified_cache cache;
    cache.remember("x", start);
    cache.remember("y", start);
    cache.remember("x", start + 300s);
    CHECK(cache.size() == 2);
    CHECK(cache.has("x", start + 899s));
    CHECK_FALSE(cache.has("y", start + 899s));
    cache.remember("z", start + 900s);
    CHECK(cache.size() == 1);
}

TEST_CASE("it holds the last so many, and never more (B14)", "[verified_cache]") {
    const std::size_t most = GENERATE(1U, 2U, 10U, 500U);
    verified_cache cache({.most_entries = most});
    std::mt19937 random(14);
    std::vector<std::string> remembered;
    for (int step = 0; step < 3000; ++step) {
        const std::string one = std::to_string(random() % 1000);
        std::erase(remembered, one);
        remembered.push_back(one);
        if (remembered.size() > most) {
            remembered.erase(remembered.begin());
        }
        cache.remember(one, start);
        REQUIRE(cache.size() == remembered.size());
        const std::string asked = std::to_string(random() % 1000);
        REQUIRE(cache.has(asked, start) == (std::ranges::count(remembered, asked) == 1));
    }
}
