#include "sample_state.hpp"
#include "store/sqlite/database.hpp"

#include <sqlite3.h>

using namespace lmqtt;
using persistence::database;
using persistence::state_error;
using test::complaint;

TEST_CASE("a database of something else is refused, and stays as it was", "[database]") {
    const test::scratch folder;
    const std::string path = folder.path("theirs.db");
    test::change(path, "CREATE TABLE theirs(x)");
    const std::string before = test::bytes_of(path);
    const state_error refused = complaint([&] { database db(path); });
    CHECK(refused.why() == state_error::cause::refused);
    CHECK(refused.what() == path + ": is a database of something else");
    CHECK(test::bytes_of(path) == before);
}

TEST_CASE("a file that is no database is damaged, and stays as it was", "[database]") {
    const test::scratch folder;
    const std::string path = folder.write("state.db", std::string(5000, 'x'));
    const state_error refused = complaint([&] { database db(path); });
    CHECK(refused.why() == state_error::cause::damaged);
    CHECK(test::bytes_of(path) == std::string(5000, 'x'));
}

TEST_CASE("a log without its database is not thrown away", "[database]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    folder.write("state.db-wal", "what was acknowledged");
    const state_error refused = complaint([&] { database db(path); });
    CHECK(refused.why() == state_error::cause::damaged);
    CHECK(test::contains(refused.what(), "is missing, but " + path + "-wal is there"));
    CHECK(folder.read("state.db-wal") == "what was acknowledged");
    CHECK_FALSE(std::filesystem::exists(path));
    folder.write("state.db-wal", "");
    database fresh(path);
}

TEST_CASE("nothing new is begun where a restore was cut short", "[database]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    folder.write("state.db.restoring", "new");
    const state_error refused = complaint([&] { database db(path); });
    CHECK(refused.why() == state_error::cause::refused);
    CHECK(test::contains(refused.what(), "run lmqttd restore again"));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("closing puts the log into the file, unless it must stay as it is", "[database]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    { database db(path); }
    for (const bool wanted : {false, true}) {
        const std::string before = test::bytes_of(path);
        {
            database db(path);
            db.execute("CREATE TABLE t" + std::to_string(wanted) + "(x)");
            db.checkpoint_when_closed(wanted);
        }
        CHECK((test::bytes_of(path) != before) == wanted);
        CHECK((std::filesystem::file_size(path + "-wal") == 0) == wanted);
    }
    CHECK(test::number(path, "SELECT count(*) FROM sqlite_schema") == 2);
}
