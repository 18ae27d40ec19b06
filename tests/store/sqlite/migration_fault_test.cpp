// Migrations that are cut short: at every statement, and at every write, sync and name of a file.
#include "reopened.hpp"
#include "simulated_disk.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <random>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::persistence;

namespace {

constexpr std::array history{
    migration{
        1,
        "0001_first",
        "aa",
        "CREATE TABLE migrations(version INTEGER PRIMARY KEY, name TEXT, sha256 TEXT, "
        "applied_at_ms INTEGER); CREATE TABLE one(x INTEGER PRIMARY KEY, filler BLOB);"},
    migration{
        2,
        "0002_second",
        "bb",
        "CREATE TABLE two(x, y); INSERT INTO two SELECT x, x*2 FROM one; "
        "ALTER TABLE one ADD COLUMN y; UPDATE one SET y=x*3; CREATE INDEX two_x ON two(x);"},
    migration{
        3,
        "0003_third",
        "cc",
        "CREATE TABLE three(x); INSERT INTO three SELECT x+y FROM two; DROP TABLE two; "
        "UPDATE one SET filler=zeroblob(10), y=y+1;"},
};

const std::span<const migration> all = history;

constexpr int rows = 60;

// What the tables say at a version of the schema, written down from the migrations above.
void check_content(database& db) {
    const auto version = db.number("PRAGMA user_version");
    CHECK(db.number("SELECT count(*) FROM one") == rows);
    CHECK(db.number("SELECT sum(x) FROM one") == rows * (rows + 1) / 2);
    CHECK(
        db.number("SELECT sum(length(filler)) FROM one") == (version < 3 ? rows * 900 : rows * 10)
    );
    if (version == 2) {
        CHECK(db.number("SELECT sum(y) FROM two WHERE x>0") == rows * (rows + 1));
        CHECK(db.number("SELECT sum(y) FROM one") == 3 * rows * (rows + 1) / 2);
    }
    if (version == 3) {
        CHECK(db.number("SELECT sum(x) FROM three") == 3 * rows * (rows + 1) / 2);
        CHECK(db.number("SELECT sum(y) FROM one") == 3 * rows * (rows + 1) / 2 + rows);
        CHECK(db.number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'two%'") == 0);
    }
    statement check(db.handle(), "PRAGMA integrity_check");
    REQUIRE(check.next());
    CHECK(check.text(0) == "ok");
}

// A folder with a database of the first version in it.
class old_database {
public:
    old_database() {
        database db(path());
        migrate(db, all.first(1), 1);
        db.execute(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<" +
            std::to_string(rows) + ") INSERT INTO one SELECT x, zeroblob(900) FROM n"
        );
    }

    std::string folder() const { return folder_.path(".").string(); }

    std::string path() const { return folder_.path("state.db").string(); }

    std::string copy_before(std::int64_t version) const {
        return path() + ".before-" + std::to_string(version);
    }

    // As the next start does. The copies of what had been done before must be there already.
    void check_resumed() const {
        database db(path());
        const auto before = db.number("PRAGMA user_version");
        check_content(db);
        for (auto version = before; version >= 2; --version) {
            check_copy(version);
        }
        migrate(db, all, 2);
        CHECK(db.number("PRAGMA user_version") == 3);
        CHECK(db.number("SELECT count(*) FROM migrations") == 3);
        check_content(db);
        check_copy(2);
        check_copy(3);
    }

private:
    void check_copy(std::int64_t version) const {
        CAPTURE(version);
        REQUIRE(std::filesystem::exists(copy_before(version)));
        const test::scratch another;  // opening it must not change it
        const std::string path = another.path("copy.db").string();
        std::filesystem::copy(copy_before(version), path);
        database copy(path);
        CHECK(copy.number("PRAGMA user_version") == version - 1);
        check_content(copy);
    }

    test::scratch folder_;
};

// Real syncs would take most of the time.
class without_syncs {
public:
    without_syncs()
        : disk_(elsewhere_.path(".").string()) {}

private:
    test::scratch elsewhere_;
    test::simulated_disk disk_;
};

using statement_hook = std::function<void()>;

void at_each_statement(database& db, const statement_hook& hook) {
    constexpr auto call = [](unsigned, void* context, void*, void*) {
        (*static_cast<const statement_hook*>(context))();
        return 0;
    };
    void* const context = const_cast<statement_hook*>(&hook);
    sqlite3_trace_v2(db.handle(), SQLITE_TRACE_STMT, call, context);
}

// One line for a person, or nothing if it went well.
std::string failure_to_migrate(database& db) {
    try {
        migrate(db, all, 2);
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a migration is resumed after the power failed anywhere in it", "[faults][migrations]") {
    std::vector<test::simulated_disk::image> images;
    std::mt19937_64 random(1);
    std::size_t statements = 0;
    {
        const old_database old;
        bool watching = false;
        const test::simulated_disk* now = nullptr;
        const auto look = [&] {
            for (int left = 2; left > 0 && watching; --left) {
                images.push_back(now->cut(random));
            }
            if (watching) {
                images.push_back(now->killed());
            }
        };
        const test::simulated_disk disk(old.folder(), [&](const auto&) {
            look();
            return SQLITE_OK;
        });
        now = &disk;
        database db(old.path());
        const statement_hook hook = [&] {
            ++statements;
            look();
        };
        at_each_statement(db, hook);
        watching = true;
        migrate(db, all, 2);
        look();
        watching = false;
    }
    CHECK(statements > 15);
    const without_syncs quick;
    const old_database another;
    for (std::size_t each = 0; each < images.size(); ++each) {
        CAPTURE(each, images.size());
        test::restore(images[each], another.folder());
        another.check_resumed();
    }
}

TEST_CASE("a migration is resumed after each of its statements failed", "[faults][migrations]") {
    const without_syncs quick;
    std::size_t statements = 0;
    for (bool was_hit = true; was_hit; ++statements) {
        CAPTURE(statements);
        const old_database old;
        {
            database db(old.path());
            std::size_t seen = 0;
            const statement_hook hook = [&] {
                if (seen++ == statements) {
                    sqlite3_interrupt(db.handle());
                }
            };
            at_each_statement(db, hook);
            const std::string failure = failure_to_migrate(db);
            sqlite3_trace_v2(db.handle(), 0, nullptr, nullptr);
            was_hit = seen > statements;
            CHECK(failure.empty() != was_hit);
        }
        old.check_resumed();
    }
    CHECK(statements > 15);
}

TEST_CASE("a migration is resumed after each of its writes failed", "[faults][migrations]") {
    const without_syncs quick;
    std::size_t operations = 0;
    for (bool was_hit = true; was_hit; ++operations) {
        CAPTURE(operations);
        const old_database old;
        {
            bool armed = false;
            std::size_t seen = 0;
            const test::simulated_disk disk(old.folder(), [&](const auto&) {
                return armed && seen++ == operations ? SQLITE_FULL : SQLITE_OK;
            });
            database db(old.path());
            armed = true;
            static_cast<void>(failure_to_migrate(db));
            armed = false;
            was_hit = seen > operations;
        }
        old.check_resumed();
    }
    CHECK(operations > 15);
}
