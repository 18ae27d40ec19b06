// A database with something in it, what a person sees of it, and ways to damage it.
#pragma once

#include "store/sqlite/state_error.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace lmqtt::test {

// At the newest schema: two sessions, `messages` in the queue of the first, one of them retained.
void make_state(const std::string& path, int messages = 100);

// As sqlite3 -readonly would print it.
std::int64_t number(const std::string& path, const std::string& sql);

// As a person with sqlite3 might do it, constraints or not.
void change(const std::string& path, const std::string& sql);

// As a broker that is killed: what it did last is in the log alone.
void leave_in_log(const std::string& path, const std::string& sql);

// A page of messages becomes noise.
void damage(const std::string& path);

// Everything at the path, byte by byte.
std::string bytes_of(const std::string& path);

// What a call complains about.
template <class Call>
persistence::state_error complaint(Call&& call) {
    try {
        call();
    } catch (const persistence::state_error& error) {
        return error;
    }
    FAIL("it does not complain");
    throw;
}

}  // namespace lmqtt::test
