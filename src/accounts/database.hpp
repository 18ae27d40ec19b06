// accounts.db: users, groups, roles, rules and bans in a SQLite file that its owner alone may read.
// The broker and `lmqttd user` have it open at the same time: each change is one transaction, and
// version() tells the other side. Used by one thread at a time. Every function throws
// persistence::state_error when the file does not let it do its work.
#pragma once

#include "accounts/account.hpp"

#include <memory>
#include <span>
#include <string_view>

struct sqlite3;

// NOLINTNEXTLINE(readability-identifier-naming): SQLiteCpp's
namespace SQLite {
class Database;
}  // namespace SQLite

namespace lmqtt::accounts {

/// All of it, as of one moment.
struct database_contents {
    std::vector<user> users;    // sorted by name, as are
    std::vector<role> roles;    // these
    std::vector<group> groups;  // and these
    std::vector<ban> bans;
    std::string scram_secret;  // for salts of users that do not exist
};

class database {
public:
    /// Makes the file if there is none (not its folder), and brings its schema up to date.
    database(const std::string& path, std::int64_t now_ms);
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    const std::string& path() const { return path_; }

    database_contents read();

    /// Another number after somebody else has changed something.
    std::int64_t version();

    /// All of them, with their roles and groups, or none: then their names, if users have them.
    std::vector<std::string> add_users(std::span<const user> added);

    // The following return false if there is no such user, role, group or ban.

    bool remove_user(std::string_view name);
    bool set_password(std::string_view name, const stored_password& made, std::int64_t now_ms);

    /// Only if the hash is still `old`; this is no change of the account.
    bool replace_password(std::string_view name, std::string_view old, const stored_password& made);
    bool set_disabled(std::string_view name, bool disabled, std::int64_t now_ms);

    /// A user's own, in the place of those it had.
    bool set_roles(std::string_view name, std::span<const std::string> roles, std::int64_t now_ms);
    bool
    set_groups(std::string_view name, std::span<const std::string> groups, std::int64_t now_ms);

    /// Makes it, or takes its place. Users and groups make the roles and groups they name.
    void put_role(const role& made);
    bool remove_role(std::string_view name);
    void put_group(const group& made);
    bool remove_group(std::string_view name);

    void put_ban(const ban& made);
    bool remove_ban(ban_kind kind, std::string_view value);

private:
    sqlite3* handle() const;
    void open(std::int64_t now_ms);
    void bring_up_to_date(std::int64_t now_ms);

    // All of `work`, which returns whether there was something to do, or nothing.
    template <typename Work>
    auto changed(Work&& work);

    std::string path_;
    std::unique_ptr<SQLite::Database> connection_;
};

}  // namespace lmqtt::accounts
