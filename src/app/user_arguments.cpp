#include "app/user_arguments.hpp"

#include <CLI/CLI.hpp>

namespace lmqtt::app {
namespace {

// Adds commands. The action of one is known when it is met, and -c may stand behind it.
struct adding {
    CLI::App& user;
    user_request& into;

    CLI::App& operator()(user_action wanted, const char* name, const char* sentence) const {
        CLI::App* const added = user.add_subcommand(name, sentence);
        added->fallthrough();
        added->callback([&to = into, wanted] { to.wanted = wanted; });
        return *added;
    }

    CLI::App& named(user_action wanted, const char* name, const char* sentence) const {
        CLI::App& added = (*this)(wanted, name, sentence);
        added.add_option("NAME", into.name, "The name of the user")->required();
        return added;
    }
};

void gives_membership(CLI::App& to, user_request& into) {
    to.add_option("--role", into.roles, "A role to have; may be given again")
        ->allow_extra_args(false);
    to.add_option("--group", into.groups, "A group to be in; may be given again")
        ->allow_extra_args(false);
}

void makes_passwords(CLI::App& to, user_request& into) {
    to.add_flag(
        "--no-scram",
        into.without_scram,
        "Keep nothing for SCRAM-SHA-256, which is easier to guess from a stolen file than Argon2id"
    );
}

void changes_list(CLI::App& to, user_request& into) {
    to.add_option("--add", into.added, "One more; may be given again")->allow_extra_args(false);
    to.add_option("--remove", into.removed, "One less; may be given again")
        ->allow_extra_args(false);
}

void add_users(const adding& add) {
    user_request& into = add.into;
    CLI::App& one = add.named(
        user_action::add,
        "add",
        "Make a user; its password is asked for, or a line of standard input"
    );
    gives_membership(one, into);
    makes_passwords(one, into);
    makes_passwords(add.named(user_action::passwd, "passwd", "Give a user another password"), into);
    add(user_action::list, "list", "Users, with their state, roles and groups");
    add.named(user_action::remove, "delete", "Remove a user");
    add.named(user_action::disable, "disable", "Let a user in no more");
    add.named(user_action::enable, "enable", "Let a user in again");
    CLI::App& import =
        add(user_action::import, "import", "Take the users of another broker's password file");
    import.add_option("FILE", into.name, "The file")->required();
    import.add_option("--format", into.format, "Whose file it is")
        ->check(CLI::IsMember({"mosquitto", "gmqtt"}))
        ->capture_default_str();
    gives_membership(import, into);
}

void add_roles(const adding& add) {
    user_request& into = add.into;
    changes_list(add.named(user_action::role, "role", "Change a user's own roles"), into);
    changes_list(add.named(user_action::group, "group", "Change the groups of a user"), into);
    CLI::App& group =
        add(user_action::group_role, "group-role", "Change the roles that a group gives its members"
        );
    group.add_option("GROUP", into.name, "The name of the group")->required();
    changes_list(group, into);
    CLI::App& rule = add(user_action::rule, "rule", "Add a rule to a role");
    rule.add_option("ROLE", into.name, "The name of the role")->required();
    rule.add_option("EFFECT", into.effect, "What the rule does")
        ->required()
        ->check(CLI::IsMember({"allow", "deny"}));
    rule.add_option("ACTIONS", into.actions, "publish, subscribe, receive, retain; with commas")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"publish", "subscribe", "receive", "retain"}));
    rule.add_option("TOPIC", into.topic, "A topic filter; %u is the user name, %c the client's")
        ->required();
    rule.add_option("--qos", into.maximum_qos, "The highest QoS that is allowed")
        ->check(CLI::Range(0, 2));
    CLI::App& rules = add(user_action::rules, "rules", "Show the rules of all roles, or of one");
    rules.add_option("ROLE", into.name, "The name of the role");
    rules.add_flag("--clear", into.clear, "Remove the rules of the role instead");
}

void add_bans(const adding& add) {
    user_request& into = add.into;
    const auto about = [&into](CLI::App& which) {
        which.add_option("KIND", into.ban_kind, "What is banned")
            ->required()
            ->check(CLI::IsMember({"address", "user", "client"}));
        which.add_option("VALUE", into.name, "An address or network, a user, a client identifier")
            ->required();
    };
    CLI::App& ban = add(user_action::ban, "ban", "Let an address, a user or a client in no more");
    about(ban);
    ban.add_option("--for", into.ban_lasts, "How long, such as 2h; without it for good");
    ban.add_option("--reason", into.ban_reason, "Why, for those who read it later");
    about(add(user_action::unban, "unban", "End a ban"));
}

}  // namespace

void add_user_commands(CLI::App& user, user_request& into) {
    user.require_subcommand(1);
    const adding add{user, into};
    add_users(add);
    add_roles(add);
    add_bans(add);
}

}  // namespace lmqtt::app
