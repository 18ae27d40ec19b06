// Hooks that take their time: what the client does meanwhile, and who is still there afterwards.
#include "hook_record.hpp"
#include "talker.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::string_literals;

namespace {

using lines = hook_record::lines;
using gate_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    executor>;

// Where hooks wait until the test lets them go on.
class gate {
public:
    hook_record record;

    task<decision> pass(std::string who, decision said) {
        const executor here = co_await boost::asio::this_coro::executor;
        gate_timer timer(here, std::chrono::steady_clock::time_point::max());
        enter(timer, here);
        record.add(std::move(who));
        co_await timer.async_wait(use_task);
        co_return said;
    }

    // Everybody who stands here now.
    void open() {
        const std::lock_guard lock(mutex_);
        for (const auto& [timer, where] : std::exchange(waiting_, {})) {
            boost::asio::post(where, [timer = timer] { timer->cancel(); });
        }
    }

private:
    void enter(gate_timer& timer, executor where) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace_back(&timer, where);
    }

    std::mutex mutex_;
    std::vector<std::pair<gate_timer*, executor>> waiting_;
};

// The client of a request as it is told after the wait: what it views must still be there.
template <class Request>
task<decision> after_the_gate(gate& at, Request& request, decision said) {
    const std::string before(request.client.client_id);
    const decision passed = co_await at.pass("asked about " + before, said);
    at.record.add(
        "decided about " + std::string(request.client.client_id) + "/" +
        std::string(request.client.username) + " at " + std::string(request.client.listener)
    );
    co_return passed;
}

struct slow {
    gate at;
    decision said;
    server broker{settings()};

    static config settings() {
        config plain = quiet_config();
        plain.listeners.front().name = "front";
        return plain;
    }

    template <class Request>
    auto decides() {
        return [this](Request& request) { return after_the_gate(at, request, said); };
    }

    // With a name long enough to lie outside of its string.
    connect_packet named(const char* client_id = "a client with quite a long name") const {
        connect_packet what;
        what.client_id = client_id;
        what.username = "and a user with a long name too";
        return what;
    }
};

const std::string asked = "asked about a client with quite a long name";
const std::string decided =
    "decided about a client with quite a long name/and a user with a long name too at front";

}  // namespace

TEST_CASE("later packets of the client wait for a hook that awaits, others do not", "[hooks]") {
    slow with;
    with.broker.hooks().on_msg_arrived = with.decides<publish_request>();
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect(with.named()) == 0);
    CHECK(client.subscribe("#") == 2);
    client.say(
        talker::bytes_of(talker::publication("first", qos::at_least_once, 1)) +
        talker::bytes_of(talker::publication("second", qos::at_least_once, 2))
    );
    client.say(pingreq_packet{});
    CHECK(with.at.record.take(1) == lines{asked});
    talker other(with.broker);
    CHECK(other.connect("other") == 0);
    other.ping();
    CHECK(with.at.record.take().empty());
    with.at.open();
    CHECK(client.packet() == "\x40\2\0\1"s);
    CHECK(client.packet().substr(4, 5) == "first");
    CHECK(with.at.record.take(2) == lines{decided, asked});
    with.at.open();
    CHECK(client.packet() == "\x40\2\0\2"s);
    CHECK(client.packet().substr(4, 6) == "second");
    CHECK(client.packet() == "\xD0\0"s);
}

TEST_CASE("every hook that decides may await", "[hooks]") {
    slow with;
    auto& all = with.broker.hooks();
    all.on_basic_auth = with.decides<basic_auth_request>();
    all.on_subscribe = with.decides<subscribe_request>();
    all.on_unsubscribe = with.decides<unsubscribe_request>();
    all.on_msg_arrived = with.decides<publish_request>();
    with.broker.start();
    talker client(with.broker);
    const bool refused = GENERATE(false, true);
    const auto decide = [&] {
        CHECK(with.at.record.take(1) == lines{asked});
        with.at.open();
        CHECK(with.at.record.take(1) == lines{decided});
    };
    client.say(with.named());
    decide();
    CHECK(client.packet().substr(0, 1) == "\x20");
    if (refused) {
        with.said = {reason_code::not_authorized, {}};
    }
    subscribe_packet more;
    more.packet_id = 1;
    more.filters = {{"t", {}}};
    client.say(more);
    decide();
    CHECK(client.packet() == (refused ? "\x90\4\0\1\0\x87"s : "\x90\4\0\1\0\0"s));
    client.publish("other", qos::exactly_once);
    decide();
    CHECK(client.packet() == (refused ? "\x50\3\0\7\x87"s : "\x50\3\0\7\x10"s));
    unsubscribe_packet less;
    less.packet_id = 2;
    less.filters = {"t"};
    client.say(less);
    decide();
    CHECK(client.packet() == (refused ? "\xB0\4\0\2\0\x87"s : "\xB0\4\0\2\0\0"s));
}

TEST_CASE("enhanced authentication and re-authentication may await", "[hooks][auth]") {
    slow with;
    auto& all = with.broker.hooks();
    all.on_enhanced_auth = with.decides<auth_request>();
    all.on_re_auth = with.decides<auth_request>();
    with.broker.start();
    const properties method =
        std::move(properties().set(prop::authentication_method, std::string_view("m")));
    connect_packet hello = with.named();
    hello.properties = method;
    talker client(with.broker);
    client.say(hello);
    CHECK(with.at.record.take(1) == lines{asked});
    with.at.open();
    CHECK(client.packet().front() == '\x20');
    CHECK(with.at.record.take(1) == lines{decided});
    auth_packet once_more;
    once_more.reason = reason_code::re_authenticate;
    once_more.properties = method;
    client.say(talker::bytes_of(once_more) + talker::bytes_of(pingreq_packet{}));
    CHECK(with.at.record.take(1) == lines{asked});
    with.at.open();
    CHECK(client.packet().front() == '\xF0');
    CHECK(client.packet() == "\xD0\0"s);
    with.said = {reason_code::not_authorized, {}};
    client.say(once_more);
    with.at.record.take(2);
    with.at.open();
    CHECK(client.read_to_the_end() == "\xE0\1\x87"s);
}

TEST_CASE("a client that leaves while a hook awaits is served to its end", "[hooks]") {
    slow with;
    with.broker.hooks().on_msg_arrived = with.decides<publish_request>();
    with.broker.hooks().on_closed = [&](const closed_notice& about) {
        with.at.record.add("closed: " + std::string(name_of(about.reason)));
    };
    with.broker.start();
    auto client = std::make_unique<talker>(with.broker);
    CHECK(client->connect(with.named()) == 0);
    talker reader(with.broker);
    CHECK(reader.connect("reader") == 0);
    CHECK(reader.subscribe("t") == 2);
    client->publish("t", qos::at_least_once);
    CHECK(with.at.record.take(1) == lines{asked});

    SECTION("with a DISCONNECT, which waits its turn") {
        client->say(disconnect_packet{});
        reader.ping();
        CHECK(with.at.record.take().empty());
        with.at.open();
        CHECK(with.at.record.take(2) == lines{decided, "closed: Success"});
        CHECK(client->read_to_the_end() == "\x40\2\0\7"s);
    }

    SECTION("without one, which is noticed afterwards") {
        client.reset();
        with.at.open();
        CHECK(with.at.record.take(2) == lines{decided, "closed: Unspecified error"});
    }

    CHECK(reader.packet() == "\x32\7\0\1t\0\1\0x"s);  // what it had said counts
}

TEST_CASE("a session that goes while a hook awaits takes nothing along", "[hooks]") {
    slow with;
    with.broker.hooks().on_msg_arrived = with.decides<publish_request>();
    with.broker.hooks().on_subscribe = with.decides<subscribe_request>();
    with.broker.hooks().on_unsubscribe = with.decides<unsubscribe_request>();
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect(with.named()) == 0);
    const int which = GENERATE(0, 1, 2);
    if (which == 0) {
        client.publish("t", qos::at_least_once);
    } else if (which == 1) {
        subscribe_packet more;
        more.packet_id = 1;
        more.filters = {{"t", {}}};
        client.say(more);
    } else {
        unsubscribe_packet less;
        less.packet_id = 1;
        less.filters = {"t"};
        client.say(less);
    }
    CHECK(with.at.record.take(1) == lines{asked});
    const bool taken_over = GENERATE(true, false);
    talker heir(with.broker);
    if (taken_over) {
        CHECK(heir.connect(with.named()) == 0);
        CHECK(client.read_to_the_end() == "\xE0\1\x8E"s);
    } else {
        with.broker.terminate_session(std::string(with.named().client_id));
        CHECK(client.read_to_the_end() == "\xE0\1\x98"s);
    }
    with.at.open();
    CHECK(with.at.record.take(1) == lines{decided});
    if (taken_over) {
        heir.ping();
        CHECK(with.broker.session(with.named().client_id)->subscriptions.empty());
    }
}

TEST_CASE("who is gone before a hook has decided about its CONNECT gets no session", "[hooks]") {
    slow with;
    with.broker.hooks().on_basic_auth = with.decides<basic_auth_request>();
    with.broker.hooks().on_session_created = [&](const client_info&) {
        with.at.record.add("created");
    };
    with.broker.hooks().on_session_terminated = [&](std::string_view, session_end) {
        with.at.record.add("ended");
    };
    with.broker.start();
    auto client = std::make_unique<talker>(with.broker);
    client->say(with.named());
    CHECK(with.at.record.take(1) == lines{asked});
    client.reset();
    with.at.open();
    CHECK(with.at.record.take(3) == lines{decided, "created", "ended"});
    CHECK_FALSE(with.broker.session(with.named().client_id));
}

TEST_CASE("B14: a hook that is slower than the handshake may last decides nothing", "[hooks]") {
    config impatient = slow::settings();
    impatient.limits.handshake_timeout = std::chrono::milliseconds(1);
    gate at;
    server broker(impatient);
    broker.hooks().on_basic_auth = [&](basic_auth_request& request) {
        return after_the_gate(at, request, decision{});
    };
    broker.hooks().on_session_created = [&](const client_info&) { at.record.add("created"); };
    broker.start();
    talker client(broker);
    client.say(connect_packet{});
    CHECK(at.record.take(1).size() == 1);
    CHECK(client.read_to_the_end() == "\x20\3\0\x97\0"s);
    at.open();
    CHECK(at.record.take(1).size() == 1);
    broker.stop();
    CHECK(at.record.take().empty());
}
