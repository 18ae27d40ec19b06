#include "client/assigned_client_id.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace lmqtt::client;

TEST_CASE("a client identifier has one home, whoever asks", "[client id]") {
    for (const unsigned shards : {1U, 2U, 7U}) {
        std::set<unsigned> homes;
        for (int number = 0; number < 200; ++number) {
            const std::string id = "client-" + std::to_string(number);
            const unsigned home = home_shard(id, shards);
            CHECK(home < shards);
            CHECK(home_shard(std::string(id), shards) == home);
            homes.insert(home);
        }
        CHECK(homes.size() == shards);
    }
}

TEST_CASE(
    "an identifier the broker makes up is at home where it is made, and new [MQTT-3.2.2-16]",
    "[client id]"
) {
    constexpr unsigned shards = 4;
    std::set<std::string> all;
    for (unsigned shard = 0; shard < shards; ++shard) {
        for (int number = 0; number < 100; ++number) {
            const std::string id = assigned_client_id("auto-", shard, shards);
            CHECK(home_shard(id, shards) == shard);
            CHECK(all.insert(id).second);
        }
    }
}

TEST_CASE("it is the prefix and 24 hexadecimal digits [MQTT-3.1.3-5]", "[client id]") {
    const std::string id = assigned_client_id("auto-", 0, 1);
    CHECK(id.substr(0, 5) == "auto-");
    CHECK(id.size() == 5 + 24);
    CHECK(id.find_first_not_of("0123456789abcdef", 5) == std::string::npos);
    CHECK(assigned_client_id("", 0, 1).size() == 24);
}
