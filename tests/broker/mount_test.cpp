#include "broker/mount.hpp"

#include <catch2/catch.hpp>

#include <string>

using lmqtt::broker::can_be_mounted;
using lmqtt::broker::hidden_prefix;
using lmqtt::broker::mounted_filter;
using lmqtt::broker::mounted_topic;

TEST_CASE("a mount point comes before topics and filters", "[mount]") {
    CHECK(mounted_topic("site/1/", "door") == "site/1/door");
    CHECK(mounted_filter("site/1/", "#") == "site/1/#");
    CHECK(mounted_filter("site/1/", "+/x") == "site/1/+/x");
    CHECK(mounted_topic("site/1/", "$SYS/broker/uptime") == "site/1/$SYS/broker/uptime");
}

TEST_CASE("in a shared subscription it comes behind the share name", "[mount]") {
    CHECK(mounted_filter("site/1/", "$share/g/a/+") == "$share/g/site/1/a/+");
    CHECK(mounted_filter("site/1/", "$share/g//") == "$share/g/site/1//");
    CHECK(mounted_filter("site/1/", "$shared/g/a") == "site/1/$shared/g/a");
}

TEST_CASE("an empty mount point changes nothing", "[mount]") {
    CHECK(mounted_topic("", "a/b") == "a/b");
    CHECK(mounted_filter("", "$share/g/a/#") == "$share/g/a/#");
    CHECK(hidden_prefix("", "a/b") == 0);
}

TEST_CASE("together they may not be longer than a topic [MQTT-4.7.3-3]", "[mount]") {
    CHECK(can_be_mounted("12345", std::string(65530, 'x')));
    CHECK_FALSE(can_be_mounted("123456", std::string(65530, 'x')));
}

TEST_CASE("only a topic of this mount point has something to hide", "[mount]") {
    CHECK(hidden_prefix("site/1/", "site/1/door") == 7);
    CHECK(hidden_prefix("site/1/", "site/2/door") == 0);
    CHECK(hidden_prefix("site/1/", "site") == 0);
}
