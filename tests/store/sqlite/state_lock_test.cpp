#include "sample_state.hpp"
#include "store/sqlite/state_lock.hpp"

#include <optional>
#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using persistence::state_error;
using persistence::state_lock;
using test::complaint;

TEST_CASE("one at a time has the lock", "[state_lock]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    std::optional<state_lock> first(path);
    const state_error refused = complaint([&] { state_lock second(path); });
    CHECK(refused.why() == state_error::cause::in_use);
    CHECK(refused.what() == path + ": another lmqttd is using it");
    first.reset();
    state_lock third(path);
}

TEST_CASE("no folder, no lock", "[state_lock]") {
    const test::scratch folder;
    const std::string path = folder.path("none/state.db");
    const state_error refused = complaint([&] { state_lock lock(path); });
    CHECK(refused.why() == state_error::cause::refused);
    CHECK(
        refused.what() == path + ": its folder " + folder.path("none").string() + " does not exist"
    );
}

TEST_CASE("the lock file is for the group, and root can give it away", "[state_lock]") {
    const test::scratch folder;
    const state_lock lock(folder.path("state.db"));
    const std::string file = folder.path("state.db.lock");

    struct stat about {};

    REQUIRE(stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0640);
    if (geteuid() == 0) {
        lock.give_to(65534, 65533);
        REQUIRE(stat(file.c_str(), &about) == 0);
        CHECK(about.st_uid == 65534);
        CHECK(about.st_gid == 65533);
    }
}
