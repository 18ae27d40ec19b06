#include "accounts/schema.hpp"
#include "sample_accounts.hpp"
#include "store/sqlite/state_error.hpp"

#include <SQLiteCpp/Database.h>

#include <sys/stat.h>

using namespace lmqtt;
using accounts::database;
using test::complaint_of;
using test::contains;
using test::noon;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat about {};

    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 07777U;
}

}  // namespace

TEST_CASE("accounts.db is for its owner alone, whatever the umask (C19)", "[accounts_database]") {
    const mode_t before = ::umask(0);
    test::accounts_file file;
    file.add(test::sample_user());
    CHECK(mode_of(file.path) == 0600);
    // While a transaction is open there is a journal, which holds the same secrets.
    SQLite::Database other(file.path, SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE; UPDATE users SET disabled=0; PRAGMA cache_spill=ON");
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator(file.folder.path("."))) {
        CHECK(mode_of(each.path().string()) == 0600);
        ++files;
    }
    CHECK(files == 2);
    other.exec("ROLLBACK");
    ::umask(before);
}

TEST_CASE("one that others may read is refused, with what to do (C19)", "[accounts_database]") {
    test::accounts_file file;
    for (const mode_t open : {0644U, 0640U, 0604U, 0620U}) {
        REQUIRE(::chmod(file.path.c_str(), open) == 0);
        CHECK(contains(complaint_of([&] { database(file.path, noon); }), "chmod 600"));
    }
    REQUIRE(::chmod(file.path.c_str(), 0600) == 0);
    CHECK(complaint_of([&] { database(file.path, noon); }).empty());
}

TEST_CASE("its schema is made once, and remembered", "[accounts_database]") {
    test::accounts_file file;
    { database(file.path, noon + 5); }
    SQLite::Database look(file.path);
    const auto all = accounts::account_migrations();
    CHECK(
        look.execAndGet("SELECT count(*) FROM migrations").getInt64() == std::int64_t(all.size())
    );
    CHECK(look.execAndGet("SELECT max(applied_at_ms) FROM migrations").getInt64() == noon);
    CHECK(look.execAndGet("PRAGMA application_id").getInt() == 0x4D515441);
}

TEST_CASE("every table is strict", "[accounts_database]") {
    const test::accounts_file file;
    SQLite::Database look(file.path);
    CHECK(
        look.execAndGet("SELECT count(*) FROM pragma_table_list WHERE type='table' AND strict=0 "
                        "AND name NOT LIKE 'sqlite_%'")
            .getInt() == 0
    );
}

TEST_CASE("what is not a database of accounts is refused (C11)", "[accounts_database]") {
    const test::scratch folder;
    const auto refusal = [](const std::string& path) {
        return complaint_of([&] { database(path, noon); });
    };
    const std::string text = folder.write("text", std::string(5000, 'x')).string();
    const std::string foreign = folder.path("foreign.db").string();
    SQLite::Database(foreign, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE t(a)");
    REQUIRE(::chmod(text.c_str(), 0600) == 0);
    REQUIRE(::chmod(foreign.c_str(), 0600) == 0);
    CHECK(contains(refusal(text), text + ": is damaged"));
    CHECK(contains(refusal(foreign), "is a database of something else"));
    CHECK(contains(refusal(folder.path("no/accounts.db").string()), "cannot be created"));
    CHECK_FALSE(refusal(folder.path(".").string()).empty());
}

TEST_CASE("one that a newer lmqttd has used is left alone", "[accounts_database]") {
    const test::accounts_file file;
    SQLite::Database(file.path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
    CHECK(contains(complaint_of([&] { database(file.path, noon); }), "newer lmqttd"));
}

TEST_CASE("another process sees that something has changed", "[accounts_database]") {
    test::accounts_file file;
    database other(file.path, noon);
    const auto before = other.version();
    CHECK(other.version() == before);
    file.add(test::sample_user());
    CHECK(other.version() != before);
    CHECK(other.read().users == std::vector{test::sample_user()});
}

TEST_CASE(
    "a change that finds the file locked says so, and changes nothing", "[accounts_database]"
) {
    test::accounts_file file;
    SQLite::Database other(file.path, SQLite::OPEN_READWRITE);
    other.exec("BEGIN EXCLUSIVE");
    const auto user = test::sample_user();
    CHECK(contains(complaint_of([&] { file.db.add_users({&user, 1}); }), "locked"));
    CHECK(contains(complaint_of([&] { file.db.read(); }), "locked"));
    other.exec("ROLLBACK");
    CHECK(file.db.read().users.empty());
}
