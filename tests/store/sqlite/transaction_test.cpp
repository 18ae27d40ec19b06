#include "store/sqlite/database.hpp"
#include "store/sqlite/transaction.hpp"
#include "support/scratch.hpp"

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

using namespace lmqtt::persistence;

namespace {

struct with_table {
    lmqtt::test::scratch folder;
    database db{folder.path("state.db").string()};

    with_table() { db.execute("CREATE TABLE t(n INTEGER PRIMARY KEY)"); }

    std::int64_t rows() { return db.number("SELECT count(*) FROM t"); }
};

}  // namespace

TEST_CASE("what is committed stays", "[transaction]") {
    with_table in;
    {
        transaction whole(in.db.handle());
        execute(in.db.handle(), "INSERT INTO t VALUES(1); INSERT INTO t VALUES(2)");
        whole.commit();
    }
    CHECK(in.rows() == 2);
}

TEST_CASE("what is not committed was never there", "[transaction]") {
    with_table in;
    {
        const transaction whole(in.db.handle());
        execute(in.db.handle(), "INSERT INTO t VALUES(1)");
    }
    CHECK(in.rows() == 0);
    CHECK_THROWS_AS(
        [&] {
            transaction whole(in.db.handle());
            execute(in.db.handle(), "INSERT INTO t VALUES(1); INSERT INTO t VALUES(1)");
            whole.commit();
        }(),
        SQLite::Exception
    );
    CHECK(in.rows() == 0);
}
