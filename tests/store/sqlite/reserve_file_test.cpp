#include "store/sqlite/reserve_file.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using lmqtt::persistence::reserve_file;
using lmqtt::test::scratch;

TEST_CASE("a reserve is 8 MiB of the disk, for the owner and the group", "[reserve]") {
    const scratch folder;
    const reserve_file reserve(folder.path("state.db").string());
    REQUIRE(reserve.keep());

    struct stat about {};

    REQUIRE(::stat(folder.path("state.db.reserve").c_str(), &about) == 0);
    CHECK(about.st_size == 8 * 1024 * 1024);
    CHECK(about.st_blocks * 512 >= about.st_size);
    CHECK((about.st_mode & 0777U) == 0640);
    CHECK(reserve.keep());
}

TEST_CASE("it is gone once it has been given up, and comes back whole", "[reserve]") {
    const scratch folder;
    const reserve_file reserve(folder.path("state.db").string());
    reserve.keep();
    reserve.give_up();
    CHECK_FALSE(std::filesystem::exists(folder.path("state.db.reserve")));
    reserve.give_up();
    std::ofstream(folder.path("state.db.reserve")) << "short";
    REQUIRE(reserve.keep());
    CHECK(std::filesystem::file_size(folder.path("state.db.reserve")) == 8 * 1024 * 1024);
}

TEST_CASE("where nothing can be written there is no reserve", "[reserve]") {
    const scratch folder;
    CHECK_FALSE(reserve_file(folder.path("none/state.db").string()).keep());
}
