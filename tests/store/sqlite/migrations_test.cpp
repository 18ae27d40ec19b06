#include "sample_history.hpp"
#include "store/sqlite/database.hpp"
#include "support/scratch.hpp"

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <sys/stat.h>

using namespace lmqtt::persistence;

namespace {

class scratch_database {
public:
    std::string path() const { return folder_.path("state.db").string(); }

    // Of all versions.
    std::size_t copies() const {
        using entries = std::filesystem::directory_iterator;
        return static_cast<std::size_t>(std::count_if(
            entries(folder_.path(".")),
            entries(),
            [](const auto& each) { return lmqtt::test::contains(each.path().string(), ".before-"); }
        ));
    }

private:
    lmqtt::test::scratch folder_;
};

const std::span<const migration> all = lmqtt::test::sample_history;

}  // namespace

TEST_CASE("a new database gets every migration, and remembers them", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, all, 17);
    CHECK(db.number("PRAGMA user_version") == 2);
    CHECK(db.number("SELECT count(*) FROM migrations WHERE applied_at_ms=17") == 2);
    migrate(db, all, 18);
    CHECK(db.number("SELECT max(applied_at_ms) FROM migrations") == 17);
}

TEST_CASE("of a new database, which holds nothing, there is no copy", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, embedded_migrations(), 17);
    CHECK(file.copies() == 0);
}

TEST_CASE("an older one gets what it lacks, after a copy was made", "[migrations]") {
    const scratch_database file;
    {
        database db(file.path());
        migrate(db, all.first(1), 17);
        db.execute("INSERT INTO one VALUES(5)");
    }
    database db(file.path());
    migrate(db, all, 18);
    CHECK(db.number("SELECT x FROM two") == 5);
    CHECK(file.copies() == 1);
    database copy(file.path() + ".before-2");
    CHECK(copy.number("PRAGMA user_version") == 1);
    CHECK(copy.number("SELECT x FROM one") == 5);
}

TEST_CASE("the copy is for the eyes of the group only, as the database is", "[migrations]") {
    const mode_t before = ::umask(0);
    const scratch_database file;
    database db(file.path());
    migrate(db, all.first(1), 17);
    migrate(db, all, 18);
    ::umask(before);
    using std::filesystem::perms;
    const perms expected = perms::owner_read | perms::owner_write | perms::group_read;
    CHECK(std::filesystem::status(file.path()).permissions() == expected);
    CHECK(std::filesystem::status(file.path() + ".before-2").permissions() == expected);
}

TEST_CASE("a migration that fails changes nothing and can be tried again", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, all.first(1), 17);
    auto broken = lmqtt::test::sample_history;
    broken[1].sql = "CREATE TABLE two(x); INSERT INTO nowhere VALUES(1);";
    CHECK_THROWS(migrate(db, broken, 18));
    CHECK(db.number("PRAGMA user_version") == 1);
    CHECK(db.number("SELECT count(*) FROM sqlite_schema WHERE name='two'") == 0);
    migrate(db, all, 19);
    CHECK(db.number("PRAGMA user_version") == 2);
}

TEST_CASE("a newer schema is refused", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, all, 17);
    CHECK_THROWS_WITH(migrate(db, all.first(1), 18), Catch::Contains("newer lmqttd"));
}

TEST_CASE("a schema made by other migrations is refused", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, all, 17);
    auto other = lmqtt::test::sample_history;
    other[0].sha256 = "cc";
    CHECK_THROWS_WITH(migrate(db, other, 18), Catch::Contains("another migration 1"));
}

TEST_CASE("the real ones apply, in order, with checksums", "[migrations]") {
    const scratch_database file;
    database db(file.path());
    migrate(db, embedded_migrations(), 17);
    int version = 0;
    for (const migration& each : embedded_migrations()) {
        CHECK(each.version == ++version);
        CHECK(each.sha256.size() == 64);
    }
    CHECK(db.number("SELECT count(*) FROM migrations") == version);
    CHECK(db.number("PRAGMA application_id") == 0x4D515442);
}

TEST_CASE("a database of something else is refused", "[migrations]") {
    const scratch_database file;
    {
        database db(file.path());
        db.execute("PRAGMA application_id=7");
        db.execute("CREATE TABLE theirs(x)");
    }
    CHECK_THROWS_WITH(database(file.path()), Catch::Contains("something else"));
}

TEST_CASE("to check a row, no table is made", "[migrations]") {
    const lmqtt::test::scratch folder;
    database db(folder.path("state.db").string());
    migrate(db, embedded_migrations(), 0);
    std::vector<std::string> tables;
    {
        statement names(db.handle(), "SELECT name FROM sqlite_schema WHERE type='table'");
        while (names.next()) {
            tables.emplace_back(names.text(0));
        }
    }
    CHECK(tables.size() > 8);
    for (const std::string& table : tables) {
        if (table.starts_with("sqlite_")) {
            continue;
        }
        std::string parameters;
        const auto columns = db.number("SELECT count(*) FROM pragma_table_info('" + table + "')");
        for (std::int64_t each = 0; each < columns; ++each) {
            parameters += each == 0 ? "?" : ",?";
        }
        statement program(
            db.handle(), "EXPLAIN INSERT INTO " + table + " VALUES(" + parameters + ")"
        );
        while (program.next()) {
            INFO(table);
            CHECK(program.text(1) != "OpenEphemeral");
        }
    }
}

TEST_CASE("rows that make no sense are refused, in old databases as in new ones", "[migrations]") {
    const lmqtt::test::scratch folder;
    database db(folder.path("state.db").string());
    const auto first = GENERATE(std::size_t{5}, embedded_migrations().size());
    migrate(db, embedded_migrations().first(first), 0);
    migrate(db, embedded_migrations(), 0);
    const auto place = [&](const char* quality) {
        db.execute(std::string("INSERT INTO queue VALUES(1,1,1,") + quality + ",0,0,NULL,NULL)");
    };
    for (const char* const wrong : {"-1", "3", "1.5", "'x'", "NULL"}) {
        INFO(wrong);
        CHECK_THROWS_AS(place(wrong), SQLite::Exception);
    }
    CHECK_NOTHROW(place("2"));
}
