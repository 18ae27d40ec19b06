#include "sample_state.hpp"
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/state_file.hpp"

#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using persistence::restore;
using persistence::state_error;
using test::complaint;

namespace {

constexpr std::int64_t evening = 1'769'903'999'123;  // 2026-01-31 23:59:59.123 UTC
const std::string aside = ".replaced-20260131T235959Z";

// A backup, and a database with something else in it.
struct sample {
    sample() {
        test::make_state(backup);
        test::make_state(path, 7);
    }

    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& each : std::filesystem::directory_iterator(folder.path("."))) {
            names.insert(each.path().filename());
        }
        return names;
    }

    test::scratch folder;
    std::string backup = folder.path("backup.db");
    std::string path = folder.path("state.db");
};

}  // namespace

TEST_CASE("a restored database is the backup, and what was there is kept whole", "[restore]") {
    const sample of;
    test::leave_in_log(of.path, "DELETE FROM queue");
    const std::string before = test::bytes_of(of.path);
    const std::string log_before = test::bytes_of(of.path + "-wal");
    REQUIRE_FALSE(log_before.empty());
    const auto done = restore({.from = of.backup, .to = of.path, .now_ms = evening});
    CHECK(done.what.messages == 100);
    CHECK(done.replaced == of.path + aside);
    CHECK(test::bytes_of(of.path + aside) == before);
    CHECK(test::bytes_of(of.path + aside + "-wal") == log_before);
    CHECK(test::number(of.path + aside, "SELECT count(*) FROM queue") == 0);
    CHECK(test::number(of.path + aside, "SELECT count(*) FROM messages") == 7);
    CHECK_FALSE(std::filesystem::exists(of.path + "-wal"));
    CHECK_FALSE(std::filesystem::exists(of.path + ".restoring"));

    struct stat about {};

    REQUIRE(stat(of.path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0640);
    const auto broker = persistence::open_state({.path = of.path});
    CHECK(broker->number("SELECT count(*) FROM v_queue") == 100);
}

TEST_CASE("what was replaced can be restored, log and all", "[restore]") {
    const sample of;
    test::leave_in_log(of.path, "DELETE FROM queue WHERE message_id=1");
    restore({.from = of.backup, .to = of.path, .now_ms = evening});
    const auto back = restore({.from = of.path + aside, .to = of.path, .now_ms = evening + 5000});
    CHECK(back.what.messages == 7);
    CHECK(test::number(of.path, "SELECT count(*) FROM queue") == 6);
}

TEST_CASE("a database is restored where there was none", "[restore]") {
    const sample of;
    const std::string fresh = of.folder.path("fresh.db");
    const auto done = restore({.from = of.backup, .to = fresh, .now_ms = evening});
    CHECK(done.replaced.empty());
    CHECK(test::number(fresh, "SELECT count(*) FROM v_queue") == 100);
}

TEST_CASE("nothing is restored while a broker runs", "[restore]") {
    const sample of;
    const auto broker = persistence::open_state({.path = of.path});
    const auto files = of.files();
    const state_error refused =
        complaint([&] { restore({.from = of.backup, .to = of.path, .now_ms = evening}); });
    CHECK(refused.why() == state_error::cause::in_use);
    CHECK(of.files() == files);
    CHECK(broker->number("SELECT count(*) FROM messages") == 7);
}

TEST_CASE("nothing is restored from what is missing, damaged, wrong or newer", "[restore]") {
    using cause = state_error::cause;
    const sample of;
    const std::string before = test::bytes_of(of.path);
    const auto refusal = [&](const std::string& from) {
        return complaint([&] { restore({.from = from, .to = of.path, .now_ms = evening}); }).why();
    };
    CHECK(refusal(of.folder.path("none.db")) == cause::missing);
    CHECK(refusal(of.path) == cause::refused);
    const std::string wrong = of.folder.path("wrong.db");
    test::make_state(wrong);
    test::change(wrong, "DELETE FROM messages WHERE id=7");
    CHECK(refusal(wrong) == cause::damaged);
    const std::string newer = of.folder.path("newer.db");
    test::make_state(newer);
    test::change(newer, "PRAGMA user_version=99");
    CHECK(refusal(newer) == cause::refused);
    test::damage(of.backup);
    CHECK(refusal(of.backup) == cause::damaged);
    CHECK(test::bytes_of(of.path) == before);
    for (const std::string& name : of.files()) {
        CHECK_FALSE(test::contains(name, "replaced"));
        CHECK_FALSE(test::contains(name, "unfinished"));
        CHECK_FALSE(test::contains(name, "restoring"));
    }
}

TEST_CASE("a restore that was cut short is finished by the next one", "[restore]") {
    const sample of;
    // As it was in the moment between.
    std::filesystem::rename(of.path, of.path + aside);
    std::filesystem::copy(of.backup, of.path + ".restoring");
    CHECK(complaint([&] {
              persistence::open_state({.path = of.path});
          }).why() == state_error::cause::refused);
    // One that fails leaves the moment as it is.
    const std::string none = of.folder.path("none.db");
    CHECK_THROWS(restore({.from = none, .to = of.path, .now_ms = evening}));
    CHECK_THROWS(persistence::open_state({.path = of.path}));
    restore({.from = of.backup, .to = of.path, .now_ms = evening + 5000});
    CHECK(
        persistence::open_state({.path = of.path})->number("SELECT count(*) FROM v_queue") == 100
    );
    CHECK_FALSE(std::filesystem::exists(of.path + ".restoring"));
}

TEST_CASE("what root restores belongs to whom it belonged", "[restore]") {
    if (geteuid() != 0) {
        return;
    }
    const sample of;
    const auto owner_of = [](const std::string& path) {
        struct stat about {};
        REQUIRE(stat(path.c_str(), &about) == 0);
        return std::pair(about.st_uid, about.st_gid);
    };
    const std::pair<uid_t, gid_t> one{65534, 65533};
    const std::pair<uid_t, gid_t> other{65532, 65531};
    REQUIRE(chown(of.path.c_str(), one.first, one.second) == 0);
    restore({.from = of.backup, .to = of.path, .now_ms = evening});
    CHECK(owner_of(of.path) == one);
    CHECK(owner_of(of.path + ".lock") == one);
    restore({.from = of.backup, .to = of.path, .now_ms = evening, .owner = other});
    CHECK(owner_of(of.path) == other);
    REQUIRE(chown(of.folder.path(".").c_str(), one.first, one.second) == 0);
    restore({.from = of.backup, .to = of.folder.path("fresh.db"), .now_ms = evening});
    CHECK(owner_of(of.folder.path("fresh.db")) == one);
}
