#include "histories.hpp"
#include "sample_state.hpp"
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/state_file.hpp"

using namespace lmqtt;
using persistence::verify;

namespace {

// What is found after somebody has done this to a sound database.
std::vector<std::string> problems_after(const std::string& sql) {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::change(path, "PRAGMA ignore_check_constraints=1;" + sql);
    return verify(path).problems;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is wrong with a sound database, also while a broker has it", "[verify]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    for (const bool serving : {false, true}) {
        const auto broker = serving ? persistence::open_state({.path = path}) : nullptr;
        const persistence::verdict found = verify(path);
        CHECK(found.problems == lines{});
        CHECK(found.notes == lines{});
        CHECK(found.sound.size() == 20);
        CHECK(found.holds == "2 sessions, 100 messages, 100 places in queues, 1 retained");
    }
}

TEST_CASE("nothing is wrong with what any history leaves", "[verify]") {
    const auto seed = GENERATE(range(1U, 6U));
    CAPTURE(seed);
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::history told(seed);
    persistence::sqlite_store store({.path = path});
    test::held_state nothing;
    store.recover(nothing);
    for (ticket number = 1; number <= 150; ++number) {
        store.submit(0, {.number = number, .changes = told.turn()}, [](ticket) {});
    }
    REQUIRE(store.flush());
    const persistence::verdict found = verify(path);
    CHECK(found.problems == lines{});
    CHECK(found.notes == lines{});
}

TEST_CASE("every rule between rows is told when it is broken", "[verify]") {
    CHECK(
        problems_after("INSERT INTO queue(message_id,session_id,position,qos,retain) "
                       "VALUES(5,9,1,1,0),(6,9,2,1,0)"
        ) == lines{"a place in a queue has no session: message 5 for session 9 and 1 more"}
    );
    CHECK(
        problems_after("DELETE FROM messages WHERE id=7") ==
        lines{"a place in a queue has no message: message 7 for session 1"}
    );
    CHECK(
        problems_after("UPDATE queue SET qos=2, received=1 WHERE message_id=7;"
                       "DELETE FROM messages WHERE id=7") == lines{}
    );
    CHECK(
        problems_after("UPDATE queue SET position=8 WHERE message_id=7") ==
        lines{"two messages have the same place in a queue: place 8 of session 1"}
    );
    CHECK(
        problems_after("UPDATE queue SET received=1 WHERE message_id=7") ==
        lines{"a message that is not of QoS 2 waits for PUBCOMP: message 7 for session 1"}
    );
    CHECK(
        problems_after("INSERT INTO retained(topic,message_id) VALUES('t/x',1000)") ==
        lines{"a retained topic has no message: 't/x'"}
    );
    CHECK(
        problems_after("INSERT INTO retained(topic,message_id) VALUES('t/2',2)") ==
        lines{"a retained topic has a message that is not its own: 't/2'"}
    );
    CHECK(
        problems_after("UPDATE messages SET topic='a/#' WHERE id=7") ==
        lines{"a message has no valid topic name: message 7"}
    );
    CHECK(
        problems_after("UPDATE wills SET topic=''") ==
        lines{"a will has no valid topic name: client 'lamp'"}
    );
    CHECK(
        problems_after("UPDATE wills SET roles='{}'") ==
        lines{"the roles of a will are no list: client 'lamp'"}
    );
    CHECK(
        problems_after("UPDATE wills SET roles='['") ==
        lines{"the roles of a will are no list: client 'lamp'"}
    );
    CHECK(problems_after("UPDATE wills SET roles='[]'") == lines{});
    CHECK(
        problems_after("UPDATE messages SET user_properties='[' WHERE id=7") ==
        lines{"user properties are no JSON: message 7"}
    );
    CHECK(
        problems_after("UPDATE queue SET subscription_identifiers='1,' WHERE message_id=7") ==
        lines{"subscription identifiers are no JSON: message 7 for session 1"}
    );
    CHECK(
        problems_after("UPDATE subscriptions SET share_name='h' WHERE session_id=1") ==
        lines{"a shared subscription has another name than its filter says: '$share/g/t/#' of "
              "session 1"}
    );
}

TEST_CASE("rows without what they refer to, and values out of range, are told", "[verify]") {
    CHECK(
        problems_after("INSERT INTO packet_ids_taken VALUES(9,1)") ==
        lines{"references: a row of packet_ids_taken is without its row of sessions"}
    );
    CHECK(
        problems_after("UPDATE messages SET qos=7 WHERE id<3") ==
        lines{"values: 2 in messages are not as they must be: qos BETWEEN 0 AND 2"}
    );
    CHECK(
        problems_after("UPDATE sessions SET expiry_interval_s=-1 WHERE id=1") ==
        lines{"values: 1 in sessions are not as they must be: expiry_interval_s BETWEEN 0 AND "
              "4294967295"}
    );
}

TEST_CASE("a damaged page is found", "[verify]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::damage(path);
    const persistence::verdict found = verify(path);
    REQUIRE_FALSE(found.problems.empty());
    CHECK(test::contains(found.problems.front(), "pages: "));
    CHECK_FALSE(test::contains(found.problems.front(), "\n"));
}

TEST_CASE("a schema that is not what its migrations make is told", "[verify]") {
    CHECK(problems_after("DROP VIEW v_wills") == lines{"schema: the view v_wills is missing"});
    CHECK(
        problems_after("DROP VIEW v_wills; CREATE VIEW v_wills AS SELECT 1") ==
        lines{"schema: the view v_wills was changed"}
    );
    CHECK(
        problems_after("UPDATE migrations SET sha256='aa'") ==
        lines{"its schema was made by another migration 1"}
    );
    const lines newer = problems_after("PRAGMA user_version=99");
    REQUIRE(newer.size() == 1);
    CHECK(test::contains(newer.front(), "newer lmqttd"));
    CHECK(
        problems_after("DELETE FROM migrations") ==
        lines{"its schema does not have the version that its migrations made"}
    );
}

TEST_CASE("what the next start puts right is a note and no problem", "[verify]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::change(path, "DELETE FROM queue WHERE message_id=7");
    const persistence::verdict found = verify(path);
    CHECK(found.problems == lines{});
    CHECK(found.notes == lines{"messages that nothing needs: 1, which the next start removes"});
    const std::string begun = folder.path("begun.db");
    test::change(begun, "PRAGMA application_id=0x4D515442");
    CHECK(verify(begun).problems == lines{});
    CHECK(
        verify(begun).notes.front() ==
        "the schema lacks 0001_initial: lmqttd start and lmqttd migrate add it"
    );
}
