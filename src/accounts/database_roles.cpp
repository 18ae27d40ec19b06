// Changes of accounts.db that are about roles, groups and bans.
#include "accounts/database_change.hpp"

namespace lmqtt::accounts {

namespace {

using persistence::statement;

void insert_rule(sqlite3* in, const std::string& name, std::int64_t at, const access_rule& rule) {
    const auto has = [&rule](access_action which) { return rule.actions.has(which) ? 1 : 0; };
    statement(in, "INSERT INTO rules VALUES(?,?,?,?,?,?,?,?,?)")
        .bind_text(name)
        .bind(at)
        .bind(rule.allow ? 1 : 0)
        .bind(has(access_action::publish))
        .bind(has(access_action::subscribe))
        .bind(has(access_action::receive))
        .bind(has(access_action::retain))
        .bind_text(rule.topic)
        .bind(static_cast<std::int64_t>(rule.maximum_qos))
        .run();
}

std::string_view text_of(ban_kind kind) {
    switch (kind) {
    case ban_kind::address:
        return "address";
    case ban_kind::user:
        return "user";
    case ban_kind::client:
        break;
    }
    return "client";
}

}  // namespace

void make_role(sqlite3* connection, std::string_view name) {
    run_with(connection, "INSERT OR IGNORE INTO roles VALUES(?)", name);
}

void make_group(sqlite3* connection, std::string_view name) {
    run_with(connection, "INSERT OR IGNORE INTO groups VALUES(?)", name);
}

void database::put_role(const role& made) {
    changed([&] {
        make_role(handle(), made.name);
        run_with(handle(), "DELETE FROM rules WHERE role_name=?", made.name);
        std::int64_t position = 0;
        for (const access_rule& each : made.rules) {
            insert_rule(handle(), made.name, position++, each);
        }
        return true;
    });
}

bool database::remove_role(std::string_view name) {
    return changed([&] { return run_with(handle(), "DELETE FROM roles WHERE name=?", name); });
}

void database::put_group(const group& made) {
    changed([&] {
        make_group(handle(), made.name);
        run_with(handle(), "DELETE FROM group_roles WHERE group_name=?", made.name);
        for (const std::string& each : made.roles) {
            make_role(handle(), each);
            statement(handle(), "INSERT OR IGNORE INTO group_roles VALUES(?,?)")
                .bind_text(made.name)
                .bind_text(each)
                .run();
        }
        return true;
    });
}

bool database::remove_group(std::string_view name) {
    return changed([&] { return run_with(handle(), "DELETE FROM groups WHERE name=?", name); });
}

void database::put_ban(const ban& made) {
    changed([&] {
        statement row(handle(), "INSERT OR REPLACE INTO bans VALUES(?,?,?,?)");
        row.bind_text(text_of(made.kind)).bind_text(made.value);
        made.until_ms ? row.bind(*made.until_ms) : row.bind_null();
        row.bind_text(made.reason).run();
        return true;
    });
}

bool database::remove_ban(ban_kind kind, std::string_view value) {
    return changed([&] {
        statement(handle(), "DELETE FROM bans WHERE kind=? AND value=?")
            .bind_text(text_of(kind))
            .bind_text(value)
            .run();
        return has_changed(handle());
    });
}

}  // namespace lmqtt::accounts
