#include "store/sqlite/database.hpp"
#include "store/sqlite/property_columns.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using namespace lmqtt::persistence;

namespace {

struct with_columns {
    test::scratch folder;
    database db{folder.path("state.db").string()};

    with_columns() { db.execute("CREATE TABLE t(first, a, b, c, d, e)"); }

    // Through a row and back.
    std::string stored(const properties& what) {
        const property_columns columns{property_view(what)};
        db.execute("DELETE FROM t");
        statement insert(db.handle(), "INSERT INTO t VALUES(0, ?, ?, ?, ?, ?)");
        columns.bind_to(insert);
        insert.run();
        statement row(db.handle(), "SELECT * FROM t");
        REQUIRE(row.next());
        return property_columns::read(row, 1);
    }

    std::string column(const std::string& name) {
        statement row(db.handle(), "SELECT " + name + " FROM t");
        REQUIRE(row.next());
        return row.is_null(0) ? "NULL" : std::string(row.text(0));
    }
};

}  // namespace

TEST_CASE("every forwardable property comes back as it was", "[columns]") {
    with_columns in;
    properties what;
    what.set(prop::payload_format_indicator, std::uint8_t{1});
    what.set(prop::content_type, std::string_view("text/plain"));
    what.set(prop::response_topic, std::string_view("answers/here"));
    what.set(prop::correlation_data, byte_view("\0\xff", 2));
    what.add({"name", "value"});
    CHECK(in.stored(what) == what.wire());
}

TEST_CASE("no properties are no values", "[columns]") {
    with_columns in;
    CHECK(in.stored({}).empty());
    for (const char* const name : {"a", "b", "c", "d", "e"}) {
        CHECK(in.column(name) == "NULL");
    }
}

TEST_CASE("a property that is there and empty is not one that is not there", "[columns]") {
    with_columns in;
    properties what;
    what.set(prop::payload_format_indicator, std::uint8_t{0});
    what.set(prop::content_type, std::string_view());
    what.set(prop::correlation_data, byte_view());
    CHECK(in.stored(what) == what.wire());
}

TEST_CASE("user properties keep their order, and may occur again [MQTT-3.3.2-18]", "[columns]") {
    with_columns in;
    properties what;
    what.add({"b", "1"});
    what.add({"a", "2"});
    what.add({"b", "1"});
    what.add({"", ""});
    what.add({"quotes \" and \\", "line\nand \xe2\x82\xac"});
    CHECK(in.stored(what) == what.wire());
    CHECK(in.column("e").starts_with(R"([["b","1"],["a","2"],["b","1"],["",""],)"));
}

TEST_CASE("people can read the columns", "[columns]") {
    with_columns in;
    properties what;
    what.set(prop::content_type, std::string_view("json"));
    what.add({"region", "north"});
    static_cast<void>(in.stored(what));
    CHECK(in.column("b") == "json");
    CHECK(in.column("e") == R"([["region","north"]])");
}
