// Everybody who may log in, and who is banned: what the password files and accounts.db said
// when they were last read. A value; account_files.hpp shares one between threads.
#pragma once

#include "accounts/account.hpp"
#include "accounts/address.hpp"
#include "accounts/credentials.hpp"
#include "accounts/database.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lmqtt::accounts {

/// One user, as the authenticator sees it. Never changed; replaced by another.
struct account {
    std::string name;
    stored_password password = {};
    bool disabled = false;
    bool in_database = false;             // else in a password file
    std::vector<std::string> roles = {};  // its groups' included; sorted
    std::string file = {};                // a listener's own that it is in; else empty

    friend bool operator==(const account&, const account&) = default;
};

using account_ptr = std::shared_ptr<const account>;

/// Who wants to come in, as far as bans are about it.
struct visitor {
    std::optional<address_bytes> address;  // nothing: from this machine
    std::string_view user;
    std::string_view client_id;
};

using credentials_by_file = std::map<std::string, credentials>;

class directory {
public:
    directory() = default;

    /// A user who is in the database and in a file is the database's: there it can be disabled.
    /// `of_listeners` has the password files that listeners have of their own.
    directory(
        const credentials& file,
        const database_contents& database,
        const credentials_by_file& of_listeners = {}
    );

    /// Null if there is none. `file` takes the place of the server's password file; if it is none
    /// of the listeners' nobody is in it.
    account_ptr find(const std::string& name, const std::string& file = {}) const;

    /// Of each cost that checking a password has here one hash, of a few at most.
    const std::vector<std::string>& hash_of_each_cost() const { return hash_of_each_cost_; }

    /// Whether there are any but those of listeners.
    bool has_accounts() const { return !in_database_.empty() || !in_file_.empty(); }

    /// The first ban that is not over.
    std::optional<ban> ban_of(const visitor& who, std::int64_t now_ms) const;

    const std::vector<access_rule>& rules() const { return rules_; }

    const std::string& scram_secret() const { return scram_secret_; }

    /// In the place of the database's account of that name, which must be there.
    void replace(account_ptr changed);

private:
    using bans_by_name = std::unordered_map<std::string, ban>;
    using accounts_by_name = std::unordered_map<std::string, account_ptr>;

    void add_bans(const std::vector<ban>& bans);
    void add_costs(const accounts_by_name& of);
    static accounts_by_name accounts_in(const credentials& listed, const std::string& file);

    accounts_by_name in_database_;
    accounts_by_name in_file_;
    std::unordered_map<std::string, accounts_by_name> of_listeners_;
    std::vector<std::string> hash_of_each_cost_;
    std::vector<std::pair<network, ban>> address_bans_;
    bans_by_name user_bans_;
    bans_by_name client_bans_;
    std::vector<access_rule> rules_;
    std::string scram_secret_;
};

}  // namespace lmqtt::accounts
