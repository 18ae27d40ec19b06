// What a store gives back, and what the brokers make of it.
#include "broker/restoration.hpp"
#include "guest.hpp"

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;

// Sessions whose names begin with "1" live on shard 1, all others on shard 0.
struct revival {
    shards world;
    std::vector<broker::broker*> brokers{&world.at(0), &world.at(1)};
    broker::restoration into{
        brokers,
        [](std::string_view client_id) { return client_id.starts_with("1") ? 1U : 0U; },
        std::make_shared<const session::policy>(world.rules),
        1'000'000};
    std::uint64_t last_message = 0;

    explicit revival(bool durable = false)
        : world(2, durable) {}

    stored_session session(std::uint64_t id, std::string client_id, bool connected = false) {
        stored_session held;
        held.about.session_id = id;
        held.about.client_id = std::move(client_id);
        held.about.version = protocol_version::v5_0;
        held.about.expiry_interval_seconds = 100;
        held.about.disconnected_at_ms = connected ? 0 : world.now_ms - 50'000;
        held.about.receive_maximum = 10;
        held.about.maximum_packet_size = 1'000'000;
        return held;
    }

    static stored_delivery
    place(std::uint64_t session_id, std::uint64_t position, qos quality = qos1) {
        stored_delivery made;
        made.about.session_id = session_id;
        made.about.position = position;
        made.about.quality = quality;
        return made;
    }

    void message(std::string payload, std::vector<stored_delivery> places) {
        stored_message what;
        what.id = ++last_message;
        what.topic = "t";
        what.payload = std::move(payload);
        const std::uint64_t bytes = what.payload.size();
        const bool whole = into.wants_payload(bytes, places);
        into.message(std::move(what), whole, bytes, places);
    }
};

hello coming_back() {
    return {.clean_start = false, .expiry_seconds = 100};
}

}  // namespace

TEST_CASE("a session comes back on its shard with all it had", "[restoration]") {
    revival from;
    stored_session held = from.session(7, "1st");
    held.about.username = "user";
    held.about.created_at_ms = 123;
    held.subscriptions = {{"t", {qos1}, 3}, {"$share/g/s", {qos2}, 0}};
    held.packet_ids_taken = {5, 9};
    from.into.session(std::move(held));
    from.into.finish(from.world.now_ms);
    CHECK(from.world.at(0).sessions().find("1st") == nullptr);
    session::session* const mine = from.world.at(1).sessions().find("1st");
    REQUIRE(mine != nullptr);
    CHECK(mine->username() == "user");
    CHECK(mine->stored_id == 7);
    CHECK(mine->created_at_ms == 123);
    CHECK(mine->received.contains(5));
    CHECK(mine->received.contains(9));
    CHECK(mine->subscriptions.size() == 2);
    CHECK(from.world.shared.places.with([](auto& all) { return all.in_all(); }) == 1);
    CHECK(from.world.at(1).numbers().subscriptions_current.value() == 2);

    guest publisher(from.world, 0, "p");
    publisher.connect();
    publisher.publish("t", "x", qos1);
    guest one(from.world, 1, "1st");
    CHECK(one.connect(coming_back()).session_present);
    const auto seen = one.read();
    REQUIRE(seen.size() == 2);
    CHECK(seen.at(1).payload == "x");
    CHECK(seen.at(1).identifiers == std::vector<std::uint32_t>{3});
}

TEST_CASE("B10: what comes back counts for the user it belongs to", "[restoration]") {
    revival from;
    for (const char* client_id : {"one", "two", "1"}) {
        auto held = from.session(static_cast<std::uint64_t>(client_id[0]), client_id);
        held.about.owner = "user alice";
        held.about.username = "alice";
        from.into.session(std::move(held));
    }
    from.into.session(from.session(7, "of nobody"));
    const auto count = [&](std::string_view user) {
        return from.world.shared.places.with([&](auto& all) {
            return all.of_user({broker::owner::user, user});
        });
    };
    CHECK(count("alice") == 3);
    CHECK(count("") == 0);
    CHECK(from.world.shared.places.with([](auto& all) { return all.in_all(); }) == 4);
}

TEST_CASE("queues come back in their order, whatever the order of messages", "[restoration]") {
    revival from;
    from.into.session(from.session(1, "a"));
    from.into.session(from.session(2, "1b"));
    from.message("second", {revival::place(1, 11), revival::place(2, 5)});
    from.message("first", {revival::place(1, 10)});
    from.message("of nobody", {revival::place(99, 1)});
    from.message("third", {revival::place(1, 12, qos2), revival::place(2, 6)});
    from.into.finish(from.world.now_ms);
    guest a(from.world, 0, "a");
    a.connect(coming_back());
    CHECK(a.payloads() == strings{"first", "second", "third"});
    guest b(from.world, 1, "1b");
    b.connect(coming_back());
    CHECK(b.payloads() == strings{"second", "third"});
    CHECK(a.puback(11) == broker::broker::acknowledged::done);  // 10 % 65535 + 1
}

TEST_CASE(
    "what was perhaps sent is sent again as such, and after PUBREC the PUBREL alone "
    "[MQTT-3.3.1-1] [MQTT-4.3.3-6]",
    "[restoration]"
) {
    revival from;
    stored_session held = from.session(1, "a");
    held.about.sent_position = 2;
    from.into.session(std::move(held));
    stored_delivery half = revival::place(1, 0, qos2);
    half.received = true;
    from.message("half", {half});
    from.message("sent", {revival::place(1, 1)});
    from.message("waiting", {revival::place(1, 2)});
    from.into.finish(from.world.now_ms);
    guest a(from.world, 0, "a");
    a.connect(coming_back());
    const auto seen = a.read();
    REQUIRE(seen.size() == 4);
    CHECK(seen.at(1).type == packet_type::pubrel);
    CHECK(seen.at(2).payload == "sent");
    CHECK(seen.at(2).dup);
    CHECK(seen.at(3).payload == "waiting");
    CHECK_FALSE(seen.at(3).dup);
}

TEST_CASE("of who was connected nobody knows what was sent: a window of it", "[restoration]") {
    revival from;
    stored_session held = from.session(1, "a", true);
    held.about.receive_maximum = 2;
    from.into.session(std::move(held));
    for (std::uint64_t at = 0; at < 4; ++at) {
        from.message(std::to_string(at), {revival::place(1, at)});
    }
    from.into.finish(from.world.now_ms);
    CHECK(from.world.at(0).sessions().find("a")->disconnected_at_ms == from.world.now_ms);
    guest a(from.world, 0, "a");
    a.connect(coming_back());
    const auto seen = a.read();
    REQUIRE(seen.size() == 5);
    for (std::size_t at = 0; at < 4; ++at) {
        CHECK(seen.at(at + 1).dup == (at < 2));
    }
}

TEST_CASE("an interval goes on where it was, of who was connected it begins", "[restoration]") {
    revival from;
    from.into.session(from.session(1, "left before"));
    from.into.session(from.session(2, "was there", true));
    from.into.finish(from.world.now_ms);
    from.world.now_ms += 50'000;
    from.world.at(0).expire_sessions(from.world.now_ms);
    CHECK(from.world.at(0).sessions().find("left before") == nullptr);
    CHECK(from.world.at(0).sessions().find("was there") != nullptr);
    from.world.now_ms += 50'000;
    from.world.at(0).expire_sessions(from.world.now_ms);
    CHECK(from.world.at(0).sessions().find("was there") == nullptr);
}

TEST_CASE(
    "a will goes on waiting, or begins to, and finds who is there [MQTT-3.1.2-8]", "[restoration]"
) {
    revival from;
    const auto will = [&](std::uint32_t delay_seconds, std::int64_t fire_at_ms, const char* text) {
        stored_will made;
        made.topic = "will";
        made.payload = text;
        made.quality = qos1;
        made.delay_seconds = delay_seconds;
        made.fire_at_ms = fire_at_ms;
        return made;
    };
    stored_session heir = from.session(1, "1heir");
    heir.subscriptions = {{"will", {qos1}, 0}};
    stored_session at_once = from.session(2, "at once", true);
    at_once.will = will(0, 0, "at once");
    stored_session later = from.session(3, "later", true);
    later.will = will(10, 0, "later");
    stored_session soon = from.session(4, "soon");
    soon.will = will(60, from.world.now_ms + 5000, "soon");
    for (stored_session* each : {&at_once, &later, &soon, &heir}) {
        from.into.session(std::move(*each));
    }
    from.into.finish(from.world.now_ms);
    guest reader(from.world, 1, "1heir");
    reader.connect(coming_back());
    CHECK(reader.payloads() == strings{"at once"});
    const auto after = [&](std::int64_t milliseconds) {
        from.world.now_ms += milliseconds;
        from.world.at(0).fire_wills(from.world.now_ms);
        return reader.payloads();
    };
    CHECK(after(4999).empty());
    CHECK(after(1) == strings{"soon"});
    CHECK(after(4999).empty());
    CHECK(after(1) == strings{"later"});
}

TEST_CASE("what was on its way between shards goes on", "[restoration]") {
    revival from(true);
    stored_session heir = from.session(1, "1heir");
    heir.subscriptions = {{"will", {qos1}, 0}, {"$share/g/t", {qos1}, 0}};
    from.into.session(std::move(heir));
    change::will_saved fired{0, "0gone", "", "", {}};
    fired.will.topic = "will";
    fired.will.payload = "fired";
    fired.will.quality = qos1;
    fired.will.id = 9;
    from.into.will(std::move(fired));
    stored_delivery nobodys = revival::place(0, 77);
    nobodys.about.share_filter = "$share/g/t";
    stored_message inherited;
    inherited.id = 10;
    inherited.topic = "t";
    inherited.payload = "inherited";
    inherited.quality = qos1;
    from.into.message(std::move(inherited), true, 9, std::span(&nobodys, 1));
    from.world.shared.last_message_id = 10;
    from.into.finish(from.world.now_ms);
    from.world.commit();
    guest reader(from.world, 1, "1heir");
    reader.connect(coming_back());
    from.world.commit();
    CHECK(reader.payloads() == strings{"fired", "inherited"});
    std::size_t moved = 0;
    for (const auto& each : from.world.store.submitted(1)) {
        if (const auto* one = std::get_if<change::delivery_moved>(&each)) {
            CHECK(one->session_id == 0);
            CHECK(one->position == 77);
            CHECK(one->to.session_id == 1);
            ++moved;
        }
    }
    CHECK(moved == 1);
}

TEST_CASE("retained messages come back", "[restoration]") {
    revival from;
    stored_message kept;
    kept.id = 1;
    kept.topic = "kept";
    kept.payload = "x";
    kept.retain = true;
    from.into.retained(std::move(kept), {});
    from.into.finish(from.world.now_ms);
    from.world.shared.last_message_id = 1;
    guest reader(from.world, 1, "reader");
    reader.connect();
    reader.subscribe("#");
    CHECK(reader.payloads() == strings{"x"});
}

TEST_CASE("a shared delivery comes back to its group [MQTT-4.8.2-5]", "[restoration]") {
    revival from;
    for (const std::uint64_t id : {1U, 2U}) {
        stored_session member = from.session(id, "member " + std::to_string(id));
        member.subscriptions = {{"$share/g/t", {qos1}, 0}};
        from.into.session(std::move(member));
    }
    stored_delivery place = revival::place(1, 0);
    place.about.share_filter = "$share/g/t";
    from.message("x", {place});
    from.into.finish(from.world.now_ms);
    auto& home = from.world.at(0);
    home.end_session(
        *home.sessions().find("member 1"), broker::termination::normal, from.world.now_ms
    );
    guest other(from.world, 0, "member 2");
    other.connect(coming_back());
    CHECK(other.payloads() == strings{"x"});
}

TEST_CASE(
    "a session that was to end with its connection leaves its share [MQTT-4.8.2-5]", "[restoration]"
) {
    revival from(true);
    for (const std::uint64_t id : {1U, 2U}) {
        stored_session member = from.session(id, std::to_string(id), id == 1);
        member.about.expiry_interval_seconds = id == 1 ? 0 : 100;
        member.subscriptions = {{"$share/g/t", {qos1}, 0}, {"t", {qos1}, 0}};
        from.into.session(std::move(member));
    }
    stored_delivery shared = revival::place(1, 0);
    shared.about.share_filter = "$share/g/t";
    from.message("shared", {shared});
    from.message("its own", {revival::place(1, 1)});
    from.into.finish(from.world.now_ms);
    from.world.commit();
    CHECK(from.world.at(1).sessions().find("1") == nullptr);
    guest other(from.world, 0, "2");
    other.connect(coming_back());
    from.world.commit();
    CHECK(other.payloads() == strings{"shared"});
}

TEST_CASE("QoS 0 comes back into memory, and leaves the store for it", "[restoration]") {
    revival from(true);
    from.into.session(from.session(10, "a"));
    from.message("first", {revival::place(10, 5, qos0)});
    from.message("second", {revival::place(10, 5, qos1)});
    from.into.finish(from.world.now_ms);
    from.world.commit();
    std::size_t removed = 0;
    for (const store_change& each : from.world.store.submitted(0)) {
        const auto* const gone = std::get_if<change::delivery_removed>(&each);
        removed += gone != nullptr && gone->message_id == 1 && gone->session_id == 10 ? 1U : 0U;
    }
    CHECK(removed == 1);
    guest reader(from.world, 0, "a");
    reader.connect(coming_back());
    from.world.commit();
    CHECK(reader.payloads() == strings{"first", "second"});
}

TEST_CASE("QoS 0 comes back whole, however little memory there is", "[restoration]") {
    revival from;
    std::vector<stored_delivery> places{revival::place(10, 5, qos0)};
    CHECK(from.into.wants_payload(std::uint64_t{1} << 40U, places));
    places.front().about.quality = qos1;
    CHECK_FALSE(from.into.wants_payload(std::uint64_t{1} << 40U, places));
}
