#include "store/sqlite/database.hpp"
#include "store/sqlite/statement.hpp"
#include "support/scratch.hpp"

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace lmqtt::persistence;

namespace {

struct with_table {
    lmqtt::test::scratch folder;
    database db{folder.path("state.db").string()};

    with_table() { db.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, a TEXT, b BLOB)"); }

    statement prepared(std::string_view sql) { return {db.handle(), sql}; }
};

}  // namespace

TEST_CASE("what is bound comes back, bytes and all", "[statement]") {
    with_table in;
    const std::string bytes("\0\xff\0", 3);
    in.prepared("INSERT INTO t VALUES(?, ?, ?)").bind(7).bind_text("text").bind_blob(bytes).run();
    statement all = in.prepared("SELECT n, a, b FROM t");
    REQUIRE(all.next());
    CHECK(all.number(0) == 7);
    CHECK(all.text(1) == "text");
    CHECK(all.blob(2) == bytes);
    CHECK_FALSE(all.next());
}

TEST_CASE("numbers keep all their bits", "[statement]") {
    with_table in;
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    in.prepared("INSERT INTO t(n) VALUES(?)").bind_unsigned(most).run();
    in.prepared("INSERT INTO t(n) VALUES(?)").bind(std::numeric_limits<std::int64_t>::min()).run();
    statement all = in.prepared("SELECT n FROM t ORDER BY n DESC");
    REQUIRE(all.next());
    CHECK(all.unsigned_number(0) == most);
    REQUIRE(all.next());
    CHECK(all.number(0) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("nothing is empty, or NULL where that is asked for", "[statement]") {
    with_table in;
    in.prepared("INSERT INTO t VALUES(?, ?, ?)").bind(1).bind_text({}).bind_blob({}).run();
    in.prepared("INSERT INTO t VALUES(?, ?, ?)").bind(2).bind_text_or_null({}).bind_null().run();
    in.prepared("INSERT INTO t VALUES(?, ?, ?)")
        .bind(3)
        .bind_text_or_null("x")
        .bind_or_null(0)
        .run();
    statement all = in.prepared("SELECT a, b FROM t ORDER BY n");
    REQUIRE(all.next());
    CHECK_FALSE(all.is_null(0));
    CHECK_FALSE(all.is_null(1));
    CHECK(all.text(0).empty());
    CHECK(all.blob(1).empty());
    REQUIRE(all.next());
    CHECK(all.is_null(0));
    CHECK(all.is_null(1));
    CHECK(all.text(0).empty());
    CHECK(all.blob(1).empty());
    REQUIRE(all.next());
    CHECK(all.text(0) == "x");
    CHECK(all.is_null(1));
}

TEST_CASE("a statement is ready again after each run", "[statement]") {
    with_table in;
    statement insert = in.prepared("INSERT INTO t(n, a) VALUES(?, ?)");
    for (int number = 0; number < 3; ++number) {
        const std::string text = std::to_string(number);
        insert.bind(number).bind_text(text).run();
    }
    statement one = in.prepared("SELECT a FROM t WHERE n = ?");
    for (int number = 0; number < 3; ++number) {
        one.bind(number);
        REQUIRE(one.next());
        CHECK(one.text(0) == std::to_string(number));
        CHECK_FALSE(one.next());
    }
}

TEST_CASE("a failure is thrown, and the statement is ready again", "[statement]") {
    with_table in;
    statement insert = in.prepared("INSERT INTO t(n) VALUES(?)");
    insert.bind(1).run();
    CHECK_THROWS_AS(insert.bind(1).run(), SQLite::Exception);
    insert.bind(2).run();
    CHECK(in.db.number("SELECT count(*) FROM t") == 2);
    CHECK_THROWS_AS(in.prepared("SELECT nothing FROM nowhere"), SQLite::Exception);
    CHECK_THROWS_AS(insert.bind(1).bind(2), SQLite::Exception);
}
