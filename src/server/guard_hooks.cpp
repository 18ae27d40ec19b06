#include "server/guard_hooks.hpp"

#include <exception>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lmqtt::serving {

namespace {

void report(base::logger& log, std::string_view hook, const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
        log.error("a hook has failed", {{"hook", hook}, {"why", failure.what()}});
    } catch (...) {
        log.error("a hook has failed", {{"hook", hook}, {"why", "unknown"}});
    }
}

// Who was asked and threw has refused; who was told has nothing to say.
template <class Result>
Result refusal() {
    if constexpr (std::is_same_v<Result, decision>) {
        return {reason_code::unspecified_error, {}};
    } else if constexpr (!std::is_void_v<Result>) {
        return Result{};
    }
}

// Throws if a packet cannot carry what a hook has said: a text that is none, or too long, or a
// number the standard forbids.
void check_sendable(const connect_grant& granted) {
    const auto& limits = granted.limits;
    if (limits.receive_maximum == 0 || limits.maximum_packet_size == 0U ||
        limits.max_inflight == 0) {
        throw std::invalid_argument("a limit of a client is 0");
    }
    properties sent;
    sent.set(prop::assigned_client_identifier, granted.assigned_client_id);
    sent.set(prop::response_information, granted.response_information);
    for (const auto& [name, value] : granted.user_properties) {
        sent.add({name, value});
    }
}

template <class Request>
decision checked(decision said, const Request& request) {
    properties sent;
    sent.set(prop::reason_string, said.reason_string);
    if constexpr (std::is_base_of_v<connect_grant, Request>) {
        check_sendable(request);
    }
    if constexpr (std::is_same_v<auth_request, Request>) {
        sent.set(prop::authentication_data, request.answer);
    }
    return said;
}

template <class Result, class... Arguments>
std::function<Result(Arguments...)>
guarded(const std::function<Result(Arguments...)>& hook, std::string_view name, base::logger log) {
    if (!hook) {
        return {};
    }
    return [&hook, name, log](Arguments... arguments) mutable -> Result {
        try {
            return hook(arguments...);
        } catch (...) {
            report(log, name, std::current_exception());
            return refusal<Result>();
        }
    };
}

// `hook` is the program's and outlives its server's tasks; `request` is the asking client's.
template <class Request>
task<decision> decide_guarded(
    const decision_hook<Request>& hook, Request& request, std::string_view name, base::logger log
) {
    std::exception_ptr thrown;
    try {
        decision said = co_await hook.decide_later(request);
        co_return checked(std::move(said), request);
    } catch (...) {
        thrown = std::current_exception();
    }
    report(log, name, thrown);
    co_return refusal<decision>();
}

template <class Request>
decision_hook<Request>
guarded(const decision_hook<Request>& hook, std::string_view name, base::logger log) {
    decision_hook<Request> safe;
    if (hook.awaits()) {
        safe = [&hook, name, log](Request& request) {
            return decide_guarded(hook, request, name, log);
        };
    } else if (hook) {
        safe = [&hook, name, log](Request& request) mutable -> decision {
            try {
                return checked(hook.decide(request), request);
            } catch (...) {
                report(log, name, std::current_exception());
                return refusal<decision>();
            }
        };
    }
    return safe;
}

}  // namespace

hooks guard(const hooks& given, base::logger log) {
    return {
        .on_accept = guarded(given.on_accept, "on_accept", log),
        .on_basic_auth = guarded(given.on_basic_auth, "on_basic_auth", log),
        .on_enhanced_auth = guarded(given.on_enhanced_auth, "on_enhanced_auth", log),
        .on_auth = guarded(given.on_auth, "on_auth", log),
        .on_re_auth = guarded(given.on_re_auth, "on_re_auth", log),
        .on_connected = guarded(given.on_connected, "on_connected", log),
        .on_session_created = guarded(given.on_session_created, "on_session_created", log),
        .on_session_resumed = guarded(given.on_session_resumed, "on_session_resumed", log),
        .on_session_terminated = guarded(given.on_session_terminated, "on_session_terminated", log),
        .on_subscribe = guarded(given.on_subscribe, "on_subscribe", log),
        .on_subscribed = guarded(given.on_subscribed, "on_subscribed", log),
        .on_unsubscribe = guarded(given.on_unsubscribe, "on_unsubscribe", log),
        .on_unsubscribed = guarded(given.on_unsubscribed, "on_unsubscribed", log),
        .on_msg_arrived = guarded(given.on_msg_arrived, "on_msg_arrived", log),
        .on_publish = guarded(given.on_publish, "on_publish", log),
        .on_delivered = guarded(given.on_delivered, "on_delivered", log),
        .on_msg_dropped = guarded(given.on_msg_dropped, "on_msg_dropped", log),
        .on_will_publish = guarded(given.on_will_publish, "on_will_publish", log),
        .on_will_published = guarded(given.on_will_published, "on_will_published", log),
        .on_closed = guarded(given.on_closed, "on_closed", log),
        .on_stop = guarded(given.on_stop, "on_stop", log),
    };
}

}  // namespace lmqtt::serving
