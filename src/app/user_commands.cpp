#include "app/user_commands.hpp"

#include "accounts/credentials.hpp"
#include "accounts/database.hpp"
#include "accounts/gmqtt_file.hpp"
#include "accounts/names.hpp"
#include "accounts/password_file.hpp"
#include "accounts/password_hash.hpp"
#include "accounts/scram.hpp"
#include "app/failure.hpp"
#include "app/settings.hpp"
#include "app/user.hpp"
#include "app/user_text.hpp"
#include "base/clock.hpp"
#include "config/units.hpp"
#include "store/sqlite/state_file.hpp"

#include <lmqtt/network.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace lmqtt::app {
namespace {

using accounts::database;
using names = std::vector<std::string>;

constexpr std::size_t longest_on_the_wire = 65'535;

[[noreturn]] void refuse(exit_code code, const std::string& why) {
    throw failure(code, "lmqttd: " + why + "\n");
}

std::int64_t now_ms() {
    return base::milliseconds_of(base::real_clock().now().wall);
}

void require_name(const std::string& name) {
    if (const auto wrong = accounts::problem_with_name(name); !wrong.empty()) {
        refuse(exit_code::usage, std::string(wrong));
    }
}

void require_names(const user_request& request) {
    for (const names* const each :
         {&request.roles, &request.groups, &request.added, &request.removed}) {
        std::ranges::for_each(*each, require_name);
    }
}

std::string require_known(bool known, const std::string& name, const std::string& done) {
    if (!known) {
        refuse(exit_code::no_input, "there is no \"" + name + "\"");
    }
    return name + ": " + done + "\n";
}

accounts::hash_profile profile_of(const config& settings) {
    return settings.auth.hash == password_hash::argon2id ? accounts::hash_profile::argon2id
                                                         : accounts::hash_profile::argon2id_edge;
}

struct command {
    const config& settings;
    const user_request& request;

    // Without what SCRAM needs, where SCRAM could not be used with it.
    accounts::stored_password keep(const accounts::credential& given) const {
        accounts::stored_password kept;
        kept.hash = accounts::hash_password(given.secret, profile_of(settings));
        if (!request.without_scram && accounts::is_scram_name(given.user)) {
            kept.scram = accounts::make_scram_verifier(given.secret);
        }
        return kept;
    }

    // What a client could not send to the broker is no use.
    std::size_t most_bytes() const {
        return settings.limits.max_password_bytes.cap(longest_on_the_wire);
    }

    // Nobody shall find out later that SCRAM refuses what was accepted here.
    accounts::stored_password keep_asked(const password_source& ask) const {
        if (!request.without_scram && !accounts::is_scram_name(request.name)) {
            refuse(
                exit_code::usage,
                "SCRAM-SHA-256 would know \"" + request.name +
                    "\" by another name (SASLprep, RFC 4013): choose another, or add --no-scram"
            );
        }
        accounts::stored_password kept = keep({request.name, ask(most_bytes())});
        if (!request.without_scram && !kept.scram) {
            refuse(
                exit_code::usage,
                "the password has a character that SCRAM-SHA-256 cannot take (SASLprep, RFC "
                "4013): choose another, or add --no-scram"
            );
        }
        return kept;
    }

    accounts::user user_with(const std::string& name, accounts::stored_password kept) const {
        accounts::user made{.name = name, .password = std::move(kept)};
        made.created_ms = made.changed_ms = now_ms();
        made.roles = request.roles;
        made.groups = request.groups;
        return made;
    }

    // A gmqtt file may have passwords as they are; they do not stay so.
    std::vector<accounts::user> users_of_file() const {
        const bool is_gmqtt = request.format == "gmqtt";
        const auto parse = is_gmqtt ? accounts::parse_gmqtt_file : accounts::parse_password_file;
        const auto read = accounts::read_credentials(request.name, parse);
        if (!read.problems.empty()) {
            refuse(exit_code::damaged, accounts::summary(read.problems, request.name));
        }
        std::vector<accounts::user> users;
        for (const accounts::credential& each : read.all) {
            const bool is_hash = accounts::is_password_hash(each.secret);
            users.push_back(
                user_with(each.user, is_hash ? accounts::stored_password{each.secret} : keep(each))
            );
        }
        return users;
    }

    // What needs a password or a file, before we may become somebody who cannot read it.
    std::vector<accounts::user> new_users(const password_source& ask) const {
        switch (request.wanted) {
        case user_action::add:
        case user_action::passwd:
            return {user_with(request.name, keep_asked(ask))};
        case user_action::import:
            return users_of_file();
        default:
            return {};
        }
    }
};

std::string add(database& db, const std::vector<accounts::user>& users) {
    const names taken = db.add_users(users);
    if (!taken.empty()) {
        refuse(
            exit_code::cannot_create,
            "there are such users already, and nothing was changed: " + joined(taken)
        );
    }
    return std::to_string(users.size()) + (users.size() == 1 ? " user added\n" : " users added\n");
}

names changed(names list, const user_request& request) {
    list.insert(list.end(), request.added.begin(), request.added.end());
    std::erase_if(list, [&request](const std::string& each) {
        return std::ranges::count(request.removed, each) != 0;
    });
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
}

template <class Named>
const Named* find_named(const std::vector<Named>& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &Named::name);
    return found == all.end() ? nullptr : &*found;
}

std::string change_memberships(database& db, const user_request& request) {
    const auto all = db.read();
    const accounts::user* const user = find_named(all.users, request.name);
    if (user == nullptr) {
        return require_known(false, request.name, {});
    }
    const bool roles = request.wanted == user_action::role;
    const names list = changed(roles ? user->roles : user->groups, request);
    const bool known = roles ? db.set_roles(request.name, list, now_ms())
                             : db.set_groups(request.name, list, now_ms());
    return require_known(known, request.name, (roles ? "roles " : "groups ") + joined(list));
}

std::string change_group(database& db, const user_request& request) {
    const auto all = db.read();
    const accounts::group* const group = find_named(all.groups, request.name);
    const names list = changed(group == nullptr ? names{} : group->roles, request);
    db.put_group({request.name, list});
    return request.name + ": roles " + joined(list) + "\n";
}

std::string add_rule(database& db, const user_request& request) {
    const auto all = db.read();
    const accounts::role* const found = find_named(all.roles, request.name);
    accounts::role role = found == nullptr ? accounts::role{request.name} : *found;
    access_rule rule;
    rule.allow = request.effect == "allow";
    for (const auto& [action, word] : action_words) {
        if (std::ranges::count(request.actions, word) != 0) {
            rule.actions.add(action);
        }
    }
    rule.topic = request.topic;
    rule.maximum_qos = static_cast<qos>(request.maximum_qos);
    role.rules.push_back(rule);
    db.put_role(role);
    return request.name + ": " + text_of(rule) + "\n";
}

std::string show_rules(database& db, const user_request& request) {
    const auto all = db.read();
    const bool known = request.name.empty() || find_named(all.roles, request.name) != nullptr;
    if (!known || (request.clear && request.name.empty())) {
        refuse(exit_code::no_input, "there is no role \"" + request.name + "\"");
    }
    if (request.clear) {
        db.put_role({request.name});
        return request.name + ": no rules\n";
    }
    std::string lines;
    for (const accounts::role& each : all.roles) {
        lines += request.name.empty() || each.name == request.name ? text_of(each) : "";
    }
    return lines;
}

accounts::ban ban_of(const user_request& request) {
    accounts::ban made;
    made.kind = request.ban_kind == "address" ? accounts::ban_kind::address
                : request.ban_kind == "user"  ? accounts::ban_kind::user
                                              : accounts::ban_kind::client;
    made.value = request.name;
    made.reason = request.ban_reason;
    require_name(made.value);
    if (made.kind == accounts::ban_kind::address && !parse_network(made.value)) {
        refuse(
            exit_code::usage,
            "\"" + made.value +
                "\" is no address such as 192.0.2.7 and no network such as 2001:db8::/32"
        );
    }
    if (!request.ban_lasts.empty()) {
        const auto lasts = config_file::parse_duration(request.ban_lasts);
        if (!lasts || *lasts <= 0) {
            refuse(exit_code::usage, "\"" + request.ban_lasts + "\" is no duration such as 2h");
        }
        made.until_ms = now_ms() + *lasts;
    }
    return made;
}

std::string change_bans(database& db, const user_request& request) {
    const accounts::ban made = ban_of(request);
    if (request.wanted == user_action::unban) {
        return require_known(db.remove_ban(made.kind, made.value), made.value, "banned no more");
    }
    db.put_ban(made);
    return made.value + ": banned\n";
}

std::string
run(database& db, const user_request& request, const std::vector<accounts::user>& made) {
    const std::string& name = request.name;
    switch (request.wanted) {
    case user_action::add:
    case user_action::import:
        return add(db, made);
    case user_action::passwd: {
        const bool known = db.set_password(name, made.front().password, now_ms());
        return require_known(known, name, "another password");
    }
    case user_action::list:
        return list_of(db.read().users);
    case user_action::remove:
        return require_known(db.remove_user(name), name, "deleted");
    case user_action::enable:
        return require_known(db.set_disabled(name, false, now_ms()), name, "enabled");
    case user_action::disable:
        return require_known(db.set_disabled(name, true, now_ms()), name, "disabled");
    case user_action::role:
    case user_action::group:
        return change_memberships(db, request);
    case user_action::group_role:
        return change_group(db, request);
    case user_action::rule:
        return add_rule(db, request);
    case user_action::rules:
        return show_rules(db, request);
    case user_action::ban:
    case user_action::unban:
        return change_bans(db, request);
    case user_action::none:
        break;
    }
    return {};
}

}  // namespace

std::string change_accounts(
    const std::optional<std::filesystem::path>& named,
    const user_request& request,
    const password_source& ask
) {
    const auto file = choose_file(named);
    const config settings = require_settings(file);
    require_can_become(settings.user);
    require_names(request);
    const bool names_nothing =
        request.wanted == user_action::list || request.wanted == user_action::rules;
    if (!names_nothing) {
        require_name(request.name);
    }
    const auto made = command{settings, request}.new_users(ask);
    become(settings.user);  // so that what is made beside the database is that user's, too
    if (!file) {
        make_state_folder(settings.persistence.path);
    }
    try {
        database db(settings.auth.accounts, now_ms());
        return run(db, request, made);
    } catch (const persistence::state_error& refused) {
        refuse(exit_code::storage, refused.what());
    }
}

}  // namespace lmqtt::app
