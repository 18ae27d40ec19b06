// Asking who a client is: what CONNECT says about it, what comes of it, and the functions that
// whoever keeps accounts gives the clients of a shard. Plain values.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/reason_code.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::client {

struct login {
    std::optional<std::string> username;  // none: anonymous
    std::optional<std::string> password;
    bool is_proved = false;  // by a certificate: no password is needed
    std::string peer;
    std::string client_id;
    std::string password_file = {};  // the listener's own; empty: it has none
    std::chrono::steady_clock::time_point until =
        std::chrono::steady_clock::time_point::max();  // it has gone then
};

// Every token (JWT) begins with an object in base64. Where tokens are taken, a password that looks
// like one is nothing else.
constexpr bool looks_like_token(std::string_view password) {
    return password.starts_with("eyJ");
}

struct login_verdict {
    reason_code reason = reason_code::success;
    std::string username = {};            // who it is, if that was proved
    std::vector<std::string> roles = {};  // and with which roles
    bool roles_are_the_accounts = true;   // which may change them; not a token's, nor a file's
    bool has_account = false;             // without which it would not have come in
    std::string of_file = {};             // a listener's own, by which it was proved
    // When the proof ends, and with it the connection; nothing: never.
    std::optional<std::chrono::system_clock::time_point> until = {};
};

// One message of enhanced authentication answered (MQTT 5.0, 4.12).
struct exchange_step {
    login_verdict verdict;
    std::string answer = {};
    bool go_on = false;  // the client has to answer
};

// Somebody who is connected.
struct guest {
    std::string_view username;  // that was proved; empty: none was
    bool has_account = false;   // as the verdict said
    std::string_view client_id;
    std::string_view of_file = {};  // as the verdict said
    std::string_view peer = {};
    std::string_view password_file = {};  // its listener's own now
};

using auth_exchange = std::function<exchange_step(byte_view data)>;

struct login_desk {
    // Whether there are accounts, so that nobody is anonymous by default, on a listener with that
    // password file of its own, or with none.
    std::function<bool(const std::string& password_file)> has_accounts = {};
    // `done` is called once, on the thread of the shard, perhaps before it returns.
    std::function<void(login&& who, std::function<void(login_verdict)> done)> check = {};
    // Why it would not be let in any more; a literal, for the log. Empty: it would.
    std::function<std::string_view(const guest& who)> objection = {};
    // Empty: the method is not known.
    std::function<auth_exchange(std::string_view method, login&& who)> begin_exchange = {};
};

}  // namespace lmqtt::client
