// What a program sees of the order in which a server starts.
#include "raw_client.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

using lmqtt::test::quiet_config;
using lmqtt::test::raw_client;

namespace {

lmqtt::config stored_in(const lmqtt::test::scratch& folder) {
    lmqtt::config settings = quiet_config();
    settings.persistence.type = lmqtt::persistence_type::sqlite;
    settings.persistence.path = folder.path("state.db").string();
    return settings;
}

}  // namespace

TEST_CASE("a program is told when all is bound and nothing is stored yet", "[start]") {
    const lmqtt::test::scratch folder;
    lmqtt::server server(stored_in(folder));
    std::size_t bound = 0;
    bool stored = true;
    server.start([&] {
        bound = server.addresses().size();
        stored = std::filesystem::exists(folder.path("state.db"));
    });
    CHECK(bound == 1);
    CHECK_FALSE(stored);
    CHECK(std::filesystem::exists(folder.path("state.db")));
    raw_client client(server);
    client.say_connect();
    CHECK(client.packet()[0] == '\x20');
}

TEST_CASE("what a program throws there ends the start, with nothing left open", "[start]") {
    const lmqtt::test::scratch folder;
    lmqtt::server server(stored_in(folder));
    std::string bound;
    const auto refuse = [&] {
        bound = server.addresses().front();
        throw std::logic_error("no");
    };
    CHECK_THROWS_AS(server.start(refuse), std::logic_error);
    CHECK(server.addresses().empty());
    CHECK_FALSE(std::filesystem::exists(folder.path("state.db")));
    lmqtt::config same_port = quiet_config();
    same_port.listeners.front().address = bound;
    lmqtt::server other(same_port);
    other.start();
    CHECK(other.addresses().front() == bound);
}

TEST_CASE("a store that cannot be opened is told as such, with nothing left open", "[start]") {
    const lmqtt::test::scratch folder;
    lmqtt::config settings = stored_in(folder);
    settings.persistence.path = folder.path("none/state.db").string();
    lmqtt::server server(settings);
    try {
        server.start();
        FAIL("it started");
    } catch (const lmqtt::startup_error& refused) {
        CHECK(refused.why() == lmqtt::startup_error::cause::storage);
    }
    CHECK(server.addresses().empty());
}
