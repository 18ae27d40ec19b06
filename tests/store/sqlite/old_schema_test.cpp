// Databases of every schema there has been, as sqlite3 wrote them down, opened by the present
// program: fixtures/NNNN.sql is the last state of a broker whose newest migration was NNNN. All of
// them hold the same facts, those of this file.
//
// Whoever adds a migration adds the fixture of the schema before it, made by the program before it,
// and the number to the list below:
//
//     LMQTT_FIXTURE=new.db build/debug/tests/store/store_test "the facts are written down"
//     (sqlite3 -readonly new.db .dump
//      sqlite3 -readonly new.db "SELECT 'PRAGMA user_version='||user_version||';'
//          FROM pragma_user_version; SELECT 'PRAGMA application_id='||application_id||';'
//          FROM pragma_application_id") > tests/store/sqlite/fixtures/0001.sql
//
// A fixture never changes, and neither do the facts: a later schema may bring a test of its own.
#include "histories.hpp"
#include "reopened.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/scratch.hpp"

#include <lmqtt/properties.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sqlite3.h>
#include <string>
#include <utility>
#include <vector>

using namespace lmqtt;
using namespace std::string_literals;

namespace {

class facts {
public:
    facts() {
        sessions();
        messages();
        retained();
        changes_.emplace_back(change::drops_counted{2, "queue_full", 3, 1'700'000'000'700});
    }

    std::vector<store_change> changes() const { return changes_; }

    std::string text() const { return held_.text(); }

private:
    static std::string all_properties(bool of_will) {
        properties made;
        made.set(prop::payload_format_indicator, std::uint8_t{1});
        made.set(prop::content_type, "text/plain"s);
        made.set(prop::response_topic, "answers/to"s);
        made.set(prop::correlation_data, "\x01\xfe"s);
        made.add({"name", "value \"quoted\" ü"});
        made.add({"name", ""});
        if (of_will) {
            made.set(prop::message_expiry_interval, std::uint32_t{90});
        }
        return made.wire();
    }

    void add(change::session_saved about) {
        held_.sessions[about.session_id].about = about;
        changes_.emplace_back(std::move(about));
    }

    void add(std::uint64_t session, subscription what) {
        held_.sessions[session].subscriptions.push_back(what);
        changes_.emplace_back(change::subscription_saved{session, std::move(what)});
    }

    void add(std::uint64_t session, stored_will will) {
        will.id = session;
        held_.sessions[session].will = will;
        const auto& whose = held_.sessions[session].about;
        changes_.emplace_back(change::will_saved{
            session, whose.client_id, whose.username, whose.owner, std::move(will)});
    }

    void sessions() {
        add(
            {1,
             "meter-17",
             protocol_version::v5_0,
             "anna",
             1'700'000'000'001,
             1'700'000'000'002,
             0,
             3600,
             20,
             1'000'000,
             6,
             ""}
        );
        add(
            {2,
             "old client",
             protocol_version::v3_1_1,
             "",
             1'700'000'000'003,
             1'700'000'000'004,
             1'700'000'000'005,
             0xFFFF'FFFF,
             65535,
             0,
             0,
             ""}
        );
        add(
            {4,
             "oldest client",
             protocol_version::v3_1,
             "",
             1'700'000'000'006,
             1'700'000'000'007,
             1'700'000'000'008,
             0xFFFF'FFFF,
             65535,
             0,
             0,
             ""}
        );
        add(1, {"home/+/temperature", {qos::exactly_once, true, true, 2}, 268'435'455});
        add(1, {"$share/group/home/#", {qos::at_least_once, false, false, 0}, 0});
        add(2, {"#", {qos::at_most_once, false, false, 0}, 0});
        for (const std::uint16_t id : {std::uint16_t{7}, std::uint16_t{65535}}) {
            held_.sessions[1].packet_ids_taken.push_back(id);
            changes_.emplace_back(change::packet_id_taken{1, id});
        }
        add(1, {"wills/1", "gone", all_properties(true), qos::exactly_once, true, 30, 0});
        add(2, {"wills/2", "", "", qos::at_most_once, false, 0, 1'700'000'000'100});
    }

    void add(const stored_message& message, change::delivery_saved place) {
        place.message_id = message.id;
        held_.queue[{place.session_id, place.position, place.message_id}] = {place, false, message};
        changes_.emplace_back(std::move(place));
    }

    void receive(std::uint64_t session, std::uint64_t position) {
        auto& place = held_.queue.lower_bound({session, position, 0})->second;
        place.received = true;
        place.message.reset();
        changes_.emplace_back(change::delivery_received{place.about.message_id, session, position});
    }

    void messages() {
        const auto first = stored_message{
            10,
            "home/kitchen/temperature",
            "21\0.5"s,
            all_properties(false),
            "meter-4",
            qos::exactly_once,
            false,
            true,
            1'700'000'000'200,
            1'700'000'090'200};
        changes_.emplace_back(change::message_saved{first});
        add(first, {0, 1, 5, qos::exactly_once, false, {268'435'455, 3}, "", false});
        add(first, {0, 1, 6, qos::at_least_once, true, {}, "$share/group/home/#", false});
        add(first, {0, 2, 0, qos::at_least_once, false, {}, "", false});
        const auto second = stored_message{
            11, "home", "", "", "", qos::exactly_once, false, false, 1'700'000'000'300, 0};
        changes_.emplace_back(change::message_saved{second});
        add(second, {0, 1, 65'540, qos::exactly_once, false, {}, "", false});
        receive(1, 65'540);
    }

    void retained() {
        const auto message = stored_message{
            12,
            "home/state",
            "on",
            all_properties(false),
            "meter-4",
            qos::at_most_once,
            true,
            false,
            1'700'000'000'400,
            0};
        held_.kept[message.topic] = message;
        changes_.emplace_back(change::retained_saved{message});
    }

    test::held_state held_;
    std::vector<store_change> changes_;
};

void store_facts(const std::string& path) {
    persistence::sqlite_store store({.path = path, .opened_at_ms = 1'700'000'000'000});
    test::held_state nothing;
    store.recover(nothing);
    store.submit(0, {.number = 1, .changes = facts().changes()}, [](ticket) {});
    REQUIRE(store.flush());
}

void run_fixture(const std::string& name, const std::string& path) {
    std::ifstream file(LMQTT_STORE_FIXTURES "/" + name + ".sql");
    const std::string sql{std::istreambuf_iterator<char>(file), {}};
    REQUIRE_FALSE(sql.empty());
    sqlite3* connection = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
    CHECK(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_close(connection) == SQLITE_OK);
}

std::string schema_of(persistence::database& db) {
    persistence::statement rows(db.handle(), "SELECT name, sql FROM sqlite_schema ORDER BY name");
    std::string all;
    while (rows.next()) {
        all += std::string(rows.text(0)) + '\n' + std::string(rows.text(1)) + '\n';
    }
    return all;
}

}  // namespace

TEST_CASE("a database of an older schema gives back every row", "[fixtures]") {
    const std::string name = GENERATE("0001", "0002", "0003", "0004", "0005");
    CAPTURE(name);
    const test::scratch folder;
    const std::string path = folder.path("state.db").string();
    run_fixture(name, path);
    CHECK(test::reopened::state_of(path) == facts().text());
    persistence::database db(path);
    CHECK(
        db.number("PRAGMA user_version") ==
        static_cast<std::int64_t>(persistence::embedded_migrations().size())
    );
    persistence::database fresh(folder.path("fresh.db").string());
    persistence::migrate(fresh, persistence::embedded_migrations(), 1);
    CHECK(schema_of(db) == schema_of(fresh));
    CHECK(db.number("SELECT count(*) FROM retained WHERE listener IS NULL") == 1);
    CHECK(db.number("SELECT messages FROM v_dropped WHERE client_id='old client'") == 3);
    CHECK(db.number("SELECT count(*) FROM v_queue") == 4);
    CHECK(db.number("SELECT packet_id FROM v_queue WHERE position=65540") == 6);
}

TEST_CASE("the facts are written down", "[fixtures]") {
    const test::scratch folder;
    const char* const wanted = std::getenv("LMQTT_FIXTURE");
    const std::string path = wanted == nullptr ? folder.path("state.db").string() : wanted;
    store_facts(path);
    CHECK(test::reopened::state_of(path) == facts().text());
}
