// AUTH on a live connection: re-authentication. [MQTT-4.12.1-1]
#include "client/client.hpp"
#include "client/kept_names.hpp"

namespace lmqtt::client {

namespace {

// Views of what the packet and the client keep.
auth_request describe(const auth_packet& packet, std::string_view method, client_info who) {
    auth_request request;
    request.client = std::move(who);
    request.method = method;
    request.data = packet.properties[prop::authentication_data].value_or(byte_view{});
    return request;
}

}  // namespace

void client::handle_auth(const mqtt::frame& frame) {
    const auto packet = mqtt::decode_auth(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    const bool has_method = extras_ && !extras_->auth_method.empty();
    const auto method = packet->properties[prop::authentication_method];
    if (!has_method || method.value_or("") != extras_->auth_method) {
        // [MQTT-4.12.0-5] [MQTT-4.12.0-7]
        return fail({reason_code::protocol_error, "authentication method is not CONNECT's"});
    }
    const auto expected = extras_->authenticating ? reason_code::continue_authentication
                                                  : reason_code::re_authenticate;
    if (packet->reason.code() != expected) {
        return fail({reason_code::protocol_error, "AUTH out of sequence"});
    }
    const auto& decides = env_.decisions.on_re_auth;
    if (!decides) {
        return authenticate_again(*packet);
    }
    if (decides.awaits()) {
        return defer(frame);
    }
    auth_request request = describe(*packet, extras_->auth_method, info());
    const decision said = decides.decide(request);
    answer_auth(request, said);
}

// By a method that the library knows.
void client::authenticate_again(const auth_packet& packet) {
    if (!extras_->exchange && !begin_exchange(session_->client_id)) {
        return fail({reason_code::not_authorized, "re-authentication not offered"});
    }
    approval by;
    auth_request request = describe(packet, extras_->auth_method, info());
    const decision said = take_step(request, by);
    if (said.allowed() && !request.go_on && request.username == session_->username()) {
        renew(std::move(by));
    }
    answer_auth(request, said);
}

task<> client::settle_auth(mqtt::frame frame) {
    const auto packet = mqtt::decode_auth(frame, version_, rules_->decode);
    auth_request request = describe(*packet, extras_->auth_method, info());
    const kept_names names(request.client);
    const decision said = co_await env_.decisions.on_re_auth.decide_later(request);
    if (!ended_) {
        answer_auth(request, said);
    }
}

// What the new proof says counts from now on, as if the client had come with it.
void client::renew(approval&& by) {
    more().proof_ends = env_.end_of(by);
    reschedule(env_.clock.now().steady);
    if (session_->will && session_->will->roles != by.token_roles()) {
        session_->will->roles = by.token_roles();
        env_.broker.save_will(*session_);
    }
    held_rights& mine = more().held();
    mine.roles = std::move(by.roles);
    mine.roles_are_the_accounts = by.roles_are_the_accounts;
    mine.version = 0;
}

// [MQTT-4.12.1-2] An identity is never quietly kept or changed.
void client::answer_auth(const auth_request& request, const decision& said) {
    const bool changed = !request.username.empty() && request.username != session_->username();
    if (!said.allowed() || changed) {
        const bool has_word = disconnect_reason::from(said.reason).has_value() && !changed;
        ending how{said.reason, "re-authentication failed", true};
        how.reason = has_word ? said.reason : reason_code::not_authorized;
        how.reason_string = said.reason_string;
        return end(how);
    }
    extras_->authenticating = request.go_on;
    send_auth(
        request.go_on ? reason_code::continue_authentication : reason_code::success, request.answer
    );
}

void client::send_auth(reason_code reason, std::string_view data) {
    properties told;
    told.set(prop::authentication_method, more().auth_method);
    if (!data.empty()) {
        told.set(prop::authentication_data, data);
    }
    auth_packet packet{.reason = auth_reason::from(reason).value(), .properties = told};
    std::string encoded;
    mqtt::encode(encoded, packet, version_);
    reply(packet_type::auth, std::move(encoded));
}

}  // namespace lmqtt::client
