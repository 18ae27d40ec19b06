// Changes of accounts.db that are about users.
#include "accounts/database_change.hpp"

namespace lmqtt::accounts {

namespace {

using persistence::statement;

// The five columns from password_hash on.
statement& bind_password(statement& into, const stored_password& made) {
    into.bind_text_or_null(made.hash);
    if (!made.scram) {
        return into.bind_null().bind_null().bind_null().bind_null();
    }
    return into.bind_blob(made.scram->salt)
        .bind(made.scram->iterations)
        .bind_blob(made.scram->stored_key)
        .bind_blob(made.scram->server_key);
}

bool exists(sqlite3* in, std::string_view name) {
    statement query(in, "SELECT 1 FROM users WHERE name=?");
    query.bind_text(name);
    return query.next();
}

void give_roles(sqlite3* in, std::string_view name, std::span<const std::string> roles) {
    for (const std::string& each : roles) {
        make_role(in, each);
        statement(in, "INSERT OR IGNORE INTO user_roles VALUES(?,?)")
            .bind_text(name)
            .bind_text(each)
            .run();
    }
}

void join_groups(sqlite3* in, std::string_view name, std::span<const std::string> groups) {
    for (const std::string& each : groups) {
        make_group(in, each);
        statement(in, "INSERT OR IGNORE INTO group_members VALUES(?,?)")
            .bind_text(each)
            .bind_text(name)
            .run();
    }
}

void insert(sqlite3* in, const user& added) {
    statement row(in, "INSERT INTO users VALUES(?,?,?,?,?,?,?,?,?)");
    row.bind_text(added.name);
    bind_password(row, added.password)
        .bind(added.disabled ? 1 : 0)
        .bind(added.created_ms)
        .bind(added.changed_ms)
        .run();
    give_roles(in, added.name, added.roles);
    join_groups(in, added.name, added.groups);
}

bool touch(sqlite3* in, std::string_view name, std::int64_t now_ms) {
    statement(in, "UPDATE users SET changed_at_ms=? WHERE name=?")
        .bind(now_ms)
        .bind_text(name)
        .run();
    return has_changed(in);
}

}  // namespace

std::vector<std::string> database::add_users(std::span<const user> added) {
    return changed([&] {
        std::vector<std::string> taken;
        for (const user& each : added) {
            if (exists(handle(), each.name)) {
                taken.push_back(each.name);
            }
        }
        for (const user& each : taken.empty() ? added : std::span<const user>()) {
            insert(handle(), each);
        }
        return taken;
    });
}

bool database::remove_user(std::string_view name) {
    return changed([&] { return run_with(handle(), "DELETE FROM users WHERE name=?", name); });
}

bool database::set_password(
    std::string_view name, const stored_password& made, std::int64_t now_ms
) {
    return changed([&] {
        statement row(
            handle(),
            "UPDATE users SET password_hash=?, scram_salt=?, scram_iterations=?, "
            "scram_stored_key=?, scram_server_key=? WHERE name=?"
        );
        bind_password(row, made).bind_text(name).run();
        return touch(handle(), name, now_ms);
    });
}

bool database::replace_password(
    std::string_view name, std::string_view old, const stored_password& made
) {
    return changed([&] {
        statement row(
            handle(),
            "UPDATE users SET password_hash=?, scram_salt=?, scram_iterations=?, "
            "scram_stored_key=?, scram_server_key=? WHERE name=? AND password_hash=?"
        );
        bind_password(row, made).bind_text(name).bind_text(old).run();
        return has_changed(handle());
    });
}

bool database::set_disabled(std::string_view name, bool disabled, std::int64_t now_ms) {
    return changed([&] {
        statement(handle(), "UPDATE users SET disabled=? WHERE name=?")
            .bind(disabled ? 1 : 0)
            .bind_text(name)
            .run();
        return touch(handle(), name, now_ms);
    });
}

bool database::set_roles(
    std::string_view name, std::span<const std::string> roles, std::int64_t now_ms
) {
    return changed([&] {
        run_with(handle(), "DELETE FROM user_roles WHERE user_name=?", name);
        const bool known = touch(handle(), name, now_ms);
        give_roles(handle(), name, known ? roles : std::span<const std::string>());
        return known;
    });
}

bool database::set_groups(
    std::string_view name, std::span<const std::string> groups, std::int64_t now_ms
) {
    return changed([&] {
        run_with(handle(), "DELETE FROM group_members WHERE user_name=?", name);
        const bool known = touch(handle(), name, now_ms);
        join_groups(handle(), name, known ? groups : std::span<const std::string>());
        return known;
    });
}

}  // namespace lmqtt::accounts
