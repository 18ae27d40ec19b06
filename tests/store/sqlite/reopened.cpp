#include "reopened.hpp"

#include "histories.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <catch2/catch.hpp>

#include <sqlite3.h>

namespace lmqtt::test {

namespace {

void must_say(sqlite3* connection, const char* sql, const std::string& expected) {
    sqlite3_stmt* query = nullptr;
    std::string found;
    REQUIRE(sqlite3_prepare_v2(connection, sql, -1, &query, nullptr) == SQLITE_OK);
    if (sqlite3_step(query) == SQLITE_ROW) {
        found = reinterpret_cast<const char*>(sqlite3_column_text(query, 0));
    }
    sqlite3_finalize(query);
    REQUIRE(found == expected);
}

}  // namespace

std::string reopened::state_of(const simulated_disk::image& found) const {
    const simulated_disk without_syncs(elsewhere_.path(".").string());
    restore(found, folder_.path(".").string());
    return state_of(folder_.path("state.db").string());
}

std::string reopened::state_of(const std::string& path) {
    held_state state;
    {
        persistence::sqlite_store store({.path = path});
        store.recover(state);
    }
    sqlite3* connection = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
    must_say(connection, "PRAGMA integrity_check", "ok");
    must_say(connection, "PRAGMA foreign_key_check", "");
    sqlite3_close(connection);
    return state.text();
}

}  // namespace lmqtt::test
