// Who a client is, asked of the accounts: passwords, tokens, certificates' names, SCRAM, bans. The
// server owns one; clients ask it through a desk of their shard, and are answered on its thread.
#pragma once

#include "accounts/account_files.hpp"
#include "accounts/authenticator.hpp"
#include "accounts/jwt.hpp"
#include "accounts/scram.hpp"
#include "base/log.hpp"
#include "client/login.hpp"

#include <lmqtt/auth_options.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace lmqtt::serving {

class accounts_desk {
public:
    using post_function = std::function<void(std::function<void()>)>;

    /// Reads the files, those that listeners have of their own as well. Throws std::runtime_error
    /// whose what() is one line that names the file.
    accounts_desk(
        const auth_options& options,
        const accounts::file_set& of_listeners,
        base::logger log,
        const base::clock& clock
    );
    accounts_desk(const accounts_desk&) = delete;
    accounts_desk& operator=(const accounts_desk&) = delete;

    /// Waits for what is being read or checked; afterwards nobody is answered any more.
    ~accounts_desk();

    /// For the clients of one shard; `post` runs a function on its thread.
    [[nodiscard]] client::login_desk desk_of(post_function post);

    /// Reads files that have changed again, on a thread of its own; then calls `changed` there.
    void look_for_changes(const std::function<void()>& changed);

    /// The files as they are now, these of listeners among them, not in use yet. Throws
    /// std::runtime_error whose what() is one line that names the file.
    [[nodiscard]] accounts::account_files::reading read_again(const accounts::file_set& of_listeners
    ) const;

    /// From now on these.
    void use(accounts::account_files::reading&& what) { files_.use(std::move(what)); }

    /// Those of the database.
    [[nodiscard]] std::vector<access_rule> rules() const { return files_.rules(); }

    /// None of a user that is not known here.
    [[nodiscard]] std::vector<std::string> roles_of(const std::string& username) const;

    /// Whether anybody could come in by a name, on a listener with that password file of its own,
    /// or with none. Who gives a listener one wants nobody there without a name, also while the
    /// file is empty.
    [[nodiscard]] bool has_accounts(const std::string& password_file = {}) const {
        return tokens_ || !password_file.empty() || files_.has_accounts();
    }

private:
    using done_function = std::function<void(client::login_verdict)>;

    void check(client::login&& who, const post_function& post, done_function done);
    [[nodiscard]] client::login_verdict check_here(const client::login& who);
    [[nodiscard]] std::string_view objection_to(const client::guest& who) const;
    [[nodiscard]] bool is_banned(const client::login& who) const;
    [[nodiscard]] client::login_verdict check_token(const client::login& who);
    [[nodiscard]] client::login_verdict check_proved(const client::login& who) const;
    [[nodiscard]] client::auth_exchange begin(std::string_view method, client::login&& who);
    [[nodiscard]] client::exchange_step
    take_step(accounts::scram_exchange& exchange, accounts::login& who, byte_view data);
    [[nodiscard]] client::exchange_step
    end_of(accounts::scram_answer&& answer, const accounts::login& who);

    base::logger log_;
    const base::clock& clock_;
    accounts::account_files files_;
    std::optional<accounts::jwt_verifier> tokens_;
    std::unique_ptr<accounts::authenticator> passwords_;
    std::thread reading_;
    std::atomic<bool> is_reading_ = false;
};

}  // namespace lmqtt::serving
