#include "config/changes.hpp"

#include "config/values.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace lmqtt::config_file {
namespace {

std::optional<std::size_t> find_listener(const config& in, const std::string& address) {
    const auto found = std::ranges::find(in.listeners, address, &listener_config::address);
    if (found == in.listeners.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - in.listeners.begin());
}

/// The same section of two configs; for [[listeners]], which entry of each.
struct pair_of_sections {
    const config& before;
    const config& after;
    std::size_t listener_before = 0;
    std::size_t listener_after = 0;
};

/// A listener's tls comes to be, or goes, with a restart only: what was encrypted must not become
/// plain by a slip, nor look encrypted to whoever reads the file.
reload applies_of(const key& row, const setting& before, const setting& after) {
    const bool is_in_part = row.at.make_part != nullptr;
    const bool changes_kind =
        std::holds_alternative<absent>(before) != std::holds_alternative<absent>(after);
    return is_in_part && changes_kind ? reload::needs_restart : row.applies;
}

void compare(
    const section& which,
    const std::string& name,
    const pair_of_sections& sides,
    std::vector<change>& found
) {
    for (const key& row : keys_of(which.name)) {
        const setting before = row.at.get(sides.before, sides.listener_before);
        const setting after = row.at.get(sides.after, sides.listener_after);
        if (before != after) {
            found.push_back(
                {name + std::string(row.name),
                 print_value(row, before),
                 print_value(row, after),
                 applies_of(row, before, after)}
            );
        }
    }
}

void compare_listeners(
    const section& which, const config& running, const config& wanted, std::vector<change>& found
) {
    for (std::size_t i = 0; i < running.listeners.size(); ++i) {
        const std::string& address = running.listeners[i].address;
        if (const std::optional<std::size_t> kept = find_listener(wanted, address)) {
            compare(which, "listeners(" + address + ").", {running, wanted, i, *kept}, found);
        } else {
            found.push_back({"listeners", address, "", reload::needs_restart});
        }
    }
    for (const listener_config& entry : wanted.listeners) {
        if (!find_listener(running, entry.address)) {
            found.push_back({"listeners", "", entry.address, reload::needs_restart});
        }
    }
}

/// As the listener that is called so in `wanted` is called while `running` runs; nothing if it does
/// not run yet.
std::optional<std::string>
running_name(const config& running, const config& wanted, const std::string& name) {
    const auto called_so = std::ranges::find(wanted.listeners, name, listener_name);
    if (called_so == wanted.listeners.end()) {
        return name;
    }
    const std::optional<std::size_t> at = find_listener(running, called_so->address);
    return at ? std::optional(listener_name(running.listeners[*at])) : std::nullopt;
}

/// Names of listeners need a restart, rules do not: one about a name must not become one about the
/// listener that has that name until then, nor about none.
std::vector<access_rule> rules_in_force(const config& running, const config& wanted) {
    std::vector<access_rule> rules;
    for (access_rule each : wanted.acl.rules) {
        const bool is_about_some = !each.listeners.empty();
        std::vector<std::string> names;
        for (const std::string& name : std::exchange(each.listeners, {})) {
            if (auto now = running_name(running, wanted, name)) {
                names.push_back(*std::move(now));
            }
        }
        each.listeners = std::move(names);
        if (!is_about_some || !each.listeners.empty()) {
            rules.push_back(std::move(each));
        }
    }
    return rules;
}

std::string count_of(const acl_options& acl) {
    if (acl.rules.empty()) {
        return acl.configured ? "none" : "";
    }
    const std::size_t count = acl.rules.size();
    return std::to_string(count) + (count == 1 ? " rule" : " rules");
}

void compare_rules(const config& running, const config& wanted, std::vector<change>& found) {
    const auto [added, gone] = changed_rules(running, wanted);
    if (added.empty() && gone.empty() && running.acl.configured == wanted.acl.configured) {
        return;
    }
    std::string after = count_of(wanted.acl);
    if (!after.empty()) {
        after += ", " + std::to_string(added.size()) + " added, " + std::to_string(gone.size()) +
                 " gone";
    }
    found.push_back({"acl.rules", count_of(running.acl), std::move(after), reload::on_sighup});
}

}  // namespace

rule_changes changed_rules(const config& running, const config& wanted) {
    rule_changes found{.added = rules_in_force(running, wanted), .gone = {}};
    for (access_rule& each : found.added) {
        each.origin.clear();
    }
    for (access_rule each : running.acl.rules) {
        each.origin.clear();
        if (const auto same = std::ranges::find(found.added, each); same != found.added.end()) {
            found.added.erase(same);
        } else {
            found.gone.push_back(std::move(each));
        }
    }
    return found;
}

std::vector<change> changes(const config& running, const config& wanted) {
    std::vector<change> found;
    for (const section& which : sections()) {
        if (which.name == listeners_section) {
            compare_listeners(which, running, wanted, found);
        } else {
            const std::string prefix = which.name.empty() ? "" : std::string(which.name) + ".";
            compare(which, prefix, {running, wanted}, found);
        }
        if (which.name == acl_section) {
            compare_rules(running, wanted, found);
        }
    }
    return found;
}

config reloaded(const config& running, const config& wanted) {
    config result = running;
    const auto take = [&](const key& row, std::size_t into, std::size_t from) {
        const setting value = row.at.get(wanted, from);
        if (applies_of(row, row.at.get(running, into), value) == reload::on_sighup) {
            row.at.set(result, into, value);
        }
    };
    result.acl = wanted.acl;
    result.acl.rules = rules_in_force(running, wanted);
    result.acl.restricted_listeners.clear();
    for (const std::string& name : wanted.acl.restricted_listeners) {
        if (auto now = running_name(running, wanted, name)) {
            result.acl.restricted_listeners.push_back(*std::move(now));
        }
    }
    for (const key& row : keys()) {
        if (row.at.section != listeners_section) {
            take(row, 0, 0);
        }
    }
    for (std::size_t i = 0; i < running.listeners.size(); ++i) {
        const std::optional<std::size_t> kept = find_listener(wanted, running.listeners[i].address);
        for (const key& row : keys_of(listeners_section)) {
            if (kept) {
                take(row, i, *kept);
            }
        }
    }
    return result;
}

}  // namespace lmqtt::config_file
