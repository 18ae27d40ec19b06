#include "sample_state.hpp"
#include "store/sqlite/open_state.hpp"

#include <array>

using namespace lmqtt;
using persistence::open_state;
using persistence::state_error;
using test::complaint;

namespace {

constexpr std::int64_t evening = 1'769'903'999'123;  // 2026-01-31 23:59:59.123 UTC

}  // namespace

TEST_CASE("a sound database is opened as it is", "[open_state]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    const auto db = open_state({.path = path, .quarantine = [](auto, auto why) { FAIL(why); }});
    CHECK(db->number("SELECT count(*) FROM queue") == 100);
    CHECK(complaint([&] { open_state({.path = path}); }).why() == state_error::cause::in_use);
}

TEST_CASE("a damaged database is refused, and not a byte of it changes", "[open_state]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::leave_in_log(path, "DELETE FROM retained");
    test::damage(path);
    const std::string before = test::bytes_of(path);
    const std::string log_before = test::bytes_of(path + "-wal");
    REQUIRE_FALSE(log_before.empty());
    const state_error refused = complaint([&] { open_state({.path = path}); });
    CHECK(refused.why() == state_error::cause::damaged);
    CHECK(test::contains(refused.what(), path + ": is damaged ("));
    CHECK(test::bytes_of(path) == before);
    CHECK(test::bytes_of(path + "-wal") == log_before);
}

TEST_CASE("or it is set aside with its log, and a new one begun", "[open_state]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::leave_in_log(path, "DELETE FROM retained");
    test::damage(path);
    const std::string before = test::bytes_of(path);
    const std::string log_before = test::bytes_of(path + "-wal");
    std::string told;
    const auto db = open_state(
        {.path = path,
         .now_ms = evening,
         .quarantine = [&](std::string_view name, std::string_view why
                       ) { told = std::string(name) + " because " + std::string(why); }}
    );
    CHECK(db->number("SELECT count(*) FROM sessions") == 0);
    const std::string aside = path + ".corrupt-20260131T235959Z";
    CHECK(told.starts_with(aside + " because " + path + ": is damaged ("));
    CHECK(test::bytes_of(aside) == before);
    CHECK(test::bytes_of(aside + "-wal") == log_before);
    // The lock was never given up.
    CHECK(complaint([&] { open_state({.path = path}); }).why() == state_error::cause::in_use);
}

TEST_CASE("only what is damaged is set aside", "[open_state]") {
    const test::scratch folder;
    const auto never = [](auto, auto why) { FAIL(why); };
    const std::string theirs = folder.path("theirs.db");
    test::change(theirs, "CREATE TABLE theirs(x)");
    CHECK(complaint([&] {
              open_state({.path = theirs, .quarantine = never});
          }).why() == state_error::cause::refused);
    const std::string newer = folder.path("newer.db");
    test::make_state(newer);
    test::change(newer, "PRAGMA user_version=99");
    const state_error refused =
        complaint([&] { open_state({.path = newer, .quarantine = never}); });
    CHECK(refused.why() == state_error::cause::refused);
    CHECK(test::contains(refused.what(), "newer lmqttd"));
}

TEST_CASE("a log without its database is set aside as well", "[open_state]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    folder.write("state.db-wal", "what was acknowledged");
    std::string told;
    const auto db = open_state(
        {.path = path, .now_ms = evening, .quarantine = [&](auto name, auto) { told = name; }}
    );
    CHECK(told == path + ".corrupt-20260131T235959Z");
    CHECK(folder.read("state.db.corrupt-20260131T235959Z-wal") == "what was acknowledged");
}
