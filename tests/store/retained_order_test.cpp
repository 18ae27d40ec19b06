#include "store/retained_order.hpp"

#include <catch2/catch.hpp>

#include <string>

using lmqtt::persistence::retained_order;

TEST_CASE("the higher number is the later change", "[retained_order]") {
    retained_order order;
    CHECK(order.is_newest("a", 2));
    CHECK_FALSE(order.is_newest("a", 1));
    CHECK_FALSE(order.is_newest("a", 2));
    CHECK(order.is_newest("b", 1));
    CHECK(order.is_newest("a", 3));
}

TEST_CASE("it is remembered while a generation of other topics changes", "[retained_order]") {
    retained_order order;
    CHECK(order.is_newest("a", 1'000'000));
    for (std::size_t count = 0; count < retained_order::generation; ++count) {
        REQUIRE(order.is_newest(std::to_string(count), 1));
    }
    CHECK_FALSE(order.is_newest("a", 999'999));
    for (std::size_t count = 0; count < 3 * retained_order::generation; ++count) {
        REQUIRE(order.is_newest("other " + std::to_string(count), 1));
    }
    CHECK(order.is_newest("a", 1));  // long forgotten, and so is its memory
}
