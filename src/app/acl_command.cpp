#include "app/acl_command.hpp"

#include "access/mosquitto_acl.hpp"
#include "access/rights.hpp"
#include "accounts/account_files.hpp"
#include "app/acl_settings.hpp"
#include "app/failure.hpp"
#include "app/settings.hpp"
#include "app/user.hpp"
#include "base/clock.hpp"
#include "base/utf8.hpp"
#include "config/acl_rules.hpp"
#include "config/text_file.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <sstream>
#include <utility>

namespace lmqtt::app {
namespace {

// What the broker would know: the configuration's rules and those of the accounts, and who has
// which roles.
struct knowledge {
    config settings;
    std::unique_ptr<const accounts::account_files> accounts;

    explicit knowledge(const std::optional<std::filesystem::path>& named)
        : settings(require_settings(choose_file(named))) {
        const auth_options& auth = settings.auth;
        become(settings.user);  // the accounts are for that user alone
        try {
            const std::int64_t now = base::milliseconds_of(base::real_clock().now().wall);
            accounts::account_paths paths{
                .database = auth.accounts, .password_file = auth.password_file};
            for (const listener_config& each : settings.listeners) {
                if (std::string file = own_password_file(settings, each); !file.empty()) {
                    paths.of_listeners.insert(std::move(file));
                }
            }
            accounts = std::make_unique<const accounts::account_files>(paths, now);
        } catch (const std::exception& error) {
            throw failure(
                exit_code::storage,
                "lmqttd: the rules of the accounts cannot be read: " + std::string(error.what()) +
                    "\n"
            );
        }
        std::ranges::move(accounts->rules(), std::back_inserter(settings.acl.rules));
    }

    accounts::account_ptr find(const std::string& user, const std::string& listener) const {
        const auto& all = settings.listeners;
        const auto found = std::ranges::find(all, listener, listener_name);
        return accounts->find(user, found == all.end() ? "" : own_password_file(settings, *found));
    }

    // Whether it would be let in at all is not what rules are about.
    std::string remarks_on(const access_question& asked, const std::string& listener) const {
        if (asked.user.empty() || !accounts->has_accounts()) {
            return {};
        }
        const std::string name = '"' + config_file::printable(asked.user) + '"';
        const accounts::account_ptr known = find(asked.user, listener);
        if (!known) {
            return "note: there is no account " + name + "\n";
        }
        return known->disabled ? "note: the account " + name + " is disabled\n" : "";
    }

    std::vector<std::string>
    roles_in(const access_question& asked, const std::string& listener) const {
        const accounts::account_ptr known = find(asked.user, listener);
        return asked.roles.empty() && known ? known->roles : asked.roles;
    }
};

std::string remarks_on_mount_point(const config& settings, const std::string& listener) {
    const auto& all = settings.listeners;
    const auto found = std::ranges::find(all, listener, listener_name);
    if (found == all.end() || found->mount_point.empty()) {
        return {};
    }
    return "note: rules see topics of this listener with its mount point in front, \"" +
           config_file::printable(found->mount_point) + "\"; say them so\n";
}

std::string listener_names(const config& settings) {
    std::string names;
    for (const listener_config& each : settings.listeners) {
        names += (names.empty() ? "" : ", ") + listener_name(each);
    }
    return names;
}

// The listener that was named, or the only one there is; it need not be said when no rule asks.
std::string listener_of(const config& settings, const std::string& named) {
    const auto& all = settings.listeners;
    const bool matters =
        std::ranges::any_of(
            settings.acl.rules, [](const access_rule& rule) { return !rule.listeners.empty(); }
        ) ||
        !settings.acl.restricted_listeners.empty();
    if (named.empty() && (all.size() == 1 || !matters)) {
        return listener_name(all.front());
    }
    if (named.empty()) {
        throw failure(
            exit_code::usage,
            "lmqttd: some rules are for some listeners only: say --listener with one of " +
                listener_names(settings) + "\n"
        );
    }
    if (std::ranges::find(all, named, listener_name) == all.end()) {
        throw failure(
            exit_code::usage,
            "lmqttd: there is no listener \"" + config_file::printable(named) + "\", only " +
                listener_names(settings) + "\n"
        );
    }
    return named;
}

access::decision decide(const access::rights& rights, const access_question& asked) {
    const auto level = static_cast<qos>(asked.qos);
    const access::decision no_topic{.why = access::grounds::not_a_topic};
    if (!base::is_utf8_string(asked.topic)) {
        return no_topic;
    }
    if (asked.action == "subscribe") {
        return rights.may_subscribe(asked.topic);
    }
    if (asked.action == "receive") {
        // That it is a topic name is known where messages are sent.
        const bool is_one =
            rights.may_publish({.topic = asked.topic}).why != access::grounds::not_a_topic;
        return is_one ? rights.may_receive(asked.topic) : no_topic;
    }
    return rights.may_publish(
        {.topic = asked.topic, .qos = level, .retain = asked.action == "retain"}
    );
}

std::string number(qos level) {
    return std::to_string(static_cast<int>(level));
}

std::string reason(const access::decision& made, const access_question& asked) {
    switch (made.why) {
    case access::grounds::no_rules:
        return ": there is no access control";
    case access::grounds::allowing_rule:
        if (asked.action == "subscribe" && static_cast<qos>(asked.qos) > made.maximum_qos) {
            return " with QoS " + number(made.maximum_qos) + " at most, by";
        }
        return " by";
    case access::grounds::denying_rule:
        return " by";
    case access::grounds::no_rule:
        return ": no rule allows it";
    case access::grounds::no_retain_rule:
        return ": no rule allows to retain; publishing without RETAIN is allowed by";
    case access::grounds::qos_too_high:
        return ": QoS " + std::to_string(asked.qos) + " is more than " + number(made.maximum_qos) +
               ", the highest that a rule allows; it is";
    case access::grounds::reserved:
        return ": topics that begin with '$' are the broker's own";
    case access::grounds::not_a_topic:
        return asked.action == "subscribe" ? ": that is not a topic filter"
                                           : ": that is not a topic name";
    case access::grounds::unusable_name:
        break;
    }
    return ": this client is not let in";
}

std::string indented(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        result += "    " + line + "\n";
    }
    return result;
}

std::string comment(const std::string& file, const access::line_remark& about) {
    return "# " + file + ":" + std::to_string(about.line) + " is left out: " + about.message + "\n";
}

}  // namespace

std::vector<std::string> access_words() {
    return {"publish", "subscribe", "receive", "retain"};
}

access_answer
explain_access(const std::optional<std::filesystem::path>& named, const access_question& asked) {
    const knowledge known(named);
    const auto rules = configured_rules(known.settings);
    const std::string listener = listener_of(known.settings, asked.listener);
    const std::vector<std::string> roles = known.roles_in(asked, listener);
    const access::principal who{
        .user_name = asked.user, .roles = roles, .client_id = asked.client, .listener = listener};
    const std::string notes =
        known.remarks_on(asked, listener) + remarks_on_mount_point(known.settings, listener);
    std::string text;
    if (const auto refused = rules->refuses_names(who)) {
        text = "denied: " + std::string(access::to_sentence(*refused)) + "\n";
        return {.allowed = false, .text = text + notes};
    }
    const access::rights rights(rules, who);
    const access::decision made = decide(rights, asked);
    text = (made.allowed ? "allowed" : "denied") + reason(made, asked);
    if (made.rule != nullptr) {
        text += " " + config_file::printable(made.rule->origin) + ":\n" +
                indented(config_file::print_rule(*made.rule, "acl.rules"));
    } else {
        text += "\n";
    }
    return {.allowed = made.allowed, .text = text + notes};
}

std::string import_acl(const std::string& file) {
    const config_file::text_file found = config_file::read_text_file(file);
    if (!found.failure.empty()) {
        throw failure(exit_code::no_input, file + ": " + found.failure + "\n");
    }
    const std::string name = config_file::printable(file);
    const access::mosquitto_acl read = access::parse_mosquitto_acl(found.text, name);
    std::string lines;
    for (const access::line_remark& wrong : read.problems) {
        lines += name + ":" + std::to_string(wrong.line) + ": " + wrong.message + "\n";
    }
    if (!lines.empty()) {
        throw failure(exit_code::configuration, lines);
    }
    for (const access::line_remark& about : read.left_out) {
        lines += comment(name, about);
    }
    if (read.rules.empty()) {
        return lines + "# No rules: nothing is allowed.\n[acl]\nrules = []\n";
    }
    for (const access_rule& rule : read.rules) {
        lines += (lines.empty() ? "" : "\n") + ("# " + rule.origin + "\n") +
                 config_file::print_rule(rule, "acl.rules");
    }
    return lines;
}

}  // namespace lmqtt::app
