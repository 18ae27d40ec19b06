#include "app/failure.hpp"
#include "app/password_prompt.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <future>
#include <termios.h>
#include <unistd.h>

using namespace lmqtt::app;
using lmqtt::test::contains;

namespace {

// A pipe that somebody has written into and closed.
struct piped {
    explicit piped(const std::string& text) {
        REQUIRE(::pipe(ends.data()) == 0);
        REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(ends[1]);
    }

    piped(const piped&) = delete;
    piped& operator=(const piped&) = delete;

    ~piped() { ::close(ends[0]); }

    std::array<int, 2> ends{};
};

std::string from_pipe(const std::string& text, std::size_t most_bytes = 1024) {
    const piped input(text);
    try {
        return read_password(input.ends[0], most_bytes);
    } catch (const failure& refused) {
        CHECK(refused.code() == exit_code::usage);
        return "refused";
    }
}

// A person at a terminal who waits for each prompt.
struct terminal {
    terminal() {
        REQUIRE(::grantpt(person) == 0);
        REQUIRE(::unlockpt(person) == 0);
        program = ::open(::ptsname(person), O_RDWR | O_NOCTTY);
        REQUIRE(program >= 0);
    }

    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    ~terminal() {
        ::close(program);
        ::close(person);
    }

    void wait_for(const std::string& prompt) {
        char next = 0;
        while (!shown.ends_with(prompt) && ::read(person, &next, 1) == 1) {
            shown += next;
        }
    }

    void type(const std::string& keys) const {
        REQUIRE(::write(person, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
    }

    std::string read() const {
        try {
            return read_password(program, 1024);
        } catch (const failure& refused) {
            return refused.what();
        }
    }

    bool echoes() const {
        termios now{};
        REQUIRE(::tcgetattr(program, &now) == 0);
        return (now.c_lflag & ECHO) != 0 && (now.c_lflag & ISIG) != 0;
    }

    int person = ::posix_openpt(O_RDWR | O_NOCTTY);
    int program = -1;
    std::string shown;
};

}  // namespace

TEST_CASE("a password is one line of what is piped in") {
    CHECK(from_pipe("secret\n") == "secret");
    CHECK(from_pipe("secret") == "secret");
    CHECK(from_pipe("secret\r\nmore\n") == "secret");
    CHECK(from_pipe("  two words \n") == "  two words ");
    CHECK(from_pipe(std::string(1024, 'x') + "\n") == std::string(1024, 'x'));
}

TEST_CASE("no password, and one that no client could send, are refused (C13)") {
    for (const std::string& wrong :
         {std::string(), std::string("\n"), std::string("\r\n"), std::string(1025, 'x')}) {
        CHECK(from_pipe(wrong) == "refused");
    }
}

TEST_CASE("a password may be as long as limits.max_password_bytes, and no longer (B09)") {
    for (const std::size_t most : {std::size_t{8}, std::size_t{5000}}) {
        const std::string longest(most, 'x');
        CHECK(from_pipe(longest + "\r\n", most) == longest);
        CHECK(from_pipe(longest + "x\n", most) == "refused");
        CHECK(from_pipe(std::string(10 * most, 'x') + "\n", most) == "refused");
    }
}

TEST_CASE("nothing behind the line is taken") {
    const piped input("one\ntwo\n");
    CHECK(read_password(input.ends[0], 1024) == "one");
    CHECK(read_password(input.ends[0], 1024) == "two");
}

TEST_CASE("on a terminal it is asked for twice, and never shown (C19)") {
    terminal at;
    auto result = std::async(std::launch::async, [&at] { return at.read(); });
    at.wait_for("Password: ");
    at.type("hunter2\n");
    at.wait_for("again: ");
    SECTION("the same") {
        at.type("hunter2\n");
        CHECK(result.get() == "hunter2");
    }
    SECTION("another") {
        at.type("hunter3\n");
        CHECK(contains(result.get(), "differ"));
    }
    SECTION("Ctrl-C") {
        at.type("\x03");
        CHECK(contains(result.get(), "nothing was changed"));
    }
    CHECK(at.echoes());
    CHECK_FALSE(contains(at.shown, "hunter"));
}
