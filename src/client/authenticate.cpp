// Who a client is: by its certificate, its password or token, a method of enhanced authentication,
// or the program's own hooks.
#include "client/client.hpp"

namespace lmqtt::client {

namespace {

// Kept by whoever answers as well: the client may be gone by then.
struct awaited_verdict {
    explicit awaited_verdict(const executor& where)
        : come(where, base::steady_time::max()) {}

    output_timer come;  // cancelled when it has
    std::optional<login_verdict> verdict;
};

// What needs a hash is computed elsewhere; the client's later packets wait, other clients do not.
task<login_verdict> check(environment& env, login who) {
    if (!env.desk.check) {
        login_verdict unchecked;
        unchecked.username = who.is_proved ? who.username.value_or("") : std::string();
        co_return unchecked;
    }
    const auto awaited = std::make_shared<awaited_verdict>(env.where);
    env.desk.check(std::move(who), [awaited](login_verdict said) {
        awaited->verdict = std::move(said);
        awaited->come.cancel();
    });
    while (!awaited->verdict) {
        co_await awaited->come.async_wait(use_task);
    }
    co_return std::move(*awaited->verdict);
}

void take_verdict(login_verdict&& found, approval& by) {
    by.is_user = !found.username.empty();
    by.has_account = found.has_account;
    by.of_file = std::move(found.of_file);
    by.username = std::move(found.username);
    by.roles = std::move(found.roles);
    by.roles_are_the_accounts = found.roles_are_the_accounts;
    by.until = found.until;
}

login describe(const connect_packet& connect, const net::connection& from) {
    login who;
    who.peer = from.peer().text();
    who.client_id = connect.client_id;
    if (connect.username) {
        who.username = std::string(*connect.username);
    }
    if (connect.password) {
        who.password = std::string(*connect.password);
    }
    if (std::string proved = from.proved_name(); !proved.empty()) {
        who.username = std::move(proved);
        who.is_proved = true;
    }
    return who;
}

}  // namespace

bool may_be_anonymous(const environment& env, const listener_rules& rules) {
    const bool has_accounts = env.desk.has_accounts && env.desk.has_accounts(rules.password_file);
    return rules.allow_anonymous.value_or(rules.is_local && !has_accounts);
}

task<decision> client::authenticate(const connect_packet& connect, approval& by) {
    // The default is about programs of this machine. A page that somebody has open here is none,
    // whatever a name server makes of its host.
    const bool may_be_nameless = may_be_anonymous(env_, *rules_) &&
                                 (rules_->allow_anonymous || !connection_.is_of_foreign_page());
    login who = describe(connect, connection_);
    who.password_file = rules_->password_file;
    const bool is_nameless = !who.username && !who.password;
    const bool hook_decides = static_cast<bool>(env_.decisions.on_basic_auth);
    if (is_nameless && !hook_decides && !may_be_nameless) {
        co_return decision{reason_code::not_authorized, {}};
    }
    who.until = last_packet_ + rules_->limits.handshake_timeout;
    login_verdict found = co_await check(env_, std::move(who));
    if (static_cast<std::uint8_t>(found.reason) >= 0x80) {
        co_return decision{found.reason, {}};
    }
    // A name that nothing has proved is as good as none, unless the program vouches for it.
    const bool is_unproved = found.username.empty() && !is_nameless;
    if (is_unproved && !hook_decides && !may_be_nameless) {
        co_return decision{reason_code::bad_user_name_or_password, {}};
    }
    take_verdict(std::move(found), by);
    co_return co_await ask_hook(connect, by);
}

task<decision> client::ask_hook(const connect_packet& connect, approval& by) {
    const auto& decides = env_.decisions.on_basic_auth;
    if (!decides || ended_) {
        co_return decision{};
    }
    basic_auth_request request{{}, info(), connect};
    request.client.client_id = connect.client_id;
    const std::string_view said_name = connect.username.value_or(std::string_view{});
    request.client.username = by.is_user ? std::string_view(by.username) : said_name;
    decision said;
    if (decides.awaits()) {
        said = co_await decides.decide_later(request);
    } else {
        said = decides.decide(request);
    }
    by.is_user = by.is_user || connect.username.has_value();
    by.granted = std::move(request);
    co_return said;
}

// [MQTT-4.12.0-1] to [MQTT-4.12.0-5]
task<decision> client::authenticate_by_method(const connect_packet& connect, approval& by) {
    const auto* decides = &env_.decisions.on_enhanced_auth;
    more().auth_method = *connect.properties[prop::authentication_method];
    if (!*decides && !begin_exchange(connect.client_id)) {
        co_return decision{reason_code::bad_authentication_method, {}};
    }
    auth_request exchange;
    exchange.client = info();
    exchange.client.client_id = connect.client_id;
    exchange.client.username = connect.username.value_or(std::string_view{});
    exchange.connect = &connect;
    exchange.method = more().auth_method;
    exchange.data = connect.properties[prop::authentication_data].value_or(byte_view{});
    std::string packet;
    decision said;
    for (;;) {
        exchange.go_on = false;
        exchange.answer.clear();
        if (extras_->exchange) {
            said = take_step(exchange, by);
        } else if (decides->awaits()) {
            said = co_await decides->decide_later(exchange);
        } else {
            said = decides->decide(exchange);
        }
        if (ended_ || !said.allowed() || !exchange.go_on) {
            break;
        }
        send_auth(reason_code::continue_authentication, exchange.answer);
        packet = co_await receive_packet(false);
        const auto data = continued_auth(packet, said);
        if (!data) {
            break;
        }
        exchange.data = *data;
        decides = env_.decisions.on_auth ? &env_.decisions.on_auth : decides;
    }
    by.username = std::move(exchange.username);
    by.is_user = !by.username.empty() || connect.username.has_value();
    by.answer = std::move(exchange.answer);
    by.granted = std::move(exchange);
    co_return said;
}

// A method that the library knows. False: it does not.
bool client::begin_exchange(std::string_view client_id) {
    if (!env_.desk.begin_exchange) {
        return false;
    }
    login who;
    who.peer = connection_.peer().text();
    who.client_id = client_id;
    who.password_file = rules_->password_file;
    extras_->exchange = env_.desk.begin_exchange(extras_->auth_method, std::move(who));
    return static_cast<bool>(extras_->exchange);
}

decision client::take_step(auth_request& request, approval& by) {
    exchange_step step = extras_->exchange(request.data);
    request.answer = std::move(step.answer);
    request.go_on = step.go_on;
    if (!step.go_on) {
        extras_->exchange = nullptr;
        request.username = step.verdict.username;
        take_verdict(std::move(step.verdict), by);
    }
    return {step.verdict.reason, {}};
}

}  // namespace lmqtt::client
