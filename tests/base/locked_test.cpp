#include "base/locked.hpp"

#include <boost/asio/awaitable.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using lmqtt::base::awaitable_type;
using lmqtt::base::locked;
using lmqtt::base::may_leave_lock;
using lmqtt::base::shared_locked;

namespace {

struct member_awaitable {
    std::suspend_never operator co_await() { return {}; }
};

}  // namespace

TEST_CASE("with gives the value and hands back what the lambda returns") {
    locked<std::string> name("lmqtt");
    CHECK(name.with([](std::string& value) { return value.size(); }) == 5);
    name.with([](std::string& value) { value += "d"; });
    CHECK(name.with([](const std::string& value) { return value; }) == "lmqttd");
}

TEST_CASE("with_shared gives a value that cannot be changed") {
    const shared_locked<std::string> name("lmqtt");
    name.with_shared([](auto& value) {
        STATIC_REQUIRE(std::is_same_v<decltype(value), const std::string&>);
    });
    CHECK(name.with_shared([](const std::string& value) { return value.size(); }) == 5);
}

TEST_CASE("neither tasks nor references, pointers or views may leave a lock") {
    STATIC_REQUIRE_FALSE(may_leave_lock<int&>);
    STATIC_REQUIRE_FALSE(may_leave_lock<const std::string&>);
    STATIC_REQUIRE_FALSE(may_leave_lock<std::string*>);
    STATIC_REQUIRE_FALSE(may_leave_lock<std::string_view>);
    STATIC_REQUIRE_FALSE(may_leave_lock<std::span<int>>);
    STATIC_REQUIRE_FALSE(may_leave_lock<boost::asio::awaitable<void>>);
    STATIC_REQUIRE_FALSE(may_leave_lock<boost::asio::awaitable<int>>);
    STATIC_REQUIRE_FALSE(may_leave_lock<member_awaitable>);
    STATIC_REQUIRE_FALSE(may_leave_lock<std::suspend_always>);
}

TEST_CASE("plain values may leave a lock") {
    STATIC_REQUIRE(may_leave_lock<void>);
    STATIC_REQUIRE(may_leave_lock<bool>);
    STATIC_REQUIRE(may_leave_lock<std::string>);
    STATIC_REQUIRE(may_leave_lock<std::vector<int>>);
    STATIC_REQUIRE(may_leave_lock<std::optional<int>>);
    STATIC_REQUIRE_FALSE(awaitable_type<int>);
}

TEST_CASE("threads that change a locked value do not lose each other's changes") {
    locked<int> counter(0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&counter] {
            for (int n = 0; n < 10'000; ++n) {
                counter.with([](int& value) { ++value; });
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(counter.with([](const int& value) { return value; }) == 40'000);
}

TEST_CASE("two readers can be inside a shared lock at the same time") {
    const shared_locked<int> value(7);
    std::promise<void> first_is_inside;
    std::promise<void> second_is_inside;
    std::thread first([&] {
        value.with_shared([&](const int&) {
            first_is_inside.set_value();
            second_is_inside.get_future().wait();  // hangs if readers shut each other out
        });
    });
    first_is_inside.get_future().wait();
    value.with_shared([&](const int&) { second_is_inside.set_value(); });
    first.join();
    CHECK(value.with_shared([](const int& inside) { return inside; }) == 7);
}

TEST_CASE("the lock is released when the lambda throws") {
    locked<int> value(1);
    CHECK_THROWS_AS(
        value.with([](int&) -> int { throw std::runtime_error("no"); }), std::runtime_error
    );
    CHECK(value.with([](const int& inside) { return inside; }) == 1);
}
