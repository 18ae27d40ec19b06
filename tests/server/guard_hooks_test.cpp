#include "server/guard_hooks.hpp"
#include "support/captured_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <optional>
#include <stdexcept>

using namespace lmqtt;

namespace {

struct guarded_parts {
    test::captured_log log;
    hooks given;

    hooks guarded() { return serving::guard(given, log.logger("server")); }
};

decision ask_later(const decision_hook<auth_request>& hook) {
    boost::asio::io_context context{1};
    auth_request request;
    std::optional<decision> said;
    boost::asio::co_spawn(
        context.get_executor(),
        hook.decide_later(request),
        [&](const std::exception_ptr& escaped, decision answer) {
            REQUIRE_FALSE(escaped);
            said = std::move(answer);
        }
    );
    context.run();
    return said.value();
}

task<decision> throw_later() {
    throw std::runtime_error("no database");
    co_return decision{};
}

task<decision> allow_later() {
    co_return decision{};
}

task<decision> refuse_later() {
    co_return decision{reason_code::banned, "go away"};
}

}  // namespace

TEST_CASE("a hook nobody set stays unset", "[guard]") {
    guarded_parts parts;
    const hooks safe = parts.guarded();
    CHECK_FALSE(safe.on_basic_auth);
    CHECK_FALSE(safe.on_msg_arrived);
    CHECK_FALSE(safe.on_connected);
    CHECK_FALSE(safe.on_publish);
    CHECK_FALSE(safe.on_stop);
}

TEST_CASE("a hook that throws has refused, and is named in the log", "[guard]") {
    guarded_parts parts;
    parts.given.on_msg_arrived = [](publish_request&) -> decision {
        throw std::runtime_error("no database");
    };
    parts.given.on_publish = [](const client_info&, std::string_view, byte_view) -> bool {
        throw 7;
    };
    const hooks safe = parts.guarded();
    publish_request request;
    CHECK(safe.on_msg_arrived.decide(request).reason == reason_code::unspecified_error);
    CHECK_FALSE(safe.on_publish({}, "t", "p"));
    CHECK(parts.log.contains("on_msg_arrived"));
    CHECK(parts.log.contains("no database"));
    CHECK(parts.log.contains("on_publish"));
}

TEST_CASE("a notice that throws is logged and harms nobody", "[guard]") {
    guarded_parts parts;
    parts.given.on_stop = [] { throw std::runtime_error("too late"); };
    const hooks safe = parts.guarded();
    safe.on_stop();
    CHECK(parts.log.contains("too late"));
}

TEST_CASE("what does not throw is passed on unchanged", "[guard]") {
    guarded_parts parts;
    parts.given.on_subscribe = [](subscribe_request& request) {
        request.filters.clear();
        return decision{reason_code::not_authorized, "no"};
    };
    parts.given.on_accept = [](std::string_view peer, std::string_view) { return peer == "here"; };
    const hooks safe = parts.guarded();
    subscribe_request request;
    request.filters.resize(2);
    const decision said = safe.on_subscribe.decide(request);
    CHECK(said.reason == reason_code::not_authorized);
    CHECK(said.reason_string == "no");
    CHECK(request.filters.empty());
    CHECK(safe.on_accept("here", ""));
    CHECK_FALSE(safe.on_accept("there", ""));
    CHECK(parts.log.text().empty());
}

TEST_CASE("a hook that awaits is guarded as well", "[guard]") {
    guarded_parts parts;
    parts.given.on_enhanced_auth = [](auth_request&) { return throw_later(); };
    parts.given.on_auth = [](auth_request&) { return refuse_later(); };
    const hooks safe = parts.guarded();
    REQUIRE(safe.on_enhanced_auth.awaits());
    CHECK(ask_later(safe.on_enhanced_auth).reason == reason_code::unspecified_error);
    CHECK(parts.log.contains("on_enhanced_auth"));
    CHECK(ask_later(safe.on_auth).reason == reason_code::banned);
}

TEST_CASE("a hook whose words cannot be sent has failed", "[guard]") {
    guarded_parts parts;
    const std::string bad("not \xff text");

    SECTION("a reason string") {
        parts.given.on_msg_arrived = [&](publish_request&) {
            return decision{reason_code::success, bad};
        };
        publish_request request;
        const decision said = parts.guarded().on_msg_arrived.decide(request);
        CHECK(said.reason == reason_code::unspecified_error);
        CHECK(said.reason_string.empty());
        CHECK(parts.log.contains("on_msg_arrived"));
    }

    SECTION("what goes into a CONNACK") {
        const int which = GENERATE(0, 1, 2);
        parts.given.on_basic_auth = [&](basic_auth_request& request) {
            if (which == 0) {
                request.assigned_client_id = bad;
            } else if (which == 1) {
                request.response_information = bad;
            } else {
                request.user_properties.emplace_back("name", bad);
            }
            return decision{};
        };
        const connect_packet connect;
        basic_auth_request request{{}, {}, connect};
        const decision said = parts.guarded().on_basic_auth.decide(request);
        CHECK(said.reason == reason_code::unspecified_error);
        CHECK(parts.log.contains("on_basic_auth"));
    }

    SECTION("a limit that the standard forbids") {
        const int which = GENERATE(0, 1, 2);
        parts.given.on_basic_auth = [&](basic_auth_request& request) {
            if (which == 0) {
                request.limits.receive_maximum = std::uint16_t{0};  // 3.2.2.3.3
            } else if (which == 1) {
                request.limits.maximum_packet_size = 0U;  // 3.2.2.3.6
            } else {
                request.limits.max_inflight = std::uint16_t{0};
            }
            return decision{};
        };
        const connect_packet connect;
        basic_auth_request request{{}, {}, connect};
        CHECK(
            parts.guarded().on_basic_auth.decide(request).reason == reason_code::unspecified_error
        );
    }

    SECTION("Authentication Data, of a hook that awaits") {
        parts.given.on_auth = [&](auth_request& request) {
            request.answer.assign(70'000, 'x');
            return allow_later();
        };
        const hooks safe = parts.guarded();
        CHECK(ask_later(safe.on_auth).reason == reason_code::unspecified_error);
        CHECK(parts.log.contains("on_auth"));
    }

    SECTION("but bytes may be any") {
        parts.given.on_auth = [&](auth_request& request) {
            request.answer = bad;
            return decision{};
        };
        auth_request request;
        CHECK(parts.guarded().on_auth.decide(request).allowed());
        CHECK(parts.log.text().empty());
    }
}
