#include "base/log_limit.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using lmqtt::base::log_limit;
using lmqtt::base::steady_time;

namespace {

constexpr steady_time start(1000s);
constexpr log_limit::cause refused{"client", "refused"};

int written(log_limit& limit, int asked, steady_time now) {
    int count = 0;
    for (int i = 0; i < asked; ++i) {
        count += limit.ask(refused, now).write ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_CASE("ten lines of a cause are written within a second, and no more") {
    log_limit limit(10);
    CHECK(written(limit, 100'000, start) == 10);
    CHECK(written(limit, 100, start + 999ms) == 0);
}

TEST_CASE("the next second begins with the number of those left out, which counts as a line") {
    log_limit limit(10);
    written(limit, 110, start);
    const auto verdict = limit.ask(refused, start + 1s);
    CHECK(verdict.write);
    CHECK(verdict.suppressed_before == 100);
    CHECK(limit.ask(refused, start + 1s).suppressed_before == 0);
    CHECK(written(limit, 100, start + 1s) == 7);
}

TEST_CASE("ten lines in each of many seconds leave nothing out") {
    log_limit limit(10);
    for (auto now = start; now < start + 10s; now += 100ms) {
        const auto verdict = limit.ask(refused, now);
        CHECK(verdict.write);
        CHECK(verdict.suppressed_before == 0);
    }
    CHECK(limit.all().empty());
}

TEST_CASE("causes do not take each other's lines, in one room or in two") {
    log_limit limit(10);
    written(limit, 100, start);
    CHECK(limit.ask({"client", "closed"}, start).write);
    CHECK(limit.ask({"admin", "refused"}, start).write);
}

TEST_CASE("what was left out becomes overdue when its second is over, and is reported once") {
    log_limit limit(10);
    written(limit, 15, start);
    CHECK(limit.overdue(start + 999ms).empty());
    const auto overdue = limit.overdue(start + 1s);
    REQUIRE(overdue.size() == 1);
    CHECK(overdue.front().about == refused);
    CHECK(overdue.front().count == 5);
    CHECK(limit.overdue(start + 2s).empty());
    CHECK(written(limit, 100, start + 1s) == 9);
}

TEST_CASE("a flood of an hour costs ten lines a second") {
    log_limit limit(10);
    int lines = 0;
    std::uint64_t told = 0;
    for (auto now = start; now < start + 1h; now += 10ms) {
        const auto verdict = limit.ask(refused, now);
        lines += (verdict.write ? 1 : 0) + (verdict.suppressed_before != 0 ? 1 : 0);
        told += verdict.suppressed_before;
    }
    CHECK(lines == 10 * 3600);
    const auto rest = limit.all();
    REQUIRE(rest.size() == 1);
    CHECK(limit.all().empty());
    // Nothing is unaccounted for: one "suppressed" line opened every second but the first.
    CHECK(told + rest.front().count + static_cast<std::uint64_t>(lines - 3599) == 360'000);
}

TEST_CASE("as many lines are written as the limit says, and no more (B09)") {
    for (const int most : {1, 3, 250}) {
        log_limit limit(static_cast<std::uint64_t>(most));
        CHECK(written(limit, most, start) == most);
        CHECK(written(limit, 9 * most, start) == 0);
        REQUIRE(limit.all().size() == 1);
    }
}

TEST_CASE("without a limit nothing is left out") {
    log_limit limit(lmqtt::unlimited);
    CHECK(written(limit, 100'000, start) == 100'000);
    CHECK(limit.all().empty());
}

TEST_CASE("where one line a second may be written, the number of those left out is that line") {
    log_limit limit(1);
    written(limit, 5, start);
    const auto verdict = limit.ask(refused, start + 1s);
    CHECK_FALSE(verdict.write);
    CHECK(verdict.suppressed_before == 4);
    const auto rest = limit.all();
    REQUIRE(rest.size() == 1);
    CHECK(rest.front().count == 1);
}

TEST_CASE("another limit counts from the next line on, and what was left out is told") {
    log_limit limit(2);
    written(limit, 5, start);
    limit.set(4);
    CHECK(written(limit, 5, start) == 2);
    limit.set(lmqtt::unlimited);
    CHECK(written(limit, 5, start) == 5);
    const auto rest = limit.all();
    REQUIRE(rest.size() == 1);
    CHECK(rest.front().count == 6);
}
