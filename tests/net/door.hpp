// A gate, and visits to it from hosts that have numbers.
#pragma once

#include "net/gate.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace lmqtt::net::test {

inline address host(int number) {
    return address::from_text("192.0.2." + std::to_string(number));
}

struct door {
    gate ours;

    explicit door(const admission_limits& limits = {}) { ours.set_limits(limits); }

    visit admit(int number = 1, std::uint16_t listener = 0) {
        visit who(host(number), listener);
        REQUIRE(ours.admit(who, {}) == admission_verdict::admitted);
        return who;
    }

    visit admit_unnamed() {
        visit who(host(99), 0);  // a proxy
        REQUIRE(ours.admit(who, {}, true) == admission_verdict::admitted);
        return who;
    }

    // Whether one more would come in, who does not stay.
    bool has_room(int number = 1, std::uint16_t listener = 0) {
        visit who(host(number), listener);
        return ours.admit(who, {}) == admission_verdict::admitted;
    }
};

}  // namespace lmqtt::net::test
