#include "store/sqlite/state_error.hpp"

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

#include <sqlite3.h>

using lmqtt::persistence::because_of;
using cause = lmqtt::persistence::state_error::cause;

TEST_CASE("what SQLite says is told with the path, and damage is told apart", "[state_error]") {
    CHECK(because_of({"no", SQLITE_CORRUPT}, "a.db").why() == cause::damaged);
    CHECK(because_of({"no", SQLITE_NOTADB}, "a.db").why() == cause::damaged);
    CHECK(because_of({"no", SQLITE_CORRUPT_INDEX}, "a.db").why() == cause::damaged);
    CHECK(because_of({"no", SQLITE_CANTOPEN}, "a.db").why() == cause::refused);
    CHECK(
        because_of({"no", SQLITE_CORRUPT}, "a.db").what() == std::string("a.db: is damaged (no)")
    );
    CHECK(because_of({"no", SQLITE_FULL}, "a.db").what() == std::string("a.db: no"));
}

TEST_CASE("a finding of several lines becomes one", "[state_error]") {
    using lmqtt::persistence::in_one_line;
    CHECK(in_one_line("*** in database main ***\nPage 3: lost") == "Page 3: lost");
    CHECK(in_one_line("Page 3: lost\nPage 4: lost") == "Page 3: lost Page 4: lost");
    CHECK(in_one_line("ok") == "ok");
}
