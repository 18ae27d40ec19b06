#include "broker/admissible.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using broker::admissible;

TEST_CASE("names only the broker may publish to are reserved", "[admissible]") {
    CHECK(admissible::is_reserved("$SYS"));
    CHECK(admissible::is_reserved("$SYS/broker/version"));
    CHECK(admissible::is_reserved("$share/group/topic"));
    CHECK(admissible::is_reserved("$share"));
    CHECK_FALSE(admissible::is_reserved("$SYSTEM/x"));
    CHECK_FALSE(admissible::is_reserved("a/$SYS"));
    CHECK_FALSE(admissible::is_reserved("$sys/x"));
    CHECK_FALSE(admissible::is_reserved(""));
}

TEST_CASE("what begins as a shared subscription is one, well-formed or not", "[admissible]") {
    CHECK(admissible::is_shared("$share/g/t"));
    CHECK(admissible::is_shared("$share"));
    CHECK(admissible::is_shared("$share/"));
    CHECK_FALSE(admissible::is_shared("$shared/g/t"));
    CHECK_FALSE(admissible::is_shared("a/$share/g"));
}

TEST_CASE("a topic name keeps to the standard and to the limits [MQTT-3.3.2-2]", "[admissible]") {
    admissible narrow;
    narrow.topics = {.maximum_bytes = 8, .maximum_levels = 3};
    CHECK(narrow.is_topic_name("a/b/c"));
    CHECK_FALSE(narrow.is_topic_name("a/b/c/d"));
    CHECK_FALSE(narrow.is_topic_name("123456789"));
    CHECK_FALSE(narrow.is_topic_name(""));
    CHECK_FALSE(narrow.is_topic_name("a/+"));
    CHECK_FALSE(narrow.is_topic_name("#"));
    CHECK(admissible{}.is_topic_name("a/b/c/d"));
}

TEST_CASE("a topic that a hook makes up has to be one that clients may use", "[admissible]") {
    CHECK(admissible::is_open("a/b"));
    CHECK_FALSE(admissible::is_open(""));
    CHECK_FALSE(admissible::is_open("a/+"));
    CHECK_FALSE(admissible::is_open("$SYS/x"));
    CHECK_FALSE(admissible::is_open("$share/g/t"));
    CHECK_FALSE(admissible::is_open("not \xff text"));  // [MQTT-1.5.4-1]
    CHECK_FALSE(admissible::is_open(std::string(65'536, 'a')));
}

TEST_CASE("a filter earns success, or the reason why not", "[admissible]") {
    using enum reason_code;
    admissible taken;
    CHECK(taken.filter_verdict("a/+/#") == success);
    CHECK(taken.filter_verdict("$share/g/a/+") == success);
    CHECK(taken.filter_verdict("a#") == topic_filter_invalid);
    CHECK(taken.filter_verdict("") == topic_filter_invalid);
    CHECK(taken.filter_verdict("$share/g") == topic_filter_invalid);    // [MQTT-4.8.2-2]
    CHECK(taken.filter_verdict("$share/+/a") == topic_filter_invalid);  // [MQTT-4.8.2-1]

    taken.wildcards = false;
    CHECK(taken.filter_verdict("a/b") == success);
    CHECK(taken.filter_verdict("a/+") == wildcard_subscriptions_not_supported);
    CHECK(taken.filter_verdict("$share/g/#") == wildcard_subscriptions_not_supported);

    taken.shared = false;
    CHECK(taken.filter_verdict("$share/g/a") == shared_subscriptions_not_supported);
    CHECK(taken.filter_verdict("$share/g") == topic_filter_invalid);

    taken.topics.maximum_levels = 2;
    CHECK(taken.filter_verdict("a/b/c") == topic_filter_invalid);
}
