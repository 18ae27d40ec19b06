// The commands around the database, without a broker; with one: tests/wire/test_41_commands.py.
#include "app/failure.hpp"
#include "app/state_commands.hpp"
#include "app/user.hpp"
#include "program.hpp"
#include "store/sqlite/open_state.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lmqtt;
using namespace lmqtt::app;
using test::contains;
using test::program;

namespace {

// A folder with a configuration and its database.
struct sample {
    sample() { persistence::open_state({.path = database.string()}); }

    test::scratch folder;
    std::filesystem::path file = folder.write("a.toml", "");
    std::filesystem::path database = folder.path("lmqtt.db");
    std::string copy = folder.path("copy.db").string();
};

template <class Command>
failure failure_of(Command&& command) {
    try {
        command();
    } catch (const failure& stopped) {
        return stopped;
    }
    FAIL("it succeeds");
    throw;
}

}  // namespace

TEST_CASE("each command says in one line what it has done") {
    const sample of;
    const std::string database = of.database.string();
    const std::string line = back_up_state(of.file, of.copy, false);
    CHECK(line.starts_with(of.copy + ": "));
    CHECK(line.ends_with(" bytes, 0 sessions, 0 messages\n"));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    CHECK(contains(verify_state(of.file, {}), database + ": no problems in 0 sessions"));
    CHECK(contains(verify_state({}, of.copy), of.copy + ": no problems in 0 sessions"));
    const std::string restored = restore_state(of.file, of.copy);
    CHECK(contains(restored, " 0 messages; what was there is now " + database + ".replaced-"));
    CHECK(migrate_state(of.file, true) == database + ": up to date\n");
    CHECK(migrate_state(of.file, false) == database + ": up to date\n");
}

TEST_CASE("a broker that keeps its state in memory has no database to work on") {
    const test::scratch folder;
    const auto file = folder.write("a.toml", "[persistence]\ntype = \"memory\"\n");
    const std::string copy = folder.path("copy.db").string();
    for (const failure& each :
         {failure_of([&] { back_up_state(file, copy, false); }),
          failure_of([&] { verify_state(file, {}); }),
          failure_of([&] { restore_state(file, copy); }),
          failure_of([&] { migrate_state(file, false); })}) {
        CHECK(each.code() == exit_code::no_input);
        CHECK(
            each.what() ==
            std::string("lmqttd: persistence.type is \"memory\": there is no database\n")
        );
    }
}

TEST_CASE("where there is no database, none is made") {
    const test::scratch folder;
    const auto file = folder.write("a.toml", "");
    const std::string database = folder.path("lmqtt.db").string();
    for (const failure& each :
         {failure_of([&] { back_up_state(file, folder.path("copy.db").string(), false); }),
          failure_of([&] { verify_state(file, {}); }),
          failure_of([&] { migrate_state(file, true); }),
          failure_of([&] { migrate_state(file, false); })}) {
        CHECK(each.code() == exit_code::no_input);
        CHECK(each.what() == "lmqttd: " + database + ": does not exist\n");
    }
    CHECK_FALSE(std::filesystem::exists(database));
}

TEST_CASE("a schema that is behind is told by --check, and brought up to date without it") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", "").string();
    const std::string database = folder.path("lmqtt.db").string();
    // As a start leaves it that is cut short before the first migration.
    { const persistence::database begun(database); }
    program check({"migrate", "--check", "-c", file});
    CHECK(check.wait() == 1);
    const auto each = [&database](const std::string& done) {
        std::string lines;
        for (const persistence::migration& one : persistence::embedded_migrations()) {
            lines += database + ": " + done + " " + std::string(one.name) + "\n";
        }
        return lines;
    };
    CHECK(check.errors() == each("would apply"));
    program migrate({"migrate", "-c", file});
    CHECK(migrate.wait() == 0);
    CHECK(migrate.output() == each("applied"));
    program again({"migrate", "--check", "-c", file});
    CHECK(again.wait() == 0);
    CHECK(again.output() == database + ": up to date\n");
}

TEST_CASE("a backup that cannot be written has an exit code of its own") {
    const sample of;
    const std::string file = of.file.string();
    for (const std::string& to : {of.database.string(), file, of.folder.path("none/c").string()}) {
        program refused({"backup", "-c", file, to});
        CHECK(refused.wait() == 73);
        CHECK(contains(refused.errors(), "lmqttd: " + to));
        CHECK(refused.output().empty());
    }
    CHECK(of.folder.read("a.toml").empty());
    program forced({"backup", "-c", file, "--force", file});
    CHECK(forced.wait() == 0);
    CHECK(of.folder.read("a.toml").starts_with("SQLite format 3"));
}

TEST_CASE("what root migrates or restores belongs to the configured user") {
    if (geteuid() != 0) {
        return;
    }
    const account nobody = find_user("nobody").value();
    const sample of;
    const std::string file = of.folder.write("a.toml", "user = \"nobody\"\n").string();
    back_up_state(of.file, of.copy, false);
    for (const auto& each : std::filesystem::directory_iterator(of.folder.path("."))) {
        REQUIRE(chown(each.path().c_str(), nobody.user, nobody.group) == 0);
    }
    REQUIRE(chown(of.folder.path(".").c_str(), nobody.user, nobody.group) == 0);
    REQUIRE(chown(of.copy.c_str(), 0, 0) == 0);
    std::filesystem::remove(of.database.string() + ".lock");
    std::filesystem::remove(of.database);
    program restore({"restore", "-c", file, of.copy});
    REQUIRE(restore.wait() == 0);
    program migrate({"migrate", "-c", file});
    REQUIRE(migrate.wait() == 0);
    std::size_t files = 0;
    for (const char* const part : {"", "-wal", "-shm", ".lock"}) {
        struct stat about {};

        REQUIRE(stat((of.database.string() + part).c_str(), &about) == 0);
        INFO(part);
        CHECK(about.st_uid == nobody.user);
        CHECK(about.st_gid == nobody.group);
        ++files;
    }
    CHECK(files == 4);
}
