#include "app/failure.hpp"
#include "app/user.hpp"

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

using namespace lmqtt::app;

namespace {

exit_code refusal(const std::string& name) {
    try {
        require_can_become(name);
    } catch (const failure& stopped) {
        return stopped.code();
    }
    return exit_code::ok;
}

}  // namespace

TEST_CASE("users are found by name") {
    const std::optional<account> root = find_user("root");
    REQUIRE(root);
    CHECK(root->user == 0);
    CHECK(root->group == 0);
    CHECK_FALSE(find_user("no-such-user-here"));
    CHECK_FALSE(find_user(""));
}

TEST_CASE("who cannot be become is told before anything starts") {
    CHECK(refusal("") == exit_code::ok);
    CHECK(refusal("no-such-user-here") == exit_code::configuration);
    const exit_code expected = geteuid() == 0 ? exit_code::ok : exit_code::no_permission;
    CHECK(refusal("nobody") == expected);
}

TEST_CASE("root becomes the user for good, with its groups; nobody else changes") {
    const account nobody = find_user("nobody").value();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const bool was_root = geteuid() == 0;
        bool right = false;
        try {
            become("nobody");
            const bool changed = getuid() == nobody.user && geteuid() == nobody.user &&
                                 getegid() == nobody.group && setuid(0) != 0;
            right = was_root && changed;
        } catch (const failure& stopped) {
            right = !was_root && stopped.code() == exit_code::no_permission;
        }
        _exit(right ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
