#include "app/failure.hpp"
#include "app/running_file.hpp"
#include "base/clock.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace lmqtt;
using namespace lmqtt::app;
using test::contains;

namespace {

struct fixture {
    test::scratch folder;
    std::string path = folder.path("state.db.running.toml").string();
    base::real_clock clock;
    base::log_output output{{.destination = folder.path("log").string()}, clock};
    base::logger log{output, "app"};
};

config with_inflight(std::uint16_t number) {
    config made;
    made.mqtt.max_inflight = number;
    return made;
}

}  // namespace

TEST_CASE("what runs is read as it was written, and gone with its writer") {
    fixture with;
    {
        running_file file(with.path, with.log);
        file.write(with_inflight(7));
        CHECK(read_running(with.path) == with_inflight(7));
        file.write(with_inflight(8));
        CHECK(read_running(with.path) == with_inflight(8));

        struct stat about {};

        REQUIRE(::stat(with.path.c_str(), &about) == 0);
        CHECK((about.st_mode & 0777U) == 0640);
    }
    CHECK_FALSE(std::filesystem::exists(with.path));
    CHECK_THROWS_AS(read_running(with.path), failure);
    CHECK(with.folder.read("log").empty());
}

TEST_CASE("what was left behind is not taken for what runs") {
    fixture with;
    std::string left;
    {
        running_file file(with.path, with.log);
        file.write(config{});
        left = with.folder.read("state.db.running.toml");
    }
    with.folder.write("state.db.running.toml", left);
    CHECK_THROWS_AS(read_running(with.path), failure);
    CHECK(read_running_copy(with.path) == config{});
}

TEST_CASE("where it cannot be written there is none rather than an old one") {
    fixture with;
    running_file file(with.path, with.log);
    file.write(with_inflight(7));
    std::filesystem::create_directories(with.path + ".unfinished/x");
    file.write(with_inflight(8));
    CHECK_FALSE(std::filesystem::exists(with.path));
    CHECK(contains(with.folder.read("log"), "cannot be written"));
}

TEST_CASE("it stands beside the database, else beside the pid file, else nowhere") {
    config settings;
    settings.persistence.path = "/var/lib/a.db";
    settings.pid_file = "/run/a.pid";
    CHECK(running_file_of(settings) == "/var/lib/a.db.running.toml");
    settings.persistence.type = persistence_type::memory;
    CHECK(running_file_of(settings) == "/run/a.pid.running.toml");
    settings.pid_file.clear();
    CHECK(running_file_of(settings).empty());
}
