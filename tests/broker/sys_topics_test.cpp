#include "broker/sys_topics.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

using namespace lmqtt::broker;
using namespace std::chrono_literals;

namespace {

using payloads = std::map<std::string, std::string>;

payloads by_name(const std::vector<sys_topic>& topics) {
    payloads found;
    for (const auto& each : topics) {
        REQUIRE(each.topic.starts_with("$SYS/broker/"));
        CHECK(found.emplace(each.topic.substr(12), each.payload).second);  // none twice
    }
    return found;
}

payloads averages(const load_averages& load) {
    std::vector<sys_topic> topics;
    load.append_to(topics);
    return by_name(topics);
}

}  // namespace

TEST_CASE("every number has the topic that mosquitto's users know", "[sys]") {
    totals now;
    now.clients_connected = 3;
    now.clients_maximum = 9;
    now.sessions = 5;
    now.sessions_expired = 2;
    now.subscriptions = 11;
    now.shared_subscriptions = 4;
    now.retained = 6;
    now.retained_bytes = 60;
    now.queued = 7;
    now.queued_bytes = 70;
    now.packets_received = 100;
    now.packets_sent = 101;
    now.bytes_received = 200;
    now.bytes_sent = 201;
    now.publish_received = 300;
    now.publish_sent = 301;
    now.publish_dropped = 302;
    now.publish_bytes_received = 400;
    now.publish_bytes_sent = 401;
    payloads said = by_name(sys_topics(now, 77s, {}));
    CHECK(said["uptime"] == "77 seconds");
    CHECK(said["config/state"] == "applied");
    CHECK_FALSE(said.contains("accounts/state"));
    CHECK(said["version"].starts_with("lmqtt version "));
    CHECK(said["clients/total"] == "5");
    CHECK(said["clients/connected"] == "3");
    CHECK(said["clients/active"] == "3");
    CHECK(said["clients/disconnected"] == "2");
    CHECK(said["clients/inactive"] == "2");
    CHECK(said["clients/maximum"] == "9");
    CHECK(said["clients/expired"] == "2");
    CHECK(said["messages/received"] == "100");
    CHECK(said["messages/sent"] == "101");
    CHECK(said["messages/stored"] == "13");
    CHECK(said["publish/messages/received"] == "300");
    CHECK(said["publish/messages/sent"] == "301");
    CHECK(said["publish/messages/dropped"] == "302");
    CHECK(said["publish/bytes/received"] == "400");
    CHECK(said["publish/bytes/sent"] == "401");
    CHECK(said["bytes/received"] == "200");
    CHECK(said["bytes/sent"] == "201");
    CHECK(said["subscriptions/count"] == "11");
    CHECK(said["shared_subscriptions/count"] == "4");
    CHECK(said["retained messages/count"] == "6");
    CHECK(said["store/messages/count"] == "13");
    CHECK(said["store/messages/bytes"] == "130");
}

TEST_CASE("accounts have a state where there are any, a certificate one of its listener", "[sys]") {
    totals now;
    now.accounts_state = files_state_text(true);
    CHECK(by_name(sys_topics(now, 1s, {}))["accounts/state"] == "refused");
    CHECK(certificate_topic("a/+#b", "state") == "$SYS/broker/listeners/a___b/certificate/state");
}

TEST_CASE("what was counted before anybody looked is no load", "[sys]") {
    load_averages load;
    totals now;
    now.connections = 1000;
    load.update(now, 10s);
    for (const auto& [name, payload] : averages(load)) {
        CHECK(payload == "0.00");
    }
    CHECK(averages(load).size() == 24);
}

TEST_CASE("a steady load is its own average, reached the sooner the shorter the span", "[sys]") {
    load_averages load;
    totals now;
    load.update(now, 10s);
    const auto a_minute_later = [&] {
        now.publish_received += 60;
        load.update(now, 60s);
        return averages(load);
    };
    payloads said = a_minute_later();
    CHECK(said["load/publish/received/1min"] == "37.93");  // 60 (1 - 1/e)
    CHECK(said["load/publish/received/5min"] == "10.88");  // 60 (1 - e^(-1/5))
    CHECK(said["load/publish/received/15min"] == "3.87");
    CHECK(said["load/publish/sent/1min"] == "0.00");
    for (int minute = 0; minute < 200; ++minute) {
        said = a_minute_later();
    }
    CHECK(said["load/publish/received/1min"] == "60.00");
    CHECK(said["load/publish/received/5min"] == "60.00");
    CHECK(said["load/publish/received/15min"] == "60.00");
}

TEST_CASE("an update after no time at all changes nothing", "[sys]") {
    load_averages load;
    totals now;
    load.update(now, 10s);
    now.connections = 5;
    load.update(now, 60s);
    const payloads before = averages(load);
    load.update(now, 0s);
    CHECK(averages(load) == before);
}
