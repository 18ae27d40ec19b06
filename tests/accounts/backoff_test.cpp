#include "accounts/backoff.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace std::chrono_literals;

namespace {

constexpr base::steady_time start{std::chrono::hours(1000)};

void fail(backoff& table, const char* key, int times, base::steady_time at = start) {
    for (int n = 0; n < times; ++n) {
        table.fail(key, at);
    }
}

}  // namespace

TEST_CASE("five failures are free, then waits double up to a minute (C16)", "[backoff]") {
    backoff table;
    fail(table, "a", 5);
    CHECK(table.wait("a", start) == 0ms);
    base::steady_time now = start;
    for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
        table.fail("a", now);
        CHECK(table.wait("a", now) == expected);
        CHECK(table.wait("a", now + expected - 1ns) == 1ms);
        now += expected;
        CHECK(table.wait("a", now) == 0ms);
    }
}

TEST_CASE("a thousand guesses take hours, and nobody else waits (C16)", "[backoff]") {
    backoff table;
    base::steady_time now = start;
    for (int guess = 0; guess < 1000; ++guess) {
        now += table.wait("attacker", now);
        table.fail("attacker", now);
        REQUIRE(table.wait("other", now) == 0ms);
    }
    CHECK(now - start > 10min);
}

TEST_CASE("failures are forgotten ten minutes after the last", "[backoff]") {
    backoff table;
    fail(table, "a", 50);
    CHECK(table.wait("a", start) == 60s);
    table.fail("a", start + 599s);
    CHECK(table.wait("a", start + 599s) == 60s);
    CHECK(table.size() == 1);
    CHECK(table.wait("a", start + 599s + 600s) == 0ms);
    CHECK(table.size() == 0);
    fail(table, "a", 5, start + 1199s);
    CHECK(table.wait("a", start + 1199s) == 0ms);
}

TEST_CASE("success forgets its own failures alone", "[backoff]") {
    backoff table;
    fail(table, "a", 6);
    fail(table, "b", 6);
    table.succeed("a");
    table.succeed("c");
    CHECK(table.wait("a", start) == 0ms);
    CHECK(table.wait("b", start) == 1s);
    CHECK(table.size() == 1);
}

TEST_CASE("a full table forgets who failed longest ago (B14)", "[backoff]") {
    backoff table({.most_keys = 3});
    for (const char* const key : {"a", "b", "c"}) {
        fail(table, key, 6);
    }
    fail(table, "a", 1);
    fail(table, "d", 6);
    CHECK(table.size() == 3);
    CHECK(table.wait("b", start) == 0ms);
    CHECK(table.wait("a", start) == 2s);
    CHECK(table.wait("c", start) == 1s);
    CHECK(table.wait("d", start) == 1s);
}

TEST_CASE("any number of failures is bounded in time and memory (B14)", "[backoff]") {
    backoff table;
    for (std::uint32_t key = 0; key < 70'000; ++key) {
        table.fail(std::to_string(key), start);
    }
    CHECK(table.size() == 65'536);
    fail(table, "a", 200'000);
    CHECK(table.wait("a", start) == 60s);
}

TEST_CASE("whatever happens, it waits as a naive account of it says", "[backoff]") {
    struct naive {
        unsigned failures = 0;
        base::steady_time last = start;
        base::steady_time until = start;
    };

    std::mt19937 random(16);
    backoff table;
    std::map<std::string, naive> model;
    base::steady_time now = start;
    for (int step = 0; step < 20'000; ++step) {
        now += std::chrono::milliseconds(random() % 40'000);
        const std::string key(1, static_cast<char>('a' + random() % 8));
        naive& known = model[key];
        if (now - known.last >= 600s) {
            known = {};
        }
        if (random() % 10 == 0) {
            table.succeed(key);
            known = {};
        } else if (random() % 2 == 0) {
            table.fail(key, now);
            ++known.failures;
            known.last = now;
            const int doublings = std::min(static_cast<int>(known.failures) - 6, 6);
            const auto wait = known.failures <= 5 ? 0s : std::min(1s * (1 << doublings), 60s);
            known.until = std::max(known.until, now + wait);
        }
        const auto expected = std::max(known.until - now, base::steady_time::duration(0));
        REQUIRE(table.wait(key, now) == std::chrono::ceil<std::chrono::milliseconds>(expected));
    }
}
