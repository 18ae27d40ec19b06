// Accounts in a folder of their own, and the desk that answers for them.
#pragma once

#include "accounts/database.hpp"
#include "accounts/password_hash.hpp"
#include "server/accounts_desk.hpp"
#include "support/captured_log.hpp"
#include "support/fake_clock.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lmqtt::test {

// Runs what is posted where it is posted, as if that were the shard.
inline void at_once(const std::function<void()>& what) {
    what();
}

inline client::login named(std::string user, std::optional<std::string> password) {
    client::login who;
    who.username = std::move(user);
    who.password = std::move(password);
    who.peer = "192.0.2.7:49152";
    who.client_id = "c";
    return who;
}

struct office {
    scratch folder;
    fake_clock clock;
    captured_log log;
    auth_options options;
    accounts::file_set of_listeners;

    office() {
        options.accounts = folder.path("accounts.db").string();
        options.hash = password_hash::argon2id_edge;
        options.backoff = false;
    }

    void add(const std::string& user, const std::string& password, bool disabled = false) const {
        accounts::database db(options.accounts, 1);
        accounts::user made;
        made.name = user;
        made.password.hash =
            accounts::hash_password(password, accounts::hash_profile::argon2id_edge);
        made.password.scram = accounts::make_scram_verifier(password);
        made.disabled = disabled;
        made.roles = {"ops"};
        const std::array all = {made};
        REQUIRE(db.add_users(all).empty());
    }

    serving::accounts_desk desk() { return {options, of_listeners, log.logger("accounts"), clock}; }
};

inline client::login_verdict ask(serving::accounts_desk& desk, client::login who) {
    std::mutex guard;
    std::condition_variable come;
    std::optional<client::login_verdict> said;
    const client::login_desk here = desk.desk_of(at_once);
    here.check(std::move(who), [&](client::login_verdict answer) {
        const std::lock_guard lock(guard);
        said = std::move(answer);
        come.notify_all();
    });
    std::unique_lock lock(guard);
    come.wait(lock, [&] { return said.has_value(); });
    return *said;
}

}  // namespace lmqtt::test
