#include "store/sqlite/database.hpp"
#include "store/sqlite/insertions.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/transaction.hpp"
#include "support/scratch.hpp"

#include <lmqtt/properties.hpp>

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

#include <deque>

using namespace lmqtt;
using namespace lmqtt::persistence;

namespace {

std::string row_of(const stored_message& message) {
    const auto flag = [](bool set) { return set ? "1" : "0"; };
    return std::to_string(message.id) + ' ' + message.topic + ' ' + message.payload + ' ' +
           std::to_string(static_cast<int>(message.quality)) + flag(message.retain) + ' ' +
           message.publisher + ' ' + std::to_string(message.published_at_ms) + ' ' +
           std::to_string(message.expires_at_ms) + flag(message.expiry_given) + ' ' +
           (message.properties.empty() ? "" : "text/plain") + '\n';
}

std::string row_of(const change::delivery_saved& delivery) {
    return std::to_string(delivery.message_id) + ' ' + std::to_string(delivery.session_id) + ' ' +
           std::to_string(delivery.position) + ' ' +
           std::to_string(static_cast<int>(delivery.quality)) + (delivery.retain ? "1" : "0") +
           "0 " + text_of_identifiers(delivery.subscription_identifiers) + ' ' +
           delivery.share_filter + '\n';
}

// No two alike in any column that can differ.
stored_message message(std::uint64_t id, bool with_properties) {
    stored_message made;
    made.id = id;
    made.topic = "topic/" + std::to_string(id);
    made.payload = id % 5 == 0 ? "" : "payload " + std::to_string(id);
    made.publisher = id % 7 == 0 ? "" : "publisher " + std::to_string(id);
    made.quality = static_cast<qos>(id % 3);
    made.retain = id % 2 == 0;
    made.expiry_given = id % 4 == 0;
    made.published_at_ms = static_cast<std::int64_t>(1'700'000'000'000 + id);
    made.expires_at_ms = id % 3 == 0 ? made.published_at_ms + 9 : 0;
    if (with_properties) {
        properties given;
        given.set(prop::content_type, std::string("text/plain"));
        made.properties = given.wire();
    }
    return made;
}

change::delivery_saved delivery(std::uint64_t id, bool with_more) {
    change::delivery_saved made{id, id % 9, id * 2, static_cast<qos>(id % 3), id % 2 == 0, {}, {}};
    if (with_more && id % 2 == 0) {
        made.subscription_identifiers = {3, static_cast<std::uint32_t>(id)};
    } else if (with_more) {
        made.share_filter = "$share/g/" + std::to_string(id);
    }
    return made;
}

struct with_insertions {
    lmqtt::test::scratch folder;
    database db{folder.path("state.db").string()};
    std::deque<stored_message> messages;
    std::deque<change::delivery_saved> deliveries;

    with_insertions() { migrate(db, embedded_migrations(), 0); }

    std::string rows(const std::string& sql) {
        std::string all;
        statement query(db.handle(), sql);
        while (query.next()) {
            all += std::string(query.text(0)) + '\n';
        }
        return all;
    }

    std::string message_rows() {
        return rows("SELECT id||' '||topic||' '||CAST(payload AS TEXT)||' '||qos||retain||' '||"
                    "coalesce(publisher,'')||' '||published_at_ms||' '||coalesce(expires_at_ms,0)||"
                    "expiry_given||' '||coalesce(content_type,'') FROM messages ORDER BY id");
    }

    std::string delivery_rows() {
        return rows(
            "SELECT message_id||' '||session_id||' '||position||' '||qos||retain||received||"
            "' '||coalesce(subscription_identifiers,'')||' '||coalesce(share_filter,'') "
            "FROM queue ORDER BY message_id"
        );
    }
};

}  // namespace

TEST_CASE("however many rows there are, each is what was added", "[insertions]") {
    const auto plain = GENERATE(0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 100U);
    const auto one_in = GENERATE(1U, 3U, 1000U);
    with_insertions in;
    insertions into(in.db.handle());
    std::string expected_messages;
    std::string expected_deliveries;
    for (std::uint64_t id = 1; id <= plain; ++id) {
        in.messages.push_back(message(id, id % one_in == 0));
        in.deliveries.push_back(delivery(id, id % one_in == 0));
        expected_messages += row_of(in.messages.back());
        expected_deliveries += row_of(in.deliveries.back());
    }
    transaction whole(in.db.handle());
    for (std::size_t at = 0; at < in.messages.size(); ++at) {
        into.add(in.messages[at]);
        into.add(in.deliveries[at]);
    }
    into.write();
    whole.commit();
    CHECK(in.message_rows() == expected_messages);
    CHECK(in.delivery_rows() == expected_deliveries);
}

TEST_CASE("a message that is there stays as it is", "[insertions]") {
    with_insertions in;
    insertions into(in.db.handle());
    for (int time = 0; time < 2; ++time) {
        for (std::uint64_t id = 1; id <= 20; ++id) {
            in.messages.push_back(message(id, false));
            in.messages.back().payload = time == 0 ? "first" : "second";
            into.add(in.messages.back());
            into.add(in.messages.back());
        }
        into.write();
    }
    CHECK(in.db.number("SELECT count(*) FROM messages") == 20);
    CHECK(in.db.number("SELECT count(*) FROM messages WHERE payload=CAST('first' AS BLOB)") == 20);
}

TEST_CASE(
    "a place that is taken is an error, and the same rows may be tried again", "[insertions]"
) {
    with_insertions in;
    insertions into(in.db.handle());
    const auto add_all = [&] {
        for (const auto& each : in.deliveries) {
            into.add(each);
        }
        into.write();
    };
    for (std::uint64_t id = 1; id <= 16; ++id) {
        in.deliveries.push_back(delivery(id, false));
    }
    into.add(in.deliveries[5]);
    into.write();
    {
        const transaction whole(in.db.handle());
        CHECK_THROWS_AS(add_all(), SQLite::Exception);
    }
    into.forget();
    in.db.execute("DELETE FROM queue");
    add_all();
    CHECK(in.db.number("SELECT count(*) FROM queue") == 16);
}

TEST_CASE("what is forgotten is not written", "[insertions]") {
    with_insertions in;
    insertions into(in.db.handle());
    const stored_message waiting = message(1, false);
    const change::delivery_saved place = delivery(1, false);
    into.add(waiting);
    into.add(place);
    into.forget();
    into.write();
    CHECK(in.message_rows().empty());
    CHECK(in.delivery_rows().empty());
}

TEST_CASE("subscription identifiers are a list that SQL can take apart", "[insertions]") {
    CHECK(text_of_identifiers({}).empty());
    CHECK(text_of_identifiers({7}) == "[7]");
    CHECK(text_of_identifiers({1, 268'435'455}) == "[1,268435455]");
}
