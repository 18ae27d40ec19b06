// Everything accounts.db holds, as values.
#include "accounts/database_change.hpp"

#include <filesystem>
#include <unordered_map>

namespace lmqtt::accounts {

namespace {

using persistence::statement;

// All that is read inside of it is of one moment.
class one_moment {
public:
    explicit one_moment(sqlite3* connection)
        : connection_(connection) {
        persistence::execute(connection_, "BEGIN");
    }

    one_moment(const one_moment&) = delete;
    one_moment& operator=(const one_moment&) = delete;

    ~one_moment() {
        try {
            persistence::execute(connection_, "ROLLBACK");
        } catch (const SQLite::Exception&) {
            // There is nothing to take back: SQLite has ended it by itself.
        }
    }

private:
    sqlite3* connection_;
};

// The place of each name.
template <typename Named>
std::unordered_map<std::string, Named*> by_name(std::vector<Named>& all) {
    std::unordered_map<std::string, Named*> places;
    for (Named& each : all) {
        places.emplace(each.name, &each);
    }
    return places;
}

// Rows of an owner and something it has, into `list` of the owner.
template <typename Owner>
void read_lists(statement rows, std::vector<Owner>& owners, std::vector<std::string> Owner::*list) {
    const auto places = by_name(owners);
    while (rows.next()) {
        if (const auto owner = places.find(std::string(rows.text(0))); owner != places.end()) {
            (owner->second->*list).emplace_back(rows.text(1));
        }
    }
}

std::vector<user> read_users(sqlite3* from) {
    std::vector<user> users;
    statement rows(
        from,
        "SELECT name, password_hash, scram_salt, scram_iterations, scram_stored_key, "
        "scram_server_key, disabled, created_at_ms, changed_at_ms FROM users ORDER BY name"
    );
    while (rows.next()) {
        user& each = users.emplace_back();
        each.name = rows.text(0);
        each.password.hash = rows.text(1);
        if (!rows.is_null(2)) {
            each.password.scram = scram_verifier{
                std::string(rows.blob(2)),
                static_cast<std::uint32_t>(rows.number(3)),
                std::string(rows.blob(4)),
                std::string(rows.blob(5))};
        }
        each.disabled = rows.number(6) != 0;
        each.created_ms = rows.number(7);
        each.changed_ms = rows.number(8);
    }
    return users;
}

template <typename Named>
std::vector<Named> read_names(statement rows) {
    std::vector<Named> all;
    while (rows.next()) {
        all.push_back({.name = std::string(rows.text(0))});
    }
    return all;
}

void read_rules(sqlite3* from, const std::string& file, std::vector<role>& roles) {
    const auto places = by_name(roles);
    statement rows(
        from,
        "SELECT role_name, allow, publish, subscribe, receive, retain, topic, maximum_qos "
        "FROM rules ORDER BY role_name, position"
    );
    constexpr access_action actions[] = {
        access_action::publish,
        access_action::subscribe,
        access_action::receive,
        access_action::retain};
    while (rows.next()) {
        const std::string name(rows.text(0));
        access_rule rule;
        rule.allow = rows.number(1) != 0;
        int column = 2;
        for (const access_action each : actions) {
            if (rows.number(column++) != 0) {
                rule.actions.add(each);
            }
        }
        rule.topic = rows.text(column);
        rule.maximum_qos = static_cast<qos>(rows.number(column + 1));
        rule.roles = {name};
        rule.origin = file;
        rule.origin.append(" role ").append(name);
        if (const auto owner = places.find(name); owner != places.end()) {
            owner->second->rules.push_back(std::move(rule));
        }
    }
}

ban_kind kind_of(std::string_view text) {
    return text == "address" ? ban_kind::address
           : text == "user"  ? ban_kind::user
                             : ban_kind::client;
}

std::vector<ban> read_bans(sqlite3* from) {
    std::vector<ban> bans;
    statement rows(from, "SELECT kind, value, until_ms, reason FROM bans ORDER BY kind, value");
    while (rows.next()) {
        ban& each = bans.emplace_back();
        each.kind = kind_of(rows.text(0));
        each.value = rows.text(1);
        if (!rows.is_null(2)) {
            each.until_ms = rows.number(2);
        }
        each.reason = rows.text(3);
    }
    return bans;
}

}  // namespace

database_contents database::read() {
    try {
        const one_moment reading(handle());
        database_contents all;
        all.users = read_users(handle());
        read_lists(
            {handle(), "SELECT user_name, role_name FROM user_roles ORDER BY 1, 2"},
            all.users,
            &user::roles
        );
        read_lists(
            {handle(), "SELECT user_name, group_name FROM group_members ORDER BY 1, 2"},
            all.users,
            &user::groups
        );
        all.roles = read_names<role>({handle(), "SELECT name FROM roles ORDER BY name"});
        read_rules(handle(), std::filesystem::path(path_).filename().string(), all.roles);
        all.groups = read_names<group>({handle(), "SELECT name FROM groups ORDER BY name"});
        read_lists(
            {handle(), "SELECT group_name, role_name FROM group_roles ORDER BY 1, 2"},
            all.groups,
            &group::roles
        );
        all.bans = read_bans(handle());
        persistence::statement secret(handle(), "SELECT value FROM secrets WHERE name='scram'");
        if (secret.next()) {
            all.scram_secret = secret.blob(0);
        }
        return all;
    } catch (const SQLite::Exception& error) {
        throw persistence::because_of(error, path_);
    }
}

}  // namespace lmqtt::accounts
