// How a server comes to life, in which order, or why it does not.
#include "support/held_store.hpp"
#include "support/scratch.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::string_literals;

namespace {

startup_error::cause why_not(server& broker) {
    try {
        broker.start();
    } catch (const startup_error& error) {
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
        return error.why();
    }
    FAIL("it has started");
    return {};
}

config at(const std::string& address) {
    config settings = quiet_config();
    settings.listeners = {{.address = address}};
    return settings;
}

config stored_in(const scratch& folder) {
    config settings = quiet_config();
    settings.persistence.type = persistence_type::sqlite;
    settings.persistence.path = folder.path("state.db").string();
    return settings;
}

class broken_store final : public store {
public:
    bool durable() const override { return true; }

    recovered recover(recovery& /*into*/) override { throw std::runtime_error("no disk"); }

    void submit(unsigned, store_batch, committed_notice) override {}

    void fetch(std::vector<std::uint64_t>, fetched_notice) override {}

    bool flush() override { return true; }

    store_state state() const noexcept override { return store_state::working; }

    std::uint64_t pending_bytes() const noexcept override { return 0; }

    void on_state(state_notice) override {}
};

}  // namespace

TEST_CASE("an address that is taken is no address to start on", "[start]") {
    server first(quiet_config());
    first.start();
    const std::string taken = first.addresses().front();
    server second(at(taken));
    CHECK(why_not(second) == startup_error::cause::address);
    CHECK(second.addresses().empty());
    first.stop();
    server third(at(taken));
    third.start();
    CHECK(third.addresses().front() == taken);
}

TEST_CASE("a server with one bad listener of two opens neither", "[start]") {
    server first(quiet_config());
    first.start();
    config settings = quiet_config();
    settings.listeners = {{.address = "127.0.0.1:0"}, {.address = first.addresses().front()}};
    server second(settings);
    CHECK(why_not(second) == startup_error::cause::address);
    CHECK(second.addresses().empty());
}

TEST_CASE("a store that cannot be opened is no store to start with", "[start]") {
    server broker(quiet_config(), std::make_unique<broken_store>());
    CHECK(why_not(broker) == startup_error::cause::storage);
    CHECK(broker.addresses().empty());
    broker.stop();
}

TEST_CASE(
    "a program may bring a store of its own, which is asked before anything is promised", "[start]"
) {
    auto own = std::make_unique<held_store>();
    held_store& store = *own;
    server broker(quiet_config(), std::move(own));
    broker.start();
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    connect_packet lasting;
    lasting.client_id = "c";
    lasting.properties = expiry;
    talker client(broker);
    client.say(lasting);
    while (store.waiting() == 0) {
        std::this_thread::yield();
    }
    store.commit_all();
    CHECK(client.packet().front() == '\x20');
    store.be(store_state::full);
    client.publish("t", qos::at_least_once);
    CHECK(client.packet() == "\x40\3\0\7\x97"s);
}

TEST_CASE("every listener is served, with rules of its own", "[start]") {
    config settings = quiet_config();
    settings.listeners = {
        {.address = "127.0.0.1:0"}, {.address = "127.0.0.1:0", .maximum_qos = qos::at_most_once}};
    server broker(settings);
    broker.start();
    REQUIRE(broker.addresses().size() == 2);
    talker first(broker, 0);
    CHECK(first.connect("a") == 0);
    CHECK(first.subscribe("t") == 2);
    talker second(broker, 1);
    CHECK(second.connect("b") == 0);
    CHECK(second.subscribe("t") == 0);
}

TEST_CASE("a program is told when all is bound and nothing is stored yet", "[start]") {
    const scratch folder;
    server server(stored_in(folder));
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
    const scratch folder;
    server server(stored_in(folder));
    std::string bound;
    const auto refuse = [&] {
        bound = server.addresses().front();
        throw std::logic_error("no");
    };
    CHECK_THROWS_AS(server.start(refuse), std::logic_error);
    CHECK(server.addresses().empty());
    CHECK_FALSE(std::filesystem::exists(folder.path("state.db")));
    config same_port = quiet_config();
    same_port.listeners.front().address = bound;
    lmqtt::server other(same_port);
    other.start();
    CHECK(other.addresses().front() == bound);
}

TEST_CASE("a store that cannot be opened is told as such, with nothing left open", "[start]") {
    const scratch folder;
    config settings = stored_in(folder);
    settings.persistence.path = folder.path("none/state.db").string();
    server server(settings);
    try {
        server.start();
        FAIL("it started");
    } catch (const startup_error& refused) {
        CHECK(refused.why() == startup_error::cause::storage);
    }
    CHECK(server.addresses().empty());
}
