#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

namespace {

constexpr std::uint32_t group = 77;

void push_shared(mailbox& box, std::uint64_t id, qos quality, std::uint32_t shared_by = group) {
    box.push({.message = numbered_message(id), .shared_by = shared_by, .quality = quality});
}

numbers leftovers(mailbox& box) {
    numbers ids;
    for (const auto& each : box.out.take_shared_leftovers(group)) {
        ids.push_back(each.message->id());
    }
    return ids;
}

}  // namespace

TEST_CASE("what a shared group gave and nobody got goes to another member, in order", "[outbox]") {
    mailbox box;
    box.limits.maximum_messages = 10;
    push_shared(box, 1, qos1);
    box.push(2, qos1);
    push_shared(box, 3, qos2);
    push_shared(box, 4, qos1, group + 1);
    push_shared(box, 5, qos1);
    CHECK(leftovers(box) == numbers{1, 3, 5});
    CHECK(leftovers(box).empty());
    CHECK(box.out.size() == 2);
    CHECK(box.out.bytes() == 2 * numbered_message(0)->memory());
    box.attach();
    CHECK(box.take_all() == numbers{2, 4});
}

TEST_CASE("QoS 0 of a shared group goes to another member too", "[outbox]") {
    mailbox box;
    push_shared(box, 1, qos0);
    push_shared(box, 2, qos0);
    CHECK(leftovers(box) == numbers{1, 2});
    CHECK(box.out.size() == 0);
}

TEST_CASE("a QoS 2 delivery that has begun goes to no other member [MQTT-4.8.2-5]", "[outbox]") {
    mailbox box;
    box.attach();
    push_shared(box, 1, qos2);
    push_shared(box, 2, qos2);
    push_shared(box, 3, qos1);
    CHECK(box.take_all().size() == 3);
    CHECK(box.out.pubrec(2, 0).value.has_value());
    push_shared(box, 4, qos2);
    CHECK(leftovers(box) == numbers{3, 4});
    CHECK(box.out.size() == 2);
    CHECK(box.out.inflight() == 2);
}

TEST_CASE(
    "a QoS 2 delivery that has begun is completed to the client that comes back [MQTT-4.8.2-4]",
    "[outbox]"
) {
    mailbox box;
    box.attach();
    push_shared(box, 1, qos2);
    CHECK(box.take_all() == numbers{1});
    box.reattach();
    const auto again = box.take();
    CHECK(again->message->id() == 1);
    CHECK(again->dup);
}

TEST_CASE("a session that ends drops what it holds, message by message", "[outbox]") {
    mailbox box;
    box.attach();
    box.push(1, qos2);
    box.push(2, qos1);
    CHECK(box.take_all().size() == 2);
    CHECK(box.out.pubrec(1, 0).value.has_value());
    box.push(3, qos0);
    box.push(4, qos1);
    drop_list dropped;
    box.out.drain(dropped);
    numbers ids;
    for (const auto& each : dropped) {
        CHECK(each.why == drop_reason::session_ended);
        ids.push_back(each.message_id);
    }
    CHECK(ids == numbers{2, 4, 3});  // the client has the first: only its PUBREL was left
    CHECK(box.out.size() == 0);
    CHECK(box.out.bytes() == 0);
    CHECK(box.out.inflight() == 0);
    box.push(5, qos1);
    CHECK(box.take_all() == numbers{5});
}

TEST_CASE("every reason to drop has a word of its own", "[outbox]") {
    std::set<std::string_view> words;
    for (unsigned why = 0; why <= static_cast<unsigned>(drop_reason::not_allowed); ++why) {
        words.insert(text_of(static_cast<drop_reason>(why)));
    }
    CHECK(words.size() == static_cast<unsigned>(drop_reason::not_allowed) + 1);
    CHECK(text_of(drop_reason::exceeds_maximum_packet_size) == "too_large");
}
