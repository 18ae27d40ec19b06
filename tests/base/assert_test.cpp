#include "base/assert.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct ending {
    int status = 0;
    std::string printed;
};

// Runs `body` in a process of its own and waits for its end.
template <typename Body>
ending in_child(Body body) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // the test runner catches it
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    ending result;
    std::array<char, 256> buffer{};
    for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;) {
        result.printed.append(buffer.data(), static_cast<std::size_t>(n));
    }
    close(ends[0]);
    REQUIRE(waitpid(child, &result.status, 0) == child);
    return result;
}

}  // namespace

TEST_CASE("a broken assertion aborts and says what was promised, and where") {
    const ending end = in_child([] { LMQTT_ASSERT(1 + 1 == 3); });
    REQUIRE(WIFSIGNALED(end.status));
    CHECK(WTERMSIG(end.status) == SIGABRT);
    CHECK(end.printed.find("assertion failed: 1 + 1 == 3") != std::string::npos);
    CHECK(end.printed.find("assert_test.cpp:") != std::string::npos);
}

TEST_CASE("an assertion that holds costs one evaluation and prints nothing") {
    int evaluations = 0;
    LMQTT_ASSERT(++evaluations == 1);
    CHECK(evaluations == 1);
    const ending end = in_child([] { LMQTT_ASSERT(true); });
    CHECK(WIFEXITED(end.status));
    CHECK(end.printed.empty());
}

TEST_CASE("an assertion may stand in a constant expression") {
    constexpr auto half = [](int even) {
        LMQTT_ASSERT(even % 2 == 0);
        return even / 2;
    };
    STATIC_REQUIRE(half(4) == 2);
}
